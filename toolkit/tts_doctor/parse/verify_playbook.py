"""Whether the expressions, versions and `{groups}` of a playbook mean something. Reads no file."""

from __future__ import annotations

import re
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tts_doctor.model.playbook import (
    AllOf,
    AnyOf,
    Condition,
    ErrorIs,
    Installed,
    NoneOf,
    Playbook,
    PythonIs,
    TextHas,
    VariableIs,
)
from tts_doctor.parse.playbook_shape import GROUP
from tts_doctor.parse.shape import broken


def verify_playbook(data: dict[str, Any], playbook: Playbook, where: str) -> None:
    """Raise PlaybookError where an expression, a version or a `{group}` of a built playbook means nothing."""
    _verify(playbook.when, f"{where}.when")
    if not 0 <= playbook.confidence <= 1:
        raise broken(f"{where}.confidence", f"is {playbook.confidence}, not between 0 and 1", "应在 0 与 1 之间")
    for number, repair in enumerate(playbook.repairs):
        path = f"{where}.treatment[{number}]"
        if not repair.actions:
            raise broken(f"{path}.actions", "is empty", "不能为空")
        if repair.when:
            _verify(repair.when, f"{path}.when")
        for step, action in enumerate(repair.actions):
            if action.action in VERSIONED and action.spec and "{" not in action.spec:
                verify_specifier(action.spec, f"{path}.actions[{step}].spec")
    if playbook.reproduction:
        _pattern(playbook.reproduction.expect, f"{where}.reproduction.expect")
        if not playbook.reproduction.run and not playbook.reproduction.command:
            raise broken(f"{where}.reproduction", "needs run or command", "需要 run 或 command")
    _groups_known(data, playbook, where)


VERSIONED = ("pin", "install", "uninstall", "reinstall")


def _verify(condition: Condition, path: str) -> None:
    if isinstance(condition, (AllOf, AnyOf, NoneOf)):
        name = {AllOf: "all", AnyOf: "any", NoneOf: "none"}[type(condition)]
        if not condition.parts:
            raise broken(f"{path}.{name}", "is empty", "不能为空")
        for number, part in enumerate(condition.parts):
            _verify(part, f"{path}.{name}[{number}]")
    elif isinstance(condition, ErrorIs):
        _pattern(condition.message, f"{path}.error.message")
        _pattern(condition.frame, f"{path}.error.frame")
    elif isinstance(condition, TextHas):
        _pattern(condition.pattern, f"{path}.text")
    elif isinstance(condition, VariableIs):
        _pattern(condition.matches, f"{path}.variable.matches")
    elif isinstance(condition, Installed):
        verify_specifier(condition.spec, f"{path}.installed.spec")
    elif isinstance(condition, PythonIs):
        verify_specifier(condition.spec, f"{path}.python")


def _pattern(text: str, path: str) -> None:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise broken(path, f"is no regular expression: {error}", f"不是合法的正则表达式：{error}") from None


def verify_specifier(text: str, path: str) -> None:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise broken(path, f"is {text!r}, no version specifier such as '<3'", f"不是版本范围：{text!r}") from None


ALWAYS_KNOWN = frozenset({"consumer", "consumer_package", "consumer_version", "file", "python"})
"""Groups that every match of an error fills."""


def groups_of(condition: Condition) -> frozenset[str]:
    """The names of the groups that a condition may capture."""
    if isinstance(condition, (AllOf, AnyOf)):
        return frozenset().union(*(groups_of(part) for part in condition.parts))
    if isinstance(condition, ErrorIs):
        return frozenset(re.compile(condition.message).groupindex) | frozenset(re.compile(condition.frame).groupindex)
    if isinstance(condition, TextHas):
        return frozenset(re.compile(condition.pattern).groupindex)
    if isinstance(condition, VariableIs):
        return frozenset(re.compile(condition.matches).groupindex)
    if isinstance(condition, Installed):
        return frozenset({condition.capture} - {""})
    return frozenset()


def _groups_known(data: dict[str, Any], playbook: Playbook, where: str) -> None:
    known = groups_of(playbook.when) | ALWAYS_KNOWN
    for key in ("title", "cause", "culprits", "treatment"):
        for name in GROUP.findall(str(data.get(key, ""))):
            if name not in known:
                raise broken(f"{where}.{key}", f"uses {{{name}}}, which no condition captures", f"未捕获 {{{name}}}")
