"""Walks a module's syntax tree in the order of execution and gathers what importing it binds and uses.

Decides nothing about other modules and reads no files. Anything that could bind names unseen makes it `dynamic`.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tts_doctor.model.module import AttributeUse, ImportUse, LazyName
from tts_doctor.parse.condition import UNKNOWN, Python, decide, dotted, value
from tts_doctor.parse.module_lazy import (
    LAZY_MODULES,
    Table,
    attach,
    from_table,
    getattr_names,
    literal_names,
    strings,
    structure_entries,
)
from tts_doctor.parse.module_lines import absolute

CATCH_IMPORT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
CATCH_ATTRIBUTE = frozenset({"AttributeError", "Exception", "BaseException"})
TRANSPARENT = ("catch_warnings", "errstate", "open", "Lock", "lock", "nullcontext", "patch_environment", "timer")
ATTACHING = LAZY_MODULES | {"attach", "attach_stub"}
HARMLESS_CALLS = (
    "log",
    "import",
    "resource",
    "files",
    "version",
    "require",
    "path",
    "read",
    "flask",
    "blueprint",
    "warn",
)
"""Parts of the names of functions that take `__name__` and leave the module alone."""
READS = frozenset({"get", "keys", "items", "values", "copy", "__contains__"})
DULL = frozenset({"ctx", "op", "ops", "kind", "attr", "id", "type_comment", "lineno"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


Alias = tuple[str, str]
"""Module and attribute path that a name stands for; the module is empty where it may be several."""


@dataclass(frozen=True)
class Context:
    """Where a statement stands."""

    imports: bool = False
    """A failing import does no harm here."""
    attributes: bool = False
    """Nor does a missing attribute."""
    deferred: bool = False
    hidden: frozenset[str] = frozenset()
    """Names that mean something local here (parameters, class attributes)."""
    local: bool = False
    """Bindings are not the module's."""
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    """Imported names of the enclosing functions."""


def guard(ctx: Context) -> Context:
    """The same place, reached only under some condition."""
    return replace(ctx, imports=True, attributes=True)


