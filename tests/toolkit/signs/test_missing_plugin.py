"""Plugins that a program is told to use by name."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import case, dist

from tts_doctor.signs import missing_plugin


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ERROR - Config value 'theme': Unrecognised theme name: 'material'.", "material"),
        ("ThemeError: no theme named 'sphinx_rtd_theme' found (missing theme.toml?)", "sphinx_rtd_theme"),
        ("sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:duckdb", "duckdb"),
        ('ERROR - The "mermaid2" plugin is not installed', "mermaid2"),
        ("ValueError: unrecognized engine 'zarr' must be one of your download engines: ['store']", "zarr"),
        ("ValueError: the theme was not found", None),
        ("ERROR - Unrecognised theme name: 'mkdocs'.", None),
        ("OSError: no such file: 'plugin.py'", None),
    ],
)
def test_the_name_of_the_plugin(text: str, name: str | None) -> None:
    found = list(missing_plugin.find(case(dist("mkdocs"), text=text, own_imports=("mkdocs",))))
    assert ([f.need.name for f in found if f.need], [f.culprits[0].name for f in found]) == (
        ([name], ["mkdocs"]) if name else ([], [])
    )
