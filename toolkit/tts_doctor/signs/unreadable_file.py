"""A file of an installed distribution may not be read, or not be started, by the user who runs the program.

Installed with umask 077, or copied by root: `PermissionError: … '/venv/lib/…/yaml/__init__.py'`; programs lose their
permission in archives that keep none: `bash: /venv/bin/uvicorn: Permission denied`. Present where the message names a
file that a RECORD owns and no installer is at work; a file that the program wants to write there is none of these.
Installing the same version anew writes the files as the installer does.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.bounds import reinstall
from tts_doctor.signs.parties import owner_of_file, party, weighted_errors

_DENIED = re.compile(r"Permission denied: ['\"](?P<path>/[^'\"]+)['\"]")
_NOT_STARTED = re.compile(r"^(?:[\w./-]+: )?(?:line )?(?:\d+: )?(?P<path>/[^\s:]+): Permission denied$", re.M)
"""As a shell says it."""
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
        yield _finding(facts, owner, relative, match, weight)
    for match in _NOT_STARTED.finditer(case.symptom.text) if not case.symptom.errors else ():
        owner = _owner_of_program(facts, match["path"])
        if owner:
            yield _finding(facts, owner, posixpath.basename(match["path"]), match, 1.0)


def _owner_of_program(facts: Facts, path: str) -> str:
    """Whose RECORD has the file, which lies outside site-packages."""
    name = posixpath.basename(path)
    return next(
        (
            dist.key
            for dist in facts.distributions
            for entry in dist.records
            if entry.path.endswith(name) and posixpath.normpath(posixpath.join(dist.site, entry.path)) == path
        ),
        "",
    )


def _finding(facts: Facts, owner: str, file: str, match: re.Match[str], weight: float) -> Finding:
    verb, verb_zh = ("read", "读取") if match.re is _DENIED else ("started", "执行")
    return Finding(
        id="unreadable-file",
        title=Text(f"{file} of {owner} may not be {verb}", f"无权{verb_zh} {owner} 的 {file}"),
        cause=Text(
            f"The files of {owner} were installed for another user alone, or have lost their permissions on the way; "
            f"the one who runs it may not have them {verb}.",
            f"{owner} 的文件只对安装者开放，或在复制途中丢失了权限，运行程序的用户无权{verb_zh}。",
        ),
        confidence=0.93 * weight,
        culprits=(party(facts, owner), Culprit(Kind.FILE, match["path"])),
        evidence=(Evidence("unreadable-file", match["path"], match[0], "permitted to everyone"),),
        treatment=Treatment(reinstall(facts, owner).actions),
    )
