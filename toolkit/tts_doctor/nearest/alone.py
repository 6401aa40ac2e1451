"""Where no change of versions helps: the lines that cannot be met even alone, or the fewest that cannot together.

Pure but for the questions that it asks of the `Resolver` port.
"""

from __future__ import annotations

from tts_doctor.model.lock import Core
from tts_doctor.nearest.cores import Problem
from tts_doctor.ports import Resolver


def cannot_be_met(problem: Problem, resolver: Resolver) -> tuple[Core, ...]:
    """One core for each line that no version of it satisfies; where there is none, one minimal set of names.

    Empty where time ran out.
    """
    lines = sorted(problem.active)
    questions = [problem.part((), (line,)) for line in lines]
    answers = resolver.answer(questions)
    alone = [
        Core((line,), answer.message, question)
        for line, question, answer in zip(lines, questions, answers, strict=True)
        if answer.refused
    ]
    return tuple(alone) or _together(problem, resolver)


def _together(problem: Problem, resolver: Resolver) -> tuple[Core, ...]:
    kept = problem.active
    refused = resolver.answer([problem.part((), kept)])[0]
    if not refused.refused:
        return ()
    for line in sorted(kept):
        answer = resolver.answer([problem.part((), kept - {line})])[0]
        if answer.refused:
            kept, refused = kept - {line}, answer
    return (Core(tuple(sorted(kept)), refused.message, problem.part((), kept)),)
