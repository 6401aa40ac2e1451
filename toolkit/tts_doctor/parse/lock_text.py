"""A lock's text: its pins, and the reasons below them told in the user's own terms. Changes no pin and no hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from packaging.utils import canonicalize_name

from tts_doctor.model.lock import ListLine, RequirementList
from tts_doctor.parse.plain_data import toml_of

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"^    # via ?(.*)$")
MORE = re.compile(r"^    #   (\S.*)$")
PYLOCK = re.compile(r"^lock-version\s*=", re.MULTILINE)


def read_pins(text: str) -> tuple[tuple[str, str], ...]:
    """(canonical name, version) of every pin in a requirements file or a pylock.toml; none where it is neither."""
    if PYLOCK.search(text):
        try:
            packages = toml_of(text).get("packages", [])
        except ValueError:
            return ()
        rows = [p for p in packages if isinstance(p, dict)] if isinstance(packages, list) else []
        pins = [(p.get("name"), p.get("version")) for p in rows]
        return tuple((canonicalize_name(n), v) for n, v in pins if isinstance(n, str) and isinstance(v, str))
    found = (PIN.match(row) for row in text.splitlines())
    return tuple((canonicalize_name(m[1]), m[2]) for m in found if m)


def read_hashes(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """(canonical name, version) -> the SHA-256 of every file that the lock takes of it, in its order."""
    if PYLOCK.search(text):
        return dict(_pylock_hashes(text))
    found: dict[tuple[str, str], list[str]] = {}
    rows: list[str] = []
    for line in text.splitlines():
        if pin := PIN.match(line):
            rows = found.setdefault((canonicalize_name(pin[1]), pin[2]), [])
        rows += HASH.findall(line)
    return {pin: tuple(hashes) for pin, hashes in found.items()}


def read_requirers(text: str) -> dict[str, tuple[str, ...]]:
    """Canonical name -> who asks for it, as the comments below the pins tell it; `-r FILE` for the user's own lists."""
    found: dict[str, list[str]] = {}
    asking: list[str] = []
    for line in text.splitlines():
        if pin := PIN.match(line):
            asking = found.setdefault(canonicalize_name(pin[1]), [])
        elif told := VIA.match(line) or MORE.match(line):
            asking += [told[1]] if told[1] else []
    return {name: tuple(asking) for name, asking in found.items() if asking}


def _pylock_hashes(text: str) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    try:
        packages = toml_of(text).get("packages", [])
    except ValueError:
        return
    for package in packages:
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        hashes = tuple(file["hashes"]["sha256"] for file in files if "sha256" in file.get("hashes", {}))
        if "version" in package:
            yield (canonicalize_name(package["name"]), package["version"]), hashes


def moved(old: str, new: str) -> tuple[tuple[str, str, str], ...]:
    """(name, version before, version after) of what differs between two locks' texts; empty where it is not there."""
    before, after = dict(read_pins(old)), dict(read_pins(new))
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return tuple((name, before.get(name, ""), after.get(name, "")) for name in names)


def digest_of(listed: RequirementList) -> str:
    """What was asked for, comments and layout apart, as a hash: a lock that bears another one is stale."""
    asked = [line.text for line in listed.lines] + [f"-c {line.text}" for line in listed.constraints]
    return "sha256:" + hashlib.sha256("\n".join([*asked, *listed.options]).encode()).hexdigest()


def with_sources(text: str, listed: RequirementList) -> str:
    """The lock with the user's files named below what they ask for, and no file that only the resolver was shown."""
    rows: list[str] = []
    block: list[str] = []
    for row in text.splitlines():
        if PIN.match(row) and block:
            rows += _told(block, listed)
            block = []
        block.append(row)
    return "\n".join([*rows, *_told(block, listed)]) + "\n" if text else ""


def _told(block: Sequence[str], listed: RequirementList) -> Iterator[str]:
    match = PIN.match(block[0])
    name = canonicalize_name(match[1]) if match else ""
    began = next((i for i, row in enumerate(block) if VIA.match(row)), len(block))
    ended = began + 1
    while ended < len(block) and MORE.match(block[ended]):
        ended += 1
    said = [m[1] for row in block[began:ended] if (m := VIA.match(row) or MORE.match(row)) and m[1]]
    reasons = [f"-r {f}" for f in _files(listed.lines, name)] + [f"-c {f}" for f in _files(listed.constraints, name)]
    reasons += [reason for reason in said if not reason.startswith(("-r ", "-c "))]
    yield from block[:began]
    if len(reasons) == 1:
        yield f"    # via {reasons[0]}"
    elif reasons:
        yield "    # via"
        yield from (f"    #   {reason}" for reason in reasons)
    yield from block[ended:]


def _files(lines: Sequence[ListLine], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.source for line in lines if name and line.name == name and line.source))
