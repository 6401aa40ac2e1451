"""A class of a provider lacks a member that a consumer uses: `'EPollReactor' object has no attribute '_handleSignals'`.

Present where an error of the symptom says so, the class's home is known from the installed files, and another
distribution (or the user's own code) asks for the member. Which release had it is for the index to say; where
knowledge names that release, the sign `missing-name` speaks.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from tts_doctor.knowledge.removed_names import bound_of_name
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Definition, Facts
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Need
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

_MEMBER = re.compile(r"(?:type object )?'(?P<class>\w+)' (?:object )?has no attribute '(?P<name>\w+)'")


def spoken_classes(symptom: Symptom) -> tuple[str, ...]:
    """Names of the classes that errors say lack something; not the interpreter's own."""
    found = [m["class"] for error in symptom.errors if (m := _match(error))]
    return tuple(name for name in dict.fromkeys(found) if not hasattr(builtins, name) and name != "NoneType")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    homes = {definition.name: definition for definition in case.facts.definitions}
    for error, weight in weighted_errors(case.symptom):
        match = _match(error)
        if match and match["class"] in homes and not bound_of_name(f"class {match['class']}", match["name"]):
            yield from _judge(case.facts, error, homes[match["class"]], match["name"], weight)


def _match(error: Error) -> re.Match[str] | None:
    return _MEMBER.search(error.message) if error.type.endswith("AttributeError") else None


def _judge(facts: Facts, error: Error, home: Definition, member: str, weight: float) -> Iterator[Finding]:
    consumer = consumer_of(facts, error, home.owner)
    if not consumer.file:
        return
    shown = f"{home.owner} {facts.version(home.owner)}".strip()
    user = consumer.name or "your code"
    what = f"{home.name}.{member}"
    yield Finding(
        id="missing-member",
        title=Text(f"{shown} does not have {what}, which {user} uses", f"{shown} 没有 {what}，而 {user} 要用它"),
        cause=Text(
            f"{user} uses {member} of {home.module}.{home.name}, which the installed {shown} does not define: the two "
            "are of different times.",
            f"{user} 使用 {home.module}.{home.name} 的 {member}，但已安装的 {shown} 没有定义它：两者版本不配套。",
        ),
        confidence=0.7 * weight,
        culprits=(
            party(facts, home.owner),
            party(facts, consumer.name) if consumer.name else Culprit(Kind.APPLICATION, consumer.file),
        ),
        evidence=(
            Evidence(
                "missing-member",
                f"{consumer.file}:{consumer.frame.line}" if consumer.frame else consumer.file,
                f"{error.type}: {error.message.strip().splitlines()[0][:300]}",
                f"{what} exists",
            ),
        ),
        need=Need("member", consumer.name, consumer.file, home.owner, home.module, member, home.name),
    )
