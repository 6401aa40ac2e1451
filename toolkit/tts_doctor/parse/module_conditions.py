"""Weighs the headers of blocks: whether what stands in them runs when a module is imported, told by the header's text.

Never guesses: where a parsed module might know more, the answer is that it is not clear.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from tts_doctor.parse.condition import UNKNOWN, Python, decide, dotted, value

NEVER, MAYBE, ALWAYS, TRIED, UNCLEAR = "never", "maybe", "always", "tried", "unclear"
TRANSPARENT = ("catch_warnings", "errstate", "open", "Lock", "lock", "nullcontext", "patch_environment", "timer")
"""Context managers that swallow no error."""
CALLS = re.compile(rb"(?:(?:[ \t]+(?:not|and|or))*[ \t]+[a-z_]\w*\(\))+[ \t]*:")
"""A condition of nothing but calls of functions, which no text decides."""
STRINGS = re.compile(rb"'[^'\n]*'|\"[^\"\n]*\"|#[^\n]*")
LONGEST = 20
"""Lines of one header or assignment."""
DEEPEST = 1
"""Assignments that are looked through for what a name is."""
MOST = 20
"""Assignments of one name, and names in one of them."""


def fate_of_condition(text: bytes, start: int, end: int, python: Python) -> str:
    """Whether the block under `if` or `elif` runs, whose condition stands at that place of `text`."""
    condition = text[start:end]
    if CALLS.match(condition):
        return MAYBE
    if not condition.rstrip().endswith(b":"):
        condition = whole_line(text, start)
    fate, names = _weigh(condition, python)
    return UNCLEAR if any(_may_be_known(text, name, python, DEEPEST) for name in names) else fate


def fate_of_with(text: bytes, start: int) -> str:
    """Whether the block under `with` runs in any case; `start`: after that word."""
    return _weigh_with(whole_line(text, start))


def whole_line(text: bytes, start: int) -> bytes:
    """The rest of the line, with those after it that its brackets hold open."""
    end = start
    opened = 0
    for _ in range(LONGEST):
        line = end
        end = text.find(b"\n", end) + 1 or len(text)
        plain = STRINGS.sub(b"", text[line:end])
        opened += sum(map(plain.count, (b"(", b"[", b"{"))) - sum(map(plain.count, (b")", b"]", b"}")))
        if opened <= 0:
            break
    return text[start:end].rstrip()


def _may_be_known(text: bytes, name: bytes, python: Python, depth: int) -> bool:
    """Whether an assignment makes the name something that the interpreter alone determines."""
    known, names = _assigned(text, name, python)
    return known or any(not depth or _may_be_known(text, other, python, depth - 1) for other in names)


@lru_cache(maxsize=50)
def _assigned(text: bytes, name: bytes, python: Python) -> tuple[bool, frozenset[bytes]]:
    """Whether a value that is assigned to the name is known, and the names that could make one known."""
    names: set[bytes] = set()
    places = re.finditer(rb"\n[ \t]*" + name + rb"[ \t]*(?::[^=\n]*)?=(?!=)", text)
    for number, found in enumerate(places):
        known, others = _value(whole_line(text, found.end()).strip(), python)
        names |= others
        if known or number > MOST or len(names) > MOST:
            return True, frozenset()
    return False, frozenset(names)


@lru_cache(maxsize=2000)
def _weigh(condition: bytes, python: Python) -> tuple[str, frozenset[bytes]]:
    """The fate of a block under that condition, and the names that would change it were they known."""
    statement = _statement(b"if" + condition + b"\n    pass\n")
    if not isinstance(statement, ast.If) or len(statement.body) > 1:
        return UNCLEAR, frozenset()
    truth = decide(statement.test, python, {})
    if truth is not None:
        return (ALWAYS if truth else NEVER), frozenset()
    return MAYBE, _names(statement.test)


@lru_cache(maxsize=200)
def _weigh_with(header: bytes) -> str:
    statement = _statement(b"with" + header + b"\n    pass\n")
    if not isinstance(statement, ast.With) or len(statement.body) > 1:
        return UNCLEAR
    calls = [item.context_expr for item in statement.items]
    names = [dotted(call.func if isinstance(call, ast.Call) else call).rpartition(".")[2] for call in calls]
    return ALWAYS if all(name in TRANSPARENT for name in names) else MAYBE


@lru_cache(maxsize=2000)
def _value(expression: bytes, python: Python) -> tuple[bool, frozenset[bytes]]:
    """Whether an assigned expression has a known value, and the names that could give it one."""
    statement = _statement(b"x = " + expression + b"\n")
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return True, frozenset()
    if isinstance(statement.value, ast.Constant):
        return False, frozenset()
    return value(statement.value, python, {}) is not UNKNOWN, _names(statement.value)


def _statement(source: bytes) -> ast.stmt | None:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 else None


def _names(node: ast.AST) -> frozenset[bytes]:
    return frozenset(part.id.encode() for part in ast.walk(node) if isinstance(part, ast.Name))
