"""The command line's grammar: words in, a namespace out. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import NoReturn

from tts_doctor.errors import UsageError
from tts_doctor.model.request import ALLOWANCES

EXAMPLES = {
    "": """examples:
  tts-doctor diagnose                                     examine ./.venv (or $VIRTUAL_ENV), run nothing
  tts-doctor diagnose -- python -c 'import librosa'       run it, explain why it fails
  tts-doctor diagnose --log build.log                     explain a saved log
  tts-doctor treat -- python -c 'import librosa'          repair, prove it, or put everything back
  tts-doctor undo                                         take the last repair back

exit codes: 0 nothing found · 1 findings · 2 usage · 3 unknown · 4 not repaired, everything restored
            5 restoring failed · 6 declined or dry run · 130 interrupted""",
    "diagnose": """examples:
  tts-doctor diagnose --python .venv/bin/python
  tts-doctor diagnose --python .venv/bin/python -- gunicorn app:app --bind 127.0.0.1:8000   (add --up 20)
  docker logs tts 2>&1 | tts-doctor diagnose --log - --context context.json --format json

exit codes: 0 nothing present · 1 findings · 2 usage · 3 unknown""",
    "treat": """examples:
  tts-doctor treat --dry-run -- python -c 'import librosa'
  tts-doctor treat --python .venv/bin/python --yes --keep torch -- .venv/bin/python app.py
  tts-doctor treat --yes --allow all -- gunicorn app:app