@dataclass
class Walker:
    name: str
    is_package: bool
    python: Python
    defines: set[str] = field(default_factory=set)
    uses: list[ImportUse] = field(default_factory=list)
    attributes: dict[tuple[str, str, bool], AttributeUse] = field(default_factory=dict)
    lazy: list[LazyName] = field(default_factory=list)
    patches: set[tuple[str, str]] = field(default_factory=set)
    dynamic: bool = False
    stub: bool = False
    moves_path: bool = False
    all: list[str] = field(default_factory=list)
    has_all: bool = False
    all_known: bool = True
    future_annotations: bool = False
    aliases: dict[str, Alias] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)
    tables: dict[str, frozenset[str] | None] = field(default_factory=dict)
    literals: dict[str, ast.Dict] = field(default_factory=dict)
    structures: dict[str, list[tuple[Table, bool]]] = field(default_factory=dict)
    probed: set[str] = field(default_factory=set)
    later: list[tuple[ast.AST, Context]] = field(default_factory=list)

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

    # -- bindings ------------------------------------------------------------------------------------------------

    def bind(self, name: str, ctx: Context, alias: tuple[str, str] | None = None) -> None:
        if ctx.local:
            return
        self.defines.add(name)
        self.constants.pop(name, None)
        if alias is None or ctx.imports or self.aliases.get(name, alias) != alias:
            self.aliases.pop(name, None)
        else:
            self.aliases[name] = alias

    def target(self, node: ast.expr, ctx: Context) -> None:
        """Bind an assignment's target."""
        if isinstance(node, ast.Name):
            self.bind(node.id, ctx)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.target(element, ctx)
        elif isinstance(node, ast.Starred):
            self.target(node.value, ctx)
        elif isinstance(node, ast.Attribute):
            self._set_attribute(node, ctx)
        elif isinstance(node, ast.Subscript):
            owner = dotted(node.value.func) if isinstance(node.value, ast.Call) else dotted(node.value)
            if owner in ("globals", "vars", "locals") or owner.endswith(".__dict__"):
                self.dynamic |= owner == "globals" or not ctx.local
            elif owner == "sys.modules":
                self._new_module(node.slice)
            self.expressions((node.value, node.slice), ctx)

    def _new_module(self, key: ast.expr) -> None:
        """`sys.modules[key] = …`; the module's own name is the business of `_replaced`."""
        self.patches.update((name, "") for name in strings(key))
        self.dynamic |= not strings(key) and dotted(key) != "__name__"

    def _set_attribute(self, node: ast.Attribute, ctx: Context) -> None:
        alias = self.resolve(dotted(node.value), ctx)
        if alias is not None:
            self.patches.add((".".join(filter(None, alias)), node.attr))
        self.expressions((node.value,), ctx)

    def resolve(self, chain: str, ctx: Context) -> tuple[str, str] | None:
        """(module, attribute path) of a dotted chain that starts at an imported name."""
        first, _, rest = chain.partition(".")
        alias = ctx.aliases.get(first) or (None if first in ctx.hidden else self.aliases.get(first))
        if not first or alias is None or not alias[0]:
            return None
        return alias[0], ".".join(filter(None, (alias[1], rest)))

    # -- statements ----------------------------------------------------------------------------------------------

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
        self._submodule(module, ctx)

    def _submodule(self, module: str, ctx: Context) -> None:
        """Importing a package's own submodule binds it in the package."""
        if self.is_package and not ctx.deferred and module.startswith(self.name + "."):
            self.defines.add(module[len(self.name) + 1 :].partition(".")[0])

    def use(self, module: str, names: tuple[str, ...], line: int, ctx: Context) -> None:
        self.uses.append(ImportUse(module, names, line, ctx.imports, ctx.deferred))

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

    def _signature(self, args: ast.arguments, ctx: Context) -> None:
        self.expressions((d for d in (*args.defaults, *args.kw_defaults) if d is not None), ctx)
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None and arg.annotation is not None:
                self._annotation(arg.annotation, ctx)

    def _annotation(self, node: ast.expr, ctx: Context) -> None:
        if not self.future_annotations and self.python < (3, 14):
            self.expressions((node,), ctx)

    def _module_getattr(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        names = getattr_names(node, self.tables) if isinstance(node, ast.FunctionDef) else None
        if names is None:
            self.dynamic = True
        else:
            self.defines |= names

    def _body(self, node: ast.AST, ctx: Context) -> None:
        """A function's body, which importing does not run."""
        assert isinstance(node, FUNCTIONS)
        args = node.args
        names = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg) if a}
        aliases = dict(ctx.aliases)
        body: list[ast.stmt] = node.body if not isinstance(node, ast.Lambda) else [ast.Expr(node.body)]
        shared: set[str] = set()
        for statement in body:
            for inner in ast.walk(statement):
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

    # -- expressions ---------------------------------------------------------------------------------------------

    def expressions(self, nodes: Iterable[ast.AST], ctx: Context) -> None:
        """Attribute chains on imported names, walrus bindings, calls that bind names; lambdas count as deferred."""
        stack = list(nodes)
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is ast.Constant or kind is ast.Name:
                continue
            if kind is ast.Attribute:
                chain = dotted(node)  # type: ignore[arg-type]
                if chain:
                    self._attribute(chain, node, ctx)
                    continue
                if isinstance(node, ast.Attribute) and node.attr in READS and _is_globals(node.value):
                    continue
            elif kind is ast.Subscript:
                assert isinstance(node, ast.Subscript)
                if isinstance(node.ctx, ast.Load) and _is_globals(node.value):
                    stack.append(node.slice)
                    continue
            elif kind is ast.Compare:
                assert isinstance(node, ast.Compare)
                stack += [n for n in (node.left, *node.comparators) if not _is_globals(n)]
                continue
            elif kind is ast.Lambda:
                assert isinstance(node, ast.Lambda)
                self._signature(node.args, ctx)
                self.later.append((node, ctx))
                continue
            elif kind is ast.IfExp:
                assert isinstance(node, ast.IfExp)
                self._if_expression(node, ctx)
                continue
            elif kind is ast.BoolOp:
                assert isinstance(node, ast.BoolOp)
                self.expressions(node.values[:1], ctx)
                self.expressions(node.values[1:], guard(ctx))
                continue
            elif kind is ast.NamedExpr:
                assert isinstance(node, ast.NamedExpr)
                self.target(node.target, ctx)
            elif kind is ast.Call:
                assert isinstance(node, ast.Call)
                self._call(node, ctx)
            stack.extend(children(node))

    def _if_expression(self, node: ast.IfExp, ctx: Context) -> None:
        truth = decide(node.test, self.python, self.constants)
        self.expressions((node.test,), ctx)
        inner = ctx if truth is not None else guard(ctx)
        self.expressions((() if truth is False else (node.body,)), inner)
        self.expressions((() if truth else (node.orelse,)), inner)

    def _attribute(self, chain: str, node: ast.AST, ctx: Context) -> None:
        if chain.startswith("sys.path.") and chain.rpartition(".")[2] in ("insert", "append", "extend"):
            self.moves_path |= not ctx.deferred
        alias = self.resolve(chain, ctx)
        if alias is None:
            return
        module, attribute = alias
        key = (module, attribute, ctx.deferred)
        other = self.attributes.get(key)
        if attribute and (other is None or (other.guarded and not ctx.attributes)):
            line = getattr(node, "lineno", 0)
            self.attributes[key] = AttributeUse(module, attribute, line, ctx.attributes, ctx.deferred)

    def _call(self, node: ast.Call, ctx: Context) -> None:
        last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        first = node.args[0] if node.args else None
        if last in ("hasattr", "getattr") and len(node.args) > 1 + (last == "getattr"):
            self.probed.update(strings(node.args[1]))
        elif last in ("hasattr", "getattr", "setattr", "delattr") and len(node.args) > 1:
            self._set_by_name(node, last, ctx)
        elif last in ("import_module", "__import__") and len(node.args) == 1:
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith("."):
                self.use(first.value, (), node.lineno, ctx)
        elif (last == "exec" and not ctx.deferred) or last == "globals":
            self.dynamic = True
        elif last in ("extend_path", "declare_namespace"):
            self.moves_path = True
        passed = [*node.args, *(k.value for k in node.keywords)]
        if not ctx.local and any(isinstance(a, ast.Name) and a.id == "__name__" for a in passed):
            harmless = last.lstrip("_") in ATTACHING or any(word in last.lower() for word in HARMLESS_CALLS)
            self.dynamic |= not harmless

    def _set_by_name(self, node: ast.Call, last: str, ctx: Context) -> None:
        owner = node.args[0]
        if last != "setattr":
            return
        if isinstance(owner, ast.Subscript) and dotted(owner.value) == "sys.modules":
            self.dynamic = True
        alias = self.resolve(dotted(owner), ctx)
        for name in strings(node.args[1]) if alias else ():
            assert alias is not None
            self.patches.add((".".join(filter(None, alias)), name))


def _is_globals(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "vars")


def children(node: ast.AST) -> list[ast.AST]:
    """Child nodes that may hold something of interest; faster than `ast.iter_child_nodes`."""
    found: list[ast.AST] = []
    for name in node._fields:
        if name in DULL:
            continue
        part = getattr(node, name, None)
        if isinstance(part, list):
            found += [p for p in part if isinstance(p, ast.AST)]
        elif isinstance(part, ast.AST):
            found.append(part)
    return found


def _without(aliases: Mapping[str, Alias], names: set[str]) -> dict[str, Alias]:
    return {name: alias for name, alias in aliases.items() if name not in names}


def _own_nodes(statement: ast.stmt) -> Iterable[ast.AST]:
    return () if isinstance(statement, (*FUNCTIONS, ast.ClassDef)) else ast.walk(statement)


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
