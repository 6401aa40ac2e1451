"""`tts-doctor image`: what is done with a container engine. Its grammar and its words stand here too, being few."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.text import Text

HELP: Mapping[str, Text] = {
    "action": Text("build an image", "构建镜像"),
    "folder": Text("the build context (default: this folder)", "构建上下文（默认当前文件夹）"),
    "file": Text(
        "the Dockerfile, in the build context (default: Dockerfile)", "上下文中的 Dockerfile（默认 Dockerfile）"
    ),
    "tag": Text("the image's name", "镜像名称"),
    "format": Text("what is printed: text (default) or json", "输出格式：text（默认）或 json"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The options of the verb."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    parser = actions.add_parser("build", help=HELP["action"].say(lang), allow_abbrev=False)
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help=HELP["folder"].say(lang))
    parser.add_argument("--file", metavar="FILE", default="Dockerfile", help=HELP["file"].say(lang))
    parser.add_argument("--tag", metavar="NAME", default="", help=HELP["tag"].say(lang))
    parser.add_argument("--format", choices=("text", "json"), default="text", help=HELP["format"].say(lang))
    parser.add_argument("--lang", choices=("en", "zh"), default="", help=HELP["lang"].say(lang))


def image(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """`image build`. Exit status: OK for an image; errors are raised."""
    from tts_doctor.effects.engine import build_image, connect

    folder = Path(surroundings.working_folder(), options.folder)
    if not (folder / options.file).is_file():
        raise UsageError(
            f"there is no {options.file} in {options.folder}",
            f"{options.folder} 中没有 {options.file}",
            hint_en="write one: tts-doctor dockerfile --lock requirements.lock -o Dockerfile",
            hint_zh="可先生成：tts-doctor dockerfile --lock requirements.lock -o Dockerfile",
        )
    with Progress(lang) as say:
        found, size = build_image(connect(environ), str(folder), options.file, options.tag, say)
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        told = {"schema_version": SCHEMA_VERSION, "image": found, "tag": options.tag or None, "bytes": size}
        console.write(dump(told, not console.speaks_utf8()))
    else:
        console.write(f"{options.tag or found}  {size / 1e6:.0f} MB")
    return ExitCode.OK
