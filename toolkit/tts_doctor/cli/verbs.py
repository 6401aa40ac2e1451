"""One function for each verb: options in, exit status out. Everything heavy is imported when its verb is used."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.notice_unfinished import notice_unfinished
from tts_doctor.cli.report_progress import Progress
from tts_doctor.cli.resolve_names import choose_python, choose_site, readable_file, receipt_id
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.finding import Diagnosis, Verdict
from tts_doctor.model.request import ExamineRequest, TreatRequest
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import hide, secrets_of
from tts_doctor.render.page import Line

if TYPE_CHECKING:
    from tts_doctor.model.receipt import Receipt

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
        deep=getattr(options, "all", False),
    )


def diagnose(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor diagnose`."""
    from tts_doctor.effects.recall import examine

    request = examination(options, environ)
    with Progress(lang) as say:
        notice_unfinished(environ, say)
        found = examine(request, say)
    console.write(diagnosis_report(found, request, options, lang, environ))
    return EXITS[found.verdict]


def diagnosis_report(
    found: Diagnosis, request: ExamineRequest, options: Namespace, lang: str, environ: Mapping[str, str]
) -> str:
    """The report in the form that `options` ask for. Raises UsageError where they name a finding that there is not."""
    form = options.format
    found = hide(found, secrets_of(environ))
    if options.explain:
        from tts_doctor.render.as_tree import chosen, finding_tree

        findings = chosen(found, options.explain)
        if not findings:
            raise _no_such_finding(found, options.explain)
        if form == "text":
            return console.page([line for f in findings for line in (*finding_tree(f, lang), Line())][:-1], environ)
        found = replace(found, findings=findings)
    if form == "sarif":
        from tts_doctor.render.as_sarif import diagnosis_to_sarif

        return diagnosis_to_sarif(found, lang, not console.speaks_utf8())
    if form == "json":
        from tts_doctor.render.as_json import diagnosis_to_json

        return diagnosis_to_json(found, lang, not console.speaks_utf8())
    if form == "markdown":
        from tts_doctor.render.as_markdown import diagnosis_to_markdown

        return diagnosis_to_markdown(found, lang, options.all)
    from tts_doctor.render.as_text import diagnosis_lines

    python = "" if found.target == "log" else request.python
    command = hide(request.command, secrets_of(environ))
    return console.page(diagnosis_lines(found, lang, python, command, options.all), environ)


def _no_such_finding(found: Diagnosis, wanted: str) -> UsageError:
    ids = ", ".join(dict.fromkeys(f.id for f in found.findings if f.verdict is not Verdict.ABSENT)) or "-"
    return UsageError(
        f"there is no finding {wanted!r}",
        f"没有名为 {wanted!r} 的发现",
        hint_en=f"give its number or its id; there are: {ids}",
        hint_zh=f"请给出编号或 id；现有：{ids}",
    )


def completion(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor completion`."""
    from tts_doctor.cli.arguments import build
    from tts_doctor.cli.completion import script

    console.write(script(options.shell, build(lang)))
    return ExitCode.OK


def treat(options: Namespace, environ: Mapping[str, str], lang: str, only: str = "") -> int:
    """`tts-doctor treat`; `only` restricts it to one playbook."""
    from tts_doctor.effects.treat import EXIT_CODES
    from tts_doctor.effects.treat import treat as run_treatment

    request = TreatRequest(
        examine=examination(options, environ),
        yes=options.yes,
        dry_run=options.dry_run,
        allow=options.allow,
        keep=tuple(options.keep),
        requirements=readable_file(options.requirements, surroundings.working_folder()),
        only=only,
    )
    with Progress(lang) as say:
        notice_unfinished(environ, say, restore=options.yes)
        receipt = run_treatment(request, say)
    console.write(_receipt(receipt, options.format, lang, environ))
    return EXIT_CODES[receipt.outcome]


def _receipt(receipt: Receipt, form: str, lang: str, environ: Mapping[str, str]) -> str:
    from tts_doctor.render import as_receipt

    receipt = hide(receipt, secrets_of(environ))
    if form == "json":
        from tts_doctor.render.as_json import dump

        return dump(as_receipt.receipt_object(receipt, lang), not console.speaks_utf8())
    if form == "markdown":
        return as_receipt.receipt_to_markdown(receipt, lang)
    return console.page(as_receipt.receipt_lines(receipt, lang), environ)


def undo(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor undo`: first what a crash left; only where nothing was, the last treatment that stands."""
    from tts_doctor.effects.undo import undo as take_back

    with Progress(lang) as say:
        settled = notice_unfinished(environ, say, restore=True)
        restored = [item for item in settled if item.restored]
        if restored and not options.receipt:
            from tts_doctor.model.receipt import Receipt

            item = restored[-1]
            receipt = Receipt(id=item.id, time=item.time, patient=item.patient, outcome="undone")
        else:
            say.step(Text("taking it back", "正在撤销"))
            patient = choose_python(options.python, str(Path.cwd()), environ) if options.python else ""
            receipt = take_back(environ, receipt_id(options.receipt), options.force, patient)
    console.write(_receipt(receipt, options.format, lang, environ))
    return ExitCode.OK


def history(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor history`."""
    from tts_doctor.effects.undo import history as read_history
    from tts_doctor.render import as_receipt

    with Progress(lang) as say:
        notice_unfinished(environ, say)
    receipts = hide(read_history(environ), secrets_of(environ))
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        found = [as_receipt.receipt_object(receipt, lang) for receipt in receipts]
        console.write(dump({"schema_version": SCHEMA_VERSION, "receipts": found}, not console.speaks_utf8()))
    elif options.format == "markdown":
        console.write("\n".join(as_receipt.receipt_to_markdown(receipt, lang) for receipt in receipts))
    else:
        console.write(console.page(as_receipt.history_lines(receipts, lang), environ))
    return ExitCode.OK


def playbook(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor playbook`."""
    from tts_doctor.cli.playbook_verbs import playbook as act

    return act(options, environ, lang)


def mcp(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor mcp`."""
    from tts_doctor.cli.mcp_server import serve

    serve(environ, lang)
    return ExitCode.OK


VERBS: Mapping[str, Verb] = {  # lock has a module of its own
    "diagnose": diagnose,
    "treat": treat,
    "undo": undo,
    "history": history,
    "playbook": playbook,
    "completion": completion,
    "mcp": mcp,
}
