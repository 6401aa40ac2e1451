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
        ("ValueError: Propagator b3 not found. It is either misspelled or not installed.", "b3"),
        ("kombu.exceptions.KombuError: No such transport: sqs", "sqs"),
        ("ValueError: Protocol not known: gdrive", "gdrive"),
        ("stevedore.exception.NoMatches: No 'app.store' driver found, looking for 's3'", "s3"),
        ("RuntimeError: Requested component 'otlp' not found in entry points for 'otel_traces_exporter'", "otlp"),
        ("ValueError: the theme was not found", None),
        ("OSError: the engine is not available", None),
        ("RuntimeError: backend could not be found", None),
        ("ERROR - Unrecognised theme name: 'mkdocs'.", None),
        ("OSError: no such file: 'plugin.py'", None),
    ],
)
def test_the_name_of_the_plugin(text: str, name: str | None) -> None:
    found = list(missing_plugin.find(case(dist("mkdocs"), text=text, own_imports=("mkdocs",))))
    assert ([f.need.name for f in found if f.need], [f.culprits[0].name for f in found]) == (
        ([name], ["mkdocs"]) if name else ([], [])
    )


def test_the_group_of_entry_points_says_what_kind_of_plugin_it_is() -> None:
    text = "RuntimeError: Requested component 'otlp' not found in entry points for 'otel_traces_exporter'"
    found = missing_plugin.find(case(dist("otel-sdk"), text=text, own_imports=("otel-sdk",)))
    assert [f.need.detail for f in found if f.need] == ["exporter"]
