"""One function for each verb: options in, exit status out. Everything heavy is imported when its verb is used."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.choose_patient import choose_python, choose_site
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode
from tts_doctor.model.finding import Diagnosis, Verdict
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

    request = examination(options, environ)
    with Progress(lang) as say:
        found = examine(request, say)
    console.write(_diagnosis(found, request, options.format, lang, environ))
    return EXITS[found.verdict]


def _diagnosis(found: Diagnosis, request: ExamineRequest, form: str, lang: str, environ: Mapping[str, str]) -> str:
    if form == "json":
        from tts_doctor.render.as_json import diagnosis_to_json

        return diagnosis_to_json(found, lang, not console.speaks_utf8())
    if form == "markdown":
        from tts_doctor.render.as_markdown import diagnosis_to_markdown

        return diagnosis_to_markdown(found, lang)
    from tts_doctor.render.as_text import diagnosis_lines

    python = "" if found.target == "log" else request.python
    return console.page(diagnosis_lines(found, lang, python, request.command), environ)


VERBS: Mapping[str, Verb] = {"diagnose": diagnose}
