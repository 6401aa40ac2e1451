"""A sentence in the languages that the tool speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The same sentence in English and Chinese; without Chinese the English serves."""

    en: str
    zh: str = ""

    def say(self, lang: str) -> str:
        return self.zh if lang == "zh" and self.zh else self.en
