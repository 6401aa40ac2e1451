"""The grammar of `tts-doctor image` and what it says in `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping

from tts_doctor.errors import UsageError
from tts_doctor.model.text import Text

ACTIONS: Mapping[str, Text] = {
    "build": Text("build an image with the container engine", "用容器引擎构建镜像"),
    "diagnose": Text(
        "find what is wrong with an image's Python, from its layers, running nothing",
        "不运行镜像，直接从各层查找其 Python 环境的问题",
    ),
    "diff": Text(
        "tell what differs between two images: distributions, Debian packages, files, size",
        "比较两个镜像：发行包、Debian 软件包、文件、大小",
    ),
}
HELP: Mapping[str, Text] = {
    "folder": Text("the build context (default: this folder)", "构建上下文（默认当前文件夹）"),
    "file": Text(
        "the Dockerfile, in the build context (default: Dockerfile)", "上下文中的 Dockerfile（默认 Dockerfile）"
    ),
    "tag": Text("the image's name", "镜像名称"),
    "image": Text(
        "an image of the engine, or an archive that docker save or an OCI tool wrote",
        "引擎中的镜像，或 docker save 及 OCI 工具写出的归档",
    ),
    "python": Text(
        "the interpreter, by its path in the image; default: the one that the image's command runs",
        "镜像内解释器的路径；默认取镜像启动命令所用的解释器",
    ),
    "log": Text("what a container of it wrote, failing; - reads standard input", "容器失败时的输出；- 表示标准输入"),
    "all": Text("tell every finding in full, notes too", "完整列出所有发现，包括备注"),
    "explain": Text("the chain of evidence of one finding, by its number or id", "以树形显示某一发现的证据链"),
    "offline": Text("do not ask the package index", "不访问软件包索引"),
    "format": Text("what is printed; text is the default", "输出格式，默认 text"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}
TAG = re.compile(r"[a-z0-9][\w.:/@-]*")


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)

    def action(name: str, *forms: str) -> Callable[..., None]:
        summary = ACTIONS[name].say(lang)
        made = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)

        def option(flag: str, **more: object) -> None:
            made.add_argument(flag, help=HELP[flag.lstrip("-")].say(lang), **more)  # type: ignore[arg-type]

        option("--format", choices=("text", *forms), default="text")
        option("--lang", choices=("en", "zh"), default="")
        return option

    _build(action("build", "json"))
    _diagnose(action("diagnose", "json", "markdown", "sarif"))
    option = action("diff", "json")
    option("image", metavar="IMAGE", nargs=2)


def _build(option: Callable[..., None]) -> None:
    option("folder", nargs="?", default=".", metavar="DIR")
    option("--file", metavar="FILE", default="Dockerfile")
    option("--tag", metavar="NAME", default="")


def _diagnose(option: Callable[..., None]) -> None:
    option("image", metavar="IMAGE")
    option("--python", metavar="PATH", default="")
    option("--log", metavar="FILE", default="")
    option("--all", action="store_true")
    option("--explain", metavar="FINDING", default="")
    option("--offline", action="store_true")


def check(options: argparse.Namespace) -> None:
    """Combinations and spellings. Raises UsageError."""
    if options.command:
        raise UsageError(f"image {options.action} takes no command", f"image {options.action} 不接受命令")
    if options.action == "build" and options.tag and not TAG.fullmatch(options.tag):
        raise UsageError(f"--tag takes app:1.0, not {options.tag!r}", "--tag 需要 app:1.0 这样的名称")
