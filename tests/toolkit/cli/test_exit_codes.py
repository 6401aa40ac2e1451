"""The exit statuses that docs/contract.md promises, of what needs neither an index nor a container engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tts_doctor.cli.arguments import OWN_MODULES, build
from tts_doctor.cli.help_texts import EXITS, OWN_EXITS

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

LOCK = "six==1.16.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
CODES = [
    (("history",), 0),
    (("completion", "fish"), 0),
    (("mcp",), 0),
    (("playbook", "list"), 0),
    (("playbook", "show", "werkzeug3-url-functions"), 0),
    (("playbook", "show", "nothing-of-the-kind"), 2),
    (("playbook", "check"), 0),
    (("playbook", "new", "my-own"), 0),
    (("playbook", "check", "half.yaml"), 2),
    (("playbook", "rollback"), 2),
    (("undo",), 2),
    (("lock", "--diff", "a.lock", "a.lock"), 0),
    (("lock", "--diff", "a.lock", "b.lock"), 1),
    (("dockerfile", "--repair", "Dockerfile"), 1),
    (("image", "diff", "a.lock", "a.lock"), 2),
    (("image", "build"), 3),
    (("smoke", "http://127.0.0.1:9"), 3),
    (("smoke", "ftp://127.0.0.1"), 2),
    (("matrix", "a.txt", "--export", "github"), 0),
]


@pytest.mark.parametrize(("words", "code"), CODES, ids=[" ".join(words) for words, _ in CODES])
def test_the_exit_status_is_as_promised(words: tuple[str, ...], code: int, doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text(LOCK)
    (tmp_path / "b.lock").write_text(LOCK.replace("1.16.0", "1.17.0"))
    (tmp_path / "a.txt").write_text("six==1.16.0\n")
    (tmp_path / "half.yaml").write_text("id: half\n")
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nRUN pip install six\n")
    ran = doctor(*words, env={"DOCKER_HOST": "unix:///nowhere"})
    assert code == ran.returncode, ran.stdout + ran.stderr


def test_every_verb_says_its_own() -> None:
    """Those that repair say all of them; the others no more than they have."""
    verbs = next(action for action in build()._actions if action.dest == "verb").choices or {}
    assert {"diagnose", "treat", "undo", "playbook"} == set(verbs) - set(OWN_EXITS)
    assert set(OWN_MODULES) <= set(OWN_EXITS)
    for name, verb in verbs.items():  # type: ignore[attr-defined]
        assert OWN_EXITS.get(name, EXITS).en in verb.format_help()
