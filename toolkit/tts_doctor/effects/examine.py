"""Gathers what a diagnosis needs, from a log or from a living environment, and asks for it. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.find_interpreter import (
    interpreter_of_command,
    interpreter_of_traceback,
    program_of_command,
    same_environment,
)
from tts_doctor.effects.grounds import Grounds
from tts_doctor.errors import DoctorError
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, Gap
from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text
from tts_doctor.ports import Index, Reporter
from tts_doctor.signs.parties import owner_of_file


def examine(request: ExamineRequest, say: Reporter, grounds: Grounds | None = None) -> Diagnosis:
    """A static diagnosis fills in `grounds`. Raises DoctorError where the patient or the log cannot be read at all."""
    case = gather(request, say, grounds)
    index, gap = find_index(case.facts, request)
    if gap:
        case = replace(case, facts=replace(case.facts, gaps=(*case.facts.gaps, gap)))
    say.step(Text("looking for the cause", "正在查找原因"))
    return diagnose(case, index)


def gather(request: ExamineRequest, say: Reporter, grounds: Grounds | None = None) -> Examination:
    """Facts and, where there is a log or a command, the symptom; without either fills in `grounds`."""
    if request.log:
        return _from_log(request)
    if not request.command:
        say.step(Text("reading the environment", "正在读取环境"))
        facts = whole_facts(_facts(request, grounds), request.environ, request.deep, grounds)
        if grounds:
            grounds.facts = facts
        return Examination(facts)
    request = replace(request, python=_choose_interpreter(request, say))
    say.step(Text(f"running {request.command[0]}", f"正在运行 {request.command[0]}"))
    symptom = run_command(request, request.environ)
    other = interpreter_of_traceback(symptom)
    facts = _facts(request)
    if other and not _is_of(other, facts):
        _say_other(say, request.python, other)
        request = replace(request, python=other)
        facts = _facts(request)
    case = Examination(facts, replace(symptom, interpreter=facts.interpreter.executable))
    if not symptom.failed:
        return case
    from tts_doctor.effects.read_own_imports import own_imports
    from tts_doctor.effects.read_surroundings import read_surroundings
    from tts_doctor.effects.try_variables import try_variables

    program = program_of_command(request.command, request.environ, request.cwd)
    facts = replace(facts, own_imports=own_imports(case, program))
    facts = deepen(read_surroundings(facts, symptom, request.command, request.environ), symptom)
    tried = try_variables(case, request.environ, lambda environ: run_command(request, environ))
    # a variable that proved to matter is known to be set; its value may be a secret and is not kept
    proven = {c.variable: "" for c in tried if c.before is not None}
    known = replace(facts, environment=tuple(sorted((proven | facts.variables).items())))
    return replace(case, facts=known, counterfactuals=tried)


def run_command(request: ExamineRequest, environ: Mapping[str, str]) -> Symptom:
    """Run the user's command in place, as the user would."""
    from tts_doctor.effects.run_command import run
    from tts_doctor.parse.symptom import read_symptom

    ran = run(request.command, environ, request.cwd, request.timeout, up=request.up)
    return read_symptom(ran.output, request.command, ran.exit_code, ran.seconds, request.python)


def deepen(facts: Facts, symptom: Symptom) -> Facts:
    """Add what only reading the files themselves tells: damage, ownership, binaries, where classes are defined."""
    from tts_doctor.effects.find_callees import find_callees
    from tts_doctor.effects.find_definitions import find_definitions
    from tts_doctor.effects.read_linkage import read_linkage
    from tts_doctor.effects.read_objects import deepen as read_deeply

    deep = read_deeply(facts, blamed(facts, symptom))
    return replace(
        deep,
        linkage=read_linkage(deep, symptom.text),
        definitions=find_definitions(deep, symptom),
        callees=find_callees(deep, symptom),
    )


def blamed(facts: Facts, symptom: Symptom) -> tuple[str, ...]:
    """Canonical names of the distributions whose files the symptom's traceback goes through."""
    frames = [frame.file for error in symptom.errors for frame in error.frames]
    return tuple({owner for owner, _ in (owner_of_file(facts, file) for file in frames) if owner})


def find_index(facts: Facts, request: ExamineRequest) -> tuple[Index | None, Gap | None]:
    """The index as the user configured it, or why there is none."""
    if request.offline:
        return None, Gap("package index", Text("not asked (offline)", "未查询（离线）"))
    from tts_doctor.effects.index import open_index

    try:
        return open_index(facts, request.environ), None
    except DoctorError as error:
        return None, Gap("package index", Text(error.en, error.zh))


def _from_log(request: ExamineRequest) -> Examination:
    from tts_doctor.effects.read_input import read_context_file, read_log
    from tts_doctor.parse.context import read_context
    from tts_doctor.parse.symptom import read_symptom

    text, gaps = read_log(request.log)
    if not text.strip():
        gaps = (*gaps, Gap("log", Text("it is empty", "它是空的")))
    symptom = read_symptom(text)
    if request.python or request.site:
        facts = _facts(request)
        return Examination(replace(deepen(facts, symptom), gaps=(*facts.gaps, *gaps)), symptom)
    facts = read_context(read_context_file(request.context)) if request.context else Facts(from_text=True)
    return Examination(replace(facts, gaps=gaps), symptom)


def _facts(request: ExamineRequest, grounds: Grounds | None = None) -> Facts:
    from tts_doctor.effects.read_lost_config import read_lost_config
    from tts_doctor.effects.read_moved import read_moved
    from tts_doctor.effects.read_site import read_facts

    facts = read_facts(request.python or None, request.site or None, request.environ, request.cwd, grounds)
    return replace(facts, moved_projects=read_moved(facts), lost_config=read_lost_config(facts.interpreter))


def whole_facts(
    facts: Facts, environ: Mapping[str, str], thoroughly: bool, grounds: Grounds | None = None
) -> Facts:
    """Everything that can be read without running anything: files, binaries, and what imports will not find."""
    if not facts.interpreter.alive:
        from tts_doctor.effects.read_objects import deepen as read_deeply

        return read_deeply(facts)
    from tts_doctor.effects.read_whole import read_whole

    whole = read_whole(facts, environ, grounds.cache if grounds else None)
    if not thoroughly:
        return whole
    from tts_doctor.effects.read_linkage import survey_linkage

    return replace(whole, linkage=survey_linkage(whole))


def _choose_interpreter(request: ExamineRequest, say: Reporter) -> str:
    """The command's own Python where it names one of another environment than --python."""
    named = interpreter_of_command(request.command, request.environ, request.cwd)
    if not named or not request.python or same_environment(named, request.python):
        return request.python
    _say_other(say, request.python, named)
    return named


def _is_of(executable: str, facts: Facts) -> bool:
    """Whether `executable` is of the patient's environment or of the Python that it was made from."""
    interpreter = facts.interpreter
    prefixes = {interpreter.prefix, interpreter.base_prefix} - {""}
    return not prefixes or any(same_environment(executable, f"{p}/bin/python") for p in prefixes)


def _say_other(say: Reporter, given: str, real: str) -> None:
    say.note(Text(
        f"the command runs {real}, not {given}: examining the one that it runs",
        f"该命令实际运行的是 {real}，而不是 {given}：改为检查它实际运行的解释器",
    ))  # fmt: skip
