"""Every rendering of one full diagnosis and one full receipt, compared with the stored pages.

TTS_DOCTOR_UPDATE_SNAPSHOTS=1 writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
from tests.toolkit.render import samples

from tts_doctor.model.finding import ACTIONS, Action
from tts_doctor.render.as_json import diagnosis_object, diagnosis_to_json, dump
from tts_doctor.render.as_markdown import block, code, diagnosis_to_markdown
from tts_doctor.render.as_receipt import OUTCOMES, history_lines, receipt_lines, receipt_object, receipt_to_markdown
from tts_doctor.render.as_sarif import sarif_object
from tts_doctor.render.as_text import VERBS, action_words, diagnosis_lines
from tts_doctor.render.as_tree import chosen, finding_tree
from tts_doctor.render.commands import shell_commands, treat_command
from tts_doctor.render.page import line, to_plain, to_terminal

SNAPSHOTS = Path(__file__).parent / "snapshots"
SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
COMMAND = (samples.PYTHON, "-c", "import flask")


def page(diagnosis: object, lang: str = "en", python: str = samples.PYTHON) -> str:
    """The plain page."""
    return to_plain(diagnosis_lines(diagnosis, lang, python, COMMAND if python else ()))  # type: ignore[arg-type]


SARIF_VERSION = re.compile(r'(?<="version": ")\d+\.\d+\.\d+(?=",\n *"informationUri)')
PAGES = {
    "diagnosis.en.txt": lambda: page(samples.DIAGNOSIS),
    "diagnosis.zh.txt": lambda: page(samples.DIAGNOSIS, "zh"),
    "healthy.en.txt": lambda: page(samples.HEALTHY),
    "log-unknown.zh.txt": lambda: page(samples.LOG_UNKNOWN, "zh", ""),
    "log-present.en.txt": lambda: page(samples.LOG_PRESENT, "en", ""),
    "diagnosis.terminal.txt": lambda: to_terminal(
        diagnosis_lines(samples.DIAGNOSIS, "en", samples.PYTHON, COMMAND), 60
    ),
    "all.en.txt": lambda: to_plain(diagnosis_lines(samples.DIAGNOSIS, "en", samples.PYTHON, COMMAND, True)),
    "all.zh.md": lambda: diagnosis_to_markdown(samples.DIAGNOSIS, "zh", True),
    "explain.en.txt": lambda: to_plain(finding_tree(samples.FINDING, "en")),
    "explain.zh.txt": lambda: to_plain(finding_tree(samples.FINDING, "zh")),
    "diagnosis.sarif.json": lambda: SARIF_VERSION.sub("0", dump(sarif_object(samples.DIAGNOSIS, "en"), False) + "\n"),
    "diagnosis.en.md": lambda: diagnosis_to_markdown(samples.DIAGNOSIS, "en"),
    "diagnosis.zh.md": lambda: diagnosis_to_markdown(samples.DIAGNOSIS, "zh"),
    "diagnosis.en.json": lambda: diagnosis_to_json(samples.DIAGNOSIS, "en", False) + "\n",
    "receipt.en.txt": lambda: to_plain(receipt_lines(samples.RECEIPT, "en")),
    "receipt.zh.txt": lambda: to_plain(receipt_lines(samples.RECEIPT, "zh")),
    "receipt.en.md": lambda: receipt_to_markdown(samples.RECEIPT, "en"),
    "receipt.json": lambda: dump(receipt_object(samples.RECEIPT, "en"), False) + "\n",
    "history.en.txt": lambda: to_plain(history_lines([samples.RECEIPT], "en")),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_stored(name: str) -> None:
    """What users read changes only on purpose."""
    stored = SNAPSHOTS / name
    if os.environ.get("TTS_DOCTOR_UPDATE_SNAPSHOTS"):
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(PAGES[name](), encoding="utf-8")

    assert stored.read_text(encoding="utf-8") == PAGES[name]()


def validate(value: object, name: str) -> None:
    """Against the published schema, itself checked."""
    schema = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize(
    "diagnosis", [samples.DIAGNOSIS, samples.HEALTHY, samples.LOG_UNKNOWN], ids=["full", "well", "log"]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_diagnoses_follow_the_schema(diagnosis: object, lang: str) -> None:
    """In both languages, full and empty."""
    validate(diagnosis_object(diagnosis, lang), "diagnosis.schema.json")  # type: ignore[arg-type]


def test_receipts_follow_the_schema() -> None:
    """As read back from their JSON."""
    validate(json.loads(dump(receipt_object(samples.RECEIPT, "en"), True)), "receipt.schema.json")


def test_the_schemas_name_every_action() -> None:
    """The list of actions has one source."""
    for name in ("diagnosis.schema.json", "receipt.schema.json"):
        text = (SCHEMAS / name).read_text()
        assert not [action for action in ACTIONS if f'"{action}"' not in text]


def test_what_was_ruled_out_is_no_finding() -> None:
    """It goes under `checked`."""
    shown = diagnosis_object(samples.DIAGNOSIS, "en")

    assert ["missing-name", "check-failed-x", "unmet-requirement"] == [f["id"] for f in shown["findings"]]
    assert "numpy-abi" in [c["sign"] for c in shown["checked"]]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_action_has_words(action: str, lang: str) -> None:
    """Also those with a value, and those without."""
    assert action in VERBS
    for spec, value in ((None, None), ("<3", None), (None, "x")):
        assert action_words(Action(action, "thing", spec, value), lang)


TYPED = [
    (Action("pin", "numpy", "<2"), ["pip", "install", "numpy<2"]),
    (Action("pin", "numpy", "1.26.4"), ["pip", "install", "numpy==1.26.4"]),
    (Action("install", "modelscope[datasets]"), ["pip", "install", "modelscope[datasets]"]),
    (Action("uninstall", "serial"), ["pip", "uninstall", "-y", "serial"]),
    (Action("reinstall", "a b"), ["pip", "install", "--force-reinstall", "--no-deps", "--no-cache-dir", "a b"]),
    (Action("env-var", "X", value="a'b"), ["export", "X=a'b"]),
    (Action("env-var", "X"), ["unset", "X"]),
    (Action("system-package", "libgl1"), ["sudo", "apt-get", "install", "-y", "libgl1"]),
]


@pytest.mark.parametrize(("action", "words"), TYPED, ids=[w[-1] for _, w in TYPED])
def test_commands_survive_the_shell(action: Action, words: list[str]) -> None:
    """What is shown can be pasted, whatever characters names and values have."""
    (typed,) = shell_commands((action,), "/a b/python")
    found = shlex.split(typed)

    assert words == (found[2:] if found[0] == "/a b/python" else found)


def test_the_next_command_asks_for_no_more_than_it_needs() -> None:
    """`--allow` names only what the repair touches beyond packages."""
    actions = (Action("pin", "numpy", "<2"), Action("env-var", "PYTHONPATH"))

    assert "tts-doctor treat --python /p --allow environment -- app" == treat_command(actions, "/p", ("app",))
    assert "tts-doctor treat --python /p -- COMMAND" == treat_command(actions[:1], "/p", ())


@pytest.mark.parametrize("text", ["a`b", "``", "x", "`", "a\nb"])
def test_inline_code_cannot_be_broken_out_of(text: str) -> None:
    """The fence is longer than any run of backticks inside."""
    shown = code(text)
    fence = re.match("`+", shown)

    assert fence and fence[0] not in shown[len(fence[0]) : -len(fence[0])]


def test_a_block_cannot_be_closed_from_inside() -> None:
    """The same for fenced blocks."""
    assert "````" == block("```\nrm -rf /\n```")[-1]


def test_a_terminal_page_wraps_by_cells() -> None:
    """A Chinese character takes two columns; nothing is lost by wrapping."""
    words = "原因" * 60
    shown = re.sub(r"\x1b\[[0-9;]*m", "", to_terminal([line("· ", words, indent=4, hang=2)], 40))

    assert all(len(row.encode("gbk")) <= 40 for row in shown.splitlines())
    assert words == "".join(shown.split()).removeprefix("·")


def test_every_outcome_has_both_languages() -> None:
    """A receipt never shows a bare word."""
    assert all(text.en and text.zh for _, _, text in OUTCOMES.values())


SARIF = Path(__file__).parent / "sarif-schema-2.1.0.json"
"""As OASIS published it, errata 01."""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["DIAGNOSIS", "HEALTHY", "LOG_UNKNOWN", "LOG_PRESENT"])
def test_sarif_follows_its_schema(name: str, lang: str) -> None:
    """Also of a diagnosis without findings."""
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)

    validator(schema).validate(sarif_object(getattr(samples, name), lang))


def test_sarif_names_files_and_lines() -> None:
    """A code scanning service shows the result beside the line."""
    (result, *_) = sarif_object(samples.DIAGNOSIS, "en")["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]

    assert ("flask/app.py", 23) == (place["artifactLocation"]["uri"], place["region"]["startLine"])


@pytest.mark.parametrize("wanted, found", [("1", 1), ("missing-name", 1), ("0", 0), ("77", 0), ("numpy-abi", 0)])
def test_findings_are_chosen_by_number_or_id(wanted: str, found: int) -> None:
    """What was ruled out is no finding."""
    assert found == len(chosen(samples.DIAGNOSIS, wanted))
