"""Walks a module's syntax tree in the order of execution and gathers what importing it binds and uses.

Decides nothing about other modules and reads no files. Anything that could bind names unseen makes it `dynamic`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tts_doctor.parse.condition import decide, dotted
from tts_doctor.parse.module_conditions import TRANSPARENT
from tts_doctor.parse.module_expressions import FUNCTIONS, Alias, Context, children, guard, nodes_of
from tts_doctor.parse.module_lines import absolute
from tts_doctor.parse.module_offers import OfferReader

CATCH_IMPORT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
CATCH_ATTRIBUTE = frozenset({"AttributeError", "Exception", "BaseException"})


@dataclass
class Walker(OfferReader):
    """Reads one module's statements."""

    def run(self, tree: ast.Module) -> None:
        """Read the whole module: first what executes at import time, then the functions' bodies."""
        self.block(tree.body, Context())
        while self.later:
            node, ctx = self.later.pop()
            self._body(node, ctx)

    def block(self, body: Sequence[ast.stmt], ctx: Context) -> None:
        for statement in body:
            handler = STATEMENTS.get(type(statement))
            if handler is not None:
                handler(self, statement, ctx)
            else:
                self.expressions(children(statement), ctx)

    def imported(self, node: ast.Import | ast.ImportFrom) -> Iterable[tuple[str, Alias]]:
        """Name and meaning of everything that an import statement binds; star imports bind nothing here."""
        if isinstance(node, ast.Import):
            for item in node.names:
                top = item.name.partition(".")[0]
                yield item.asname or top, (item.name if item.asname else top, "")
            return
        module = absolute(self.name, self.is_package, node.level, node.module or "")
        for item in node.names:
            if item.name != "*":
                yield item.asname or item.name, (module, item.name)

    def _import(self, node: ast.Import, ctx: Context) -> None:
        for item in node.names:
            self.use(item.name, (), node.lineno, ctx)
            self._submodule(item.name, ctx)
        for name, alias in self.imported(node):
            self.bind(name, ctx, alias)

    def _import_from(self, node: ast.ImportFrom, ctx: Context) -> None:
        module = absolute(self.name, self.is_package, node.level, node.module or "")
        if module == "__future__":
            self.future_annotations |= any(item.name == "annotations" for item in node.names)
        self.use(module, tuple(item.name for item in node.names), node.lineno, ctx)
        for name, alias in self.imported(node):
            self.bind(name, ctx, alias)
            self.dynamic |= name == "__getattr__" and not ctx.local
        self._submodule(module, ctx)

    def _submodule(self, module: str, ctx: Context) -> None:
        """Importing a package's own submodule binds it in the package."""
        if self.is_package and not ctx.deferred and module.startswith(self.name + "."):
            self.defines.add(module[len(self.name) + 1 :].partition(".")[0])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, ctx: Context) -> None:
        if not ctx.local and node.name == "__getattr__":
            self._module_getattr(node)
        self.expressions(node.decorator_list, ctx)
        self._signature(node.args, ctx)
        if node.returns is not None:
            self._annotation(node.returns, ctx)
        self.bind(node.name, ctx)
        if node.name != "__dir__" and not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)):
            self.later.append((node, ctx))

    def _body(self, node: ast.AST, ctx: Context) -> None:
        """A function's body, which importing does not run."""
        assert isinstance(node, FUNCTIONS)
        args = node.args
        names = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg) if a}
        aliases = dict(ctx.aliases)
        body: list[ast.stmt] = node.body if not isinstance(node, ast.Lambda) else [ast.Expr(node.body)]
        shared: set[str] = set()
        for statement in body:
            for inner in nodes_of(statement):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names.add(inner.id)
                elif isinstance(inner, ast.Global):
                    shared.update(inner.names)
                elif isinstance(inner, (ast.Import, ast.ImportFrom)):
                    for name, alias in self.imported(inner):
                        aliases[name] = alias if aliases.get(name, alias) == alias else ("", "")
        self.defines |= shared & (names | aliases.keys())
        hidden = ctx.hidden | frozenset(names)
        inside = Context(deferred=True, hidden=hidden, local=True, aliases=_without(aliases, names))
        if ctx.deferred:
            inside = replace(inside, imports=ctx.imports, attributes=ctx.attributes)
        self.block(body, inside)

    def _class(self, node: ast.ClassDef, ctx: Context) -> None:
        self.dynamic |= node.name == "__getattr__" and not ctx.local
        self.dynamic |= any(dotted(d).rpartition(".")[2] == "global_enum" for d in node.decorator_list)
        self.expressions((*node.decorator_list, *node.bases, *(k.value for k in node.keywords)), ctx)
        inner = (n for s in node.body for n in _own_nodes(s) if isinstance(n, ast.Name))
        own = {n.id for n in inner if isinstance(n.ctx, ast.Store)}
        own |= {n.name for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
        self.block(node.body, replace(ctx, local=True, hidden=ctx.hidden | own))
        self.bind(node.name, ctx)

    def _assign(self, node: ast.Assign, ctx: Context) -> None:
        self.expressions((node.value,), ctx)
        for item in node.targets:
            self.target(item, ctx)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and not ctx.local:
            self._named(node.targets[0].id, node.value)
        self._replaced(node.targets, node.value, ctx)
        self._structure(node, ctx)

    def _ann_assign(self, node: ast.AnnAssign, ctx: Context) -> None:
        if not ctx.deferred:
            self._annotation(node.annotation, ctx)
        if node.value is None:
            return
        self.expressions((node.value,), ctx)
        self.target(node.target, ctx)
        if isinstance(node.target, ast.Name) and not ctx.local:
            self._named(node.target.id, node.value)
        self._structure(node, ctx)

    def _aug_assign(self, node: ast.AugAssign, ctx: Context) -> None:
        self.expressions((node.value,), ctx)
        if isinstance(node.target, ast.Name):
            if node.target.id == "__all__" and not ctx.local:
                self._extend_all(node.value)
            self.tables.pop(node.target.id, None)
            self.moves_path |= node.target.id == "__path__" and not ctx.local
        self.target(node.target, ctx)
        self._structure(node, ctx)

    def _delete(self, node: ast.Delete, ctx: Context) -> None:
        for item in node.targets:
            names = item.elts if isinstance(item, (ast.Tuple, ast.List)) else [item]
            for name in names:
                if isinstance(name, ast.Name) and not ctx.local:
                    self.aliases.pop(name.id, None)
                    if not ctx.imports:
                        self.defines.discard(name.id)
                else:
                    self.expressions((name,), ctx)

    def _if(self, node: ast.If, ctx: Context) -> None:
        truth = decide(node.test, self.python, self.constants)
        self.expressions((node.test,), ctx)
        if truth is not False:
            self.block(node.body, ctx if truth else guard(ctx))
        if truth is not True:
            self.block(node.orelse, ctx if truth is False else guard(ctx))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, ctx: Context) -> None:
        if isinstance(node, ast.While):
            self.expressions((node.test,), ctx)
        else:
            self.expressions((node.iter,), ctx)
            self.target(node.target, ctx)
        inner = guard(ctx)
        self.block(node.body, inner)
        self.block(node.orelse, inner)

    def _try(self, node: ast.Try, ctx: Context) -> None:
        body = ctx
        for handler in node.handlers:
            if handler.body and isinstance(handler.body[-1], ast.Raise):
                continue
            caught = _caught(handler.type)
            body = replace(
                body,
                imports=body.imports or bool(caught & CATCH_IMPORT),
                attributes=body.attributes or bool(caught & CATCH_ATTRIBUTE),
            )
        self.block(node.body, body)
        inner = guard(ctx)
        for handler in node.handlers:
            if handler.type is not None:
                self.expressions((handler.type,), ctx)
            self.block(handler.body, inner)
        self.block(node.orelse, inner if node.handlers else ctx)
        self.block(node.finalbody, ctx)

    def _with(self, node: ast.With | ast.AsyncWith, ctx: Context) -> None:
        inner = ctx
        for item in node.items:
            self.expressions((item.context_expr,), ctx)
            if item.optional_vars is not None:
                self.target(item.optional_vars, ctx)
            call = item.context_expr
            name = dotted(call.func) if isinstance(call, ast.Call) else dotted(call)
            if name.rpartition(".")[2] not in TRANSPARENT:
                inner = guard(inner)
        self.block(node.body, inner)

    def _match(self, node: ast.Match, ctx: Context) -> None:
        self.expressions((node.subject,), ctx)
        inner = guard(ctx)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self.bind(name, ctx)
            self.block(case.body, inner)

    def _expr(self, node: ast.Expr, ctx: Context) -> None:
        self.expressions((node.value,), ctx)
        call = node.value
        if not isinstance(call, ast.Call):
            return
        owner, _, method = dotted(call.func).rpartition(".")
        if ctx.local:
            self.all_known &= owner != "__all__" or "__all__" in ctx.hidden
            return
        if owner == "__all__":
            if method in ("extend", "append") and call.args:
                self._extend_all(call.args[0] if method == "extend" else ast.List([call.args[0]], ast.Load()))
            else:
                self.all_known &= method in ("sort", "remove")
        if owner in self.tables:
            self.tables[owner] = None
        self._structure(node, ctx)


