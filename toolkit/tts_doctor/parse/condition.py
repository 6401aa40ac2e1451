"""Decides the tests of module-level `if` statements that depend on the interpreter alone.

Three-valued: True, False, or None where the text does not tell. Never looks at the running interpreter.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Python = tuple[int, int]
UNKNOWN = object()
LONGEST = 64
"""Elements of a collection worth evaluating."""

FALSE_NAMES = frozenset({"TYPE_CHECKING", "MYPY", "MYPY_CHECK_RUNNING", "PYPY", "IS_PYPY"})
TEXTS = {
    "os.name": "posix",
    "sys.platform": "linux",
    "platform.system()": "Linux",
    "platform.python_implementation()": "CPython",
    "sys.implementation.name": "cpython",
    "sys.byteorder": "little",
}


OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def decide(test: ast.expr, python: Python, constants: Mapping[str, object]) -> bool | None:
    """Truth of `test` under `python` on Linux with CPython; `constants` are module names of known value."""
    if isinstance(test, ast.BoolOp):
        return _bool_op(test, python, constants)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decide(test.operand, python, constants)
        return None if inner is None else not inner
    if isinstance(test, ast.Compare):
        return _compare(test, python, constants)
    found = value(test, python, constants)
    return None if found is UNKNOWN else bool(found)


def value(node: ast.expr, python: Python, constants: Mapping[str, object]) -> object:
    """Value of an expression that the interpreter alone determines, else UNKNOWN."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        if len(node.elts) > LONGEST:
            return UNKNOWN
        parts = [value(e, python, constants) for e in node.elts]
        return UNKNOWN if any(p is UNKNOWN for p in parts) else tuple(parts)
    if isinstance(node, ast.Subscript):
        return _subscript(node, python, constants)
    if isinstance(node, ast.Call):
        return _call(node, python, constants)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _name(dotted(node), python, constants)
    if isinstance(node, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        known = decide(node, python, constants) if not _is_number(node) else None
        return UNKNOWN if known is None else known
    return UNKNOWN


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of names, or an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not)


def _name(name: str, python: Python, constants: Mapping[str, object]) -> object:
    last = name.rpartition(".")[2]
    major, minor = python
    if name in TEXTS:
        return TEXTS[name]
    if name in constants:
        return constants[name]
    if last in FALSE_NAMES:
        return False
    if major and name in ("sys.version_info", "version_info"):
        return (major, minor, 99, "final", 0)
    if major and name.endswith("version_info.major"):
        return major
    if major and name.endswith("version_info.minor"):
        return minor
    if major and name == "sys.hexversion":
        return major << 24 | minor << 16 | 99 << 8
    if major and last in ("PY2", "PY3", "IS_PY2", "IS_PY3", "is_py2", "is_py3"):
        return major == int(last[-1])
    return True if name == "__debug__" else UNKNOWN


def _subscript(node: ast.Subscript, python: Python, constants: Mapping[str, object]) -> object:
    whole = value(node.value, python, constants)
    if not isinstance(whole, tuple):
        return UNKNOWN
    index = node.slice
    if isinstance(index, ast.Constant) and isinstance(index.value, int) and -len(whole) <= index.value < len(whole):
        return whole[index.value]
    if isinstance(index, ast.Slice) and index.step is None:
        low, high = (None if e is None else value(e, python, constants) for e in (index.lower, index.upper))
        if (low is None or isinstance(low, int)) and (high is None or isinstance(high, int)):
            return whole[low:high]
    return UNKNOWN


def _call(node: ast.Call, python: Python, constants: Mapping[str, object]) -> object:
    name = dotted(node.func)
    if not node.args and name + "()" in TEXTS:
        return TEXTS[name + "()"]
    if name == "tuple" and len(node.args) == 1:
        return value(node.args[0], python, constants)
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("startswith", "endswith", "lower"):
        text = value(node.func.value, python, constants)
        arguments = [value(a, python, constants) for a in node.args]
        if isinstance(text, str) and all(isinstance(a, (str, tuple)) for a in arguments):
            try:
                return getattr(text, node.func.attr)(*arguments)
            except TypeError:
                return UNKNOWN
    if name == "hasattr" and len(node.args) == 2:
        owner, what = dotted(node.args[0]), value(node.args[1], python, constants)
        if owner == "sys" and isinstance(what, str) and ("pypy" in what or what in ("getwindowsversion", "winver")):
            return False
    return UNKNOWN


def _bool_op(test: ast.BoolOp, python: Python, constants: Mapping[str, object]) -> bool | None:
    parts = [decide(part, python, constants) for part in test.values]
    stop = isinstance(test.op, ast.Or)
    if stop in parts:
        return stop
    return None if None in parts else not stop


def _compare(test: ast.Compare, python: Python, constants: Mapping[str, object]) -> bool | None:
    if dotted(test.left) == "__name__" and len(test.ops) == 1:
        other = value(test.comparators[0], python, constants)
        if other == "__main__":
            return isinstance(test.ops[0], ast.NotEq)
    values = [value(node, python, constants) for node in (test.left, *test.comparators)]
    if any(v is UNKNOWN for v in values):
        return None
    try:
        return all(_one(op, a, b) for op, a, b in zip(test.ops, values, values[1:], strict=False))
    except TypeError:
        return None


def _one(op: ast.cmpop, a: Any, b: Any) -> bool:
    return bool(OPERATORS[type(op)](a, b))
