"""The deployment playbooks as data, and the decisions that they lead to: no process runs here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tts_doctor.deployment.match import fits, others
from tts_doctor.deployment.propose import proposals
from tts_doctor.deployment.settings import changed, current
from tts_doctor.deployment.start_script import read_script, write_script
from tts_doctor.errors import PlaybookError
from tts_doctor.knowledge.deployments import deployment_playbooks
from tts_doctor.knowledge.messages import messages
from tts_doctor.model.deployment import Deployment, DeploymentPlaybook, Listener, Observation, Surroundings
from tts_doctor.parse.deployment_playbook import read_deployment_playbook
from tts_doctor.parse.settings_file import read_settings, with_settings
from tts_doctor.parse.unit_file import drop_in, read_unit

BOOKS = {playbook.id: playbook for playbook in deployment_playbooks()}


@pytest.mark.parametrize("playbook", BOOKS.values(), ids=BOOKS.keys())
def test_every_deployment_playbook_is_whole(playbook: DeploymentPlaybook) -> None:
    """Both languages, known messages, a remedy, a reference."""
    known = {message.id for message in messages()}
    assert set(playbook.signs.messages) <= known
    for text in (playbook.title, playbook.cause, *(remedy.title for remedy in playbook.remedies)):
        assert re.search(r"[\u3400-\u9fff]", text.zh) and not re.search(r"[\u3400-\u9fff]", text.en)
    assert playbook.remedies and playbook.references


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"signs": {"text": ["("]}}, "a.yaml.signs.text[0] is no expression"),
        ({"signs": {"states": ["sad"]}}, "a.yaml.signs.states[0] is 'sad'"),
        ({"remedies": [{"title": {"en": "a", "zh": "甲"}, "settings": ["rm"], "how": "free"}]}, "a.yaml.remedies[0]"),
        ({"shell": "true"}, "a.yaml.shell is unknown"),
    ],
)
def test_a_broken_one_is_refused_with_a_dotted_path(change: dict[str, Any], path: str) -> None:
    whole = {
        "id": "a-b", "title": {"en": "a", "zh": "甲"}, "cause": {"en": "b", "zh": "乙"},
        "signs": {}, "remedies": [], "references": [],
    }  # fmt: skip
    with pytest.raises(PlaybookError) as caught:
        read_deployment_playbook({**whole, **change}, "a.yaml")
    assert caught.value.en.startswith(path)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("[ERROR] Connection in use: ('0.0.0.0', 8000)", "address-in-use"),
        ("OSError: [Errno 98] Address already in use", "address-in-use"),
        ("Bind for 0.0.0.0:8000 failed: port is already allocated", "address-in-use"),
        ("[CRITICAL] WORKER TIMEOUT (pid:7)", "gunicorn-worker-timeout"),
        ("[ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", "gunicorn-worker-killed"),
        ("[WARNING] Worker (pid:9) was sent SIGBUS!", "shared-memory"),
        ("OSError: [Errno 28] No space left on device", "disk-full"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/srv/voices/zh.onnx'", "model-file-missing"),
        ("We couldn't connect to 'https://huggingface.co' to load this file", "hub-unreachable"),
        ("ProxyError: HTTPSConnectionPool(host='huggingface.co', port=443)", "hub-unreachable"),
        ("Readiness probe failed: HTTP probe failed", "health-check-failing"),
    ],
)
def test_what_a_service_says_names_the_playbook(said: str, expected: str) -> None:
    seen = Observation(said, 1)
    assert fits(BOOKS[expected], seen) is not None
    assert set() == {p.id for p in others(BOOKS.values(), BOOKS[expected], seen)} - {"health-check-failing"}


def of(*command: str, kind: str = "unit", **variables: str) -> Deployment:
    return Deployment(kind, "tts.service", command, tuple(variables.items()))


@pytest.mark.parametrize(
    ("deployment", "setting", "value", "command", "variables"),
    [
        (of("gunicorn", "-b", "0.0.0.0:80", "a:b"), "port", "81", ("gunicorn", "-b", "0.0.0.0:81", "a:b"), {}),
        (of("gunicorn", "--bind=:80", "a:b"), "host", "0.0.0.0", ("gunicorn", "--bind=0.0.0.0:80", "a:b"), {}),
        (of("gunicorn", "-w", "4", "a:b"), "workers", "2", ("gunicorn", "-w", "2", "a:b"), {}),
        (of("gunicorn", "a:b"), "timeout", "60", ("gunicorn", "a:b"), {"GUNICORN_CMD_ARGS": "--timeout=60"}),
        (
            of("gunicorn", "a:b", GUNICORN_CMD_ARGS="--workers 4 --preload"), "workers", "2",
            ("gunicorn", "a:b"), {"GUNICORN_CMD_ARGS": "--workers 2 --preload"},
        ),
        (of("uvicorn", "a:b"), "port", "81", ("uvicorn", "a:b"), {"UVICORN_PORT": "81"}),
        (of("tts-server", "serve"), "port", "81", ("tts-server", "serve", "--port", "81"), {}),
        (
            of("python", "-m", "tts_server", "serve"), "workers", "1",
            ("python", "-m", "tts_server", "serve"), {"TTS_SERVER_PROCESSES": "1"},
        ),
        (
            of("gunicorn", "-b", ":${PORT}", "a:b", kind="settings", PORT="80"), "port", "81",
            ("gunicorn", "-b", ":${PORT}", "a:b"), {"PORT": "81"},
        ),
    ],
)  # fmt: skip
def test_a_setting_is_changed_where_the_server_heeds_it(
    deployment: Deployment, setting: str, value: str, command: tuple[str, ...], variables: dict[str, str]
) -> None:
    new = changed(deployment, setting, value)
    assert new is not None
    assert (command, variables) == (new.command, dict(new.variables))
    assert value == current(new, setting)


def test_a_flag_of_the_callers_own_command_is_not_changed() -> None:
    assert changed(of("gunicorn", "-b", ":80", "a:b", kind="settings"), "port", "81") is None


def test_taken_ports_are_passed_over() -> None:
    around = Surroundings(listeners=(Listener(8000), Listener(8001)))
    wanted, refused = proposals(
        BOOKS["address-in-use"], of("gunicorn", "-b", ":8000", "a:b"), Observation("", 1), around, {"port": "8000"}
    )
    assert ["8002", "8003", "8004"] == [proposal.changes[0].after for proposal in wanted]
    assert () == refused


def test_more_memory_than_the_machine_has_is_not_proposed() -> None:
    deployment = Deployment("container", "tts", ("gunicorn", "a:b"), limits=(("memory", 1 << 30),))
    wanted, _ = proposals(
        BOOKS["gunicorn-worker-killed"], deployment, Observation(), Surroundings(memory=3 << 30), {}
    )
    assert [str(2 << 30)] == [p.changes[0].after for p in wanted if p.changes[0].name == "limit memory"]


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("", {"A": "1"}, "A=1\n"),
        ("# why\nA=1\nB=2", {"A": "3"}, "# why\nA=3\nB=2"),
        ("A=1\nA=2\n", {"A": "3"}, "A=1\nA=3\n"),
        ("export A='x y'\n", {"A": "x y", "B": "c d"}, "export A='x y'\nB=\"c d\"\n"),
        ("A=1", {"B": "2"}, "A=1\nB=2\n"),
    ],
)
def test_a_settings_file_keeps_all_else(text: str, wanted: dict[str, str], expected: str) -> None:
    new = with_settings(text, tuple(wanted.items()))
    assert expected == new
    assert wanted.items() <= dict(read_settings(new)).items()


@pytest.mark.parametrize(
    ("text", "setting", "value", "expected"),
    [
        ("exec gunicorn -b 0.0.0.0:80 a:b\n", "port", "81", "exec gunicorn -b 0.0.0.0:81 a:b\n"),
        ("#!/bin/sh\ngunicorn \\\n  --bind=:80 \\\n  a:b  # web\n", "port", "81",
         "#!/bin/sh\ngunicorn \\\n  --bind=:81 \\\n  a:b  # web\n"),
        ("#!/bin/sh\n# why\ngunicorn a:b\n", "timeout", "60",
         "#!/bin/sh\n# why\nexport GUNICORN_CMD_ARGS=--timeout=60\ngunicorn a:b\n"),
        ("export PORT=80\nexec gunicorn -b \":$PORT\" a:b\n", "port", "81",
         "export PORT=81\nexec gunicorn -b \":$PORT\" a:b\n"),
        ("tts-server serve\n", "port", "81", "tts-server serve --port 81\n"),
    ],
)  # fmt: skip
def test_a_start_script_is_changed_word_by_word(text: str, setting: str, value: str, expected: str) -> None:
    command, variables = read_script(text)
    before = Deployment("script", "run.sh", command, variables)
    after = changed(before, setting, value)
    assert after is not None
    assert expected == write_script(text, before, after)


@pytest.mark.parametrize("text", ["gunicorn -b :80 a:b & wait\n", "gunicorn -b $(cat port):80 a:b\n"])
def test_a_line_that_does_more_is_left_alone(text: str) -> None:
    command, variables = read_script(text)
    before = Deployment("script", "run.sh", command, variables)
    after = changed(before, "port", "81")
    assert after is not None
    with pytest.raises(ValueError, match="does more"):
        write_script(text, before, after)


def test_a_drop_in_makes_the_unit_what_was_wanted() -> None:
    """Read back together with the unit, it says the same."""
    text = '[Service]\nExecStart=-/usr/bin/gunicorn -b :80 \\\n  a:b\nEnvironment="A=x y" B=2\nMemoryMax=1G\n'
    unit = read_unit([text])
    assert (("/usr/bin/gunicorn", "-b", ":80", "a:b"), (("A", "x y"), ("B", "2")), 1 << 30) == (
        unit.command, unit.variables, unit.memory,
    )  # fmt: skip
    before = Deployment("unit", "t.service", unit.command, unit.variables, limits=(("memory", unit.memory),))
    after = changed(before.with_variable("A", 'a "quoted" 100%').with_limit("memory", 2 << 30), "port", "81")
    assert after is not None
    found = read_unit([text, drop_in(before, after, "why")])
    assert (after.command, dict(after.variables), 2 << 30) == (found.command, dict(found.variables), found.memory)
