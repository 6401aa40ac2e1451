"""Gathers what a diagnosis needs, from a log or from a living environment, and asks for it. Decides nothing itself."""

from __future__ import annotations

from dataclasses import replace

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.read_input import read_context_file, read_log
from tts_doctor.errors import DoctorError
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, Gap
from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.text import Text
from tts_doctor.parse.context import read_context
from tts_doctor.ports import Index, Reporter


def examine(request: ExamineRequest, say: Reporter) -> Diagnosis:
    """Raises DoctorError where the patient or the log cannot be read at all."""
    case = gather(request, say)
    index, gap = _index(case.facts, request)
    if gap:
        case = replace(case, facts=replace(case.facts, gaps=(*case.facts.gaps, gap)))
    say.step(Text("looking for the cause", "正在查找原因"))
    return diagnose(case, index)


def gather(request: ExamineRequest, say: Reporter) -> Examination:
    """Facts and, where there is a log or a command, the symptom."""
    from tts_doctor.parse.symptom import read_symptom

    if request.log:
        text, gaps = read_log(request.log)
        facts = read_context(read_context_file(request.context)) if request.context else Facts(from_text=True)
        return Examination(replace(facts, gaps=gaps), read_symptom(text))
    facts = _facts(request, say)
    if not request.command:
        return Examination(facts)
    from tts_doctor.effects.run_command import run

    say.step(Text(f"running {request.command[0]}", f"正在运行 {request.command[0]}"))
    ran = run(request.command, request.environ, request.cwd, request.timeout, up=request.up)
    symptom = read_symptom(ran.output, request.command, ran.exit_code, ran.seconds, facts.interpreter.executable)
    return Examination(facts, symptom)


def _facts(request: ExamineRequest, say: Reporter) -> Facts:
    from tts_doctor.effects.read_site import read_facts

    say.step(Text("reading the environment", "正在读取环境"))
    return read_facts(request.python or None, request.site or None, request.environ, request.cwd)


def _index(facts: Facts, request: ExamineRequest) -> tuple[Index | None, Gap | None]:
    if request.offline:
        return None, Gap("package index", "not asked (offline)")
    from tts_doctor.effects.index import open_index

    try:
        return open_index(facts, request.environ), None
    except DoctorError as error:
        return None, Gap("package index", error.en)
