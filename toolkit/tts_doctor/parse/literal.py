"""Reads regular expressions: the longest text that every match contains, and whether one could take for ever.

Used when playbooks are written and compiled, never when a patient is examined.
"""

from __future__ import annotations

import copy
import sys
import warnings
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser as sre_parse  # type: ignore[attr-defined]
else:
    import sre_parse

REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
SHORTEST = 4
MANY = 100


def literal(pattern: str) -> str:
    """The longest run of plain characters in every match of `pattern`, lower case; empty where there is no long one."""
    best = max(_runs(_parse(pattern)), key=len, default="")
    return best.lower() if len(best) >= SHORTEST else ""


def catastrophic(pattern: str) -> bool:
    """True where one unbounded repeat lies inside another: such an expression may need exponential time."""
    return _nested(_parse(pattern), inside=False)


def with_literals(data: dict[str, Any]) -> dict[str, Any]:
    """A playbook's data with the literal of each expression written beside it."""
    data = copy.deepcopy(data)
    _annotate(data["when"])
    for repair in data["treatment"]:
        if "when" in repair:
            _annotate(repair["when"])
    return data


def _annotate(condition: dict[str, Any]) -> None:
    for kind in ("all", "any", "none"):
        for part in condition.get(kind, ()):
            _annotate(part)
    if "error" in condition:
        condition["error"]["literal"] = literal(condition["error"]["message"])
    if isinstance(condition.get("text"), str):
        condition["text"] = {"pattern": condition["text"], "literal": literal(condition["text"])}


def _parse(pattern: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sre_parse.parse(pattern)


def _runs(tokens: Any) -> list[str]:
    """Runs of literals that every match has, those of groups among them."""
    runs, current = [], ""
    for operation, argument in tokens:
        if str(operation) == "LITERAL":
            current += chr(argument)
            continue
        runs.append(current)
        current = ""
        if str(operation) == "SUBPATTERN":
            runs += _runs(argument[3])
        elif str(operation) in REPEATS and argument[0] >= 1:
            runs += _runs(argument[2])
    return [*runs, current]


def _nested(tokens: Any, inside: bool) -> bool:
    for operation, argument in tokens:
        name = str(operation)
        if name in REPEATS:
            unbounded = argument[1] > MANY
            if (unbounded and inside) or _nested(argument[2], inside or unbounded):
                return True
        elif name == "SUBPATTERN":
            if _nested(argument[3], inside):
                return True
        elif name == "BRANCH":
            if any(_nested(branch, inside) for branch in argument[1]):
                return True
        elif name in ("ASSERT", "ASSERT_NOT") and _nested(argument[1], inside):
            return True
    return False
