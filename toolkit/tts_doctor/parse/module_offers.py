"""Reads the assignments by which a module says what it offers: `__all__`, lazy loaders, a replaced self.

Decides nothing about other modules and reads no files.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from tts_doctor.parse.condition import UNKNOWN, dotted, value
from tts_doctor.parse.module_expressions import Context, ExpressionReader
from tts_doctor.parse.module_lazy import (
    LAZY_MODULES,
    attach,
    from_table,
    getattr_names,
    literal_names,
    strings,
    structure_entries,
)


@dataclass
class OfferReader(ExpressionReader):
    """Also notes what the module offers by name."""

    def _module_getattr(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        names = getattr_names(node, self.tables) if isinstance(node, ast.FunctionDef) else None
        if names is None:
            self.dynamic = True
        else:
            self.defines |= names

    def _named(self, name: str, node: ast.expr) -> None:
        """Remember what a module-level name is, where it is a literal or depends on the interpreter alone."""
        if name == "__all__":
            self.all, self.has_all, self.all_known = [], True, True
            self._extend_all(node)
        elif name == "__path__":
            self.moves_path = True
        known = value(node, self.python, self.constants)
        if known is not UNKNOWN and isinstance(known, (bool, str, int, tuple)) and not isinstance(node, ast.Constant):
            self.constants[name] = known
        if isinstance(node, ast.Dict):
            self.literals[name] = node
        self.tables[name] = None if name in self.tables else literal_names(node)
        if name == "__getattr__":
            self.dynamic = True

    def _extend_all(self, node: ast.expr) -> None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            self._extend_all(node.left)
            self._extend_all(node.right)
        elif isinstance(node, (ast.List, ast.Tuple)):
            names = strings(node)
            self.all += names
            self.all_known &= len(names) == len(node.elts)
        elif not (isinstance(node, ast.Name) and node.id == "__all__"):
            self.all_known = False

    def _replaced(self, targets: Iterable[ast.expr], node: ast.expr, ctx: Context) -> None:
        """`sys.modules[__name__] = …`, `__getattr__, __dir__, __all__ = attach(…)`."""
        if all(isinstance(t, ast.Name) and t.id != "__getattr__" for t in targets):
            return
        names = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        replaces = any(
            isinstance(t, ast.Subscript) and dotted(t.value) == "sys.modules" and dotted(t.slice) == "__name__"
            for t in targets
        )
        if not isinstance(node, ast.Call):
            self.dynamic |= replaces or ("__getattr__" in names and not ctx.local)
            return
        function = dotted(node.func).rpartition(".")[2].lstrip("_")
        if function == "attach" and "__getattr__" in names:
            found = attach(node, self.name, self.literals)
            self.lazy += found.names
            self.dynamic |= not found.closed
        elif function == "attach_stub" and "__getattr__" in names:
            self.stub = True
        elif function in LAZY_MODULES and replaces:
            self._lazy_module(node)
        elif replaces or ("__getattr__" in names and not ctx.local):
            self.dynamic = True

    def _lazy_module(self, call: ast.Call) -> None:
        variables = [a.id for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Name)]
        known = [v for v in variables if v in self.structures]
        if not known:
            self.dynamic = True
            return
        for variable in known:
            for table, guarded in self.structures[variable]:
                self.lazy += from_table(self.name, table, guarded)
        for keyword in call.keywords:
            if keyword.arg == "extra_objects":
                self.defines.update(strings(keyword.value))
                self.dynamic |= literal_names(keyword.value) is None

    def _structure(self, node: ast.stmt, ctx: Context) -> None:
        """Note what a statement adds to an import structure such as transformers' `_import_structure`."""
        variable = _base_name(node)
        if not ctx.local and variable and "import" in variable.lower():
            table = structure_entries(node, variable)
            self.structures.setdefault(variable, []).append((table, ctx.imports))


def _base_name(node: ast.stmt) -> str:
    """The variable that a statement fills: `x = …`, `x[…] = …`, `x[…].append(…)`, `x.update(…)`."""
    part: ast.AST = node
    with contextlib.suppress(AttributeError, IndexError):
        if isinstance(node, ast.Expr):
            part = node.value.func.value  # type: ignore[attr-defined]
        else:
            part = node.targets[0] if isinstance(node, ast.Assign) else node.target  # type: ignore[attr-defined]
        if isinstance(part, ast.Subscript):
            part = part.value
    return part.id if isinstance(part, ast.Name) else ""
