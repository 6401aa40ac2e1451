"""`tts-doctor smoke` through its launcher: exit status, JSON, JUnit, secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import jsonschema
import pytest
from referencing import Registry, Resource
from tests.toolkit.smoke.speech_service import service

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"


def follows(text: str) -> dict[str, object]:
    """The JSON object, valid by the published schema."""
    value: dict[str, object] = json.loads(text)
    schema, other = (json.loads((SCHEMAS / f"{name}.schema.json").read_text()) for name in ("smoke", "diagnosis"))
    registry = Registry().with_resource("diagnosis.schema.json", Resource.from_contents(other))
    jsonschema.Draft202012Validator(schema, registry=registry).validate(value)
    return value


def test_a_good_service_exits_0_and_writes_junit(doctor: Doctor, tmp_path: Path) -> None:
    with service() as url:
        ran = doctor("smoke", url + "/v1/", "--format", "json", "--junit", "smoke.xml")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    report = follows(ran.stdout)
    suites = ElementTree.parse(tmp_path / "smoke.xml").getroot()
    assert str(len(report["checks"])) == suites.get("tests")  # type: ignore[arg-type]
    assert ("0", "0") == (suites.get("failures"), suites.get("errors"))
    assert len(list(suites.iter("skipped"))) == int(suites.get("skipped", ""))


def test_a_sick_one_exits_1_with_its_cause(doctor: Doctor, tmp_path: Path) -> None:
    """In Chinese too; the diagnosis stands in the report."""
    with service("sick") as url:
        ran = doctor("smoke", url, "--format", "json", "--junit", "smoke.xml", "--lang", "zh")
        page = doctor("smoke", url, "--lang", "zh")

    assert 1 == ran.returncode == page.returncode
    assert follows(ran.stdout)["diagnosis"]
    failure = next(ElementTree.parse(tmp_path / "smoke.xml").iter("failure"))
    assert "No space left" in failure.get("message", "")
    assert "健康状态" in page.stdout and "磁盘已满" in page.stdout


def test_what_a_service_says_cannot_steer_a_terminal(doctor: Doctor) -> None:
    with service("html") as url:
        ran = doctor("smoke", url, "--format", "markdown")

    assert 1 == ran.returncode
    assert "&lt;title>Welcome to nginx" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_the_token_is_never_shown(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    with service("down", token="s3cret-token") as url:
        address = url.replace("//", "//me:passw0rd@")
        ran = doctor("smoke", address, "--token-file", "token", "--junit", "smoke.xml")

    assert 1 == ran.returncode
    told = ran.stdout + ran.stderr + (tmp_path / "smoke.xml").read_text()
    assert "token ***" in told
    assert "s3cret" not in told and "passw0rd" not in told


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["http://127.0.0.1:9"], 3),
        ([], 2),
        (["ftp://host"], 2),
        (["http://host/?key=secret"], 2),
        (["http://host", "--python", "x"], 2),
        (["http://host:99999"], 2),
        (["http://127.0.0.1:9", "--token-file", "none"], 2),
        (["http://127.0.0.1:9", "--junit", "none/x.xml"], 2),
        (["http://127.0.0.1:9", "--timeout", "0"], 2),
    ],
)
def test_what_cannot_be_asked(doctor: Doctor, arguments: list[str], status: int) -> None:
    ran = doctor("smoke", *arguments)

    assert status == ran.returncode, ran.stdout + ran.stderr
    assert "secret" not in ran.stdout + ran.stderr
