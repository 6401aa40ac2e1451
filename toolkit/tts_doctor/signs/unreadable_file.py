"""A file of an installed distribution may not be read by the user who runs the program.

Installed with umask 077, or copied by root: `PermissionError: … '/venv/lib/…/yaml/__init__.py'`. Present where the
message names a file that a RECORD owns and no installer is at work; a file that the program wants to write there is
none of these. Installing the same version anew writes the files as the installer does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.bounds import reinstall
from tts_doctor.signs.parties import owner_of_file, party, weighted_errors

_DENIED = re.compile(r"Permission denied: ['\"](?P<path>/[^'\"]+)['\"]")
INSTALLERS = frozenset({"pip", "uv", "setuptools", "installer"})


def find(case: Examination) -> Iterator[Finding]:
    facts = case.facts
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        match = _DENIED.search(error.message)
        owner, relative = owner_of_file(facts, match["path"]) if match else ("", "")
        dist = facts.get(owner) if owner else None
        busy = {owner_of_file(facts, frame.file)[0] for frame in error.frames}
        if match is None or dist is None or busy & INSTALLERS or all(e.path != relative for e in dist.records):
            continue
        yield Finding(
            id="unreadable-file",
            title=Text(f"{relative} of {owner} may not be read", f"无权读取 {owner} 的 {relative}"),
            cause=Text(
                f"The files of {owner} were installed for another user alone; the one who runs it may not read them.",
                f"{owner} 的文件只对安装者开放，运行程序的用户无权读取。",
            ),
            confidence=0.93 * weight,
            culprits=(party(facts, owner), Culprit(Kind.FILE, match["path"])),
            evidence=(Evidence("unreadable-file", match["path"], match[0], "readable by everyone"),),
            treatment=Treatment(reinstall(facts, owner).actions),
        )