exit codes: 0 COMMAND succeeds · 2 usage · 3 unknown · 4 not repaired, everything restored
            5 restoring failed · 6 declined or dry run""",
    "undo": "example:\n  tts-doctor undo            take the last repair back",
    "playbook": """examples:
  tts-doctor playbook list
  tts-doctor playbook show ID
  tts-doctor playbook check my-playbook.yaml
  tts-doctor playbook run ID --yes -- python app.py""",
}


class Parser(argparse.ArgumentParser):
    """Raises UsageError in place of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            message,
            f"命令行有误：{message}",
            hint_en=f"see {self.prog} --help",
            hint_zh=f"请参阅 {self.prog} --help",
        )


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The namespace, with `command` a tuple (what follows the first `--`). Raises UsageError; `--help` leaves with 0."""
    words = list(argv)
    command: list[str] = []
    separated = "--" in words
    if separated:
        cut = words.index("--")
        words, command = words[:cut], words[cut + 1 :]
    options = build().parse_args(words)
    options.command = tuple(command)
    if separated and not command:
        raise UsageError("no command after --", "-- 之后没有命令")
    _check(options)
    return options


def build() -> Parser:
    """Every verb and option."""
    parser = Parser(
        prog="tts-doctor",
        description="Find the root cause of a broken Python environment, repair it, prove it, take it back.",
        epilog=EXAMPLES[""],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", "-V", action="store_true", help="print the version and leave")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    diagnose = _verb(verbs, "diagnose", "say what is wrong and why; changes nothing", "[options] [-- COMMAND ...]")
    _patient(diagnose)
    diagnose.add_argument("--log", metavar="FILE", help="reason from this saved output alone; - reads standard input")
    diagnose.add_argument("--context", metavar="FILE", help="with --log: JSON {python, os, packages: {name: version}}")
    treat = _verb(verbs, "treat", "repair so that COMMAND succeeds, or put everything back", "[options] -- COMMAND ...")
    _patient(treat)
    _consent(treat)
    undo = _verb(verbs, "undo", "take a repair back, byte for byte", "[options] [RECEIPT]")
    undo.add_argument("receipt", nargs="?", default="", metavar="RECEIPT", help="its id or file; default: the last one")
    undo.add_argument("--force", action="store_true", help="also where files were changed since")
    undo.add_argument("--yes", action="store_true", help="do not ask")
    history = _verb(verbs, "history", "list the repairs made here", "[options]")
    for verb in (diagnose, treat, undo, history):
        _output(verb)
    _playbook(verbs)
    return parser


def _verb(verbs: argparse._SubParsersAction[Parser], name: str, summary: str, usage: str) -> Parser:
    return verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        usage=f"tts-doctor {name} {usage}",
        epilog=EXAMPLES.get(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _patient(parser: Parser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--python", metavar="EXE", help="its interpreter; default $VIRTUAL_ENV, ./.venv, python3 on PATH")
    group.add_argument("--site", metavar="DIR", help="its site-packages folder, where there is no interpreter")
    parser.add_argument("--timeout", metavar="S", type=_seconds, default=300.0, help="seconds for COMMAND (default 300)")
    parser.add_argument("--up", metavar="S", type=_seconds, help="COMMAND is a server: running after S seconds is success")
    parser.add_argument("--offline", action="store_true", help="do not ask the package index")


def _consent(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    parser.add_argument("--dry-run", action="store_true", help="try it in a copy, report, change nothing")
    parser.add_argument(
        "--allow", metavar="WHAT", action="append", default=[], help=f"what may change: {', '.join(ALLOWANCES)}"
    )
    parser.add_argument("--keep", metavar="NAME", nargs="+", action="extend", default=[], help="distributions to leave alone")
    parser.add_argument("--requirements", metavar="FILE", default="", help="what you asked for (default: REQUESTED marks)")


def _output(parser: Parser) -> None:
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    parser.add_argument("--lang", choices=("en", "zh"), default="", help="default: from LC_ALL, LC_MESSAGES, LANG")


def _playbook(verbs: argparse._SubParsersAction[Parser]) -> None:
    playbook = _verb(verbs, "playbook", "known diseases: list, read, check, write, use", "ACTION ...")
    actions = playbook.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    for name, summary in (
        ("list", "name every playbook"),
        ("show", "print one"),
        ("check", "validate files, or all that are packaged"),
        ("new", "write a scaffold"),
        ("run", "treat with one playbook only"),
    ):
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _output(action)
        if name == "check":
            action.add_argument("files", nargs="*", metavar="FILE")
        elif name != "list":
            action.add_argument("id", metavar="ID")
        if name == "new":
            action.add_argument("--folder", metavar="DIR", default=".", help="where to write it (default: here)")
        if name == "run":
            _patient(action)
            _consent(action)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return value


def _check(options: argparse.Namespace) -> None:
    """Combinations that argparse cannot express."""
    treats = options.verb == "treat" or (options.verb == "playbook" and options.action == "run")
    if options.command and not treats and options.verb != "diagnose":
        raise UsageError(f"{options.verb} takes no command", f"{options.verb} 不接受命令")
    if treats and not options.command:
        raise UsageError(
            f"{options.verb} needs the failing command after --",
            f"{options.verb} 需要在 -- 之后给出失败的命令",
            hint_en="for example: tts-doctor treat -- python -c 'import librosa'",
            hint_zh="例如：tts-doctor treat -- python -c 'import librosa'",
        )
    if treats:
        options.allow = _allowances(options.allow)
        options.keep = [name for word in options.keep for name in word.split(",") if name]
    if options.verb == "diagnose":
        if options.log and options.command:
            raise UsageError("--log and a command exclude each other", "--log 不能与命令同时使用")
        if options.context and (not options.log or options.python or options.site):
            raise UsageError(
                "--context describes the environment of a --log and of nothing else",
                "--context 只用于描述 --log 所来自的环境",
            )
    if getattr(options, "up", None) and not options.command:
        raise UsageError("--up needs a command after --", "--up 需要在 -- 之后给出命令")


def _allowances(words: Sequence[str]) -> frozenset[str]:
    named = {part.strip() for word in words for part in word.split(",") if part.strip()}
    unknown = sorted(named - set(ALLOWANCES))
    if unknown:
        raise UsageError(
            f"--allow knows {', '.join(ALLOWANCES)}, not {unknown[0]!r}",
            f"--allow 只接受 {'、'.join(ALLOWANCES)}，不接受 {unknown[0]!r}",
        )
    return frozenset({"packages", *named})
