"""The requirements that a pyproject.toml declares, and the Pythons. Reads no file and runs no build backend."""

from __future__ import annotations

from typing import Any

from packaging.specifiers import SpecifierSet

from tts_doctor.errors import UsageError
from tts_doctor.model.lock import ListLine
from tts_doctor.parse.plain_data import toml_of
from tts_doctor.parse.requirements_file import read_line

MINORS = tuple(f"3.{n}" for n in range(8, 15))


def read_project(text: str, source: str) -> tuple[tuple[ListLine, ...], tuple[str, ...]]:
    """`project.dependencies` and the minor versions that `requires-python` admits. Raises UsageError."""
    try:
        project = toml_of(text).get("project", {})
    except ValueError as error:
        raise UsageError(f"{source}: {error}", f"{source}：{error}") from None
    if "dependencies" not in project:
        raise UsageError(
            f"{source} has no project.dependencies",
            f"{source} 中没有 project.dependencies",
            hint_en="dependencies that a build backend computes cannot be read; write them to a requirements file",
            hint_zh="由构建后端计算的依赖无法读取，请写入 requirements 文件",
        )
    rows = text.splitlines()
    lines = tuple(read_line(word, source, _place(rows, word)) for word in _strings(project["dependencies"], source))
    return lines, declared_pythons(str(project.get("requires-python", "")), source)


def declared_pythons(specifier: str, source: str) -> tuple[str, ...]:
    """Minor versions that a Requires-Python admits, empty for none given. Raises UsageError."""
    if not specifier:
        return ()
    try:
        wanted = SpecifierSet(specifier)
        return tuple(m for m in MINORS if wanted.contains(f"{m}.99"))
    except ValueError:  # InvalidSpecifier, or more digits than int() takes
        raise UsageError(
            f"{source}: requires-python = {specifier!r} is no version range",
            f"{source}：requires-python = {specifier!r} 不是有效的版本范围",
        ) from None


def _strings(value: Any, source: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise UsageError(
            f"{source}: project.dependencies is no list of strings", f"{source}：project.dependencies 应为字符串列表"
        )
    return value


def _place(rows: list[str], word: str) -> int:
    return next((n for n, row in enumerate(rows, 1) if word in row), 0)
