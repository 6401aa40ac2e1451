"""The error for a file that the user named and that cannot be written."""

from __future__ import annotations

from pathlib import Path

from tts_doctor.errors import UsageError
from tts_doctor.model.system_words import system_words


def cannot_write(path: str | Path, error: OSError) -> UsageError:
    """To be raised: which file, and what the system says."""
    why = system_words(error)
    return UsageError(
        f"cannot write {path}: {why.en}",
        f"无法写入 {path}：{why.zh}",
        hint_en="name a file in a folder that you may write to",
        hint_zh="请指明可写入的文件夹中的文件",
    )
