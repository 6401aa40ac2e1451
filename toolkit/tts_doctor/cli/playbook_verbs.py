"""The actions of `tts-doctor playbook`: options in, exit status out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tts_doctor.cli import console, surroundings
from tts_doctor.errors import ExitCode
from tts_doctor.model.text import Text
from tts_doctor.render.page import Line, line


def playbook(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`tts-doctor playbook ACTION`."""
    return ACTIONS[options.action](options, environ, lang)


def _list(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    from tts_doctor.knowledge.deployments import deployment_playbooks
    from tts_doctor.knowledge.playbooks import load_playbooks
    from tts_doctor.render import as_playbook
    from tts_doctor.render.as_recovery import deployment_object

    known = load_playbooks()
    services = deployment_playbooks()
    found = [as_playbook.playbook_object(item, lang) for item in known] if options.format == "json" else []
    found += [deployment_object(item, lang) for item in services] if options.format == "json" else []
    return _show_result(options, environ, {"playbooks": found}, as_playbook.playbook_rows((*known, *services), lang))


def _show(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    from tts_doctor.effects.playbooks import find_playbook
    from tts_doctor.knowledge.deployments import deployment_playbooks
    from tts_doctor.render import as_playbook, as_recovery

    service = next((item for item in deployment_playbooks() if item.id == options.id), None)
    if service is not None:
        page = as_recovery.deployment_page(service, lang)
        return _show_result(options, environ, as_recovery.deployment_object(service, lang), page)
    found = find_playbook(options.id)
    return _show_result(
        options, environ, as_playbook.playbook_object(found, lang), as_playbook.playbook_page(found, lang)
    )


def _check(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """Exit 2 where a file is wrong."""
    from tts_doctor.effects.playbooks import check_playbooks

    folder = Path(surroundings.working_folder())
    problems = check_playbooks([str(folder / file) for file in options.files])
    lines = [line(("✗ ", "bad"), item.file, ": ", item.what.say(lang), hang=2) for item in problems]
    if not problems:
        lines = [line(("✓ ", "good"), Text("every playbook is sound", "所有手册均无问题").say(lang))]
    _show_result(options, environ, {"problems": [{"file": p.file, "what": p.what.say(lang)} for p in problems]}, lines)
    return ExitCode.USAGE if problems else ExitCode.OK


def _new(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    from tts_doctor.effects.playbooks import new_playbook

    path = new_playbook(options.id, str(Path(surroundings.working_folder(), options.folder)))
    words = Text(
        f"{path}: fill it in, then tts-doctor playbook check {path}",
        f"{path}：填写后运行 tts-doctor playbook check {path}",
    )
    return _show_result(options, environ, {"file": str(path)}, [line(words.say(lang))])


def _run(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    if options.target:
        from tts_doctor.cli.recovery_verb import run as recover

        return recover(options, environ, lang)
    from tts_doctor.cli.verbs import treat
    from tts_doctor.effects.playbooks import find_playbook

    return treat(options, environ, lang, only=find_playbook(options.id).id)


def _rollback(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    from tts_doctor.cli.recovery_verb import rollback

    return rollback(options, environ, lang)


def _show_result(
    options: Namespace, environ: Mapping[str, str], value: Mapping[str, Any], lines: Sequence[Line]
) -> int:
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        console.write(dump({"schema_version": SCHEMA_VERSION, **value}, not console.speaks_utf8()))
    else:
        console.write(console.page(lines, environ))
    return ExitCode.OK


ACTIONS: Mapping[str, Callable[[Namespace, Mapping[str, str], str], int]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "new": _new,
    "run": _run,
    "rollback": _rollback,
}
