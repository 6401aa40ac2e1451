"""The acceptance table: texts that a speech service has to say, as data."""

from __future__ import annotations

from functools import lru_cache

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.smoke import Row
from tts_doctor.model.text import Text


@lru_cache(maxsize=1)
def acceptance_rows() -> tuple[Row, ...]:
    """The plain row first."""
    return tuple(
        Row(row["id"], row["text"], row["syllables"], Text(*row["title"]), row.get("quick", False))
        for row in load_data("speech_acceptance.yaml")
    )
