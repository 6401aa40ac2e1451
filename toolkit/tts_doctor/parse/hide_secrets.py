"""Takes secrets out of what is shown or kept: passwords in addresses, values of variables that are secret by name.

Every way out goes through here: reports, receipts on the disk and on the screen, progress, answers to agents. Values
that take effect (a variable that a command is run with) never do.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
HIDDEN = "***"
NAMES = re.compile(
    r"TOKEN(?!IZER)|PASS(WORD|WD|PHRASE)|SECRET|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY|(^|_)PAT$|AUTH(?!OR)", re.I
)
NO_SECRET = re.compile(r"(?:~|\.{1,2})?/\.?[a-z][a-z0-9._-]*(?:/|\.[a-z]{2,5}$)|(?i:true|false|none|null|yes|no)$")
"""Paths, as those of key files and sockets, and switches: hiding them would only spoil the report. A key in base64 may
begin with a slash as well."""
COUNTED = re.compile(r"TOKEN|AUTH", re.I)
"""What has such a name may be a number, as of tokens; a password of digits is one."""
SHORTEST = 6
"""Characters; what is shorter stands in too many words by chance."""
PASSWORD = re.compile(r"(://[^\s/:@'\"<>]{0,200}:)(?!\d{1,5}/)[^\s'\"<>]{1,500}@")
"""Up to the last @ of the word: people put passwords into addresses that ought to be escaped."""
BARE_TOKEN = re.compile(r"(https?://)[^\s/:@'\"<>]{1,500}@")


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables whose names say that they are secret, the longest first."""
    found = {
        value
        for name, value in environ.items()
        if len(value) >= SHORTEST and (said := NAMES.search(name)) and "://" not in value
        if not NO_SECRET.match(value) and not (value.isdigit() and COUNTED.match(said[0]))
    }
    return tuple(sorted(found, key=len, reverse=True))


def without_secrets(text: str, secrets: Sequence[str] = ()) -> str:
    """The text with *** in place of passwords and of these values."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    if "://" not in text:
        return text
    return BARE_TOKEN.sub(rf"\1{HIDDEN}@", PASSWORD.sub(rf"\1{HIDDEN}@", text))


def hide(value: T, secrets: Sequence[str] = ()) -> T:
    """The same value, the texts deep inside of it without secrets."""
    return each_text(value, lambda text: without_secrets(text, secrets))


def each_text(value: T, change: Callable[[str], str]) -> T:
    """The same value with every text deep inside of it changed: of dataclasses, tuples, lists and mappings' values."""
    found: Any = value
    if isinstance(value, str) and not isinstance(value, Enum):
        found = change(value)
    elif isinstance(value, (tuple, list)):
        found = type(value)(each_text(item, change) for item in value)
    elif isinstance(value, dict):
        found = {key: each_text(item, change) for key, item in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: each_text(getattr(value, f.name), change) for f in dataclasses.fields(value)}
        found = dataclasses.replace(value, **fields)
    answer: T = found
    return answer