def _without(aliases: Mapping[str, Alias], names: set[str]) -> dict[str, Alias]:
    return {name: alias for name, alias in aliases.items() if name not in names}


def _own_nodes(statement: ast.stmt) -> Iterable[ast.AST]:
    return () if isinstance(statement, (*FUNCTIONS, ast.ClassDef)) else ast.walk(statement)


def _caught(node: ast.expr | None) -> frozenset[str]:
    if node is None:
        return frozenset({"BaseException"})
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return frozenset(dotted(p).rpartition(".")[2] for p in parts)


STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Import: Walker._import,
    ast.ImportFrom: Walker._import_from,
    ast.FunctionDef: Walker._function,
    ast.AsyncFunctionDef: Walker._function,
    ast.ClassDef: Walker._class,
    ast.Assign: Walker._assign,
    ast.AnnAssign: Walker._ann_assign,
    ast.AugAssign: Walker._aug_assign,
    ast.Delete: Walker._delete,
    ast.If: Walker._if,
    ast.For: Walker._loop,
    ast.AsyncFor: Walker._loop,
    ast.While: Walker._loop,
    ast.Try: Walker._try,
    ast.With: Walker._with,
    ast.AsyncWith: Walker._with,
    ast.Match: Walker._match,
    ast.Expr: Walker._expr,
}
if hasattr(ast, "TryStar"):
    STATEMENTS[ast.TryStar] = Walker._try
