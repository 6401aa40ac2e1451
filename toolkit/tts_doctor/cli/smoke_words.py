"""The grammar of `tts-doctor smoke` and what it says in `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from urllib.parse import urlsplit

from tts_doctor.cli.read_seconds import seconds
from tts_doctor.errors import UsageError
from tts_doctor.model.text import Text

HELP: Mapping[str, Text] = {
    "url": Text("the running service, such as http://127.0.0.1:8000", "正在运行的服务，例如 http://127.0.0.1:8000"),
    "python": Text(
        "start tts-server from the environment of this interpreter, check it, stop it",
        "用该解释器所在环境启动 tts-server，检查后停止",
    ),
    "image": Text(
        "start a container of this image without rights, check it, remove it",
        "以最小权限启动该镜像的容器，检查后删除",
    ),
    "profile": Text("quick (default) or full", "quick（默认）或 full"),
    "junit": Text("write JUnit XML there too, for CI", "同时写出 JUnit XML，供 CI 使用"),
    "token-file": Text("the file that holds the bearer token", "存放 bearer 令牌的文件"),
    "timeout": Text(
        "seconds for everything (default 120); one request may take a quarter of it",
        "全部检查的秒数上限（默认 120）；单个请求最多占四分之一",
    ),
    "format": Text("text (default), json or markdown", "text（默认）、json 或 markdown"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The options of the verb."""
    said = {name: text.say(lang) for name, text in HELP.items()}
    parser.add_argument("url", nargs="?", default="", metavar="URL", help=said["url"])
    parser.add_argument("--python", metavar="EXE", default="", help=said["python"])
    parser.add_argument("--image", metavar="IMAGE", default="", help=said["image"])
    parser.add_argument("--profile", choices=("quick", "full"), default="quick", help=said["profile"])
    parser.add_argument("--junit", metavar="FILE", default="", help=said["junit"])
    parser.add_argument("--token-file", metavar="FILE", default="", help=said["token-file"])
    parser.add_argument("--timeout", metavar="S", type=seconds, default=120.0, help=said["timeout"])
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help=said["format"])
    parser.add_argument("--lang", choices=("en", "zh"), default="", help=said["lang"])


def check(options: argparse.Namespace) -> None:
    """One service, with an address that can be asked. Raises UsageError."""
    if [options.url, options.python, options.image].count("") != 2:
        raise UsageError(
            "smoke needs the address of a running service, --python EXE, or --image IMAGE",
            "smoke 需要一个正在运行的服务的地址、--python EXE 或 --image IMAGE",
            hint_en="for example: tts-doctor smoke http://127.0.0.1:8000",
            hint_zh="例如：tts-doctor smoke http://127.0.0.1:8000",
        )
    if options.url:
        options.url = _address(options.url)


def _address(text: str) -> str:
    """The address without `/v1` at its end, which clients of OpenAI's interface are given."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment:
        raise UsageError(
            "smoke needs an http or https address without query",
            "smoke 需要一个不带查询参数的 http 或 https 地址",
            hint_en="for example: tts-doctor smoke http://127.0.0.1:8000",
            hint_zh="例如：tts-doctor smoke http://127.0.0.1:8000",
        )
    return text.rstrip("/").removesuffix("/v1")
