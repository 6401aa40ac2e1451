"""A glance at a module's bytes sees what the parser sees, or nothing."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from tts_doctor.parse.module import read_module
from tts_doctor.parse.module_scan import bound_plainly, scan

PYTHON = (3, 10)
SEEN: list[tuple[str, list[str] | None]] = [
    ("import a\ntry:\n    import b\nexcept ImportError:\n    b = None\n", ["a"]),
    ("try:\n    import b\nexcept ImportError as e:\n    raise RuntimeError('no b') from e\n", ["b"]),
    ("try:\n    import b\nexcept ImportError as e:\n    x = '''\nno\n'''\n    raise E(\n        x\n    )\n", ["b"]),
    ("try:\n    import b\nexcept ImportError: raise\n", ["b"]),
    ("try:\n    import b\nexcept ImportError:\n    raise_it()\n", []),
    ("try:\n    import b\nexcept ImportError:\n    if x:\n        raise\n    b = None\n", []),
    ("try:\n    import b\nexcept ImportError:\n    def b():\n        raise\n", []),
    ("try:\n    import b\nexcept ValueError:\n    b = None\nfinally:\n    import c\n", ["b", "c"]),
    ("try:\n    try:\n        import b\n    except ImportError:\n        raise\nexcept Exception:\n    pass\n", []),
    ("x = f()\nif x:\n    import b\n", []),
    ("import sys\nx = sys.version_info >= (3, 9)\nif x:\n    import b\n", None),
    ("if (\n    a\n    and b\n):\n    import c\nelse:\n    import d\n", []),
    ("import sys\nif sys.version_info >= (\n    3,\n    9,\n):\n    import b\n", ["sys", "b"]),
    ("with warnings.catch_warnings():\n    import b\n", ["b"]),
    ("with suppress(ImportError):\n    import b\n", []),
    ('class C:\n    """\n    as in\n    import this\n    """\n    def f(self):\n        try:\n            x\n', []),
    ("class C:\n    x = '''\nif y:\n    import this\n'''\n    import b\n", ["b"]),
    ("def f():\n    sys.modules[name] = x\n    y.__path__ = []\n", []),
    ("__path__ = []\n", None),
    ("sys.modules['a.b'] = x\n", None),
    ("import_module('a')\n", None),
]


@pytest.mark.parametrize("source, expected", SEEN, ids=[row[0][:50] for row in SEEN])
def test_what_importing_executes(source: str, expected: list[str] | None) -> None:
    found = scan(source.encode(), "m", False, PYTHON)
    assert (found and [module for module, _ in found.uses]) == expected
    assert expected is None or sorted(expected) == sorted(use[0] for use in parsed(source.encode(), "m", False))


def test_the_standard_library_reads_the_same() -> None:
    """Every ninth file of it; few may need the parser."""
    root = Path(sysconfig.get_path("stdlib"))
    files = [file for file in sorted(root.rglob("*.py")) if not {"test", "tests", "site-packages"} & set(file.parts)]
    unread = 0
    for file in files[::9]:
        name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        source, is_package = file.read_bytes(), file.stem == "__init__"
        found = scan(source, name, is_package, PYTHON)
        unread += found is None
        assert found is None or set(found.uses) == parsed(source, name, is_package), file
    assert unread < len(files[::9]) / 20


def parsed(source: bytes, name: str, is_package: bool) -> set[tuple[str, tuple[str, ...]]]:
    facts = read_module(source, name, is_package, PYTHON, deep=False)
    return {(use.module, use.names) for use in facts.uses if not use.guarded and not use.deferred}


def test_a_package_binds_the_submodules_that_it_imports() -> None:
    source = b"from .one import x\nfrom .two.three import y\nimport pkg.four\nfrom .five import *\n"
    assert bound_plainly(source, "pkg") == {"one", "x", "two", "y", "pkg", "four", "five"}
    assert "one" not in bound_plainly(source)
