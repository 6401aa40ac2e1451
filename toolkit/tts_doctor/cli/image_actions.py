"""The grammar of `tts-doctor image` and what it says in `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping

from tts_doctor.cli.read_seconds import seconds
from tts_doctor.errors import UsageError
from tts_doctor.model.text import Text

TITLE = Text("actions", "操作")
ACTIONS: Mapping[str, Text] = {
    "build": Text("build an image, byte for byte the same again where asked", "构建镜像，可按需逐字节重现"),
    "check": Text(
        "run an image without rights and see whether it is well: user, health, speech, how it stops",
        "以最小权限运行镜像并检查：用户、健康状态、语音、能否正常停止",
    ),
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
    "buildkit": Text("build with BuildKit, through the docker command", "通过 docker 命令使用 BuildKit 构建"),
    "no-cache": Text("build every step anew", "不使用缓存，重新执行每一步"),
    "reproducible": Text(
        "build anew and make the bytes depend on the sources alone (times: SOURCE_DATE_EPOCH, or 1980)",
        "重新构建，并使字节只取决于源文件（时间取 SOURCE_DATE_EPOCH，默认 1980 年）",
    ),
    "output": Text("write the image there as one archive", "同时把镜像写成一个归档文件"),
    "sbom": Text(
        "write the list of what is in the image (CycloneDX) there, and into it as /usr/share/sbom/image.cdx.json",
        "写出镜像内容清单（CycloneDX），并放入镜像的 /usr/share/sbom/image.cdx.json",
    ),
    "lock": Text("with --sbom: the lock that the hashes are taken from", "与 --sbom 同用：提供哈希的锁定文件"),
    "image": Text(
        "an image of the engine, or an archive that docker save or an OCI tool wrote",
        "引擎中的镜像，或 docker save 及 OCI 工具写出的归档",
    ),
    "name": Text("an image of the engine", "引擎中的镜像"),
    "structure": Text("a file of container-structure-test, run too", "同时运行此 container-structure-test 文件"),
    "profile": Text("quick (default) or full", "quick（默认）或 full"),
    "no-speech": Text("the service does not speak: ask for its health alone", "不是语音服务：只检查健康状态"),
    "port": Text("default: the first one that the image exposes", "端口；默认取镜像声明的第一个"),
    "memory": Text("megabytes that it may use (default 2048)", "可用内存 MB（默认 2048）"),
    "pids": Text("processes and threads that it may have (default 512)", "进程与线程数上限（默认 512）"),
    "timeout": Text("seconds for everything (default 180)", "全部检查的秒数上限（默认 180）"),
    "junit": Text("write JUnit XML there too, for CI", "同时写出 JUnit XML，供 CI 使用"),
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
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", title=TITLE.say(lang), required=True, prog=parser.prog
    )

    def action(name: str, *forms: str) -> Callable[..., None]:
        summary = ACTIONS[name].say(lang)
        made = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)

        def option(flag: str, **more: object) -> None:
            made.add_argument(flag, help=HELP[flag.lstrip("-")].say(lang), **more)  # type: ignore[arg-type]

        option("--format", choices=("text", *forms), default="text")
        option("--lang", choices=("en", "zh"), default="")
        return option

    _build(action("build", "json"))
    _check(action("check", "json", "markdown"))
    _diagnose(action("diagnose", "json", "markdown", "sarif"))
    option = action("diff", "json")
    option("image", metavar="IMAGE", nargs=2)


def _build(option: Callable[..., None]) -> None:
    option("folder", nargs="?", default=".", metavar="DIR")
    option("--file", metavar="FILE", default="Dockerfile")
    option("--tag", metavar="NAME", default="")
    option("--buildkit", action="store_true")
    option("--no-cache", action="store_true")
    option("--reproducible", action="store_true")
    option("--output", metavar="OUT", default="")
    option("--sbom", metavar="FILE", default="")
    option("--lock", metavar="FILE", default="")


def _check(option: Callable[..., None]) -> None:
    option("name", metavar="IMAGE")
    option("--structure", metavar="FILE", default="")
    option("--profile", choices=("quick", "full"), default="quick")
    option("--no-speech", action="store_true")
    option("--port", metavar="N", type=int, default=0)
    option("--memory", metavar="MB", type=int, default=2048)
    option("--pids", metavar="N", type=int, default=512)
    option("--timeout", metavar="S", type=seconds, default=180.0)
    option("--junit", metavar="FILE", default="")


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
    if options.action == "build":
        if options.tag and not TAG.fullmatch(options.tag):
            raise UsageError(f"--tag takes app:1.0, not {options.tag!r}", "--tag 需要 app:1.0 这样的名称")
        if options.lock and not options.sbom:
            raise UsageError("--lock is for --sbom", "--lock 须与 --sbom 同用")
    if options.action == "check" and not (0 <= options.port < 65536 and options.memory >= 16 and options.pids >= 8):
        raise UsageError(
            "--port, --memory (16 at least) or --pids (8 at least) is out of range",
            "--port、--memory（至少 16）或 --pids（至少 8）超出范围",
        )
