"""Writes the tables of Debian packages that images pin: make_debian_versions.py RELEASE [NAME...] [< names]

Reads the release's package lists from deb.debian.org (or $DEBIAN_MIRROR) and writes debian_RELEASE.yaml into the
toolkit's knowledge, for the names given, those on standard input and those already there. The version kept is what
stays the same while the release lives: `7:5.1.*`; of versions with two parts the first one, since updates move the
second (PostgreSQL).
"""

from __future__ import annotations

import io
import lzma
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

DATA = Path(__file__).parent.parent / "toolkit" / "tts_doctor" / "knowledge" / "data"
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org")
SUITES = ("debian/dists/{0}", "debian-security/dists/{0}-security", "debian/dists/{0}-updates")
HEAD = """# Debian {number} ({release}): package -> the version that stays within the release, as apt-get takes it.
# Written by scripts/make_debian_versions.py from the release's package lists; only what Python services install.
"""
NUMBERS = {"bookworm": 12, "trixie": 13}


def versions(release: str) -> dict[str, str]:
    """Package -> version, the newest suite's."""
    found: dict[str, str] = {}
    for suite in SUITES:
        address = f"{MIRROR}/{suite.format(release)}/main/binary-amd64/Packages.xz"
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                text = io.TextIOWrapper(lzma.open(io.BytesIO(answer.read())), "utf-8")
        except urllib.error.HTTPError:
            continue
        name = ""
        for line in text:
            if line.startswith("Package: "):
                name = line[9:].strip()
            elif line.startswith("Version: "):
                found[name] = line[9:].strip()
    return found


def lasting(version: str) -> str:
    """`7:5.1.6-0+deb12u1` -> `7:5.1.*`."""
    match = re.match(r"(\d+:)?(\d+)(?:\.(\d+))?(\.\d+)?", version)
    if match is None:
        return version
    epoch, first, second, third = match.groups()
    if second is None:  # a date, or a single number
        return f"{epoch or ''}{first[:4] if len(first) == 8 else first}*"
    return f"{epoch or ''}{first}.{second}.*" if third else f"{epoch or ''}{first}.*"


def main(release: str, names: list[str]) -> None:
    path = DATA / f"debian_{release}.yaml"
    known = re.findall(r"^([a-z0-9][\w.+-]+):", path.read_text("utf-8"), re.M) if path.exists() else []
    named = [] if sys.stdin.isatty() else sys.stdin.read().split()
    there = versions(release)
    rows = [f"{name}: '{lasting(there[name])}'\n" for name in sorted({*known, *names, *named}) if name in there]
    path.write_text(HEAD.format(number=NUMBERS[release], release=release) + "".join(rows), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
