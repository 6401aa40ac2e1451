"""The command line's grammar: words in, a namespace out. Decides what may be combined; looks at no file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from tts_doctor import __version__
from tts_doctor.cli import help_texts
from tts_doctor.cli.completion import SHELLS
from tts_doctor.cli.parser import Parser, speak, unknown
from tts_doctor.cli.read_seconds import seconds
from tts_doctor.errors import UsageError
from tts_doctor.model.request import ALLOWANCES
from tts_doctor.model.text import Text

VERBS, ACTIONS = Text("verbs", "命令"), Text("actions", "操作")
OWN_MODULES: Mapping[str, tuple[str, str]] = {
    "lock": ("[options] FILE ... [-- COMMAND ...]", "lock_words"),
    "image": ("ACTION [options] ...", "image_actions"),
    "dockerfile": ("[options] [-- COMMAND ...]", "image_words"),
    "smoke": ("[options] URL | --python EXE | --image IMAGE", "smoke_words"),
    "matrix": ("[options] FILE [-- SMOKE COMMAND ...]", "matrix_words"),
}
"""Usage and grammar of the verbs that `_in_modules_of_their_own` adds; what they do lies in `VERB_verb.py`."""


def parse(argv: Sequence[str], lang: str = "en") -> argparse.Namespace:
    """The namespace, with `command` a tuple: what follows the first `--`. Raises UsageError; `--help` leaves with 0."""
    words = list(argv)
    command: list[str] = []
    separated = "--" in words
    if separated:
        cut = words.index("--")
        words, command = words[:cut], words[cut + 1 :]
    options = _options(words, lang)
    options.command = tuple(command)
    if separated and not command:
        raise UsageError(
            "no command after --",
            "-- 之后没有命令",
            hint_en="write the failing command there",
            hint_zh="请写上失败的命令",
        )
    try:
        _check(options)
    except UsageError as error:
        error.hint_en = error.hint_en or f"see tts-doctor {options.verb} --help"
        error.hint_zh = error.hint_zh or f"请参阅 tts-doctor {options.verb} --help"
        raise
    return options


def _options(words: list[str], lang: str) -> argparse.Namespace:
    """What argparse makes of the words. Raises UsageError where a verb or an option is none."""
    asked = next((word for word in words if not word.startswith("-")), "")
    parser = build(lang, asked)
    verbs = _choices(parser)
    if asked not in verbs and not {"-h", "--help", "-V", "--version"} & set(words):
        if asked:
            raise unknown(("verb", "命令"), asked, verbs, parser.prog)
        raise UsageError(
            f"a verb is missing: {', '.join(verbs)}",
            f"缺少命令：{'、'.join(verbs)}",
            hint_en="start with: tts-doctor diagnose",
            hint_zh="可从 tts-doctor diagnose 开始",
        )
    options, excess = parser.parse_known_args(words)
    if excess:
        verb = verbs[asked]
        verb = _choices(verb).get(getattr(options, "action", ""), verb)
        word = next((each for each in excess if each.startswith("-")), "")
        if not word:
            raise UsageError(
                f"{options.verb} does not take {excess[0]!r}",
                f"{options.verb} 不接受 {excess[0]!r}",
                hint_en=f"a command stands after --; see {verb.prog} --help",
                hint_zh=f"命令应写在 -- 之后；请参阅 {verb.prog} --help",
            )
        raise unknown(("option", "选项"), word.partition("=")[0], verb._option_string_actions, verb.prog)
    return options


def _choices(parser: argparse.ArgumentParser) -> dict[str, Parser]:
    """The verbs, or the actions of a verb."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


