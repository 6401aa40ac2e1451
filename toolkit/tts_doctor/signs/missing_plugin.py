"""A program is told to use a plugin by its name, and nothing installed answers to the name: `Unrecognised theme name:
'material'`, `Can't load plugin: sqlalchemy.dialects:duckdb`.

Plugins are found through entry points, so no import fails and no module is named. Present where the message denies a
thing that is a kind of plugin; which distribution declares an entry point of that name is for the index to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Evidence, Finding, Need
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import chain_text, last_chain, owner_of_file, party

_KIND = (
    r"(?P<kind>theme|plugin|extension|dialect|engine|backend|driver|protocol|transport|formatter|exporter|loader|builder"
    r"|hook|kernel|codec|propagator|sampler|component)"
)
_NAME = r"['\"](?P<name>[A-Za-z][\w.-]{1,40})['\"]"
_BARE = r"(?P<name>[A-Za-z](?:[\w-]|\.\w){0,40})"
_DENIED = (
    r"(?:unrecogni[sz]ed|unknown|unsupported|no such|\bno\b|not (?:be )?(?:installed|found|available|registered|loaded)"
    r"|(?:can't|cannot|could not|couldn't|failed to|unable to) (?:find|load|import))"
)
PATTERNS = (
    re.compile(rf"{_DENIED}[^'\"\n]{{0,30}}\b{_KIND}s?\b[^'\"\n]{{0,20}}{_NAME}", re.I),
    re.compile(rf"\b{_KIND}\b[^'\"\n]{{0,20}}{_NAME}[^'\"\n]{{0,30}}{_DENIED}", re.I),
    re.compile(rf"{_NAME} {_KIND}\b[^'\"\n]{{0,20}}{_DENIED}", re.I),
    re.compile(r"(?P<kind>Can't load plugin): [\w.]+:(?P<name>[A-Za-z][\w+-]{1,40})"),
    re.compile(rf"\b{_KIND} {_BARE} (?:was |is )?not (?:found|installed|registered|available)\b", re.I),
    re.compile(rf"\b(?:no such|unknown) {_KIND}: {_BARE}", re.I),
    re.compile(rf"\b{_KIND} not known: {_BARE}", re.I),
    re.compile(rf"No '[\w.]+' {_KIND} found, looking for {_NAME}"),
)
_GROUP = re.compile(r"entry points? (?:for|of|in|group) ['\"](?P<group>[\w.]+)['\"]")
_NO_NAMES = frozenset(
    {"is", "was", "be", "not", "path", "file", "name", "type", "class", "module", "could", "can", "the", "of"}
)


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    text = chain_text(case.symptom)
    match = next((m for pattern in PATTERNS if (m := pattern.search(text))), None)
    program = _program(case)
    if match and program and match["name"].lower() not in {program, *_NO_NAMES}:
        yield _finding(case, program, match["name"], _kind(match, text), " ".join(match[0].split()))


def _kind(match: re.Match[str], text: str) -> str:
    """What the plugin is, as such distributions are called: the last word of the group of entry points, if told."""
    group = _GROUP.search(text, match.start())
    return re.split(r"[._]", group["group"])[-1].lower() if group else match["kind"].lower()


def _program(case: Examination) -> str:
    """Who says so: the owner of the innermost frame, else what the command runs."""
    chain = last_chain(case.symptom) if case.symptom else ()
    frames = [frame.file for error in chain for frame in error.frames]
    owners = (owner_of_file(case.facts, file)[0] for file in reversed(frames))
    return next(filter(None, owners), "") or next(iter(case.facts.own_imports), "")


def _finding(case: Examination, program: str, name: str, kind: str, seen: str) -> Finding:
    return Finding(
        id="missing-plugin",
        title=Text(f"{program} knows no plugin {name}", f"{program} 没有名为 {name} 的插件"),
        cause=Text(
            f"{program} looks for plugins among what is installed, and nothing there is called {name}: the "
            "distribution that brings it is missing.",
            f"{program} 在已安装的包中查找插件，其中没有叫 {name} 的：缺少提供它的分发包。",
        ),
        confidence=0.75,
        culprits=(party(case.facts, program),),
        evidence=(Evidence("missing-plugin", "output", seen, f"an entry point {name}"),),
        need=Need("plugin", program, name=name, detail=kind),
    )
