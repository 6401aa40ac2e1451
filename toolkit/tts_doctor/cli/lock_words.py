"""The grammar of `tts-doctor lock` and what it says in `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from datetime import datetime

from tts_doctor.errors import UsageError
from tts_doctor.model.text import Text

HELP: Mapping[str, Text] = {
    "files": Text(
        "requirements files, pyproject.toml, or a list pasted from a page; - reads standard input",
        "requirements 文件、pyproject.toml 或从网页粘贴的列表；- 表示标准输入",
    ),
    "python": Text(
        "3.10, several by commas, any (the one that needs the fewest changes; 3.8 to 3.12 unless declared) or all",
        "如 3.10、逗号分隔的多个版本、any（改动最少的一个；未声明时为 3.8 至 3.12）或 all",
    ),
    "nearest": Text("change as few lines as needed", "以最少的改动使列表可解析"),
    "as-of": Text("ignore releases after this day (YYYY-MM-DD)", "忽略此日期之后的发布（YYYY-MM-DD）"),
    "allow-sdist": Text(
        "take NAME from source (:all: permits any); the default is wheels only, which runs no code",
        "允许 NAME 使用源码包（:all: 表示全部）；默认只用 wheel，不运行任何代码",
    ),
    "only-binary": Text(
        "with --allow-sdist :all:, NAME as a wheel only", "与 --allow-sdist :all: 同用：NAME 只用 wheel"
    ),
    "resolver": Text("uv (default) or pip-tools", "uv（默认）或 pip-tools"),
    "keep": Text("requirements that must not change", "不得改动的依赖"),
    "weigh": Text("NAME=N: a change of NAME counts N times (default 1)", "NAME=N：改动 NAME 计 N 次（默认 1）"),
    "no-bounds": Text("do not add the known bounds that metadata lacks", "不添加元数据中缺少的已知版本界限"),
    "upgrade": Text(
        "with -o FILE: keep its pins except NAME's (:all: keeps none)", "与 -o 文件同用：除 NAME 外保留其中的版本"
    ),
    "prove": Text(
        "install the lock in a temporary environment, import what the list asks for and run COMMAND",
        "在临时环境中安装锁定结果，导入列表中的包，并运行命令",
    ),
    "diff": Text("compare two locks", "比较两份锁定文件"),
    "output": Text(
        "where the lock goes ({python} is replaced); pylock.toml has its own form; default: standard output",
        "锁定文件的位置（{python} 会被替换）；名为 pylock.toml 时用该格式；默认标准输出",
    ),
    "format": Text("what is printed: text (default), json or diff", "输出格式：text（默认）、json 或 diff"),
    "time": Text("seconds that the search may take (default 100)", "搜索可用的秒数（默认 100）"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}

MINOR = re.compile(r"^3\.\d{1,2}$")


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The options of the verb."""

    def option(*flags: str, help_key: str = "", **more: object) -> None:
        key = help_key or flags[-1].lstrip("-")
        parser.add_argument(*flags, help=HELP[key].say(lang), **more)  # type: ignore[arg-type]

    option("files", nargs="*", metavar="FILE")
    option("--python", metavar="VERSION", default="any")
    option("--nearest", action="store_true")
    option("--as-of", metavar="DATE", default="")
    option("--allow-sdist", metavar="NAME", action="append", default=[])
    option("--only-binary", metavar="NAME", action="append", default=[])
    option("--resolver", choices=("uv", "pip-tools"), default="uv")
    option("--keep", metavar="NAME", action="append", default=[])
    option("--weigh", metavar="NAME=N", action="append", default=[])
    option("--no-bounds", action="store_true")
    option("--upgrade", metavar="NAME", action="append", default=[])
    option("--prove", action="store_true")
    option("--diff", metavar=("OLD", "NEW"), nargs=2)
    option("--time", metavar="S", type=float, default=100.0)
    option("-o", "--output", metavar="OUT", default="")
    option("--format", metavar="FORM", choices=("text", "json", "diff"), default="text")
    option("--lang", metavar="LANG", choices=("en", "zh"), default="")


def check(options: argparse.Namespace) -> None:
    """Combinations and spellings. Raises UsageError."""
    if options.diff:
        if options.files:
            raise UsageError("--diff takes two locks and no other file", "--diff 只接受两份锁定文件")
        return
    if not options.files:
        raise UsageError(
            "lock needs a file",
            "lock 需要一个文件",
            hint_en="for example: tts-doctor lock requirements.txt",
            hint_zh="例如：tts-doctor lock requirements.txt",
        )
    if options.command and not options.prove:
        raise UsageError("a command after -- belongs to --prove", "-- 之后的命令需与 --prove 同用")
    if options.upgrade and not options.output:
        raise UsageError("--upgrade needs the lock to upgrade: -o FILE", "--upgrade 需要用 -o 指明要升级的锁定文件")
    if options.python == "all" and "{python}" not in options.output:
        raise UsageError(
            "--python all writes one lock for each Python",
            "--python all 会为每个 Python 写一份锁定文件",
            hint_en="say where with a place for the version, for example: -o 'constraints-{python}.txt'",
            hint_zh="请用带版本位置的文件名，例如：-o 'constraints-{python}.txt'",
        )
    if options.prove and options.output.endswith(".toml"):
        raise UsageError("--prove installs a requirements file, not pylock.toml", "--prove 安装的是 requirements 文件")
    if options.resolver == "pip-tools" and options.nearest:
        raise UsageError("--nearest asks uv; pip-tools only checks it", "--nearest 使用 uv；pip-tools 仅用于核对")
    if options.as_of:
        check_day(options.as_of)
    options.allow_sdist = _names(options.allow_sdist)
    options.only_binary = _names(options.only_binary)
    options.keep = _names(options.keep)
    options.upgrade = _names(options.upgrade)
    options.weights = tuple(_weight(word) for part in options.weigh for word in part.split(",") if word)
    for word in options.python.split(","):
        if word not in ("any", "all") and not MINOR.match(word):
            raise UsageError(
                f"--python takes 3.10, any or all, not {word!r}", f"--python 接受 3.10、any 或 all，不接受 {word!r}"
            )


def _names(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for word in words for name in word.split(",") if name.strip()))


def check_day(text: str) -> None:
    """Raises UsageError for what is no day."""
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(
            f"--as-of takes a day such as 2026-11-15, not {text!r}",
            f"--as-of 需要日期，例如 2026-11-15，而不是 {text!r}",
        ) from None


def _weight(word: str) -> tuple[str, int]:
    name, _, number = word.partition("=")
    if not name or not number.isdigit() or not 0 < int(number) < 10000:
        raise UsageError(f"--weigh takes NAME=N, not {word!r}", f"--weigh 需要 NAME=N，而不是 {word!r}")
    return name, int(number)
