"""Reads what a module promises beyond what it binds: lazy loaders and module-level `__getattr__`.

Decides which names they can yield and whether that set is closed; never runs them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tts_doctor.model.module import LazyName
from tts_doctor.parse.condition import dotted
from tts_doctor.parse.module_lines import absolute

LAZY_MODULES = frozenset({"LazyModule", "LazyImportModule"})
"""Without leading underscores."""
Table = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Lazy:
    """`closed`: no other name than `names` can come this way."""

    names: tuple[LazyName, ...] = ()
    closed: bool = True
    stub: bool = False


def strings(node: ast.AST | None) -> tuple[str, ...]:
    """String constants of a literal list, tuple or set; of a literal dict its keys."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.Dict):
        return tuple(k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str))
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return tuple(e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str))
    if isinstance(node, ast.BinOp):
        return strings(node.left) + strings(node.right)
    return ()


def literal_names(node: ast.AST | None) -> frozenset[str] | None:
    """The strings of a wholly literal collection (keys of a dict); None where any part is computed."""
    if (
        isinstance(node, ast.Call)
        and dotted(node.func) in ("set", "frozenset", "tuple", "list")
        and len(node.args) == 1
    ):
        return literal_names(node.args[0])
    if isinstance(node, ast.Call) and dotted(node.func) == "dict" and not node.args:
        names = [k.arg for k in node.keywords]
        return None if None in names else frozenset(n for n in names if n)
    if isinstance(node, ast.Dict):
        parts: Sequence[ast.AST | None] = node.keys
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = node.elts
    else:
        return None
    found = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    return frozenset(found) if len(found) == len(parts) else None


def structure_entries(statement: ast.stmt, variable: str) -> Table:
    """Submodule -> names that one statement puts into the import structure `variable`."""
    found: Table = {}
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name) and target.id == variable and isinstance(statement.value, ast.Dict):
            for key, val in zip(statement.value.keys, statement.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found[key.value] = strings(val)
        elif isinstance(target, ast.Subscript) and dotted(target.value) == variable:
            for key_name in strings(target.slice):
                found[key_name] = strings(statement.value)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Subscript):
            if dotted(function.value.value) == variable:
                for key_name in strings(function.value.slice):
                    found[key_name] = tuple(s for a in statement.value.args for s in strings(a))
        elif isinstance(function, ast.Attribute) and dotted(function.value) == variable and statement.value.args:
            for name, names in _dict_items(statement.value.args[0]):
                found[name] = strings(names)
    return found


def _dict_items(node: ast.expr) -> list[tuple[str, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(s, v) for k, v in zip(node.keys, node.values, strict=True) for s in strings(k)]


def from_table(package: str, table: Table, guarded: bool) -> tuple[LazyName, ...]:
    """The lazy names of an import structure: its submodules and what each yields."""
    found = []
    for submodule, names in table.items():
        module = absolute(package, True, 1, submodule) if submodule else package
        found.append(LazyName(submodule.rpartition(".")[2], module, guarded))
        found += [LazyName(name, module, guarded) for name in names]
    return tuple(found)


def attach(call: ast.Call, package: str, literals: Mapping[str, ast.Dict]) -> Lazy:
    """`lazy_loader.attach(__name__, submodules, submod_attrs)` and its kin; `literals` are the module's named dicts."""
    arguments: dict[str, ast.expr] = dict(zip(("package", "submodules", "submod_attrs"), call.args, strict=False))
    arguments.update({k.arg: k.value for k in call.keywords if k.arg})
    submodules, attributes = (
        literals.get(a.id, a) if isinstance(a, ast.Name) else a
        for a in (arguments.get("submodules"), arguments.get("submod_attrs"))
    )
    names = [LazyName(s, f"{package}.{s}") for s in strings(submodules)]
    if isinstance(attributes, ast.Dict):
        names += from_table(package, {k: strings(v) for k, v in _dict_items(attributes)}, False)
    literal = all(n is None or _is_none(n) or literal_names(n) is not None for n in (submodules, attributes))
    return Lazy(tuple(names), closed=literal)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def getattr_names(function: ast.FunctionDef, tables: Mapping[str, frozenset[str] | None]) -> frozenset[str] | None:
    """Names for which a module's `__getattr__` may return; None where any name may.

    `tables` are the module's literal collections. Follows `if name == "x"`, `if name in TABLE`, and a raise under
    `if name not in TABLE`; a condition of any other form counts as possibly true.
    """
    if not function.args.args:
        return None
    reader = _Getattr(function.args.args[0].arg, tables)
    try:
        falls_through = reader.block(function.body, None)
    except RecursionError:
        return None
    return None if reader.open or falls_through else frozenset(reader.names)


def _looks_up_globals(node: ast.expr | None) -> bool:
    """`return globals()[name]` yields nothing that the module does not bind anyway; `globals()[f"_{name}"]` does."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
        return False
    return isinstance(node.value, ast.Call) and dotted(node.value.func) == "globals"


class _Getattr:
    def __init__(self, parameter: str, tables: Mapping[str, frozenset[str] | None]) -> None:
        self.parameter = parameter
        self.tables = tables
        self.names: set[str] = set()
        self.open = False

    def block(self, body: Sequence[ast.stmt], allowed: frozenset[str] | None) -> bool:
        """Record what may return under `allowed` names (None: any); True where the end can be reached."""
        for statement in body:
            if isinstance(statement, ast.Raise):
                return False
            if isinstance(statement, ast.Return):
                if not _looks_up_globals(statement.value):
                    self._returns(allowed)
                return False
            if isinstance(statement, ast.If):
                yes, no = self._narrow(statement.test, allowed)
                through = self.block(statement.body, yes)
                through_else = self.block(statement.orelse, no)
                if not through and not through_else:
                    return False
                if not through:
                    allowed = no
            elif isinstance(statement, (ast.With, ast.AsyncWith)):
                if not self.block(statement.body, allowed):
                    return False
            elif isinstance(statement, (ast.For, ast.While)):
                self.block(statement.body, allowed)
            elif isinstance(statement, ast.Try):
                through = self.block([*statement.body, *statement.orelse], allowed)
                handlers = [self.block(h.body, allowed) for h in statement.handlers]
                if not through and not any(handlers):
                    return False
            elif isinstance(statement, ast.Match):
                self.open = True
        return True

    def _returns(self, allowed: frozenset[str] | None) -> None:
        if allowed is None:
            self.open = True
        else:
            self.names |= allowed

    def _narrow(
        self, test: ast.expr, allowed: frozenset[str] | None
    ) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """What may be in the branch and in its else."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for part in test.values:
                allowed, _ = self._narrow(part, allowed)
            return allowed, None
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yes, no = self._narrow(test.operand, allowed)
            return no, yes
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            return allowed, allowed
        left, right, op = test.left, test.comparators[0], test.ops[0]
        if not (isinstance(left, ast.Name) and left.id == self.parameter):
            return allowed, allowed
        if isinstance(op, (ast.Eq, ast.NotEq)) and isinstance(right, ast.Constant):
            named: frozenset[str] | None = frozenset({str(right.value)})
        elif isinstance(op, (ast.In, ast.NotIn)):
            named = literal_names(right) if not isinstance(right, ast.Name) else self.tables.get(right.id)
        else:
            return allowed, allowed
        yes = allowed if named is None else named if allowed is None else named & allowed
        no = allowed if allowed is None or named is None else allowed - named
        return (no, yes) if isinstance(op, (ast.NotEq, ast.NotIn)) else (yes, no)
