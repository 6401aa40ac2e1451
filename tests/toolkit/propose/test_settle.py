"""The boundary search on small real wheels: one broken contract each, and the repairs that it yields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.builders import write_wheel

from tts_doctor.effects.index import open_index
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.model.finding import Need
from tts_doctor.propose import fallbacks, older_series, settle
from tts_doctor.propose.candidates import opponents
from tts_doctor.propose.look import Look

VERSIONS = ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2")


def provider(old: str, new: str, first: str = "2.1") -> dict[str, Mapping[str, str]]:
    """Version -> files: `old` text before the version `first`, `new` from there on."""
    place = VERSIONS.index(first)
    return {v: {"prov/__init__.py": old if i < place else new} for i, v in enumerate(VERSIONS)}


def ask(
    tmp_path: Path,
    need: Need,
    installed: dict[str, str],
    stock: dict[str, dict[str, Mapping[str, str]]],
    *,
    requested: tuple[str, ...] = (),
    requires: Mapping[str, tuple[str, ...]] | None = None,
    python: str = "3.10.13",
    own: tuple[str, ...] = (),
) -> list[list[tuple[str, str, str | None]]]:
    for name, versions in stock.items():
        for version, files in versions.items():
            lines = (requires or {}).get(f"{name}=={version}", ())
            write_wheel(tmp_path / "wheels", name, version, files, lines)
    dists = tuple(
        Distribution(n, v, requires=(requires or {}).get(f"{n}=={v}", ()), requested=n in requested)
        for n, v in installed.items()
    )
    facts = Facts(Interpreter(version=python, machine="x86_64", libc="glibc 2.36"), dists, own_imports=own)
    index = open_index(facts, environ(tmp_path))
    return [[(a.action, a.target, a.spec) for a in repair] for repair in settle(need, facts, index)]


def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_CONFIG_FILE": "/dev/null",
        "UV_NO_CONFIG": "1",
        "TTS_DOCTOR_CACHE": str(tmp_path / "cache"),
    }


NAME = Need("name", "cons", "cons/__init__.py", "prov", "prov", "thing")


BASE = "class Base:\n    def thing(self): pass\n"
HEIR = "from prov.base import Base\nclass Engine(Base): pass\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"prov/__init__.py": "class Engine:\n    thing = 1\n"}, {"prov/__init__.py": "class Engine: pass\n"}),
        (
            {"prov/__init__.py": HEIR, "prov/base.py": BASE},
            {"prov/__init__.py": HEIR, "prov/base.py": "class Base: pass\n"},
        ),
        (
            {"prov/__init__.py": HEIR, "prov/base.py": "class Base:\n    def f(self): self.thing = 1\n"},
            {"prov/__init__.py": "from prov.engine import Engine\n", "prov/engine.py": "class Engine: pass\n"},
        ),
    ],
    ids=["own", "inherited", "moved"],
)
def test_a_member_that_went_is_found_where_the_class_had_it(
    tmp_path: Path, old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    stock: dict[str, dict[str, Mapping[str, str]]] = {
        "prov": {v: old if v < "2.1" else new for v in VERSIONS},
        "cons": {"1.0": {"cons/run.py": "engine.thing()\n"}, "1.1": {"cons/run.py": "engine.other()\n"}},
    }
    need = Need("member", "cons", "cons/run.py", "prov", "prov", "thing", "Engine")
    repairs = ask(tmp_path, need, {"prov": "2.1", "cons": "1.0"}, stock)
    assert [[("pin", "prov", "<2.1")], [("pin", "cons", ">=1.1")]] == repairs


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("thing = 1\n", "other = 1\n"),
        ("def thing(): pass\n", ""),
        ("class thing: pass\n", "# thing is gone\n"),
        ("thing = 1\n", "thing = 1\ndel thing\n"),
        ("def __getattr__(n):\n  if n == 'thing': return 1\n  raise AttributeError(n)\n", "x = 1\n"),
        (
            "thing = 1\n",
            "__former_attrs__ = {'thing': 'gone'}\ndef __getattr__(n):\n  raise AttributeError(__former_attrs__[n])\n",
        ),
    ],
    ids=["assignment", "function", "class", "deleted", "getattr", "former-attributes"],
)
def test_a_removed_name_holds_the_provider_below(tmp_path: Path, old: str, new: str) -> None:
    repairs = ask(tmp_path, NAME, {"prov": "3.1"}, {"prov": provider(old, new)})
    assert [("pin", "prov", "<2.1")] == repairs[0]


def test_a_specifier_is_as_short_as_it_may_be(tmp_path: Path) -> None:
    repairs = ask(tmp_path, NAME, {"prov": "3.1"}, {"prov": provider("thing = 1\n", "", "3.0")})
    assert [("pin", "prov", "<3")] == repairs[0]


def test_a_name_that_came_later_raises_the_provider(tmp_path: Path) -> None:
    repairs = ask(tmp_path, NAME, {"prov": "1.1"}, {"prov": provider("", "thing = 1\n", "2.0")})
    assert [("pin", "prov", ">=2")] == repairs[0]


def test_a_name_that_came_and_went_is_bounded_on_both_sides(tmp_path: Path) -> None:
    files = {v: {"prov/__init__.py": "thing = 1\n" if "2.0" <= v < "3.0" else ""} for v in VERSIONS}
    repairs = ask(tmp_path, NAME, {"prov": "1.1"}, {"prov": files})
    assert [("pin", "prov", ">=2,<3")] == repairs[0]


def test_re_exports_are_followed(tmp_path: Path) -> None:
    old = {"prov/__init__.py": "from prov._impl import *\n", "prov/_impl.py": "__all__ = ['thing']\nthing = 1\n"}
    new = {"prov/__init__.py": "from prov._impl import *\n", "prov/_impl.py": "__all__ = ['x']\nx = thing = 1\n"}
    repairs = ask(tmp_path, NAME, {"prov": "2.0"}, {"prov": {"1.0": old, "2.0": new}})
    assert [("pin", "prov", "<2")] == repairs[0]


def test_a_submodule_is_a_name_too(tmp_path: Path) -> None:
    old = {"prov/__init__.py": "", "prov/thing.py": ""}
    repairs = ask(tmp_path, NAME, {"prov": "2.0"}, {"prov": {"1.0": old, "2.0": {"prov/__init__.py": ""}}})
    assert [("pin", "prov", "<2")] == repairs[0]


def test_a_consumer_that_needs_it_no_more_is_the_second_choice(tmp_path: Path) -> None:
    cons = {"1.0": {"cons/__init__.py": "from prov import thing\n"}, "1.4": {"cons/__init__.py": "import prov\n"}}
    stock = {"prov": provider("thing = 1\n", ""), "cons": cons}
    repairs = ask(tmp_path, NAME, {"prov": "3.1", "cons": "1.0"}, stock)
    assert [[("pin", "prov", "<2.1")], [("pin", "cons", ">=1.4")]] == repairs


def test_the_users_own_choice_stays(tmp_path: Path) -> None:
    cons = {"1.0": {"cons/__init__.py": "from prov import thing\n"}, "1.4": {"cons/__init__.py": "import prov\n"}}
    stock = {"prov": provider("thing = 1\n", ""), "cons": cons}
    repairs = ask(tmp_path, NAME, {"prov": "3.1", "cons": "1.0"}, stock, requested=("prov",))
    assert [("pin", "cons", ">=1.4")] == repairs[0]


def test_a_use_that_moved_to_another_file_is_no_repair(tmp_path: Path) -> None:
    moved = {"cons/__init__.py": "import prov\n", "cons/b.py": "from prov import thing\n"}
    cons = {"1.0": {"cons/__init__.py": "from prov import thing\n"}, "1.4": moved}
    repairs = ask(tmp_path, NAME, {"prov": "3.1", "cons": "1.0"}, {"prov": provider("thing = 1\n", ""), "cons": cons})
    assert [[("pin", "prov", "<2.1")]] == repairs


def test_an_installed_provider_that_has_the_name_is_not_moved(tmp_path: Path) -> None:
    assert [] == ask(tmp_path, NAME, {"prov": "3.1"}, {"prov": provider("thing = 1\n", "thing = 2\n")})


PLAIN = "class Base:\n    def __init__(self, a{}): pass\nclass Tool(Base):\n    def __init__(self, **k): pass\n"


@pytest.mark.parametrize(
    ("function", "asked", "old", "new"),
    [
        ("run", "check", "def run(a, check=False): pass\n", "def run(a): pass\n"),
        ("run", "*2", "def run(a, b=1): pass\n", "def run(a, *, b=1): pass\n"),
        ("run", "-b", "def run(a, b=1): pass\n", "def run(a, b): pass\n"),
        ("run", "-b", "def run(a): pass\n", "def run(a, *, b): pass\n"),
        ("Tool", "check", PLAIN.format(", check=0"), PLAIN.format("")),
        ("Tool.__init__", "check", PLAIN.format(", check=0"), PLAIN.format("")),
    ],
    ids=["keyword", "positional", "now-required", "new-and-required", "inherited", "inherited-by-name"],
)
def test_arguments_that_are_not_taken_any_more(tmp_path: Path, function: str, asked: str, old: str, new: str) -> None:
    need = Need("keyword", "cons", "cons/__init__.py", "prov", "prov", function, asked)
    assert [("pin", "prov", "<2.1")] == ask(tmp_path, need, {"prov": "3.0"}, {"prov": provider(old, new)})[0]


def test_a_module_that_left_its_distribution(tmp_path: Path) -> None:
    need = Need("module", "cons", "cons/__init__.py", "prov", "prov.old")
    files = {v: {"prov/__init__.py": "", **({"prov/old.py": ""} if v < "3" else {})} for v in VERSIONS}
    assert [("pin", "prov", "<3")] == ask(tmp_path, need, {"prov": "3.2"}, {"prov": files})[0]


def test_an_absent_provider_is_installed_where_it_still_has_the_module(tmp_path: Path) -> None:
    need = Need("module", "cons", "cons/__init__.py", "prov", "prov.old")
    files = {v: {"prov/__init__.py": "", **({"prov/old.py": ""} if v < "3" else {})} for v in VERSIONS}
    assert [("install", "prov", "<3")] == ask(tmp_path, need, {}, {"prov": files})[0]


def test_the_extra_that_asks_for_a_missing_module_comes_first(tmp_path: Path) -> None:
    need = Need("module", "cons", "cons/__init__.py", "", "prov")
    requires = {"cons==1.0": ('prov>=1; extra == "speech"', 'prov; extra == "all"', 'other; extra == "all"')}
    repairs = ask(tmp_path, need, {"cons": "1.0"}, {"prov": {"1.0": {"prov/__init__.py": ""}}}, requires=requires)
    assert [[("install", "cons[speech]", "==1.0")], [("install", "prov", None)]] == repairs


def test_what_python_removed_has_a_stand_in_and_a_way_back(tmp_path: Path) -> None:
    need = Need("python", "cons", "cons/__init__.py", "", "aifc")
    stock = {"cons": {"1.0": {"cons/__init__.py": "import aifc\n"}, "1.1": {"cons/__init__.py": "import wave\n"}}}
    stock["standard-aifc"] = {"3.13.0": {"aifc/__init__.py": ""}}
    repairs = ask(tmp_path, need, {"cons": "1.0"}, stock, python="3.13.0")
    assert [("install", "standard-aifc", None)] in repairs
    assert [("pin", "cons", ">=1.1")] in repairs
    assert [("change-python", "python", "<3.13")] == repairs[-1]


def test_a_binary_contract_pins_the_provider(tmp_path: Path) -> None:
    need = Need("abi", "cons", "cons/_x.so", "prov", detail="prov<2")
    assert [("pin", "prov", "<2")] == ask(tmp_path, need, {"prov": "2.1"}, {"prov": provider("", "")})[0]


def test_a_placeholder_in_the_index_is_not_proposed(tmp_path: Path) -> None:
    stock: dict[str, dict[str, Mapping[str, str]]] = {"ttsfrd": {"0.1": {"ttsfrd/__init__.py": ""}}}
    need = Need("module", "cons", "cons/__init__.py", "ttsfrd", "ttsfrd")
    assert [] == ask(tmp_path, need, {"cons": "1.0"}, stock)


def test_fallbacks_upgrade_the_innermost_first(tmp_path: Path) -> None:
    for version in VERSIONS:
        write_wheel(tmp_path / "wheels", "prov", version)
    facts = Facts(Interpreter(version="3.10.13", machine="x86_64"), (Distribution("prov", "2.0"),))
    found = fallbacks(facts, open_index(facts, environ(tmp_path)), ["prov", "absent"])
    assert [("prov", ">2.0,<3"), ("prov", ">=3.2")] == [(a.target, a.spec) for repair in found for a in repair]


def test_an_installed_version_that_the_index_does_not_list_has_earlier_series_too(tmp_path: Path) -> None:
    for version in VERSIONS:
        write_wheel(tmp_path / "wheels", "prov", version)
    facts = Facts(Interpreter(version="3.10.13", machine="x86_64"), (Distribution("prov", "9.0"),))
    found = older_series(facts, open_index(facts, environ(tmp_path)), ["prov"])
    assert ("prov", "<=3.2") == (found[0][0].target, found[0][0].spec)


def test_a_known_bound_of_another_counts_like_its_metadata() -> None:
    """numba 0.53.1 admits every NumPy; its bound does not."""
    facts = Facts(distributions=(Distribution("numba", "0.53.1", requires=("numpy>=1.15",)),))
    assert ["numba"] == opponents("numpy", "1.24.0", facts)
    assert [] == opponents("numpy", "1.23.5", facts)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.25", [[("reinstall", "tool-api", "==1.25")]]), ("1.24", []), ("9", []), ("", [])],
    ids=["has-the-path", "has-not", "no-such-release", "version-unknown"],
)
def test_the_owner_of_files_without_metadata_is_who_publishes_that_path(
    tmp_path: Path, version: str, expected: list[list[tuple[str, str, str]]]
) -> None:
    stock: dict[str, dict[str, Mapping[str, str]]] = {
        "tool": {"1.25": {"tool.py": ""}},
        "tool-api": {"1.24": {"tool/other.py": ""}, "1.25": {"tool/context.py": ""}},
        "tool-sdk": {"1.25": {"tool/sdk.py": ""}},
    }
    need = Need("owner", module="tool/context.py", name=version)
    requires = {"tool-sdk==1.25": ("tool-api",)}
    assert ask(tmp_path, need, {"tool-sdk": "1.25"}, stock, requires=requires) == expected


@pytest.mark.parametrize(
    ("binary", "expected"),
    [(b"..thing..", True), (b"..other..", False), (b"..other.._cython_3_2_4", None), (b"_cython_3_1_0", False)],
    ids=["there", "not-there", "names-are-compressed", "names-are-plain"],
)
def test_the_names_of_an_extension_module(tmp_path: Path, binary: bytes, expected: bool | None) -> None:
    write_wheel(tmp_path / "wheels", "prov", "1.0", {"prov/__init__.py": "", "prov/fast.so": binary})
    facts = Facts(Interpreter(version="3.10.13", machine="x86_64", libc="glibc 2.36"))
    look = Look(open_index(facts, environ(tmp_path)), (3, 10))
    assert look.has_name("prov", "1.0", "prov.fast", "thing") is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cons/__init__.py": "", "cons/files/pan": "#!"}, [[("install", "cons-binary", "==1.0")]]),
        ({"cons/__init__.py": ""}, []),
        ({"other/__init__.py": "", "other/pan": ""}, []),
    ],
    ids=["brings-it", "without-the-program", "somebody-else's"],
)
def test_a_build_that_brings_the_program_along(
    tmp_path: Path, files: Mapping[str, str], expected: list[list[tuple[str, str, str]]]
) -> None:
    write_wheel(tmp_path / "wheels", "cons-binary", "1.0", files)
    facts = Facts(
        Interpreter(version="3.10.13", machine="x86_64", libc="glibc 2.36"),
        (Distribution("cons", "1.0", top_level=("cons",)),),
    )
    repairs = settle(Need("sibling", "cons", name="pan"), facts, open_index(facts, environ(tmp_path)))
    assert [[(a.action, a.target, a.spec) for a in repair] for repair in repairs] == expected


DEAD = {"1.0": {"nose/__init__.py": "", "nose/importer.py": "import imp\n"}}
IMP = Need("python", "nose", "nose/importer.py", module="imp")


@pytest.mark.parametrize(
    ("importer", "expected"),
    [
        ({"nose/importer.py": "import importlib\n"}, [("uninstall", "nose", None), ("install", "pynose", None)]),
        ({"nose/other.py": ""}, [("uninstall", "nose", None), ("install", "pynose", None)]),
        ({"nose/importer.py": "import imp\n"}, None),
    ],
    ids=["does-without", "other-files", "needs-it-too"],
)
def test_a_fork_serves_where_no_release_of_the_consumer_does(
    tmp_path: Path, importer: dict[str, str], expected: list[tuple[str, str, str | None]] | None
) -> None:
    stock = {"nose": DEAD, "pynose": {"1.5": {"nose/__init__.py": "", **importer}}}
    found = ask(tmp_path, IMP, {"nose": "1.0"}, stock, python="3.12.1")
    assert (expected in found) if expected else all(repair[0][0] != "uninstall" for repair in found)


def test_a_consumer_with_a_later_release_needs_no_fork(tmp_path: Path) -> None:
    stock = {"nose": {**DEAD, "2.0": {"nose/importer.py": ""}}, "pynose": {"1.5": {"nose/importer.py": ""}}}
    found = ask(tmp_path, IMP, {"nose": "1.0"}, stock, python="3.12.1")
    assert found[0] == [("pin", "nose", ">=2")]
    assert all(target != "pynose" for repair in found for _, target, _ in repair)


def test_the_nearest_release_that_this_python_can_read(tmp_path: Path) -> None:
    old, new = {"cons/a.py": "from . import async\n"}, {"cons/a.py": "from . import asynchronous\n"}
    stock = {"cons": {"1.0": old, "1.1": old, "1.2": new, "2.0": {"cons/b.py": ""}}}
    need = Need("syntax", "cons", "cons/a.py")
    assert ask(tmp_path, need, {"cons": "1.0"}, stock) == [[("pin", "cons", ">=1.2")]]


def test_new_syntax_wants_an_older_release(tmp_path: Path) -> None:
    old, new = {"cons/a.py": "n = 1\n"}, {"cons/a.py": "if (n := 1): pass\n"}
    stock = {"cons": {"1.0": old, "1.1": old, "1.2": new}}
    need = Need("syntax", "cons", "cons/a.py")
    assert ask(tmp_path, need, {"cons": "1.2"}, stock, python="3.7.17") == [[("pin", "cons", "<1.2")]]


LOCK = Need("keyword", "cons", "cons/a.py", "python", "python", "Lock", "loop")
PASSES, SPARES = {"cons/a.py": "lock = Lock(loop=1)\n"}, {"cons/a.py": "lock = Lock()\n"}


def test_an_argument_that_python_takes_no_longer_wants_a_later_consumer(tmp_path: Path) -> None:
    stock = {"cons": {"0.9": SPARES, "1.0": PASSES, "1.1": PASSES, "2.0": SPARES, "3.0": SPARES}}
    assert ask(tmp_path, LOCK, {"cons": "1.0"}, stock) == [[("pin", "cons", ">=2")]]


def test_what_the_users_code_imports_moves_by_as_few_series_as_may_be(tmp_path: Path) -> None:
    stock = {"cons": {"1.0": PASSES, "2.0": SPARES, "3.0": SPARES}}
    found = ask(tmp_path, LOCK, {"cons": "1.0"}, stock, own=("cons",))
    assert found == [[("pin", "cons", ">=2,<3")], [("pin", "cons", ">=2")]]
