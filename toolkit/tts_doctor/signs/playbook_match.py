"""Playbook: the patient shows what one of the written-down diseases shows.

Asks the conditions of every playbook of facts and symptom. A condition that the facts cannot answer (a pasted log names
few versions) is *unknown*: it does not rule the playbook out but lowers the confidence. Never names a disease on
unknown conditions alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tts_doctor.knowledge.playbooks import load_playbooks
from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Finding, Kind, Treatment
from tts_doctor.model.playbook import Playbook, Repair
from tts_doctor.model.text import Text
from tts_doctor.parse.playbook_shape import GROUP
from tts_doctor.signs.ask_condition import Answer, Case, ask

UNKNOWN_FACTOR = 0.85
AT_REST_FACTOR = 0.8

YOURS = Text("your code", "你的代码")
"""The consumer where no distribution is."""
LEFT_EMPTY = re.compile(r" ?\(\)|（）| (?=[,;:.](?:\s|$))| (?=[，；：。])")


def find(case: Examination) -> Iterator[Finding]:
    """One finding for each playbook that holds."""
    yield from match(case, load_playbooks())


def match(case: Examination, playbooks: tuple[Playbook, ...]) -> Iterator[Finding]:
    """One finding for each of `playbooks` that holds of `case`."""
    text = case.symptom.text if case.symptom else ""
    seen = Case(case, text.lower())
    for playbook in playbooks:
        answer = ask(playbook.when, seen)
        if answer.holds and answer.evidence:
            yield _finding(playbook, answer, seen)


def _finding(playbook: Playbook, answer: Answer, case: Case) -> Finding:
    facts = case.examination.facts
    groups = {"python": ".".join(map(str, facts.interpreter.minor)), **dict(reversed(answer.groups))}
    factor = UNKNOWN_FACTOR if answer.unknown else 1.0
    if case.examination.symptom is None:
        factor *= AT_REST_FACTOR
    culprits = tuple(
        replace(
            c, name=name, installed=c.installed or _version(c, name, case), wanted=_fill(c.wanted or "", groups) or None
        )
        for c in playbook.culprits
        if (name := _fill(c.name, groups))
    )
    repairs = [filled for repair in playbook.repairs if (filled := _repair(repair, groups, case))]
    return Finding(
        id=playbook.id,
        title=_say(playbook.title, groups),
        cause=_say(playbook.cause, groups),
        severity=playbook.severity,
        confidence=round(playbook.confidence * factor, 3),
        culprits=tuple(dict.fromkeys(culprits)),
        evidence=answer.evidence,
        treatment=Treatment(repairs[0], tuple(repairs[1:])) if repairs else Treatment(),
        references=playbook.references,
    )


def _version(culprit: Culprit, name: str, case: Case) -> str | None:
    facts = case.examination.facts
    if culprit.kind is Kind.INTERPRETER:
        return facts.interpreter.version or None
    if culprit.kind is Kind.VARIABLE:
        return facts.variables.get(name)
    return facts.version(name) or None


def _repair(repair: Repair, groups: dict[str, str], case: Case) -> tuple[Action, ...]:
    """The steps with the groups filled in; none where the repair is ruled out or something it needs is not known."""
    if repair.when is not None and ask(repair.when, case).holds is False:
        return ()
    steps = []
    for action in repair.actions:
        fields = [action.target, action.spec or "", action.value or ""]
        if any(not groups.get(name) for field_ in fields for name in GROUP.findall(field_)):
            return ()
        steps.append(
            replace(
                action,
                target=_fill(action.target, groups),
                spec=None if action.spec is None else _fill(action.spec, groups),
                value=None if action.value is None else _fill(action.value, groups),
                why=Text(_fill(action.why.en, groups), _fill(action.why.zh, groups)),
            )
        )
    return tuple(steps)


def _say(text: Text, groups: dict[str, str]) -> Text:
    """A sentence that reads well where a group is not known, too."""
    en, zh = (
        LEFT_EMPTY.sub("", re.sub(" {2,}", " ", _fill(words, {"consumer": yours, **groups}))).strip()
        for words, yours in ((text.en, YOURS.en), (text.zh, YOURS.zh))
    )
    return Text(en[:1].upper() + en[1:] if en.startswith(YOURS.en) else en, zh)


def _fill(template: str, groups: dict[str, str]) -> str:
    return GROUP.sub(lambda found: groups.get(found[1], ""), template)
