"""`tts-doctor matrix`: the options made into cells, the results into files, words and an exit status."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.matrix.plan import cells_of, github_matrix, shard, with_axes
from tts_doctor.matrix.tally import tally
from tts_doctor.model.lock import ResolverSettings
from tts_doctor.model.matrix import Cell, Found, Grid, Limits, MatrixRequest, State

DEFAULT_PYTHON = "3.10"
MOST_CELLS = 100_000


def matrix(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """0: every cell works; 1: some cell does not; 3: some cell is unknown, and none fails."""
    cwd = surroundings.working_folder()
    grids, settings = _grids(options, cwd)
    settings = replace(settings, offline=surroundings.offline(environ))
    grids = tuple(_adapted(grid, options) for grid in grids)
    cells = shard(cells_of(grids, settings.as_of), *options.shard)
    if not 0 < len(cells) <= MOST_CELLS:
        said = f"{len(cells)} cells: 1 to {MOST_CELLS} are possible", f"格子数须在 1 与 {MOST_CELLS} 之间"
        raise UsageError(*said)
    if options.export:
        import json

        console.write(json.dumps(github_matrix(cells)))
        return ExitCode.OK
    request = MatrixRequest(
        cells=cells,
        settings=settings,
        folder=str(Path(cwd, options.output)),
        jobs=options.jobs,
        scheduler=options.scheduler,
        resume=options.resume,
        merge=tuple(str(Path(cwd, folder)) for folder in options.merge),
        limits=Limits(options.timeout, options.memory, options.disk),
        treat=options.treat,
        cwd=cwd,
    )
    results = _run(request, environ, lang)
    console.write(_shown(cells, results, options, lang, environ))
    counts = tally(cells, results)
    if counts.of(State.CONFLICT) or counts.of(State.BROKEN):
        return ExitCode.FINDINGS
    return ExitCode.UNKNOWN if counts.of(State.UNKNOWN) else ExitCode.OK


def _grids(options: Namespace, cwd: str) -> tuple[tuple[Grid, ...], ResolverSettings]:
    """From a file of grids or a list of requirements."""
    if options.file.endswith((".yaml", ".yml")):
        from tts_doctor.cli.resolve_names import readable_file
        from tts_doctor.parse.matrix_words import read_grids
        from tts_doctor.parse.playbook import read_yaml

        path = readable_file(options.file, cwd)
        grids, sdists, day = read_grids(read_yaml(Path(path).read_text("utf-8", "replace"), options.file), options.file)
        allow = (*sdists, *options.allow_sdist)
        return grids, ResolverSettings(as_of=options.as_of or day, allow_sdist=allow)
    from tts_doctor.effects.read_list import read_list

    listed = read_list([options.file], cwd)
    name = Path(options.file).stem if options.file != "-" else "list"
    grid = Grid(name, listed.pythons or (DEFAULT_PYTHON,), (), listed.lines)
    return (grid,), ResolverSettings(as_of=options.as_of, allow_sdist=options.allow_sdist, options=listed.options)


def _adapted(grid: Grid, options: Namespace) -> Grid:
    """The grid with what the command line says in its place."""
    grid = with_axes(grid, options.axes)
    if options.command:
        grid = replace(grid, smoke=options.command)
    if options.python:
        grid = replace(grid, pythons=options.python)
    return replace(grid, resolve_only=grid.resolve_only or options.resolve_only)


def _run(request: MatrixRequest, environ: Mapping[str, str], lang: str) -> dict[str, Found]:
    from tts_doctor.effects.matrix_run import run_matrix

    with Progress(lang) as say:
        results = run_matrix(request, environ, say)
        _export(request, results, lang, say)
    return results


def _export(request: MatrixRequest, results: Mapping[str, Found], lang: str, say: Progress) -> None:
    """Everything that is known so far as files beside the database."""
    from tts_doctor.effects.matrix_export import export, read_template
    from tts_doctor.render.as_matrix import matrix_to_markdown, plain_rows
    from tts_doctor.render.as_matrix_page import matrix_page

    texts = {
        "tables.md": matrix_to_markdown(request.cells, results, lang),
        "index.html": matrix_page(read_template(), request.cells, results, request.settings.as_of, lang),
    }
    export(request.folder, list(plain_rows(request.cells, results)), texts, say)


def _shown(
    cells: tuple[Cell, ...], results: Mapping[str, Found], options: Namespace, lang: str, environ: Mapping[str, str]
) -> str:
    from tts_doctor.render import as_matrix

    if options.format == "json":
        from tts_doctor.render.as_json import dump

        return dump(as_matrix.matrix_object(cells, results, lang), not console.speaks_utf8())
    if options.format == "markdown":
        return as_matrix.matrix_to_markdown(cells, results, lang)
    return console.page(as_matrix.matrix_lines(cells, results, options.output, lang), environ)
