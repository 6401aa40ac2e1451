"""Written text in, text that the voices read aloud out: signs that a voice would skip become words. Drops nothing."""

from __future__ import annotations

SIGNS = {
    "°C": "摄氏度",
    "℃": "摄氏度",
    "°F": "华氏度",
    "℉": "华氏度",
    "°": "度",
    "￥": " 人民币 ",
    "¥": " 人民币 ",
}
"""Longer signs before the shorter ones that they start with."""


def spell_out(text: str) -> str:
    for sign, words in SIGNS.items():
        text = text.replace(sign, words)
    return text
