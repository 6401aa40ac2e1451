"""The `--context` file, text in and facts out: what the person who pasted a log knows of its environment.

Never guesses: a version that is no version is kept as far as one can be read in it, and a package said to be absent
(`none`, `not installed`) is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tts_doctor.errors import UsageError
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.parse.plain_data import json_of

LONGEST_VERSION = 200
VERSION = re.compile(r"\d+(?:\.\d+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|dev|post|pre)[-_.]?\d*)*(?:\+[A-Za-z0-9.]+)?", re.I)
ABSENT = re.compile(r"\s*(none|no|not installed|missing|absent|uninstalled|null)\b", re.I)
MACHINE = re.compile(r"\b(x86_64|amd64|aarch64|arm64|i686|armv7l|ppc64le|s390x)\b", re.I)
MACHINE_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}


def read_context(text: str) -> Facts:
    """Facts with names and versions only, `from_text`. Raises UsageError that says which key is wrong."""
    try:
        data = json_of(text)
    except ValueError as error:
        raise UsageError(
            f"the context is not JSON: {error}",
            f"context 文件不是 JSON：{error}",
            hint_en='write an object such as {"python": "3.10", "os": "Debian 12", "packages": {"numpy": "2.0.1"}}',
            hint_zh='请写成这样的对象：{"python": "3.10", "os": "Debian 12", "packages": {"numpy": "2.0.1"}}',
        ) from None
    if not isinstance(data, Mapping):
        raise _wrong("", "an object", data)
    packages = data.get("packages") or {}
    if not isinstance(packages, Mapping):
        raise _wrong("packages", "an object of names and versions", packages)
    system = _plain(data, "os")
    found = MACHINE.search(system)
    machine = MACHINE_NAMES.get(found[1].lower(), found[1].lower()) if found else ""
    return Facts(
        interpreter=Interpreter(version=_python(_plain(data, "python")), machine=machine),
        distributions=tuple(_distributions(packages)),
        host=(("os", system),) if system else (),
        from_text=True,
    )


def _plain(data: Mapping[str, object], key: str, within: str = "") -> str:
    value = data.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _wrong(within + key, "text", value)
    return str(value).strip()


def _python(text: str) -> str:
    found = re.search(r"\d+(?:\.\d+)*", text)
    return found[0][:LONGEST_VERSION] if found else ""


def _distributions(packages: Mapping[str, object]) -> list[Distribution]:
    found = []
    for name in packages:
        version = _plain(packages, name, "packages.")
        if packages[name] is None or ABSENT.match(version):
            continue
        number = VERSION.search(version)
        found.append(Distribution(name=str(name).strip(), version=number[0][:LONGEST_VERSION] if number else ""))
    return found


def _wrong(key: str, wanted: str, value: object) -> UsageError:
    where = f"context.{key}" if key else "context"
    kind = type(value).__name__
    return UsageError(f"{where} must be {wanted}, not {kind}", f"{where} 的类型不对（{kind}）")
