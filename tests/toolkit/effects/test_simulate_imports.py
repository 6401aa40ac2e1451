"""Following imports through installed distributions, without running any of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tts_doctor.effects.simulate_imports import find_missing_imports
from tts_doctor.model.facts import Distribution, Facts, Interpreter, MissingImport

Files = dict[str, str]


def site(folder: Path, files: Files) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def distribution(folder: Path, name: str, requires: tuple[str, ...] = ()) -> Distribution:
    return Distribution(name, "1.0", str(folder), requires=requires, top_level=(name,), requested=True)


def missing(
    tmp_path: Path, files: Files, *dists: str, python: str = "3.10.13", **options: object
) -> list[MissingImport]:
    folder = tmp_path / "site"
    site(folder, files)
    stdlib = tmp_path / "stdlib"
    site(stdlib, {"json/__init__.py": "def loads(s): pass\n", "re.py": "def compile(s): pass\n"})
    facts = Facts(
        Interpreter(
            python, stdlib=str(stdlib), purelib=str(folder), platlib=str(folder), sys_path=(str(stdlib), str(folder)),
            ext_suffixes=(".cpython-310-x86_64-linux-gnu.so", ".abi3.so", ".so"),
        ),
        tuple(distribution(folder, name) for name in dists),
    )  # fmt: skip
    environ = {"TTS_DOCTOR_CACHE": str(tmp_path / "cache")}
    return list(find_missing_imports(facts, environ, **options))  # type: ignore[arg-type]


def told(items: list[MissingImport]) -> list[tuple[str, int, str, str, bool]]:
    return [(i.file, i.line, i.module, i.name, i.optional) for i in items]


FOUND: dict[str, tuple[Files, list[tuple[str, int, str, str, bool]]]] = {
    "a name that the provider no longer has": (
        {
            "app/__init__.py": "import lib\nfrom lib.urls import quote\n",
            "lib/__init__.py": "",
            "lib/urls.py": "x = 1\n",
        },
        [("app/__init__.py", 2, "lib.urls", "quote", False)],
    ),
    "a module that the provider no longer has": (
        {"app/__init__.py": "from . import core\n", "app/core.py": "import lib.gone\n", "lib/__init__.py": ""},
        [("app/core.py", 1, "lib.gone", "", False)],
    ),
    "an attribute used in a class statement": (
        {"app/__init__.py": "import lib as l\nclass C(l.Base): pass\n", "lib/__init__.py": "Other = 1\n"},
        [("app/__init__.py", 2, "lib", "Base", False)],
    ),
    "a distribution that is not installed": (
        {"app/__init__.py": "import absent.part\n"},
        [("app/__init__.py", 1, "absent", "", False)],
    ),
    "behind a lazy loader": (
        {
            "app/__init__.py": "import lazy_loader as lazy\n__getattr__, __dir__, __all__ = "
            "lazy.attach_stub(__name__, __file__)\n",
            "app/__init__.pyi": "from . import util\n",
            "app/util.py": "from lib import gone\n",
            "lib/__init__.py": "",
            "lazy_loader/__init__.py": "def attach_stub(a, b): pass\n",
        },
        [("app/util.py", 1, "lib", "gone", False)],
    ),
    "through a star import": (
        {
            "app/__init__.py": "from lib import gone, kept\n",
            "lib/__init__.py": "from .a import *\n",
            "lib/a.py": "kept = 1",
        },
        [("app/__init__.py", 1, "lib", "gone", False)],
    ),
    "a name that the standard library does not have": (
        {"app/__init__.py": "from json import dumb\n", "lib/__init__.py": ""},
        [("app/__init__.py", 1, "json", "dumb", False)],
    ),
    "several defects, one behind the other": (
        {"app/__init__.py": "from lib import a\nimport lib.b\n", "lib/__init__.py": ""},
        [("app/__init__.py", 1, "lib", "a", False), ("app/__init__.py", 2, "lib.b", "", False)],
    ),
}


@pytest.mark.parametrize("files, expected", FOUND.values(), ids=FOUND)
def test_finds(tmp_path: Path, files: Files, expected: list[tuple[str, int, str, str, bool]]) -> None:
    assert expected == told(missing(tmp_path, files, "app", "lib"))


HEALTHY: dict[str, Files] = {
    "a guarded import": {"app/__init__.py": "try:\n    import absent\nexcept ImportError:\n    absent = None\n"},
    "type checking only": {
        "app/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import absent\n",
        "typing.py": "TYPE_CHECKING = False\n",
    },
    "inside a function": {"app/__init__.py": "def f():\n    import absent\n"},
    "tests are not imported": {"app/__init__.py": "", "app/tests/__init__.py": "import absent\n"},
    "another platform": {"app/__init__.py": "import os\nif os.name == 'nt':\n    import winreg2\n"},
    "an extension module": {
        "app/__init__.py": "from lib import _c\nfrom lib._c import anything\nx = _c.attr\n",
        "lib/__init__.py": "",
        "lib/_c.cpython-310-x86_64-linux-gnu.so": "",
    },
    "a namespace package": {"app/__init__.py": "from lib.inner import x\n", "lib/inner.py": "x = 1\n"},
    "a module's own __getattr__": {
        "app/__init__.py": "from lib import x\n",
        "lib/__init__.py": "def __getattr__(n): return make(n)\n",
    },
    "names set from elsewhere": {
        "app/__init__.py": "import lib, shim\ny = lib.old\n",
        "lib/__init__.py": "",
        "shim.py": "import lib\nlib.old = 1\n",
    },
    "an import cycle": {
        "app/__init__.py": "from . import a\n",
        "app/a.py": "from . import b\n",
        "app/b.py": "from . import a\n",
    },
    "submodules as names": {
        "app/__init__.py": "from lib import sub\nx = sub.y\n",
        "lib/__init__.py": "",
        "lib/sub.py": "y = 1\n",
    },
    "vendored folders on the path": {
        "app/__init__.py": "import sys\nsys.path.insert(0, 'v')\nfrom . import b\n",
        "app/b.py": "import hidden\n",
    },
    "built-in and compiled standard modules": {"app/__init__.py": "import sys, time, _socket, itertools\n"},
    "a distribution's own unseen names": {"app/__init__.py": "from .a import made\n", "app/a.py": "build_names()\n"},
}


@pytest.mark.parametrize("files", HEALTHY.values(), ids=HEALTHY)
def test_raises_no_false_alarm(tmp_path: Path, files: Files) -> None:
    assert [] == told(missing(tmp_path, files, "app", "lib"))


def test_an_absent_option_of_a_lazy_part_is_optional(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "import lazy_loader as z\n__getattr__, __dir__, __all__ = z.attach(__name__, ['gpu'])\n",
        "app/gpu.py": "import absent\nfrom lib import gone\n",
        "lib/__init__.py": "",
        "lazy_loader/__init__.py": "def attach(a, b): pass\n",
    }
    assert [("app/gpu.py", 1, "absent", "", True)] == told(missing(tmp_path, files, "app", "lib"))


def test_a_standard_module_that_this_python_removed(tmp_path: Path) -> None:
    found = missing(tmp_path, {"app/__init__.py": "import audioop\n"}, "app", python="3.13.0")
    assert [("audioop", "python", False)] == [(i.module, i.provider, i.optional) for i in found]


def test_what_others_brought_in_may_lack_an_option(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site(folder, {"app/__init__.py": "", "inline/__init__.py": "import absent\n"})
    facts = Facts(
        Interpreter("3.10.13", purelib=str(folder), platlib=str(folder), sys_path=(str(folder),)),
        (distribution(folder, "app", requires=("inline",)), distribution(folder, "inline")),
    )
    found = find_missing_imports(facts, {"TTS_DOCTOR_CACHE": str(tmp_path / "cache")})
    assert [("absent", True)] == [(i.module, i.optional) for i in found]


OLD_SIX = "import sys\nclass I:\n    def find_module(self, n): pass\nsys.meta_path.append(I())\nmoves = 1\n"


@pytest.mark.parametrize("python, source, expected", [
    ("3.12.1", OLD_SIX, ["six.moves"]),
    ("3.11.7", OLD_SIX, []),
    ("3.12.1", OLD_SIX + "class J:\n    def find_spec(self, n): pass\n", []),
])  # fmt: skip
def test_importers_of_the_old_protocol(tmp_path: Path, python: str, source: str, expected: list[str]) -> None:
    files = {"app/__init__.py": "from six.moves import range\n", "six.py": source}
    assert expected == [i.module for i in missing(tmp_path, files, "app", "six", python=python)]


def test_common_knowledge_decides_where_the_text_cannot(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "import numpy as np\nx = np.float\ny = np.anything\n",
        "numpy/__init__.py": "def __getattr__(n): return find(n)\n",
    }
    folder = tmp_path / "site"
    site(folder, files)
    numpy = Distribution("numpy", "1.26.4", str(folder), top_level=("numpy",))
    facts = Facts(
        Interpreter("3.10.13", purelib=str(folder), platlib=str(folder), sys_path=(str(folder),)),
        (distribution(folder, "app"), numpy),
    )
    found = find_missing_imports(facts, {"TTS_DOCTOR_CACHE": str(tmp_path / "cache")})
    assert ["float"] == [i.name for i in found]


def test_functions_count_where_asked(tmp_path: Path) -> None:
    files = {"app/__init__.py": "import lib\ndef f():\n    import absent\n    return lib.gone\n", "lib/__init__.py": ""}
    assert [] == told(missing(tmp_path, files, "app", "lib"))
    found = missing(tmp_path, files, "app", "lib", deep=True)
    assert [("lib", "gone", True)] == [(i.module, i.name, i.deferred) for i in found]


COMMANDS = [["python", "job.py"], ["python", "-W", "ignore", "-m", "job"], ["python", "-c", "import job"], ["./run"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_starts_from_a_command(tmp_path: Path, command: list[str]) -> None:
    work = tmp_path / "work"
    site(work, {"job.py": "from lib import gone\n", "run": "#!/usr/bin/env python3\nimport job\n"})
    found = missing(tmp_path, {"lib/__init__.py": ""}, "lib", command=command, cwd=str(work))
    assert [("lib", "gone", "")] == [(i.module, i.name, i.consumer) for i in found]


def test_a_command_that_is_no_python_says_nothing(tmp_path: Path) -> None:
    files = {"app/__init__.py": "import absent\n"}
    assert [] == missing(tmp_path, files, "app", command=["make", "all"], cwd=str(tmp_path))


def test_the_answer_is_remembered_until_a_file_changes(tmp_path: Path) -> None:
    files = {"app/__init__.py": "from lib import x\n", "lib/__init__.py": ""}
    first, second = (told(missing(tmp_path, files, "app", "lib")) for _ in range(2))
    assert first == second == [("app/__init__.py", 1, "lib", "x", False)]
    lib = tmp_path / "site/lib/__init__.py"
    assert [] == told(missing(tmp_path, {**files, "lib/__init__.py": "x = 1\n"}, "app", "lib"))
    os.unlink(lib)
    assert missing(tmp_path, {"app/__init__.py": files["app/__init__.py"]}, "app", "lib")


def test_a_damaged_cache_is_read_anew(tmp_path: Path) -> None:
    files = {"app/__init__.py": "import absent\n"}
    expected = told(missing(tmp_path, files, "app"))
    for path in (tmp_path / "cache/modules").iterdir():
        path.write_bytes(b"\x80garbage")
    assert expected == told(missing(tmp_path, files, "app"))
