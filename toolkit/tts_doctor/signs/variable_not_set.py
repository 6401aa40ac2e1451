"""A program asks for an environment variable that is not set: `You must either define the environment variable …`,
`KeyError: 'HF_HOME'` from `os.environ`.

Present where the message names the variable. The value is taken from the project's own files, where these set it for
another way of starting (manage.py, a Dockerfile); otherwise only the user knows it. Secrets are never looked
up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

_NAME = r"(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"
SPOKEN = (
    re.compile(rf"[Ee]nvironment variables? ['\"`$]?{_NAME}"),
    re.compile(rf"{_NAME}['\"`]? (?:environment variable|env(?:ironment)? var)\b"),
    re.compile(rf"{_NAME}['\"`]? (?:is|was|must be|has to be|needs to be|should be)? ?(?:not |un)?(?:set|defined)\b"),
)
_KEY = re.compile(rf"['\"]{_NAME}['\"]")
_UNWANTED = re.compile(r"(?:unset|remove|ignoring|deprecated|disabl\w+|instead)\b", re.I)
"""Words of messages that speak of a variable which is set, or which may be."""
SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE")
MOST_VALUES = 3


def asked_variables(symptom: Symptom) -> tuple[str, ...]:
    """Names of the variables that the errors ask for, each once."""
    return tuple(dict.fromkeys(name for error in symptom.errors if (name := _asked(error))))


def _asked(error: Error) -> str:
    if error.type == "KeyError" and error.frames and re.search(r"\bos\b(?:\.py|>)?$", error.frames[-1].file):
        match = _KEY.match(error.message.strip())
        return match["name"] if match else ""
    if _UNWANTED.search(error.message):
        return ""
    return next((m["name"] for pattern in SPOKEN if (m := pattern.search(error.message))), "")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        name = _asked(error)
        if name and name not in case.facts.variables:
            yield _finding(case, error, name, weight)


def _finding(case: Examination, error: Error, name: str, weight: float) -> Finding:
    known = [(value, file) for asked, value, file in case.facts.own_settings if asked == name]
    repairs = tuple(
        (Action("env-var", name, value=v, why=Text(f"{f} sets it so", f"{f} 中如此设置")),)
        for v, f in known[:MOST_VALUES]
    )
    if not repairs and case.facts.from_text:
        repairs = (
            (
                Action(
                    "env-var", name, value="VALUE", why=Text("the value that this deployment needs", "此部署所需的值")
                ),
            ),
        )
    consumer = consumer_of(case.facts, error, "")
    asker = party(case.facts, consumer.name) if consumer.name else Culprit(Kind.APPLICATION, consumer.file)
    return Finding(
        id="variable-not-set",
        title=Text(f"The environment variable {name} is not set", f"环境变量 {name} 没有设置"),
        cause=Text(
            f"{consumer.name or 'The program'} asks for {name}, and the way it is started here does not set it.",
            f"{consumer.name or '程序'} 需要 {name}，而此处的启动方式没有设置它。",
        ),
        confidence=0.9 * weight,
        culprits=(
            Culprit(Kind.VARIABLE, name, None, known[0][0] if known else None),
            *((asker,) if asker.name else ()),
        ),
        evidence=(
            Evidence("variable-not-set", "output", f"{error.type}: {error.message.strip()[:200]}", f"{name} set"),
        ),
        treatment=Treatment(repairs[0], repairs[1:]) if repairs else Treatment(),
    )
