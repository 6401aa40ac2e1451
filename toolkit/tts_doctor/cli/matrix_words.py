"""The grammar of `tts-doctor matrix` and what it says in `--help`. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from tts_doctor.cli.lock_words import check_day
from tts_doctor.cli.read_seconds import seconds
from tts_doctor.errors import UsageError
from tts_doctor.model.text import Text
from tts_doctor.parse.matrix_words import check_python, read_axis

HELP: Mapping[str, Text] = {
    "file": Text(
        "requirements file, pyproject.toml, or YAML file of grids (see docs/map/speech.yaml); - reads standard input",
        "requirements 文件、pyproject.toml，或多个网格的 YAML 文件（如 docs/map/speech.yaml）；- 表示标准输入",
    ),
    "python": Text(
        "minor versions, by commas or repeated (default: those the file declares, else 3.10)",
        "次版本号，可用逗号分隔或重复（默认取文件中声明的版本，否则为 3.10）",
    ),
    "with": Text(
        "NAME=VERSION,…: versions to try; 1.26 is the newest of its series, 1.26.4 exact, <2 a specifier, * any",
        "名称=版本,…：要尝试的版本；1.26 为该系列最新版，1.26.4 为确切版本，<2 为版本限定，* 为任意",
    ),
    "jobs": Text("cells that run side by side here (default 1)", "本机同时运行的格子数（默认 1）"),
    "scheduler": Text(
        "address of a Dask scheduler whose workers run the cells", "由其工作进程运行格子的 Dask 调度器地址"
    ),
    "resume": Text("go on where a run in the same folder ended or was killed", "从同一文件夹中上次结束或被终止处继续"),
    "merge": Text("take over the results of another run's folder; repeat", "并入另一次运行的结果文件夹；可重复"),
    "output": Text("folder for the results (default: matrix)", "结果文件夹（默认 matrix）"),
    "treat": Text("try the repair of each cell that breaks, in the cell", "在出错的格子中试行修复"),
    "resolve-only": Text("ask the metadata alone, install nothing", "只查询元数据，不安装"),
    "as-of": Text("ignore releases after this day (YYYY-MM-DD)", "忽略此日期之后的发布（YYYY-MM-DD）"),
    "allow-sdist": Text(
        "take NAME from source (:all: permits any); the default is wheels only",
        "允许 NAME 使用源码包（:all: 表示全部）；默认只用 wheel",
    ),
    "shard": Text("I/N: only the I-th of N parts of the cells", "I/N：只处理 N 份中的第 I 份"),
    "export": Text(
        "github: print the strategy matrix of a GitHub Actions workflow and run nothing",
        "github：输出 GitHub Actions 工作流的 strategy.matrix，不运行",
    ),
    "timeout": Text(
        "seconds for each import and command of a cell (default 300)", "每个格子中导入或命令的秒数上限（默认 300）"
    ),
    "memory": Text("MiB that a cell may take (default 4096)", "每个格子可用的内存 MiB（默认 4096）"),
    "disk": Text(
        "MiB that must be free, and the most that one file may grow to (default 2048)",
        "须保留的磁盘空间，也是单个文件的上限，MiB（默认 2048）",
    ),
    "format": Text("what is printed: text (default), json or markdown", "输出格式：text（默认）、json 或 markdown"),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
}


def add(parser: argparse.ArgumentParser, lang: str) -> None:
    """The options of the verb."""

    def option(*flags: str, **more: object) -> None:
        parser.add_argument(*flags, help=HELP[flags[-1].lstrip("-")].say(lang), **more)  # type: ignore[arg-type]

    option("file", metavar="FILE")
    option("--python", metavar="VERSION", action="append", default=[])
    option("--with", metavar="NAME=VERSIONS", action="append", default=[], dest="axes")
    option("--jobs", metavar="N", type=int, default=1)
    option("--scheduler", metavar="ADDRESS", default="")
    option("--resume", action="store_true")
    option("--merge", metavar="DIR", action="append", default=[])
    option("-o", "--output", metavar="DIR", default="matrix")
    option("--treat", action="store_true")
    option("--resolve-only", action="store_true")
    option("--as-of", metavar="DATE", default="")
    option("--allow-sdist", metavar="NAME", action="append", default=[])
    option("--shard", metavar="I/N", default="")
    option("--export", choices=("github",), default="")
    option("--timeout", metavar="S", type=seconds, default=300.0)
    option("--memory", metavar="MIB", type=int, default=4096)
    option("--disk", metavar="MIB", type=int, default=2048)
    option("--format", metavar="FORM", choices=("text", "json", "markdown"), default="text")
    option("--lang", metavar="LANG", choices=("en", "zh"), default="")


def check(options: argparse.Namespace) -> None:
    """Spellings and ranges. Raises UsageError."""
    options.axes = tuple(read_axis(word) for word in options.axes)
    words = (word.strip() for text in options.python for word in text.split(","))
    options.python = tuple(dict.fromkeys(check_python(word) for word in words if word))
    options.shard = _shard(options.shard)
    options.allow_sdist = tuple(name for word in options.allow_sdist for name in word.split(",") if name)
    if options.as_of:
        check_day(options.as_of)
    for name in ("jobs", "memory", "disk"):
        if getattr(options, name) < 1:
            raise UsageError(f"--{name} must be positive", f"--{name} 须为正数")


def _shard(text: str) -> tuple[int, int]:
    """(number, count); (1, 1) for none."""
    number, _, count = (text or "1/1").partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        said = f"--shard takes I/N, such as 1/4, not {text!r}", f"--shard 需要 I/N（如 1/4），而不是 {text!r}"
        raise UsageError(*said)
    return int(number), int(count)
