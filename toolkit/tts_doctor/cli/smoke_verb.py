"""`tts-doctor smoke`: reads the token, writes the report and the JUnit file. Decides the exit status."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.cli.resolve_names import choose_python, readable_file
from tts_doctor.cli.verbs import EXITS
from tts_doctor.effects.cannot_write import cannot_write
from tts_doctor.errors import UsageError
from tts_doctor.model.smoke import SmokeReport, SmokeRequest
from tts_doctor.parse.hide_secrets import hide, secrets_of

LONGEST_TOKEN = 16384


def smoke(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """0: everything that is offered works, 1: something failed, 3: something could not be judged."""
    from tts_doctor.effects.smoke import smoke as carry_out

    cwd = surroundings.working_folder()
    request = SmokeRequest(
        url=options.url,
        python=choose_python(options.python, cwd, environ) if options.python else "",
        token=_token(readable_file(options.token_file, cwd)),
        full=options.profile == "full",
        timeout=options.timeout,
        cwd=cwd,
        environment=tuple(environ.items()),
    )
    junit = Path(cwd, options.junit) if options.junit else None
    if junit is not None and not junit.parent.is_dir():
        raise UsageError(f"--junit {options.junit}: no such folder", f"--junit {options.junit}：文件夹不存在")
    with Progress(lang) as say:
        if options.image:
            from tts_doctor.effects.smoke_image import smoke_image

            report = smoke_image(options.image, request, say)
        else:
            report = carry_out(request, say)
    if junit is not None:
        write_junit(junit, report, lang)
    console.write(smoke_report(report, options.format, lang, environ))
    return EXITS[report.verdict]


def _token(path: str) -> str:
    """The file's first line. Raises UsageError, without its content, for what cannot be sent."""
    if not path:
        return ""
    with Path(path).open("rb") as file:
        token = file.read(LONGEST_TOKEN).decode("ascii", "replace").strip()
    if not token or not token.isprintable() or "\ufffd" in token:
        raise UsageError("--token-file holds no token of one line", "--token-file 中没有单行的令牌")
    return token


def write_junit(path: Path, report: SmokeReport, lang: str) -> None:
    from tts_doctor.render.as_junit import smoke_to_junit

    try:
        path.write_bytes(smoke_to_junit(report, lang))
    except OSError as error:
        raise cannot_write(path, error) from None


def smoke_report(report: SmokeReport, form: str, lang: str, environ: Mapping[str, str]) -> str:
    from tts_doctor.render import as_smoke

    report = hide(report, secrets_of(environ))
    if form == "json":
        from tts_doctor.render.as_json import dump

        return dump(as_smoke.smoke_object(report, lang), not console.speaks_utf8())
    if form == "markdown":
        return as_smoke.smoke_to_markdown(report, lang)
    return console.page(as_smoke.smoke_lines(report, lang), environ)
