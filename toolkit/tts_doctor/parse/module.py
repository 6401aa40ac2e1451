"""Reads one Python source file: what importing it binds, imports and uses.

Reads text only and runs nothing. Syntax that our own parser does not know (Python 2, newer than ours) is read line by
line and then never claimed to be complete.
"""

from __future__ import annotations

import ast

from tts_doctor.model.module import AttributeUse, ImportUse, LazyName, ModuleFacts
from tts_doctor.parse.module_lines import MAX_BYTES, read_lines
from tts_doctor.parse.module_strip import without_bodies
from tts_doctor.parse.module_walk import Walker
from tts_doctor.parse.syntax_tree import syntax_tree

__all__ = [
    "AttributeUse",
    "ImportUse",
    "LazyName",
    "ModuleFacts",
    "accepts_keyword",
    "exports",
    "read_module",
    "read_stub",
]

ALWAYS = frozenset(
    {
        "__name__",
        "__doc__",
        "__package__",
        "__loader__",
        "__spec__",
        "__file__",
        "__cached__",
        "__builtins__",
        "__dict__",
    }
)


def read_module(
    source: bytes, name: str, is_package: bool, python: tuple[int, int], *, deep: bool = True
) -> ModuleFacts:
    """Facts of a module's source. `name` is its absolute dotted name, `python` the patient's minor version.

    Without `deep` what only functions' bodies use is left out, several times faster. Never raises for any input; files
    over 4 MB are read line by line.
    """
    tree = None if deep else _parse(without_bodies(source) or b"\0")
    tree = tree or _parse(source)
    if tree is None:
        return read_lines(source, name, is_package)
    walker = Walker(name, is_package, python)
    try:
        walker.run(tree)
    except (RecursionError, MemoryError):
        return read_lines(source, name, is_package)
    return _facts(walker)


def read_stub(source: bytes, name: str, is_package: bool) -> tuple[LazyName, ...]:
    """Lazy names that a `.pyi` file promises to `lazy_loader.attach_stub`: name and the module that yields it."""
    facts = read_module(source, name, is_package, (0, 0))
    found = []
    for use in facts.uses:
        for item in use.names:
            found.append(LazyName(item, f"{use.module}.{item}" if use.module == name else use.module))
    return tuple(found)


def exports(facts: ModuleFacts, name: str) -> bool | None:
    """Whether `from module import name` finds the name in this file; None where this file alone cannot say.

    False says nothing of a submodule of that name, which is another file.
    """
    if name in facts.defines or name in ALWAYS or (name == "__path__" and facts.is_package):
        return True
    if any(lazy.name == name for lazy in facts.lazy):
        return True
    return None if facts.dynamic or facts.stub or facts.stars else False


def accepts_keyword(source: bytes, function: str, keyword: str) -> bool | None:
    """Whether `function` (`name`, or `Class.method`; a bare class means its `__init__`) takes `keyword`.

    `*3` asks for three positional arguments (`self` counts), `-x` for a call without the argument x. None where the
    text cannot say: no such function, `**kwargs`, or a decorator that mentions the keyword.
    """
    tree = _parse(source)
    if tree is None:
        return None
    try:
        found = _functions(tree, function)
    except RecursionError:
        return None
    answers = {_accepts(node, keyword) for node in found}
    if True in answers:
        return True
    return False if answers == {False} else None


def _parse(source: bytes) -> ast.Module | None:
    return None if len(source) > MAX_BYTES else syntax_tree(source)


def _facts(walker: Walker) -> ModuleFacts:
    probed = walker.probed
    attributes = tuple(a for a in walker.attributes.values() if probed.isdisjoint(a.attribute.split(".")))
    stars = tuple(dict.fromkeys(u.module for u in walker.uses if u.names == ("*",) and not u.deferred))
    return ModuleFacts(
        name=walker.name,
        is_package=walker.is_package,
        defines=frozenset(walker.defines),
        stars=stars,
        uses=tuple(walker.uses),
        attributes=attributes,
        lazy=tuple(dict.fromkeys(walker.lazy)),
        dynamic=walker.dynamic,
        stub=walker.stub,
        all=tuple(walker.all) if walker.has_all and walker.all_known else None,
        has_all=walker.has_all,
        patches=tuple(sorted(walker.patches)),
        moves_path=walker.moves_path,
    )


def _functions(tree: ast.Module, function: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    *owners, last = function.split(".")
    bodies: list[list[ast.stmt]] = [tree.body]
    for owner in owners:
        bodies = [
            n.body for body in bodies for n in _definitions(body) if isinstance(n, ast.ClassDef) and n.name == owner
        ]
    found: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for body in bodies:
        for node in _definitions(body):
            if isinstance(node, ast.ClassDef) and node.name == last:
                found += _functions(ast.Module(node.body, []), "__init__")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == last:
                found.append(node)
    return found


def _definitions(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of a block and of the branches within it."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, (ast.If, ast.Try)):
            branches = [node.body, node.orelse]
            if isinstance(node, ast.Try):
                branches += [h.body for h in node.handlers]
            for branch in branches:
                found += _definitions(branch)
    return found


def _accepts(node: ast.FunctionDef | ast.AsyncFunctionDef, keyword: str) -> bool | None:
    positional = [*node.args.posonlyargs, *node.args.args]
    if keyword.startswith("*"):
        return node.args.vararg is not None or len(positional) >= int(keyword[1:] or 0)
    if keyword.startswith("-"):
        optional = positional[len(positional) - len(node.args.defaults) :]
        optional += [a for a, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if default]
        every = {arg.arg for arg in (*positional, *node.args.kwonlyargs)}
        return keyword[1:] not in every or any(arg.arg == keyword[1:] for arg in optional)
    if any(arg.arg == keyword for arg in (*node.args.args, *node.args.kwonlyargs)):
        return True
    if node.args.kwarg is not None:
        return None
    for decorator in node.decorator_list:
        for part in ast.walk(decorator):
            if isinstance(part, ast.Constant) and part.value == keyword:
                return None
    return False
