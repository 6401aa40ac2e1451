"""What importing a module binds, imports and uses, from its text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guards import ends_within

from tts_doctor.parse.module import ModuleFacts, accepts_keyword, exports, read_module, read_stub
from tts_doctor.parse.module_scan import literal_all

PYTHON = (3, 10)


def read(
    source: str, name: str = "pkg.mod", *, is_package: bool = False, python: tuple[int, int] = PYTHON
) -> ModuleFacts:
    return read_module(source.encode(), name, is_package, python)


BINDINGS = [
    ("def f(): pass", {"f"}, set()),
    ("class C:\n    inner = 1", {"C"}, {"inner"}),
    ("a = b = 1; (c, [d, *e]) = x", {"a", "b", "c", "d", "e"}, {"x"}),
    ("import os.path as p, json.decoder", {"p", "json"}, {"os", "decoder"}),
    ("from .x import y as z", {"z"}, {"y"}),
    ("if (n := 3): pass", {"n"}, set()),
    ("with open('f') as fh: pass", {"fh"}, set()),
    ("for i in range(3): j = i", {"i", "j"}, set()),
    ("a: int\nb: int = 1", {"b"}, {"a"}),
    ("a = 1\ndel a", set(), {"a"}),
    ("try:\n    1\nexcept E as e:\n    k = 1", {"k"}, {"e"}),
    ("def f():\n    global g\n    g = 1\n    local = 2", {"f", "g"}, {"local"}),
    ("import sys\nif sys.version_info >= (3, 11): a = 1\nelse: b = 1", {"b"}, {"a"}),
    ("import sys\nPY2 = sys.version_info[0] == 2\nif PY2: a = 1\nelse: b = 1", {"b"}, {"a"}),
    ("import sys\nif sys.platform == 'win32': a = 1\nelif sys.platform.startswith('linux'): b = 1", {"b"}, {"a"}),
    ("import os\nif os.name == 'nt': a = 1", set(), {"a"}),
    ("from typing import TYPE_CHECKING\nif TYPE_CHECKING: a = 1\nelse: b = 1", {"b"}, {"a"}),
    ("if unknown(): a = 1\nelse: b = 1", {"a", "b"}, set()),
    ("if __name__ == '__main__': a = 1", set(), {"a"}),
    ("from matplotlib import x\nmatch x:\n    case [q]: w = 1", {"q", "w"}, set()),
]


@pytest.mark.parametrize("source, bound, absent", BINDINGS, ids=[row[0][:40] for row in BINDINGS])
def test_binds(source: str, bound: set[str], absent: set[str]) -> None:
    facts = read(source)
    assert (bound, set()) == (bound & facts.defines, absent & facts.defines)


USES = [
    ("import a.b", ("a.b", (), False, False)),
    ("from ..c import d", ("pkg.c", ("d",), False, False)),
    ("try:\n    import a\nexcept ImportError: a = None", ("a", (), True, False)),
    ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError): pass", ("a", (), True, False)),
    ("try:\n    import a\nexcept ValueError: pass", ("a", (), False, False)),
    (
        "try:\n    import a\nexcept ImportError as e:\n    raise RuntimeError('install a') from e",
        ("a", (), False, False),
    ),
    ("if is_a_available(): import a", ("a", (), True, False)),
    ("with contextlib.suppress(ImportError):\n    import a", ("a", (), True, False)),
    ("with warnings.catch_warnings():\n    import a", ("a", (), False, False)),
    ("def f():\n    import a", ("a", (), False, True)),
    ("class C:\n    import a", ("a", (), False, False)),
    ("import importlib\nx = importlib.import_module('a')", ("a", (), False, False)),
]


@pytest.mark.parametrize("source, expected", USES, ids=[row[0][:50] for row in USES])
def test_import_uses(source: str, expected: tuple[str, tuple[str, ...], bool, bool]) -> None:
    facts = read(source, "pkg.sub.mod")
    assert expected in [(u.module, u.names, u.guarded, u.deferred) for u in facts.uses]


ATTRIBUTES = [
    ("import numpy as np\nx = np.float", {("numpy", "float", False)}),
    ("import pyarrow as pa\nclass C(pa.PyExtensionType): pass", {("pyarrow", "PyExtensionType", False)}),
    ("from scipy import signal\ndef f(w=signal.hann): pass", {("scipy", "signal.hann", False)}),
    ("import scipy.signal\n@scipy.signal.deco\ndef f(): pass", {("scipy", "signal.deco", False)}),
    ("import numpy as np\ndef f(x: np.float): pass", {("numpy", "float", False)}),
    ("from __future__ import annotations\nimport numpy as np\ndef f(x: np.float): pass", set()),
    ("import numpy as np\ndef f(): return np.float", {("numpy", "float", True)}),
    ("def f():\n    import numpy as n\n    return n.float", {("numpy", "float", True)}),
    ("import numpy as np\ndef f(np): return np.float", set()),
    ("import numpy as np\nif hasattr(np, 'float'): x = np.float", set()),
    ("try:\n    import numpy as np\nexcept ImportError: np = None\nx = np.float", set()),
    ("import a\nclass C:\n    a = 1\n    b = a.x", set()),
    ("from t import locale\nclass C:\n    def locale(self): pass\n    @locale.setter\n    def s(self): pass", set()),
]


@pytest.mark.parametrize("source, expected", ATTRIBUTES, ids=[row[0][:50] for row in ATTRIBUTES])
def test_attributes_of_imported_modules(source: str, expected: set[tuple[str, str, bool]]) -> None:
    assert expected == {(a.module, a.attribute, a.deferred) for a in read(source).attributes if not a.guarded}


DYNAMIC = [
    "globals()['x'] = 1",
    "globals().update(a=1)",
    "for n in names: setattr(sys.modules[__name__], n, 1)",
    "import sys\nsys.modules[__name__] = Wrapper()",
    "def __getattr__(name): return compute(name)",
    "def build():\n    ns = globals()\n    ns['x'] = 1",
    "IntFlag._convert_('Options', __name__, lambda n: True)",
    "@enum.global_enum\nclass E: pass",
    "@caching\nclass __getattr__: version = 1",
    "from .old import __getattr__",
    "exec(code)",
    "_builder.BuildMessages(DESCRIPTOR, globals())",
    "if TYPE_CHECKING or not install_lazy_importer(): import a",
    "set_deprecated_aliases({'old': 'new'})",
]


@pytest.mark.parametrize("source", DYNAMIC)
def test_names_may_come_unseen(source: str) -> None:
    assert exports(read(source), "anything") is None


STATIC = [
    "log = logging.getLogger(__name__)",
    "test = PytestTester(__name__)",
    "def __getattr__(n):\n    try:\n        return globals()[n]\n    except KeyError:\n        raise AttributeError(n)",
    "def __dir__(): return [*globals(), 'x']",
    "here = globals()['__file__']",
    "import sys\nsys.modules['other'] = thing",
    "def __getattr__(name):\n    raise AttributeError(name)",
    "OLD = {'a': 1}\ndef __getattr__(name):\n    if name not in OLD: raise AttributeError(name)\n    return OLD[name]",
]


@pytest.mark.parametrize("source", STATIC)
def test_names_cannot_come_unseen(source: str) -> None:
    assert exports(read(source), "anything") is False


def test_getattr_yields_the_names_of_its_table() -> None:
    facts = read("def __getattr__(name):\n    if name == 'old': return 1\n    raise AttributeError(name)")
    assert (True, False) == (exports(facts, "old"), exports(facts, "other"))


def test_getattr_may_yield_a_name_under_another() -> None:
    body = "    if name in {'old', 'older'}: return globals()[f'_{name}']\n    raise AttributeError(name)"
    facts = read(f"def __getattr__(name):\n{body}")
    assert (True, False) == (exports(facts, "older"), exports(facts, "other"))


LAZY = {
    "attach": "import lazy_loader as lazy\n__getattr__, __dir__, __all__ = lazy.attach(__name__, submodules={'io'}, "
    "submod_attrs={'core': ['load']})",
    "attach of a named dict": "_S = {'core': ['load'], 'x': ['io']}\n"
    "__getattr__, __dir__, __all__ = _attach(__name__, submodules=[], submod_attrs=_S)",
    "import structure": "_import_structure = {'io': []}\n_import_structure['core'] = ['load']\n"
    "if TYPE_CHECKING:\n    from .gone import gone\nelse:\n    import sys\n    sys.modules[__name__] = "
    "_LazyModule(__name__, globals()['__file__'], _import_structure, module_spec=__spec__)",
}


@pytest.mark.parametrize("source", LAZY.values(), ids=LAZY)
def test_lazy_loaders_are_closed_lists(source: str) -> None:
    facts = read(source, "pkg", is_package=True)
    assert (True, True, False) == tuple(exports(facts, name) for name in ("io", "load", "gone"))
    assert "pkg.core" in {lazy.module for lazy in facts.lazy if lazy.name == "load"}


def test_stub_of_a_lazy_loader() -> None:
    facts = read(
        "import lazy_loader as lazy\n__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)", "p"
    )
    names = read_stub(b"from . import util\nfrom .core import load as load\n", "p", True)
    assert (True, None) == (facts.stub, exports(facts, "util"))
    assert [("util", "p.util"), ("load", "p.core")] == [(n.name, n.module) for n in names]


def test_all_is_read_through_concatenation_or_not_at_all() -> None:
    assert ("a", "b", "c") == read("__all__ = ['a'] + ['b']\n__all__ += ('c',)").all
    assert (None, True) == (read("__all__ = other.__all__ + ['a']").all, read("__all__ = other.__all__").has_all)
    assert read("__all__ = ['a']\ndef f(m): __all__.append(m)").all is None


LISTS: list[tuple[str, set[str] | None]] = [
    ("__all__ = ['a', \"b\"]\n", {"a", "b"}),
    ("__all__ = (\n    'a',  # one\n    'b',\n)\n__all__ += ['c']\n", {"a", "b", "c"}),
    ("# in __all__ too\nfor m in (x,):\n    names = m.__all__\n__all__ = ['a']\n", {"a"}),
    ("__all__ = ['a' 'b']\n", {"ab"}),
    ("__all__ = ('a')\n", None),
    ("__all__ = ['a'] + x.__all__\n", None),
    ("__all__ = ['a']\n__all__.append('b')\n", None),
    ("__all__ = ['a']\nif x:\n    __all__ += ['b']\n", None),
    ("__all__ += ['a']\n", None),
    ('"""\n__all__ = ["a"]\n"""\n', None),
    ("x = 1\n", None),
]


@pytest.mark.parametrize("source, expected", LISTS, ids=[row[0][:40] for row in LISTS])
def test_a_glance_reads_all_as_the_parser_does_or_not_at_all(source: str, expected: set[str] | None) -> None:
    found = literal_all(source.encode())
    assert found == expected
    if found is not None:
        assert found == set(read(source).all or ())


def test_star_imports_leave_the_answer_open() -> None:
    assert (("pkg.x",), None) == (read("from .x import *").stars, exports(read("from .x import *"), "y"))


def test_a_package_binds_the_submodules_that_it_imports() -> None:
    assert exports(read("from .sub.deep import thing", "pkg", is_package=True), "sub") is True


@pytest.mark.parametrize(
    "source", ["print 'two'\nx = 1\nfrom a import (b,\n  c)\n", "x = 1\ndef def def\nfrom a import b, c"]
)
def test_foreign_syntax_is_read_by_lines(source: str) -> None:
    facts = read(source)
    assert (False, True, None) == (facts.parsed, exports(facts, "x"), exports(facts, "unseen"))
    assert ("b", "c") in [use.names for use in facts.uses]


KEYWORDS = [
    ("def f(a, *, verify=True): pass", "f", True),
    ("def f(a): pass", "f", False),
    ("def f(a, /): pass", "f", False),
    ("def f(**kwargs): pass", "f", None),
    ("@rename('verify', 'check')\ndef f(check): pass", "f", None),
    ("class C:\n    def __init__(self, verify): pass", "C", True),
    ("class C:\n    def m(self): pass", "C.m", False),
    ("if x:\n    def f(verify): pass\nelse:\n    def f(): pass", "f", True),
    ("x = 1", "f", None),
    ("def f(: pass", "f", None),
]


@pytest.mark.parametrize("source, function, expected", KEYWORDS)
def test_accepts_keyword(source: str, function: str, expected: bool | None) -> None:
    assert expected is accepts_keyword(source.encode(), function, "verify")


def test_shallow_reading_keeps_what_executes() -> None:
    source = (
        "import a\n@a.deco\ndef f(x=a.default,\n      y=(1, 2)):\n    '''text\n    def g():\n    '''\n    import late\n"
        "    return a.inner\nclass C(a.Base):\n    def m(self):\n        return 1\n    z = a.attr\ndef h(): return 2\n"
        "def k():\n    global made\n    made = 1\nlast = a.end\n"
    )
    deep, shallow = (read_module(source.encode(), "m", False, PYTHON, deep=d) for d in (True, False))
    assert deep.defines == shallow.defines
    assert {(a.attribute, a.line) for a in deep.attributes if not a.deferred} == {
        (a.attribute, a.line) for a in shallow.attributes
    }
    assert ["a", "late"] == [u.module for u in deep.uses] and ["a"] == [u.module for u in shallow.uses]


HOSTILE = {
    "deep brackets": b"(" * 50_000,
    "deep unary": b"x = " + b"-" * 100_000 + b"1",
    "long sum": b"x = " + b"1+" * 50_000 + b"1",
    "deep blocks": b"".join(b" " * i + b"if x:\n" for i in range(120)) + b" " * 120 + b"y = 1",
    "deep attribute": b"import a\nx = a" + b".b" * 20_000,
    "null bytes": b"x = 1\0",
    "foreign coding": b"# -*- coding: no-such -*-\nx = 1\n",
    "one long line": b"x = [" + b"1," * 100_000 + b"]",
    "huge": b"x = 1\n" * 700_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("deep", [True, False])
def test_hostile_sources_are_read_in_bounded_time(source: bytes, deep: bool) -> None:
    with ends_within():
        read_module(source, "m", False, PYTHON, deep=deep)


FRAGMENTS = st.sampled_from(
    [
        "import a",
        "from . import b",
        "from a import *",
        "def f(x=1):",
        "class C:",
        "    pass",
        "if x:",
        "else:",
        "try:",
        "except ImportError:",
        "    return a.b",
        "'''",
        '"""',
        "x = [",
        "]",
        "\\",
        "__all__ += ['a']",
        "\tglobal q",
        "print 1",
        "with suppress(E):",
        "lambda: (yield)",
        "del x",
        "@d",
        "async def g(",
        "):",
        "\f",
        "\r",
        "match x:",
        "    case 1: y",
    ]
)


@settings(max_examples=300, deadline=20_000)
@given(st.one_of(st.text(max_size=400), st.lists(FRAGMENTS, max_size=20).map("\n".join)), st.booleans())
def test_any_text_is_read(text: str, deep: bool) -> None:
    facts = read_module(text.encode("utf-8", "surrogatepass"), "a.b", True, PYTHON, deep=deep)
    assert exports(facts, "__name__") is True
