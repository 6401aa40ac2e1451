"""The map of the speech stack says of every cell how it is known, and each proof is there."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from tts_doctor.knowledge.bounds import load_bounds
from tts_doctor.matrix.plan import cells_of
from tts_doctor.matrix.prove import violated
from tts_doctor.model.matrix import Basis
from tts_doctor.parse.matrix_words import read_grids
from tts_doctor.parse.playbook import read_yaml

FOLDER = Path(__file__).parents[2] / "docs" / "map"
Row = dict[str, str]


@lru_cache(maxsize=1)
def rows() -> list[Row]:
    with (FOLDER / "cells.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def label(row: Row) -> str:
    return f"{row['python']} {row['asked']}"


def pins(words: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, version) for name, _, version in (word.partition("==") for word in words.split()))


def test_it_is_as_large_as_promised() -> None:
    """1500 cells whose end is known, 300 of them installed and run."""
    known = [row for row in rows() if row["state"] in ("works", "conflict", "broken")]
    assert len(known) >= 1500
    assert sum(row["basis"] == "run" for row in known) >= 300


def test_every_cell_is_one_of_the_plan_and_is_there_once() -> None:
    text = (FOLDER / "speech.yaml").read_text("utf-8")
    grids, _, day = read_grids(read_yaml(text, "speech.yaml"), "speech.yaml")
    planned = [f"{cell.grid} {cell.label}" for cell in cells_of(grids, day)]
    found = [f"{row['grid']} {label(row)}" for row in rows()]
    assert found == planned


def test_no_other_torch_than_the_one_that_was_built_here_was_run() -> None:
    ran = [row["versions"] for row in rows() if row["basis"] == "run"]
    torches = {word for versions in ran for word in versions.split() if word.startswith("torch==")}
    assert torches <= {"torch==2.13.0+cpu"}


@pytest.mark.parametrize("basis", ["part", "bound", "cause", "same"])
def test_a_proof_is_there(basis: str) -> None:
    """A part was refused in a cell that was asked; a bound is a proven one and is violated; another cell was run."""
    bounds = {bound.id: bound for bound in load_bounds()}
    refused = {label(row) for row in rows() if row["basis"] == "metadata" and row["state"] == "conflict"}
    ran = {label(row) for row in rows() if row["basis"] == "run"}
    for row in rows():
        if row["basis"] != basis:
            continue
        if basis == "part":
            words = set(row["proof"].split())
            assert words <= set(label(row).split())
            assert any(words <= set(one.split()) for one in refused), row
        elif basis == "bound":
            versions = dict(word.split("==") for word in row["versions"].split())
            bound = bounds[row["proof"]]
            assert versions[bound.consumer] in SpecifierSet(bound.versions)
            assert versions[bound.provider] not in SpecifierSet(bound.bound)
        else:
            assert row["proof"] in ran, row


def test_what_breaks_is_explained() -> None:
    """Every cell that fails though metadata allow it names its cause."""
    assert [label(row) for row in rows() if row["state"] == "broken" and not row["finding"]] == []


def test_what_breaks_is_a_bound() -> None:
    """Every pair that metadata allow and that fails is told to whoever locks or diagnoses."""
    unknown = []
    for row in rows():
        if row["state"] == "broken":
            parties = {name for name, _ in pins(row["culprits"])}
            if not any({bound.consumer, bound.provider} <= parties for bound, _ in violated(pins(row["versions"]))):
                unknown.append(label(row))
    assert unknown == []


@pytest.mark.parametrize("page", ["compatibility.md", "compatibility.zh.md"])
def test_the_page_counts_as_the_data_do(page: str) -> None:
    text = (FOLDER.parent / page).read_text("utf-8")
    states, bases = (Counter(row[key] for row in rows()) for key in ("state", "basis"))
    for number in (len(rows()), *states.values()):
        assert re.search(rf"\b{number}\b", text), number
    assert re.findall(r"\| (\d+) \|", text) == [str(bases[basis.value]) for basis in Basis]