def asked_language(argv: Sequence[str], default: str) -> str:
    """The language that `--lang` names, known before the rest is understood so that errors are told in it."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    for place, word in enumerate(words):
        value = "".join(words[place + 1 : place + 2]) if word == "--lang" else word.partition("--lang=")[2]
        if value in ("en", "zh"):
            return value
    return default


def build(lang: str = "en", asked: str = "") -> Parser:
    """Every verb; with `asked` the options of that one alone may be complete."""
    speak(lang)
    parser = Parser(
        prog="tts-doctor",
        description=help_texts.ABOUT.say(lang),
        epilog=help_texts.epilog("", lang),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        "-V",
        action="version",
        version=f"tts-doctor {__version__}",
        help=help_texts.OPTIONS["version"].say(lang),
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title=VERBS.say(lang), required=True)
    diagnose = _verb(verbs, "diagnose", "[options] [-- COMMAND ...]", lang)
    _patient(diagnose, lang)
    _option(diagnose, lang, "log", "FILE")
    _option(diagnose, lang, "context", "FILE")
    _flag(diagnose, lang, "all")
    _option(diagnose, lang, "explain", "FINDING")
    treat = _verb(verbs, "treat", "[options] -- COMMAND ...", lang)
    _patient(treat, lang)
    _consent(treat, lang)
    undo = _verb(verbs, "undo", "[options] [RECEIPT]", lang)
    undo.add_argument("receipt", nargs="?", default="", metavar="RECEIPT", help=help_texts.OPTIONS["receipt"].say(lang))
    _option(undo, lang, "python", "EXE")
    _flag(undo, lang, "force")
    history = _verb(verbs, "history", "[options]", lang)
    _output(diagnose, lang, "sarif")
    for verb in (treat, undo, history):
        _output(verb, lang)
    _playbook(verbs, lang)
    _in_modules_of_their_own(verbs, lang, asked)
    completion = _verb(verbs, "completion", "SHELL", lang)
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=help_texts.OPTIONS["shell"].say(lang))
    _option(_verb(verbs, "mcp", "[options]", lang), lang, "lang", "LANG", choices=("en", "zh"))
    return parser


def _in_modules_of_their_own(verbs: argparse._SubParsersAction[Parser], lang: str, asked: str) -> None:
    """Verbs whose grammar takes time to load, and is loaded for them alone."""
    for name, (usage, _) in OWN_MODULES.items():
        verb = _verb(verbs, name, usage, lang)
        if asked in ("", name):
            _words_of(name).add(verb, lang)


def _words_of(verb: str) -> Any:
    """The module with the grammar of one of OWN_MODULES: `add` and `check`."""
    return import_module(f"tts_doctor.cli.{OWN_MODULES[verb][1]}")


def _verb(verbs: argparse._SubParsersAction[Parser], name: str, usage: str, lang: str) -> Parser:
    summary = help_texts.VERBS[name].say(lang)
    return verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:],
        usage=f"tts-doctor {name} {usage}",
        epilog=help_texts.epilog(name, lang),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _option(parser: argparse._ActionsContainer, lang: str, name: str, metavar: str, **more: Any) -> None:
    more.setdefault("default", "")
    parser.add_argument(f"--{name}", metavar=metavar, help=help_texts.OPTIONS[name].say(lang), **more)


def _flag(parser: argparse._ActionsContainer, lang: str, name: str) -> None:
    parser.add_argument(f"--{name}", action="store_true", help=help_texts.OPTIONS[name].say(lang))


def _patient(parser: Parser, lang: str) -> None:
    group = parser.add_mutually_exclusive_group()
    _option(group, lang, "python", "EXE")
    _option(group, lang, "site", "DIR")
    _option(parser, lang, "timeout", "S", type=seconds, default=300.0)
    _option(parser, lang, "up", "S", type=seconds, default=None)
    _flag(parser, lang, "offline")


def _consent(parser: Parser, lang: str) -> None:
    _flag(parser, lang, "yes")
    _flag(parser, lang, "dry-run")
    _option(parser, lang, "allow", "WHAT", action="append", default=[])
    _option(parser, lang, "keep", "NAME", nargs="+", action="extend", default=[])
    _option(parser, lang, "requirements", "FILE")


def _output(parser: Parser, lang: str, *more: str) -> None:
    _option(parser, lang, "format", "FORM", choices=("text", "json", "markdown", *more), default="text")
    _option(parser, lang, "lang", "LANG", choices=("en", "zh"))


def _playbook(verbs: argparse._SubParsersAction[Parser], lang: str) -> None:
    playbook = _verb(verbs, "playbook", "ACTION ...", lang)
    actions = playbook.add_subparsers(
        dest="action", metavar="ACTION", title=ACTIONS.say(lang), required=True, prog=playbook.prog
    )
    for name in ("list", "show", "check", "new", "run", "rollback"):
        summary = help_texts.VERBS[name].say(lang)
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _output(action, lang)
        if name == "check":
            action.add_argument("files", nargs="*", metavar="FILE")
        elif name == "rollback":
            action.add_argument(
                "receipt", nargs="?", default="", metavar="RECEIPT", help=help_texts.OPTIONS["receipt"].say(lang)
            )
        elif name != "list":
            action.add_argument("id", metavar="ID")
        if name == "new":
            _option(action, lang, "folder", "DIR", default=".")
        if name == "run":
            _patient(action, lang)
            _consent(action, lang)
            _option(action, lang, "target", "WHAT")
            _flag(action, lang, "check")
            _option(action, lang, "health", "PATH", default="/health")
            _option(action, lang, "ask", "PATH", action="append", default=[])


def _check(options: argparse.Namespace) -> None:
    """Combinations that argparse cannot express."""
    recovers = bool(getattr(options, "target", ""))
    treats = options.verb == "treat" or (options.verb == "playbook" and options.action == "run" and not recovers)
    others = ("diagnose", "lock", "dockerfile", "matrix")
    if options.command and not treats and not recovers and options.verb not in others:
        raise UsageError(f"{options.verb} takes no command", f"{options.verb} 不接受命令")
    if treats and not options.command:
        raise UsageError(
            f"{options.verb} needs the failing command after --",
            f"{options.verb} 需要在 -- 之后给出失败的命令",
            hint_en="for example: tts-doctor treat -- python -c 'import librosa'",
            hint_zh="例如：tts-doctor treat -- python -c 'import librosa'",
        )
    if options.verb in OWN_MODULES:
        _words_of(options.verb).check(options)
    if treats:
        options.allow = _allowances(options.allow)
        options.keep = [name for word in options.keep for name in word.split(",") if name]
    if options.verb == "diagnose":
        if options.log and options.command:
            raise UsageError(
                "--log and a command exclude each other",
                "--log 不能与命令同时使用",
                hint_en="give the saved output, or let the command be run",
                hint_zh="请给出保存的输出，或者让工具运行命令",
            )
        if options.context and (not options.log or options.python or options.site):
            raise UsageError(
                "--context describes the environment of a --log and of nothing else",
                "--context 只用于描述 --log 所来自的环境",
            )
    if getattr(options, "up", None) and not options.command and not recovers:
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
