"""From a pasted text to the cause and the repair, without an index and without a file to look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tts_doctor.diagnose import rank
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Finding
from tts_doctor.parse.context import read_context
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.signs import (
    advice_in_message,
    advised_step,
    foreign_artefact,
    known_message,
    loader_message,
    loader_refusal,
    missing_development,
    missing_module,
    missing_name,
    missing_program,
    named_library,
    numpy_abi_message,
    other_platform,
    shadowing_message,
    torch_library,
    unexpected_keyword,
    unknown_option,
    version_guard,
    warning_as_error,
)

S = "/opt/app/venv/lib/python3.10/site-packages/"


class Row(NamedTuple):
    name: str
    text: str
    culprit: str
    action: str
    target: str = ""
    packages: dict[str, str] | None = None
    python: str = "3.10"


FILES = sorted(Path(__file__).parent.glob("error_texts*.yaml"))
ROWS = [Row(**row) for file in FILES for row in yaml.safe_load(file.read_text("utf-8"))]
SIGNS = (
    advice_in_message,
    advised_step,
    foreign_artefact,
    known_message,
    loader_message,
    loader_refusal,
    missing_development,
    missing_module,
    missing_name,
    missing_program,
    named_library,
    numpy_abi_message,
    other_platform,
    shadowing_message,
    torch_library,
    unexpected_keyword,
    unknown_option,
    version_guard,
    warning_as_error,
)
SAME = {"install": "pin", "reinstall": "pin", "resource-limit": "code-change", "change-base-image": "change-python"}
DECORATIONS = {
    "compose": lambda text: "".join(f"api-1  | {line}\n" for line in text.splitlines()),
    "quoted": lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
    "prose": lambda text: f"部署时遇到这个错误，请问怎么解决？\n\n```\n{text}\n```\n\n谢谢！\n",
}


def tb(*frames: tuple[str, str, str], err: str) -> str:
    """A traceback of frames (file, function, code) and its last line."""
    lines = [f'  File "{f}", line {n}, in {function}\n    {code}\n' for n, (f, function, code) in enumerate(frames, 3)]
    return "Traceback (most recent call last):\n" + "".join(lines) + err


def findings(text: str, packages: dict[str, str] | None = None, python: str = "3.10") -> list[Finding]:
    facts = read_context(json.dumps({"python": python, "packages": packages or {}}))
    case = Examination(facts, read_symptom(text))
    return rank([finding for sign in SIGNS for finding in sign.find(case)])


def steps(finding: Finding) -> tuple[Action, ...]:
    repairs = (*finding.treatment.repairs, *finding.fallback.repairs)
    return repairs[0] if repairs else ()


def check(row: Row, text: str) -> None:
    first = findings(text, row.packages, row.python)[0]
    assert row.culprit in [culprit.name for culprit in first.culprits[:3]]
    wanted = SAME.get(row.action, row.action)
    assert any(SAME.get(a.action, a.action) == wanted and row.target in ("", a.target) for a in steps(first))
    assert first.title.zh and first.cause.zh and first.evidence


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_first_finding_names_the_culprit_and_a_repair(row: Row) -> None:
    check(row, row.text)


@pytest.mark.parametrize("decorate", DECORATIONS.values(), ids=DECORATIONS.keys())
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_decorations_change_nothing(row: Row, decorate) -> None:  # type: ignore[no-untyped-def]
    check(row, decorate(row.text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Successfully installed numpy-1.26.4",
        "Use 'docker scan' to run Snyk tests against images and learn how to fix them\nSuccessfully tagged app:latest",
        "-- Could NOT find OpenMP (missing: OpenMP_C_FLAGS)\nchecking for zlib.h... no\nSuccessfully installed x-1.0",
        "a.py:1: UserWarning: pkg_resources is deprecated as an API. Refrain from using it or pin to Setuptools<81.",
        tb(("/opt/app/a.py", "<module>", "1 / 0"), err="ZeroDivisionError: division by zero"),
        tb(
            ("/opt/app/a.py", "f", "open(p)"),
            err="FileNotFoundError: [Errno 2] No such file or directory: 'data/a.wav'",
        ),
        tb(("/opt/app/a.py", "f", "x.y"), err="AttributeError: 'Thing' object has no attribute 'y'"),
        tb(("/opt/app/a.py", "f", "f(k=1)"), err="TypeError: f() got an unexpected keyword argument 'k'"),
    ],
    ids=["empty", "success", "image", "configured", "warning", "own error", "own file", "own class", "own function"],
)
def test_what_is_no_illness_of_the_environment_yields_nothing(text: str) -> None:
    assert [f.id for f in findings(text)] == []


def spec_of(text: str, packages: dict[str, str], python: str = "3.10") -> str | None:
    return steps(findings(text, packages, python)[0])[0].spec


def size_text(struct: str, want: int, got: int) -> str:
    frames = ((f"{S}pkg/__init__.py", "<module>", "from .core import f"), ("pkg/core.pyx", "init pkg.core", ""))
    sizes = f"Expected {want} from C header, got {got} from PyObject"
    return tb(*frames, err=f"ValueError: {struct} size changed, may indicate binary incompatibility. {sizes}")


@pytest.mark.parametrize(
    ("struct", "want", "got", "installed", "spec"),
    [
        ("numpy.dtype", 96, 88, "2.0.2", "<2"),
        ("numpy.dtype", 88, 96, "1.26.4", ">=2.0"),
        ("numpy.ndarray", 88, 80, "1.19.5", ">=1.20"),
        ("numpy.ndarray", 96, 80, "1.19.5", ">=1.22"),
        ("numpy.ufunc", 232, 216, "1.20.0", ">=1.22"),
    ],
)
def test_struct_sizes_tell_which_numpy_is_wanted(struct: str, want: int, got: int, installed: str, spec: str) -> None:
    assert spec_of(size_text(struct, want, got), {"numpy": installed, "pkg": "1.0"}) == spec


@pytest.mark.parametrize(
    ("want", "got", "spec"),
    [
        ("0x10", "0xf", ">=1.23"),
        ("0xe", "0xd", ">=1.20"),
        ("0x1000009", "0x2000000", "<2"),
        ("0x2000000", "0x1000009", ">=2"),
    ],
)
def test_api_versions_tell_which_numpy_is_wanted(want: str, got: str, spec: str) -> None:
    kind = "ABI" if len(want) > 5 else "API"
    text = f"RuntimeError: module compiled against {kind} version {want} but this version of numpy is {got}"
    assert spec_of(text, {"numpy": "1.20.0"}) == spec


@pytest.mark.parametrize(
    ("sibling", "torch", "release"),
    [
        ("torchvision", "2.2.2", "==0.17.2"),
        ("torchvision", "2.0.1+cu118", "==0.15.2"),
        ("torchvision", "1.13.1", "==0.14.1"),
        ("torchvision", "1.7.1", "==0.8.2"),
        ("torchaudio", "2.9.1", "==2.9.1"),
        ("torchaudio", "1.13.1", "==0.13.1"),
        ("torchtext", "2.3.0", "==0.18.0"),
    ],
)
def test_a_sibling_of_another_torch_is_pinned_to_the_one_that_fits(sibling: str, torch: str, release: str) -> None:
    text = f"OSError: {S}{sibling}/lib/lib{sibling}.so: undefined symbol: _ZN2at4_ops5zeros4callE"
    assert spec_of(text, {"torch": torch, sibling: "0.1"}) == release


def test_the_first_error_of_a_chain_is_the_cause() -> None:
    first = tb(
        (f"{S}pydub/utils.py", "<module>", "import audioop"), err="ModuleNotFoundError: No module named 'audioop'"
    )
    second = tb(
        (f"{S}pydub/utils.py", "<module>", "import pyaudioop"), err="ModuleNotFoundError: No module named 'pyaudioop'"
    )
    text = f"{first}\n\nDuring handling of the above exception, another exception occurred:\n\n{second}"
    best = findings(text, {"pydub": "0.25.1"}, "3.13")[0]
    assert ("removed-standard-module", "audioop-lts") == (best.id, steps(best)[0].target)


def test_a_name_that_nobody_knows_is_left_to_the_index() -> None:
    frames = ((f"{S}consumer/a.py", "<module>", "from provider.sub import nothing"),)
    text = tb(*frames, err=f"ImportError: cannot import name 'nothing' from 'provider.sub' ({S}provider/sub.py)")
    best = findings(text, {"consumer": "1.0", "provider": "2.0"})[0]
    assert best.treatment.repairs == ()
    need = best.need
    assert need is not None
    assert (need.kind, need.consumer, need.provider, need.module, need.name) == (
        "name", "consumer", "provider", "provider.sub", "nothing",
    )  # fmt: skip
