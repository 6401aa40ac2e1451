"""Reads the expressions of a module: what they use of imported modules, and what they bind or set unseen.

Keeps the names known so far. Decides nothing about other modules and reads no files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tts_doctor.model.module import AttributeUse, ImportUse, LazyName
from tts_doctor.parse.condition import Python, decide, dotted
from tts_doctor.parse.module_lazy import LAZY_MODULES, Table, strings

OFFERING_CALLS = re.compile(r"install_\w*(?:lazy|getattr)\w*|set_\w*(?:lazy|deprecated)\w*")
"""Functions that give their caller's module names without being passed it: they look into its frame."""
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
    "test",
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
class ExpressionReader:
    """What was gathered of one module."""

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

    def use(self, module: str, names: tuple[str, ...], line: int, ctx: Context) -> None:
        self.uses.append(ImportUse(module, names, line, ctx.imports, ctx.deferred))

    def _signature(self, args: ast.arguments, ctx: Context) -> None:
        self.expressions((d for d in (*args.defaults, *args.kw_defaults) if d is not None), ctx)
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None and arg.annotation is not None:
                self._annotation(arg.annotation, ctx)

    def _annotation(self, node: ast.expr, ctx: Context) -> None:
        if not self.future_annotations and self.python < (3, 14):
            self.expressions((node,), ctx)

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
        elif last == "globals" or (last == "exec" and not ctx.deferred):
            self.dynamic = True
        elif last in ("extend_path", "declare_namespace"):
            self.moves_path = True
        passed = [*node.args, *(k.value for k in node.keywords)]
        if not ctx.local and any(isinstance(a, ast.Name) and a.id == "__name__" for a in passed):
            harmless = last.lstrip("_") in ATTACHING or any(word in last.lower() for word in HARMLESS_CALLS)
            harmless |= last[:1].isupper()  # a class keeps the name for itself
            self.dynamic |= not harmless
        self.dynamic |= not ctx.local and bool(OFFERING_CALLS.fullmatch(last))

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


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, in no certain order; faster than `ast.walk`."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack += children(found)
