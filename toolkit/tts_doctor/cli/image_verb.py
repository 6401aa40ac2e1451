"""`tts-doctor image`: reads what the options name, hands it on, writes the report. Decides the exit status."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.cli.resolve_names import readable_file
from tts_doctor.cli.verbs import EXITS, diagnosis_report
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.container import Limits
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.smoke import SmokeRequest
from tts_doctor.model.text import Text


def image(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """One of the actions. Exit status as of `diagnose`; errors are raised."""
    return ACTIONS[options.action](options, environ, lang)


def build(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`image build`: OK for an image."""
    from tts_doctor.effects.make_image import BuildRequest, make_image
    from tts_doctor.render.as_cyclonedx import sbom_json

    cwd = surroundings.working_folder()
    folder = Path(cwd, options.folder)
    if not (folder / options.file).is_file():
        raise UsageError(
            f"there is no {options.file} in {options.folder}",
            f"{options.folder} 中没有 {options.file}",
            hint_en="write one: tts-doctor dockerfile --lock requirements.lock -o Dockerfile",
            hint_zh="可先生成：tts-doctor dockerfile --lock requirements.lock -o Dockerfile",
        )
    request = BuildRequest(
        folder=str(folder),
        dockerfile=options.file,
        tag=options.tag,
        fresh=options.no_cache,
        buildkit=options.buildkit,
        reproducible=options.reproducible,
        output=writable(options.output, "--output", cwd),
        sbom=writable(options.sbom, "--sbom", cwd),
        lock=readable_file(options.lock, cwd),
    )
    with Progress(lang) as say:
        found, size = make_image(request, environ, sbom_json, say)
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        told = {"schema_version": SCHEMA_VERSION, "image": found, "tag": options.tag or None, "bytes": size}
        console.write(dump(told, not console.speaks_utf8()))
    else:
        console.write(f"{options.tag or found}  {size / 1e6:.0f} MB")
    return ExitCode.OK


def check(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`image check`: exit status as of `smoke`."""
    from tts_doctor.cli.smoke_verb import smoke_report, write_junit
    from tts_doctor.effects.check_image import check_image

    cwd = surroundings.working_folder()
    junit = writable(options.junit, "--junit", cwd)
    structure = readable_file(options.structure, cwd)
    limits = Limits(options.memory, options.pids, options.port, options.timeout)
    request = SmokeRequest(
        full=options.profile == "full", timeout=options.timeout / 2, cwd=cwd, environment=tuple(environ.items())
    )
    with Progress(lang) as say:
        report = check_image(options.name, limits, structure, not options.no_speech, request, say)
    if junit:
        write_junit(Path(junit), report, lang)
    console.write(smoke_report(report, options.format, lang, environ))
    return EXITS[report.verdict]


def writable(path: str, option: str, cwd: str) -> str:
    """The absolute path of a file that is to be written, empty where none is. Raises UsageError."""
    place = Path(cwd, path)
    if path and not place.parent.is_dir():
        raise UsageError(f"{option} {path}: no such folder", f"{option} {path}：文件夹不存在")
    return str(place) if path else ""


def diagnose(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`image diagnose`."""
    from tts_doctor.effects.diagnose_image import diagnose_archive
    from tts_doctor.effects.read_input import read_log
    from tts_doctor.effects.scratch import scratch_folder
    from tts_doctor.effects.stored_image import open_image

    cwd = surroundings.working_folder()
    log, gaps = read_log(options.log) if options.log else ("", ())
    request = ExamineRequest(
        python=options.python,
        cwd=cwd,
        environment=tuple(environ.items()),
        offline=options.offline or surroundings.offline(environ),
        deep=options.all,
    )
    with (
        Progress(lang) as say,
        scratch_folder() as scratch,
        open_image(options.image, cwd, environ, scratch, say) as archive,
    ):
        found = diagnose_archive(archive, request, log, gaps, scratch, say)
    console.write(diagnosis_report(found, ExamineRequest(), options, lang, environ))
    return EXITS[found.verdict]


def diff(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`image diff`: OK where both hold the same, FINDINGS where they differ."""
    from tts_doctor.diff_images import diff_images
    from tts_doctor.effects.image_contents import read_contents
    from tts_doctor.effects.scratch import scratch_folder
    from tts_doctor.effects.stored_image import open_image
    from tts_doctor.render.as_image_diff import image_diff_lines, image_diff_object

    contents = []
    with Progress(lang) as say:
        for name in options.image:
            say.step(Text(f"reading {name}", f"正在读取 {name}"))
            with (
                scratch_folder() as scratch,
                open_image(name, surroundings.working_folder(), environ, scratch, say) as archive,
            ):
                contents.append(read_contents(archive))
    found = diff_images(contents[0], contents[1])
    if options.format == "json":
        from tts_doctor.render.as_json import dump

        console.write(dump(image_diff_object(found), not console.speaks_utf8()))
    else:
        console.write(console.page(image_diff_lines(found, lang), environ))
    return ExitCode.FINDINGS if found.changes else ExitCode.OK


ACTIONS: Mapping[str, Callable[[Namespace, Mapping[str, str], str], int]] = {
    "build": build,
    "check": check,
    "diagnose": diagnose,
    "diff": diff,
}
