"""The search for bounds: what a glance sees of a file, and what it finds in published releases."""

from __future__ import annotations

import pytest
from scripts.glance_imports import glance, module_of, run_imports


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import numpy as np\nnp.float(1)\n", ("numpy", "float")),
        ("import scipy.signal\nscipy.signal.hann(5)\n", ("scipy", "signal.hann")),
        ("from jinja2 import (\n    Markup,  # why\n    escape as e,\n)\n", ("jinja2", "escape")),
        ("from huggingface_hub import a, \\\n    cached_download\n", ("huggingface_hub", "cached_download")),
        ("def f():\n    import pkg_resources\n", ("pkg_resources", "")),
    ],
)
def test_a_glance_sees_what_a_file_uses(source: str, seen: tuple[str, str]) -> None:
    assert seen in set(glance(source.encode()))


def test_unindented_imports_run_their_own_modules() -> None:
    source = b"from . import core\nfrom .util.files import x\nimport a.b as c\ntry:\n    import guarded\nexcept E: 0\n"
    found = set(run_imports("pkg", "pkg/__init__.py", source))
    assert {"pkg.core", "pkg.util.files", "a.b"} <= found
    assert "guarded" not in found
    assert "pkg.core" in set(run_imports("pkg.sub.mod", "pkg/sub/mod.py", b"from .. import core\n"))


def test_a_path_is_a_module() -> None:
    assert ("a.b", "a.c") == (module_of("a/b/__init__.py"), module_of("a/c.py"))


@pytest.mark.network
def test_a_known_bound_is_found_again() -> None:
    """Flask-WTF before 1.1.2 imports a name that Flask 3 no longer has, and admits it."""
    from scripts.find_bounds import Finder

    found = {(c.provider, c.bound): c for c in Finder().candidates("flask-wtf")}
    candidate = found["flask", "<3"]
    assert ("flask:Markup", "import") == (candidate.name, candidate.reach)
    assert candidate.versions.endswith("<1.1.2")
