"""One function for each verb: options in, exit status out. Everything heavy is imported when its verb is used."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.choose_patient import choose_python, choose_site
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode
from tts_doctor.model.finding import Verdict
from tts_doctor.model.request import ExamineRequest

Verb = Callable[[Namespace, Mapping[str, str], str], int]

EXITS = {Verdict.PRESENT: ExitCode.FINDINGS, Verdict.ABSENT: ExitCode.OK, Verdict.UNKNOWN: ExitCode.UNKNOWN}


def examination(options: Namespace, environ: Mapping[str, str]) -> ExamineRequest:
    """The request that the options make. Raises UsageError where the patient cannot be found."""
    cwd = surroundings.working_folder()
    log = getattr(options, "log", None) or ""
    python = site = ""
    if options.site:
        site = choose_site(options.site, cwd)
    elif options.python or not log:
        python = choose_python(options.python or "", cwd, environ)
    return ExamineRequest(
        python=python,
        site=site,
        log=log,
        context=getattr(options, "context", None) or "",
        command=options.command,
        timeout=options.timeout,
        up=options.up,
        cwd=cwd,
        environment=tuple(environ.items()),
        offline=options.offline or surroundings.offline(environ),
    )


def diagnose(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor diagnose`."""
    from tts_doctor.effects.examine import examine
    from tts_doctor.render.as_json import diagnosis_to_json

    request = examination(options, environ)
    with Progress(lang) as say:
        found = examine(request, say)
    console.write(diagnosis_to_json(found, lang, True))
    return EXITS[found.verdict]


VERBS: Mapping[str, Verb] = {"diagnose": diagnose}
