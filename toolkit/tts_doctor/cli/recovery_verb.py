"""`tts-doctor playbook run ID --target …` and `rollback`: options in, exit status out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.deployment import Recovery
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import hide, secrets_of

EXITS = {
    "well": ExitCode.OK,
    "recovered": ExitCode.OK,
    "other": ExitCode.UNKNOWN,
    "planned": ExitCode.DECLINED,
    "declined": ExitCode.DECLINED,
    "failed": ExitCode.NOT_REPAIRED,
    "restored": ExitCode.NOT_REPAIRED,
}


def run(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """0: recovered or well, 3: it fails of something else, 4: not recovered, 6: declined or `--check`."""
    from tts_doctor.effects.observe_process import Watch
    from tts_doctor.effects.recover_service import RecoveryRequest, recover
    from tts_doctor.knowledge.deployments import deployment_playbooks

    known = {playbook.id: playbook for playbook in deployment_playbooks()}
    if options.id not in known:
        raise UsageError(
            f"{options.id} is no playbook of deployments",
            f"{options.id} 不是部署手册",
            hint_en=f"there are: {', '.join(known)}",
            hint_zh=f"现有：{'、'.join(known)}",
        )
    request = RecoveryRequest(
        playbook=known[options.id],
        target=options.target,
        command=options.command,
        check=options.check or options.dry_run,
        yes=options.yes,
        watch=Watch(options.health, tuple(options.ask), min(options.timeout, options.up or 60.0)),
        cwd=surroundings.working_folder(),
        environment=tuple(environ.items()),
    )
    with Progress(lang) as say:
        found = recover(request, say)
    console.write(_rendered(hide(found, secrets_of(environ)), options.format, lang, environ))
    return EXITS[found.outcome]


def rollback(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """Put back what a recovery changed."""
    from tts_doctor.effects.recover_service import roll_back

    ident, what = roll_back(environ, options.receipt)
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        told = {"schema_version": SCHEMA_VERSION, "id": ident, "outcome": "undone", "target": what}
        console.write(dump(told, not console.speaks_utf8()))
    else:
        console.write(Text(f"✓ {what} is as it was", f"✓ {what} 已还原").say(lang))
    return ExitCode.OK


def _rendered(found: Recovery, form: str, lang: str, environ: Mapping[str, str]) -> str:
    from tts_doctor.render.as_recovery import recovery_lines, recovery_object

    if form == "json":
        from tts_doctor.render.as_json import dump

        return dump(recovery_object(found, lang), not console.speaks_utf8())
    if form == "markdown":
        from tts_doctor.render.page import to_plain

        return f"```text\n{to_plain(recovery_lines(found, lang))}```\n"
    return console.page(recovery_lines(found, lang), environ)
