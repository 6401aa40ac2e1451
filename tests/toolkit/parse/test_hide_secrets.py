"""What is taken out of reports and receipts, and what stays because it is no secret."""

from __future__ import annotations

import pytest

from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import hide, secrets_of, without_secrets

SECRET = "hunter2-horse"


@pytest.mark.parametrize(
    "name, value, secret",
    [
        ("HF_TOKEN", SECRET, True),
        ("db_password", SECRET, True),
        ("AWS_SECRET_ACCESS_KEY", SECRET, True),
        ("OPENAI_APIKEY", SECRET, True),
        ("GITHUB_PAT", SECRET, True),
        ("TOKENIZERS_PARALLELISM", SECRET, False),
        ("GIT_AUTHOR_NAME", SECRET, False),
        ("PATH", SECRET, False),
        ("SSH_AUTH_SOCK", "/tmp/ssh-abc/agent.1", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/keys/google.json", False),
        ("USE_AUTH_TOKEN", "false", False),
        ("TOKEN_LIMIT", "100000", False),
        ("TOKEN", "abc", False),
        ("DB_PASSWORD", "1234567890", True),
        ("AWS_SECRET_ACCESS_KEY", "/bPxRfiCYEXAMPLEKEY", True),
        ("API_SECRET", "~horse-battery", True),
        ("SSH_PRIVATE_KEY", "~/.ssh/id_rsa", False),
    ],
)
def test_a_variable_s_name_says_what_is_secret(name: str, value: str, secret: bool) -> None:
    assert secrets_of({name: value}) == ((value,) if secret else ())


@pytest.mark.parametrize(
    "text, shown",
    [
        ("postgresql://me:pw@db/x failed", "postgresql://me:***@db/x failed"),
        ("redis://:pw@cache:6379/0", "redis://:***@cache:6379/0"),
        ("amqp://me:p@ss/w:rd@host/", "amqp://me:***@host/"),
        ("see https://ghp_0123456789@github.com/a", "see https://***@github.com/a"),
        ('{"url": "https://me:pw@host/", "mail": "a@b"}', '{"url": "https://me:***@host/", "mail": "a@b"}'),
        ("ssh://git@github.com/a", "ssh://git@github.com/a"),
        ("http://localhost:8080/a@b", "http://localhost:8080/a@b"),
        (f"denied: {SECRET}!", "denied: ***!"),
    ],
)
def test_addresses_and_values(text: str, shown: str) -> None:
    assert without_secrets(text, [SECRET]) == shown


def test_it_looks_deep_into_values() -> None:
    """Enumerations, numbers and what has nothing to hide stay as they are."""
    culprit = Culprit(Kind.VARIABLE, "DATABASE_URL", "postgres://me:pw@db")
    evidence = Evidence("a", SECRET, "")
    finding = Finding("x", Text(SECRET, SECRET), Text("c"), culprits=(culprit,), evidence=(evidence,))
    found = hide(finding, [SECRET])
    assert found.culprits == (Culprit(Kind.VARIABLE, "DATABASE_URL", "postgres://me:***@db"),)
    assert (found.title, found.evidence[0].where, found.confidence) == (Text("***", "***"), "***", 0.5)
    assert hide({"a": [1, None, {"b": SECRET}]}, [SECRET]) == {"a": [1, None, {"b": "***"}]}
