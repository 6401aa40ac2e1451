"""Rows of present, absent and unknown for the signs that look at facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.toolkit.signs.cases import PYTHON, SITE, case, dist, traceback

from tts_doctor.knowledge.sonames import debian_package
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import FileProblem, Gap, SharedObject
from tts_doctor.model.finding import Finding
from tts_doctor.model.linkage import Linkage
from tts_doctor.model.text import Text
from tts_doctor.signs import (
    damaged_files,
    damaged_metadata,
    fatal_variables,
    foreign_binary,
    impostor_installed,
    interpreter_gone,
    loader_refusal,
    missing_library,
    numpy_abi,
    openmp_runtimes,
    unmet_requirement,
    user_site,
)

Told = list[tuple[str, str, bool, list[tuple[str, str, str | None]]]]


def told(findings: list[Finding]) -> Told:
    """(severity, first culprit, sure, actions) of each finding."""
    return [
        (
            f.severity.value,
            f.culprits[0].name,
            f.confidence >= 0.9,
            [(a.action, a.target, a.spec) for a in f.treatment.actions],
        )
        for f in findings
    ]


def ext(path: str, owner: str, **more: object) -> SharedObject:
    return replace(SharedObject(path, owner, machine="x86_64", is_extension=True), **more)  # type: ignore[arg-type]


GONE = replace(PYTHON, alive=False)
NUMPY2, NUMPY1 = dist("numpy", "2.0.2"), dist("numpy", "1.22.4")
SOXR = dist("soxr", "0.3.7", requires=("numpy",))
OLD = (ext("soxr/_soxr.so", "soxr", numpy_abi="1", numpy_api=0x10),)
PYBIND = (ext("soxr/_soxr.so", "soxr", numpy_abi="1?"),)
NEW = (ext("soxr/_soxr.so", "soxr", numpy_abi="2", numpy_api=0xE),)
REFUSED = traceback("soxr/__init__.py", "ImportError: numpy.core.multiarray failed to import")
NO_PARENT = traceback("librosa/__init__.py", "ModuleNotFoundError: No module named 'flask'")


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(NUMPY2, SOXR, shared_objects=OLD), [("error", "numpy", False, [("pin", "numpy", "<2")])]),
        (case(NUMPY2, SOXR, shared_objects=OLD, text=REFUSED), [("error", "numpy", True, [("pin", "numpy", "<2")])]),
        (case(NUMPY2, SOXR, shared_objects=OLD, text=NO_PARENT), [("note", "numpy", False, [("pin", "numpy", "<2")])]),
        (case(NUMPY2, SOXR, shared_objects=PYBIND), [("note", "numpy", False, [("pin", "numpy", "<2")])]),
        (case(NUMPY1, SOXR, shared_objects=OLD), [("error", "numpy", False, [("pin", "numpy", ">=1.23,<2")])]),
        (case(NUMPY2, SOXR, shared_objects=NEW), []),
        (case(NUMPY1, SOXR, shared_objects=NEW), []),
        (case(NUMPY2, SOXR), []),
        (case(SOXR, shared_objects=OLD), []),
    ],
)
def test_numpy_abi(examination: Examination, expected: Told) -> None:
    assert told(list(numpy_abi.find(examination))) == expected


CRYPTO = dist("cryptography", "42.0.8", tags=("cp39-abi3-macosx_10_12_universal2",), top_level=("cryptography",))
MACHO = (ext("cryptography/_rust.abi3.so", "cryptography", format="mach-o", tag_suffix="abi3"),)
REINSTALL = [("reinstall", "cryptography", "==42.0.8")]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(CRYPTO), [("error", "cryptography", True, REINSTALL)]),
        (case(replace(CRYPTO, tags=()), shared_objects=MACHO), [("error", "cryptography", True, REINSTALL)]),
        (case(CRYPTO, text=traceback("cryptography/x.py", "ImportError: /v/_rust.abi3.so: invalid ELF header")),
         [("error", "cryptography", True, REINSTALL)]),
        (case(CRYPTO, text=NO_PARENT), [("note", "cryptography", False, REINSTALL)]),
        (case(replace(CRYPTO, tags=("cp37-abi3-manylinux_2_28_x86_64",))), []),
        (case(replace(CRYPTO, tags=("cp310-cp310-linux_x86_64", "cp311-cp311-linux_x86_64"))), []),
        (case(dist("cffi", tags=("cp311-cp311-musllinux_1_1_x86_64",))), [("error", "cffi", True, [("reinstall", "cffi", "==1.0")])]),  # noqa: E501
        (case(dist("cffi", tags=("cp38-cp38-manylinux1_x86_64",))), [("error", "cffi", True, [("reinstall", "cffi", "==1.0")])]),  # noqa: E501
        (case(dist("six", tags=("py2-none-any", "py3-none-any"))), []),
        (case(dist("debugpy"), shared_objects=(ext("debugpy/a.dylib", "debugpy", format="mach-o", is_extension=False),)), []),  # noqa: E501
        (case(CRYPTO, from_text=True), []),
    ],
)  # fmt: skip
def test_foreign_binary(examination: Examination, expected: Told) -> None:
    assert told(list(foreign_binary.find(examination))) == expected


JWT = (dist("pyjwt", "2.8.0", top_level=("jwt",)), dist("jwt", "1.3.1", top_level=("jwt",)))
SHARED = (FileProblem("pyjwt", "jwt/__init__.py", "two-owners", "its file was overwritten", "jwt", 3),)
SWAP = [("uninstall", "jwt", None), ("reinstall", "pyjwt", "==2.8.0")]
LOST = (FileProblem("a", "a/x.py", "missing"),)
EDITED = (FileProblem("a", "a/x.py", "hash"),)
IDLE = (FileProblem("a", "a/bin/tool", "not-executable"),)
HERE = traceback("a/x.py", "NameError: name 'y' is not defined")
MEND = [("reinstall", "a", "==1.0")]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(*JWT, file_problems=SHARED), [("error", "jwt", False, SWAP)]),
        (case(*JWT, file_problems=SHARED, text=traceback("app.py", "AttributeError: module 'jwt' has no attribute 'encode'")),  # noqa: E501
         [("error", "jwt", True, SWAP)]),
        (case(*JWT, file_problems=(replace(SHARED[0], dist="jwt", other="pyjwt"),)), [("error", "jwt", False, SWAP)]),
        (case(dist("a"), file_problems=LOST), [("error", "a", False, MEND)]),
        (case(dist("a"), file_problems=LOST, text=HERE), [("error", "a", True, MEND)]),
        (case(dist("a"), file_problems=LOST, text=NO_PARENT), [("note", "a", False, MEND)]),
        (case(dist("a"), file_problems=EDITED), [("note", "a", False, MEND)]),
        (case(dist("a"), file_problems=EDITED, text=HERE), [("error", "a", False, MEND)]),
        (case(dist("a"), file_problems=IDLE, text=HERE), [("error", "a", True, MEND)]),
        (case(dist("a"), file_problems=(FileProblem("a", "a/tests/x.py", "missing"),)), []),
        (case(dist("a"), shared_objects=(ext("a/x.so", "a", format="malformed"),)), [("error", "a", False, MEND)]),
        (case(dist("a"), file_problems=()), []),
        (case(dist("a")), []),
    ],
)  # fmt: skip
def test_damaged_files(examination: Examination, expected: Told) -> None:
    assert told(list(damaged_files.find(examination))) == expected


NONE = traceback(
    "transformers/__init__.py", "ValueError: Unable to compare versions for numpy>=1.17: need=1.17 found=None"
)
TWO = (dist("numpy", "1.23.5", damage="no METADATA", has_record=False), dist("numpy", "1.24.4", damage="no METADATA"))
ANEW = [("reinstall", "numpy", "==1.24.4")]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(*TWO), [("warning", "numpy", False, ANEW)]),
        (case(*TWO, text=NONE), [("error", "numpy", True, ANEW)]),
        (case(*TWO, text=NO_PARENT), [("note", "numpy", False, ANEW)]),
        (case(dist("numpy", "1.24.4", has_record=False)), [("note", "numpy", False, ANEW)]),
        (case(dist("numpy"), dist("numpy", site="/usr/lib/python3/dist-packages")), []),
        (case(dist("numpy"), dist("numpy", damage="no METADATA")), []),
        (case(dist("numpy", metadata_path="")), []),
    ],
)
def test_damaged_metadata(examination: Examination, expected: Told) -> None:
    assert told(list(damaged_metadata.find(examination))) == expected


def test_a_leftover_folder_is_a_note() -> None:
    (found,) = damaged_metadata.find(case(leftovers=(f"{SITE}/~umpy",)))
    assert (found.id, found.severity.value) == ("leftover-folder", "note")


CV2 = dist("opencv-python", top_level=("cv2",))
NO_GL = (ext("cv2/cv2.abi3.so", "opencv-python", missing_needed=("libGL.so.1",)),)
NO_TBB = (ext("numba/np/ufunc/tbbpool.so", "numba", missing_needed=("libtbb.so.12",)),)
NO_GLIBC = (ext("cv2/cv2.abi3.so", "opencv-python", missing_versions=("GLIBC_2.38 of libc.so.6",)),)
SAID = traceback(
    "cv2/__init__.py", "ImportError: libGL.so.1: cannot open shared object file: No such file or directory"
)
LIBGL = [("system-package", "libgl1", None)]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(CV2, shared_objects=NO_GL), [("error", "libgl1", False, LIBGL)]),
        (case(CV2, shared_objects=NO_GL, text=SAID), [("error", "libgl1", True, LIBGL)]),
        (
            case(dist("numba"), shared_objects=NO_TBB),
            [("note", "libtbb12", False, [("system-package", "libtbb12", None)])],
        ),
        (case(CV2, shared_objects=NO_GLIBC), [("error", "glibc", False, [("change-base-image", "glibc", ">=2.38")])]),
        (case(replace(CV2, tags=("cp37-abi3-manylinux_2_39_x86_64",)), shared_objects=NO_GLIBC),
         [("error", "glibc", False, [("reinstall", CV2.name, f"=={CV2.version}")])]),
        (case(dist("onnxruntime"), shared_objects=(ext("onnxruntime/onnxruntime.so", "onnxruntime", missing_needed=("libcublas.so.12",)),)),  # noqa: E501
         [("error", "nvidia-cublas-cu12", False, [("install", "nvidia-cublas-cu12", None)])]),
        (case(dist("torchaudio"), dist("torch", "2.6.0+cpu"), shared_objects=(ext("torchaudio/lib/libtorchaudio.so", "torchaudio", missing_needed=("libtorch_cuda.so",)),)),  # noqa: E501
         [("note", "torchaudio", False, [("reinstall", "torchaudio", None)])]),
        (case(CV2, shared_objects=()), []),
        (case(CV2), []),
    ],
)
def test_missing_library(examination: Examination, expected: Told) -> None:
    assert told(list(missing_library.find(examination))) == expected


@pytest.mark.parametrize(
    ("soname", "expected"),
    [
        ("libfoo.so.1", "libfoo1"),
        ("libbar-2.0.so.0", "libbar2.0-0"),
        ("libBaz_x.so", "libbaz-x"),
        ("libGL.so.1", "libgl1"),
    ],
)
def test_debian_package(soname: str, expected: str) -> None:
    assert debian_package(soname) == expected


@pytest.mark.parametrize(("libc", "severity"), [("glibc 2.41", "error"), ("glibc 2.36", "note"), ("musl", None)])
def test_executable_stack(libc: str, severity: str | None) -> None:
    objects = (ext("ct/lib.so", "ctranslate2", execstack=True),)
    found = list(missing_library.find(case(dist("ctranslate2"), shared_objects=objects, host=(("libc", libc),))))
    assert [f.severity.value for f in found] == ([severity] if severity else [])


GEVENT = dist(
    "gevent", "21.12.0", requires=("greenlet<2.0,>=1.1.0", "zope ; extra == 'x'", "enum34 ; python_version < '3'")
)
GREENLET = dist("greenlet", "2.0.2")
CHANGED = traceback("gevent/__init__.py", "ValueError: greenlet.greenlet size changed")
HOLD = [("pin", "greenlet", "<2.0,>=1.1.0")]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(GEVENT, GREENLET), [("note", "greenlet", False, HOLD)]),
        (case(GEVENT, GREENLET, text=CHANGED), [("error", "greenlet", False, HOLD)]),
        (case(GEVENT, GREENLET, text=NO_PARENT), [("note", "greenlet", False, HOLD)]),
        (case(GEVENT, GREENLET, dist("z", requires=("greenlet!=1.5",))), [("note", "greenlet", False, [("pin", "greenlet", "!=1.5,<2.0,>=1.1.0")])]),  # noqa: E501
        (case(GEVENT, GREENLET, dist("z", requires=("greenlet>=2",))), [("note", "greenlet", False, HOLD)]),
        (case(GEVENT), [("note", "greenlet", False, [("install", "greenlet", "<2.0,>=1.1.0")])]),
        (case(GEVENT, dist("greenlet", "1.1.3")), []),
        (case(GEVENT, dist("greenlet", "not a version")), []),
        (case(GEVENT, GREENLET, from_text=True), []),
    ],
)  # fmt: skip
def test_unmet_requirement(examination: Examination, expected: Told) -> None:
    assert told(list(unmet_requirement.find(examination))) == expected


@pytest.mark.parametrize("spec", [">=0.40.0dev0,<0.41", "==1.0.post1", "<2.0rc1", ">1!2.0a1", "==1.0+local"])
def test_unmet_requirement_of_an_odd_version(spec: str) -> None:
    """numba 0.57 asks for `llvmlite>=0.40.0dev0`."""
    (found,) = unmet_requirement.find(case(dist("numba", requires=(f"llvmlite{spec}",))))
    assert found.culprits[0].name == "llvmlite"


LACKS = traceback("app.py", "AttributeError: module 'serial' has no attribute 'Serial'")
REAL = [("uninstall", "serial", None), ("install", "pyserial", None)]


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(dist("serial")), [("note", "serial", False, REAL)]),
        (case(dist("serial"), text=LACKS), [("error", "serial", True, REAL)]),
        (case(dist("serial"), text=NO_PARENT), [("note", "serial", False, REAL)]),
        (case(dist("pyserial", top_level=("serial",))), []),
    ],
)
def test_impostor_installed(examination: Examination, expected: Told) -> None:
    assert told(list(impostor_installed.find(examination))) == expected


OWN, LEAKED = dist("typing-extensions", "4.12.0"), dist("typing-extensions", "4.5.0", in_user_site=True)
LEAK = traceback(
    "app.py", f"ImportError: cannot import name 'X' from 'typing_extensions' ({PYTHON.user_site}/typing_extensions.py)"
)


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(LEAKED, OWN), [("note", "PYTHONNOUSERSITE", False, [("env-var", "PYTHONNOUSERSITE", None)])]),
        (case(LEAKED, OWN, text=LEAK), [("error", "PYTHONNOUSERSITE", True, [("env-var", "PYTHONNOUSERSITE", None)])]),
        (case(LEAKED, replace(OWN, version="4.5.0")), []),
        (case(LEAKED), []),
    ],
)
def test_user_site(examination: Examination, expected: Told) -> None:
    assert told(list(user_site.find(examination))) == expected


def test_interpreter_gone() -> None:
    gap = Gap("interpreter", Text("/venv/bin/python leads to /opt/gone, which does not exist"))
    (found,) = interpreter_gone.find(case(interpreter=GONE, gaps=(gap,)))
    assert told([found]) == [("error", "python", True, [("change-python", "python", "==3.11.*")])]
    assert list(interpreter_gone.find(case())) == []
    assert list(interpreter_gone.find(case(interpreter=GONE, from_text=True))) == []


def test_a_variable_that_kills_the_interpreter() -> None:
    fatal = (("PYTHONHOME", Text("No module named 'encodings'")),)
    (found,) = fatal_variables.find(case(fatal_variables=fatal, environment=(("PYTHONHOME", "/opt/x"),)))
    assert told([found]) == [("error", "PYTHONHOME", True, [("env-var", "PYTHONHOME", None)])]
    assert list(fatal_variables.find(case())) == []


@pytest.mark.parametrize(
    ("module", "text", "severity"),
    [
        ("encodings", "", "error"),
        ("random", "", "note"),
        ("random", "x\n/srv/a/random.py", "error"),
        ("random", "x", "note"),
    ],
)
def test_pythonpath_before_the_standard_library(module: str, text: str, severity: str) -> None:
    shadows = ((module, f"/srv/a/{module}.py"),)
    environment = (("PYTHONPATH", "/srv/a:/srv/b"),)
    (found,) = fatal_variables.find(case(stdlib_shadows=shadows, environment=environment, text=text))
    (action,) = found.treatment.actions
    assert (found.severity.value, action.target, action.value) == (severity, "PYTHONPATH", "/srv/b")


FAISS, INTEL = dist("faiss-cpu", "1.7"), dist("intel-openmp", "2023.1")
GOMP = ext("faiss_cpu.libs/libgomp-a34b3233.so.1.0.0", "faiss-cpu", is_extension=False)
IOMP = ext("torch/lib/libiomp5.so", "intel-openmp", is_extension=False)
SECOND = "OMP: Error #15: Initializing libiomp5.so, but found libgomp.so.1 already initialized.\n"


@pytest.mark.parametrize(
    ("examination", "expected"),
    [
        (case(FAISS, INTEL, shared_objects=(GOMP, IOMP), text=SECOND), ["KMP_DUPLICATE_LIB_OK", "intel-openmp", "faiss-cpu"]),  # noqa: E501
        (case(FAISS, INTEL, shared_objects=(GOMP, IOMP)), []),
        (case(FAISS, shared_objects=(GOMP,), text=SECOND), []),
        (case(FAISS, INTEL, text=SECOND), []),
    ],
)
def test_openmp_runtimes(examination: Examination, expected: list[str]) -> None:
    assert [c.name for f in openmp_runtimes.find(examination) for c in f.culprits] == expected


BUILT_FOR_OTHER = dist("torchaudio", requires=("torch==2.5.1",))


def test_a_torch_library_that_the_metadata_miss_too_is_an_error() -> None:
    lacking = ext("torchaudio/lib/libtorchaudio.so", "torchaudio", missing_needed=("libtorch_cuda.so",))
    found = case(BUILT_FOR_OTHER, dist("torch", "2.13.0+cpu"), shared_objects=(lacking,))
    assert [row[:3] for row in told(list(missing_library.find(found)))] == [("error", "torchaudio", False)]


def test_a_module_for_a_newer_processor_is_told_with_all() -> None:
    marked = Linkage("isa", "foo/_foo.so", "foo", "x86-64-v2", number=4)
    (finding,) = loader_refusal.find(case(dist("foo", "2.0"), linkage=(marked,)))
    assert [c.name for c in finding.culprits] == ["foo", "cpu"]
    assert [(r[0].target, r[0].spec) for r in finding.treatment.repairs] == [("foo", "<2.0"), ("cpu", None)]
    assert (finding.evidence[0].observed, finding.evidence[0].expected) == ("marked for x86-64-v4", "x86-64-v2")


def test_a_version_that_another_distribution_s_copy_lacks_is_between_these_two() -> None:
    core = ext("sherpa_onnx/lib/libonnxruntime.so", "sherpa-onnx-core", is_extension=False)
    module = ext("sherpa_onnx/_sherpa_onnx.so", "sherpa-onnx", missing_versions=("VERS_1.28.2 of libonnxruntime.so",))
    user = dist("sherpa-onnx", "2.0.1", requires=("sherpa-onnx-core==2.0.1",))
    (finding,) = missing_library.find(case(user, dist("sherpa-onnx-core", "1.12.20"), shared_objects=(core, module)))
    assert [c.name for c in finding.culprits] == ["sherpa-onnx", "sherpa-onnx-core"]
    assert [(a.target, a.spec) for a in finding.treatment.actions] == [("sherpa-onnx-core", "==2.0.1")]
