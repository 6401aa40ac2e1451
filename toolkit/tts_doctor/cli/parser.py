"""argparse, in both languages, with errors that are raised and name what was probably meant. Knows no verb."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NoReturn

from tts_doctor.errors import UsageError

ZH: Mapping[str, str] = {
    "usage: ": "用法：",
    "options": "选项",
    "positional arguments": "位置参数",
    "show this help message and exit": "显示此帮助并退出",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "不接受 %(value)r（可选：%(choices)s）",
    "invalid %(type)s value: %(value)r": "%(value)r 不是合法的值",
    "expected one argument": "需要一个值",
    "expected at least one argument": "至少需要一个值",
    "expected at most one argument": "最多一个值",
    "expected %s argument": "需要 %s 个值",
    "expected %s arguments": "需要 %s 个值",
    "ignored explicit argument %r": "不接受值 %r",
    "not allowed with argument %s": "不能与 %s 同时使用",
    "one of the arguments %s is required": "需要以下参数之一：%s",
    "the following arguments are required: %s": "缺少参数：%s",
    "%r is not a positive number of seconds": "%r 不是大于零的秒数",
}


class Parser(argparse.ArgumentParser):
    """Raises UsageError in place of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        see = f"{self.prog} --help"
        raise UsageError(message, message, hint_en=f"see {see}", hint_zh=f"请参阅 {see}")


def speak(lang: str) -> None:
    """Let argparse say everything in `lang` from now on; what a newer one says that ZH lacks stays English."""

    def one(text: str) -> str:
        return ZH.get(text, text) if lang == "zh" else text

    def counted(singular: str, plural: str, number: int) -> str:
        return one(singular if number == 1 else plural)

    setattr(argparse, "_", one)  # noqa: B010 - where argparse itself looks for its translations
    setattr(argparse, "ngettext", counted)  # noqa: B010


def said(text: str) -> str:
    """A sentence in the language that argparse speaks now."""
    return str(argparse._(text))  # type: ignore[attr-defined]


def unknown(kind: tuple[str, str], word: str, known: Iterable[str], see: str) -> UsageError:
    """The error for a word that is none of `known`; `kind` says what it should be, in English and Chinese."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return UsageError(
        f"there is no {kind[0]} {word}",
        f"没有{kind[1]} {word}",
        hint_en=f"did you mean {near[0]}?" if near else f"see {see} --help",
        hint_zh=f"是否指 {near[0]}？" if near else f"请参阅 {see} --help",
    )
