"""The compiled tables say what the YAML files say, and give way to a file that was changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tts_doctor.knowledge import load_data


def test_compiled_tables_are_fresh() -> None:
    assert load_data.COMPILED.read_text("utf-8") == load_data.compile_data(), "run scripts/compile_tables.py"
    messages = load_data.compile_data(load_data.files_of("messages"))
    assert load_data.COMPILED_MESSAGES.read_text("utf-8") == messages, "run scripts/compile_tables.py"


def test_a_changed_file_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(load_data.DATA, tmp_path / "data")
    table = tmp_path / "data/torch_family.yaml"
    table.write_text(table.read_text("utf-8") + "\nanother: 1\n", encoding="utf-8")
    monkeypatch.setattr(load_data, "DATA", tmp_path / "data")
    load_data.load_data.cache_clear()
    assert load_data.load_data("torch_family.yaml")["another"] == 1
    load_data.load_data.cache_clear()
