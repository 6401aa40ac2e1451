"""The grammar of `tts-doctor dockerfile` and its `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping

from tts_doctor.errors import UsageError
from tts_doctor.model.image import PROFILES
from tts_doctor.model.text import Text

HELP: Mapping[str, Text] = {
    "lock": Text("a lock with hashes, as `tts-doctor lock` writes it", "带哈希的锁定文件（由 tts-doctor lock 生成）"),
    "from-env": Text(
        "lock what is installed for this interpreter, and take that", "锁定此解释器环境中已安装的内容并据此生成"
    ),
    "repair": Text(
        "find the faults of this Dockerfile and write it without them", "找出此 Dockerfile 的问题并写出修复后的文件"
    ),
    "python": Text("3.10, where the lock does not say it", "如 3.10；锁定文件未写明时需要"),
    "profile": Text(
        "server (default), batch (a job that ends) or gpu (a server with CUDA)",
        "server（默认）、batch（会结束的任务）或 gpu（带 CUDA 的服务）",
    ),
    "base": Text("default: python:VERSION-slim-bookworm", "基础镜像；默认 python:版本-slim-bookworm"),
    "project": Text(
        "install this folder of the build context; default: copy the context to /app",
        "安装构建上下文中的此项目文件夹；默认把上下文复制到 /app",
    ),
    "health": Text("path that answers 200 when all is well (default /health)", "正常时返回 200 的路径（默认 /health）"),
    "shim": Text(
        "give removed names back to one consumer, as in old_package=scipy.misc:logsumexp; may be repeated",
        "把已移除的名称只还给一个使用者，如 old_package=scipy.misc:logsumexp；可重复",
    ),
    "prepare": Text(
        "run this program of the environment while the image is built, as in 'tts-server warmup --in-environment'; "
        "may be repeated",
        "构建镜像时运行环境中的此程序，如 'tts-server warmup --in-environment'；可重复",
    ),
    "buildkit": Text("use BuildKit's cache mounts", "使用 BuildKit 的缓存挂载"),
    "offline": Text(
        "ask no index: wheels are not looked into, known needs alone count", "不访问索引：不查看 wheel，只用已知的需求"
    ),
    "output": Text(
        "where it goes; .dockerignore is written too; default: standard output",
        "输出文件，同时写 .dockerignore；默认标准输出",
    ),
    "format": Text("what is printed: text (default) or json", "输出格式：text（默认）或 json"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}
MINOR = re.compile(r"^3\.\d{1,2}$")


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The options of the verb."""

    def option(*flags: str, **more: object) -> None:
        parser.add_argument(*flags, help=HELP[flags[-1].lstrip("-")].say(lang), **more)  # type: ignore[arg-type]

    option("--lock", metavar="FILE", default="")
    option("--from-env", metavar="EXE", default="")
    option("--repair", metavar="FILE", default="")
    option("--python", metavar="VERSION", default="")
    option("--profile", choices=PROFILES, default="server")
    option("--base", metavar="IMAGE", default="")
    option("--project", metavar="DIR", default="")
    option("--health", metavar="PATH", default="/health")
    option("--shim", metavar="CONSUMER=NAMES", action="append", default=[])
    option("--prepare", metavar="COMMAND", action="append", default=[])
    option("--buildkit", action="store_true")
    option("--offline", action="store_true")
    option("-o", "--output", metavar="OUT", default="")
    option("--format", metavar="FORM", choices=("text", "json"), default="text")
    option("--lang", metavar="LANG", choices=("en", "zh"), default="")


def check(options: argparse.Namespace) -> None:
    """Combinations and spellings. Raises UsageError."""
    given = [name for name in ("lock", "from_env", "repair") if getattr(options, name)]
    if len(given) != 1:
        raise UsageError(
            "dockerfile needs one of --lock, --from-env and --repair",
            "dockerfile 需要 --lock、--from-env、--repair 中的一个",
            hint_en="for example: tts-doctor dockerfile --lock requirements.lock -o Dockerfile -- python app.py",
            hint_zh="例如：tts-doctor dockerfile --lock requirements.lock -o Dockerfile -- python app.py",
        )
    if options.repair and options.command:
        raise UsageError("--repair takes no command", "--repair 不接受命令")
    if options.python and not MINOR.match(options.python):
        raise UsageError(
            f"--python takes 3.10, not {options.python!r}", f"--python 接受 3.10，不接受 {options.python!r}"
        )
    if not re.fullmatch(r"/[\w./~%-]*", options.health):
        raise UsageError(
            f"--health takes a path such as /health, not {options.health!r}", "--health 需要 /health 这样的路径"
        )
    if any(not re.fullmatch(r"[\w.-]+( [^\r\n]*)?", command) for command in options.prepare):
        raise UsageError(
            "--prepare takes a program of the environment and its words, on one line",
            "--prepare 需要环境中的一个程序及其参数，写在一行内",
        )
    if re.search(r"\s", options.base + options.project + options.lock):
        raise UsageError("--base, --project and --lock take no spaces", "--base、--project、--lock 不能含空格")
