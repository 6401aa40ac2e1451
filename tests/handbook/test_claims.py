"""What a widely copied handbook claims, settled against the package index, pip and the interpreter themselves.

docs/handbook-audit.md is the list; each test names its row.
"""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tts_doctor.effects.index import open_index
from tts_doctor.model.facts import Facts, Interpreter

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def index_for(tmp_path_factory):
    """Python version -> the index as a Linux patient on that Python sees it."""
    environ = dict(os.environ, TTS_DOCTOR_CACHE=str(tmp_path_factory.mktemp("cache")))

    def opened(python):
        interpreter = Interpreter(version=python, machine="x86_64", platform="linux", libc="glibc 2.36")
        return open_index(Facts(interpreter=interpreter), environ)

    return opened


@pytest.fixture(scope="module")
def index(index_for):
    return index_for("3.10.13")


def resolve(name, python):
    """Exit status and output of uv, resolving one of the lists for one Python without installing anything."""
    command = [UV, "pip", "compile", "-q", "--no-header", "--python-version", python, "--only-binary", ":all:"]
    command += ["--no-binary", "oss2,crcmod,aliyun-python-sdk-core", ROOT / "constraints" / name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize(
    ("python", "blamed"),
    [("3.8", "scipy"), ("3.9", "datasets"), ("3.10", "datasets"), ("3.11", "datasets"), ("3.12", "numpy")],
)
def test_row_1_the_published_list_resolves_on_no_python(python, blamed):
    status, output = resolve("handbook.txt", python)
    assert status != 0
    assert blamed in output


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.9", "3.10", "3.11"])
def test_row_2_with_one_pin_changed_it_resolves(python):
    status, output = resolve("handbook-demo.txt", python)
    assert status == 0, output


def names_of_misc(index, version):
    """Names that the modules of `scipy.misc` of that version list, import or define."""
    found = set()
    for path in index.files("scipy", version):
        if path.startswith("scipy/misc/") and path.count("/") == 2 and path.endswith(".py"):
            for node in ast.walk(ast.parse(index.read("scipy", version, path))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
                elif isinstance(node, ast.ImportFrom):
                    found.update(alias.name for alias in node.names)
                elif isinstance(node, ast.FunctionDef):
                    found.add(node.name)
    return found


OLD_NAMES = {"logsumexp", "factorial", "comb"}
LAST_NAMES = {"central_diff_weights", "derivative", "ascent", "face", "electrocardiogram"}


@pytest.mark.network
@pytest.mark.parametrize(
    ("version", "python", "present"),
    [
        ("1.2.3", "3.7.16", OLD_NAMES | LAST_NAMES),
        ("1.3.0", "3.7.16", LAST_NAMES),
        ("1.12.0", "3.10.13", LAST_NAMES),
        ("1.14.1", "3.10.13", LAST_NAMES),
        ("1.15.0", "3.10.13", set()),
    ],
)
def test_row_3_scipy_misc_lost_its_names_long_before_1_12(index_for, version, python, present):
    assert names_of_misc(index_for(python), version) & (OLD_NAMES | LAST_NAMES) == present


@pytest.mark.network
@pytest.mark.slow
def test_row_4_scipy_1_12_does_not_import_these_names_from_scipy_misc(tmp_path):
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "scipy==1.12.0"]
    command += ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=600)
    wheel = zipfile.ZipFile(next(tmp_path.glob("scipy-*.whl")))
    sources = [wheel.read(name) for name in wheel.namelist() if name.endswith(".py")]
    assert len(sources) > 500
    assert not [source for source in sources if b"from scipy.misc import logsumexp" in source]


def test_row_5_a_patch_ends_with_the_process_that_made_it():
    patch = "import colorsys; colorsys.logsumexp = max"
    subprocess.run([sys.executable, "-c", patch], check=True)
    later = subprocess.run([sys.executable, "-c", "from colorsys import logsumexp"], capture_output=True, text=True)
    assert "ImportError: cannot import name 'logsumexp'" in later.stderr


@pytest.mark.network
def test_row_6_librosa_pulls_numba_and_datasets_does_not(index):
    assert "numba" in " ".join(index.requires("librosa", "0.9.2"))
    assert "numba" not in " ".join(index.requires("datasets", "2.13.0"))


@pytest.mark.network
def test_row_7_datasets_went_on_to_serve_python_3_8(index_for):
    assert index_for("3.8.18").releases("datasets")[-1].version == "3.1.0"


BACKEND = '''
import os
def _metadata(folder):
    os.makedirs(os.path.join(folder, "onlysource-1.dist-info"))
    with open(os.path.join(folder, "onlysource-1.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: onlysource\\nVersion: 1\\n")
    return "onlysource-1.dist-info"
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    return _metadata(folder)
def build_wheel(*args, **more):
    raise RuntimeError("not needed")
'''


@pytest.fixture
def source_only(tmp_path):
    """A folder with one distribution, as an sdist alone."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND,
        "PKG-INFO": "Metadata-Version: 2.1\nName: onlysource\nVersion: 1\n",
    }
    with tarfile.open(tmp_path / "onlysource-1.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"onlysource-1/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return tmp_path


@pytest.mark.parametrize(("word", "refused"), [("all", False), (":all:", True)])
def test_row_8_only_binary_knows_colon_all_colon_alone(source_only, word, refused):
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-deps"]
    command += ["--find-links", source_only, f"--only-binary={word}", "onlysource"]
    environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert (done.returncode != 0) == refused, done.stdout + done.stderr


def test_row_13_the_main_block_of_the_handbook_never_runs(tmp_path):
    script = tmp_path / "server.py"
    script.write_text("if __name__ == '__server__':\n    print('served')\n")
    for how in ([script], ["-m", "server"], ["-c", "import server"]):
        done = subprocess.run([sys.executable, *how], cwd=tmp_path, capture_output=True, check=True)
        assert done.stdout == b""


def test_row_14_signal_alarm_cannot_be_set_up_in_a_threaded_worker():
    code = (
        "import signal, threading\n"
        "def serve():\n"
        "    try: signal.signal(signal.SIGALRM, print)\n"
        "    except ValueError as error: print(error)\n"
        "thread = threading.Thread(target=serve); thread.start(); thread.join()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "main thread" in done.stdout


@pytest.mark.network
@pytest.mark.parametrize("version", ["2.13.0", "2.14.5"])
def test_row_9_datasets_asks_for_torch_in_extras_alone(index, version):
    asked = [line for line in index.requires("datasets", version) if line.startswith("torch")]
    assert not [line for line in asked if "extra ==" not in line]


@pytest.mark.network
@pytest.mark.parametrize("name", ["kantts", "ttsfrd"])
def test_row_16_the_names_on_the_public_index_are_placeholders(index, name):
    version = index.releases(name)[-1].version
    sources = [path for path in index.files(name, version) if path.endswith(".py")]
    size = sum(len(index.read(name, version, path) or b"") for path in sources)
    assert 0 < size < 2000
