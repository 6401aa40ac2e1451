"""`tts-doctor dockerfile --repair`: one file in, its faults and the mended file out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.text import Text

MOST_INSTRUCTIONS = 2000
"""Many times the longest that people write; rules compare instructions with each other."""


def repair(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """Exit status: OK where nothing was found, FINDINGS otherwise. Raises UsageError."""
    from tts_doctor.effects.choose_versions import with_versions
    from tts_doctor.effects.read_build_context import read_build_context
    from tts_doctor.effects.read_input import read_log
    from tts_doctor.effects.write_lock import write_lock
    from tts_doctor.mend_dockerfile import mend
    from tts_doctor.parse.dockerfile import parse_dockerfile
    from tts_doctor.plan_image import IGNORED
    from tts_doctor.render.as_faults import fault_lines, faults_object

    text, gaps = read_log(options.repair)
    file = parse_dockerfile(text)
    if gaps or not any(i.keyword == "FROM" for i in file.instructions):
        raise UsageError(
            f"{options.repair} is no Dockerfile: it has no FROM",
            f"{options.repair} 不是 Dockerfile：其中没有 FROM",
            hint_en="give the path of the file that docker build reads",
            hint_zh="请给出 docker build 所用文件的路径",
        )
    if len(file.instructions) > MOST_INSTRUCTIONS:
        raise UsageError(
            f"{options.repair} has more than {MOST_INSTRUCTIONS} instructions and comments",
            f"{options.repair} 的指令与注释超过 {MOST_INSTRUCTIONS} 条",
        )
    context = read_build_context(options.repair, file, date.today().isoformat())
    if not (options.offline or surroundings.offline(environ)):
        with Progress(lang) as say:
            say.step(Text("asking for today's versions", "正在查询当前版本"))
            context = with_versions(context, mend(text, context)[0], environ, surroundings.working_folder())
    mended, faults = mend(text, context)
    if options.output:
        write_lock(options.output, mended)
        ignored = Path(options.output).resolve().with_name(".dockerignore")
        if any(fault.id == "no-dockerignore" for fault in faults) and not ignored.exists():
            write_lock(str(ignored), "".join(f"{line}\n" for line in IGNORED))
    if options.format == "json":
        from tts_doctor.render.as_json import dump

        console.write(dump(faults_object(faults, mended, lang), not console.speaks_utf8()))
    elif options.output:
        console.write(console.page(fault_lines(faults, options.repair, lang), environ))
    else:
        console.tell(console.page(fault_lines(faults, options.repair, lang), environ).rstrip())
        console.write(mended)
    return ExitCode.FINDINGS if faults else ExitCode.OK
