"""Reads from source text which members a class gets and from what it inherits. Runs nothing, follows no import."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tts_doctor.parse.syntax_tree import syntax_tree

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPUTING = ("__getattr__", "__getattribute__")
MOST_CLASSES = 64
"""Of one lineage."""


@dataclass(frozen=True)
class ClassFacts:
    """One class of a module's text."""

    members: frozenset[str]
    """Methods, class variables, and what methods assign to their first argument."""
    bases: tuple[str, ...]
    """Dotted names `module.Class`; a class that is neither imported nor defined in the module is left out."""
    open: bool
    """It may have members that its text does not spell."""


def read_class(source: bytes, name: str, module: str, is_package: bool) -> ClassFacts | str | None:
    """The class `name` of `module`; the dotted name that the module imports it from; None where neither is there."""
    tree = syntax_tree(source)
    if tree is None:
        return None
    origins: dict[str, str] = {}
    classes: dict[str, ast.ClassDef] = {}
    for node in _statements(tree.body):
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
            origins[node.name] = f"{module}.{node.name}"
        else:
            origins.update(imported(node, module if is_package else module.rpartition(".")[0]))
    if name in classes:
        return _facts(classes[name], origins)
    return origins.get(name)


def lineage(
    dotted: str, read: Callable[[str], ClassFacts | str | None]
) -> Iterator[tuple[str, ClassFacts | str | None]]:
    """The class and what it inherits from, nearest first: dotted name and what `read` says of it, each once.

    A name that `read` gives instead of a class is followed at once. Ends with `("", None)` where there are too many.
    """
    queue, seen = [dotted], set[str]()
    while queue:
        here = queue.pop(0)
        if here in seen:
            continue
        if len(seen) == MOST_CLASSES:
            yield "", None
            return
        seen.add(here)
        found = read(here)
        yield here, found
        if isinstance(found, str):
            queue.insert(0, found)
        elif found is not None:
            queue += found.bases


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the block does, those in `if`, `try` and `with` too."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            blocks = [node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])]
            blocks += [handler.body for handler in getattr(node, "handlers", [])]
            for block in blocks:
                yield from _statements(block)


def imported(node: ast.AST, package: str) -> dict[str, str]:
    """Name -> dotted name of what an import statement binds in a module of `package`; empty for other statements."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
    if not isinstance(node, ast.ImportFrom):
        return {}
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    start = ".".join([*above, *([node.module] if node.module else [])])
    return {a.asname or a.name: f"{start}.{a.name}" for a in node.names}


def _facts(node: ast.ClassDef, origins: dict[str, str]) -> ClassFacts:
    members: set[str] = set()
    for item in _statements(node.body):
        if isinstance(item, (*_FUNCTIONS, ast.ClassDef)):
            members.add(item.name)
        if isinstance(item, _FUNCTIONS):
            members.update(_assigned(item))
        for target in _targets(item):
            if isinstance(target, ast.Name):
                members.add(target.id)
    written = [name for base in node.bases for name in _written(base)]
    resolved = [_resolve(name, origins) for name in written if name]
    return ClassFacts(
        frozenset(members),
        tuple(base for base in resolved if base),
        open="" in written or not members.isdisjoint(_COMPUTING),
    )


def _assigned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Attributes that a method sets on its first argument."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    targets = [target for node in ast.walk(function) for target in _targets(node)] if arguments else []
    for target in targets:
        for part in target.elts if isinstance(target, ast.Tuple) else (target,):
            owner = part.value if isinstance(part, ast.Attribute) else None
            if isinstance(part, ast.Attribute) and isinstance(owner, ast.Name) and owner.id == arguments[0].arg:
                yield part.attr


def _targets(node: ast.AST) -> Iterable[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return (node.target,) if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else ()


def _written(base: ast.expr) -> Iterator[str]:
    """A base's dotted name as written; those in the call of a class factory; empty for what cannot be told."""
    if isinstance(base, ast.Subscript):
        yield from _written(base.value)
    elif isinstance(base, ast.Call):
        for argument in base.args:
            yield from _written(argument)
        if not base.args:
            yield ""
    elif isinstance(base, ast.Name):
        yield base.id
    elif isinstance(base, ast.Attribute):
        for name in _written(base.value):
            yield f"{name}.{base.attr}" if name else ""
    else:
        yield ""


def _resolve(written: str, origins: dict[str, str]) -> str:
    first, dot, rest = written.partition(".")
    return f"{origins[first]}{dot}{rest}" if first in origins else ""
