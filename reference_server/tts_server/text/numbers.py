"""Numerals as Mandarin reads them. Takes ASCII digits, gives Chinese characters; knows no context."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
TELEPHONE = "零幺二三四五六七八九"
PLACES = ("", "十", "百", "千")
GROUPS = ("", "万", "亿", "万亿", "亿亿")
MOST_DIGITS = 4 * len(GROUPS)


def digits(text: str) -> str:
    """One by one: 2024 -> 二零二四. What is no digit stays."""
    return "".join(DIGITS[int(sign)] if sign in "0123456789" else sign for sign in text)


def telephone(text: str) -> str:
    """One by one, 1 as yao; groups stay apart: 010-110 -> 零幺零，幺幺零."""
    spoken = "".join(TELEPHONE[int(sign)] if sign in "0123456789" else "，" for sign in text.strip(" -+()"))
    while "，，" in spoken:
        spoken = spoken.replace("，，", "，")
    return spoken


def cardinal(text: str) -> str:
    """A whole number: 10010 -> 一万零一十; leading noughts or more than 20 digits: one by one."""
    if len(text) > MOST_DIGITS or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    value = int(text)
    if value == 0:
        return DIGITS[0]
    spoken, skipped = "", False
    for place in range(len(GROUPS) - 1, -1, -1):
        group = value // 10 ** (4 * place) % 10000
        if not group:
            skipped = bool(spoken)
            continue
        if spoken and (skipped or group < 1000):
            spoken += DIGITS[0]
        spoken += _group(group) + GROUPS[place]
        skipped = False
    return spoken[1:] if spoken.startswith("一十") else spoken


def _group(value: int) -> str:
    spoken, gap = "", False
    for place in range(3, -1, -1):
        figure = value // 10**place % 10
        if not figure:
            gap = bool(spoken)
            continue
        if gap:
            spoken += DIGITS[0]
        spoken += ("两" if figure == 2 and place == 3 else DIGITS[figure]) + PLACES[place]
        gap = False
    return spoken


def number(text: str) -> str:
    """Whole or decimal, with or without separators and sign: -1,234.50 -> 负一千二百三十四点五零."""
    text = text.replace(",", "")
    if text[:1] in "-−+":
        return {"+": "正"}.get(text[0], "负") + number(text[1:])
    whole, point, rest = text.partition(".")
    spoken = cardinal(whole or "0")
    if spoken.startswith("二") and spoken[1:2] in ("万", "亿"):
        spoken = "两" + spoken[1:]
    return spoken + "点" + digits(rest) if point and rest else spoken


def amount(text: str) -> str:
    """As `number`, without noughts at the end of the decimals: 12.50 -> 十二点五."""
    return number(text.rstrip("0").rstrip(".") if "." in text else text)


def counted(text: str) -> str:
    """As `number`, before a measure word: 2 -> 两."""
    return "两" if text == "2" else number(text)


def day_time(hour: str, minute: str, second: str = "") -> str:
    """A time of day: 8:05 -> 八点零五分, 12:00 -> 十二点整."""
    spoken = ("两" if int(hour) == 2 else cardinal(str(int(hour)))) + "点"
    if int(minute) == 0 and not second:
        return spoken + "整"
    spoken += _sixtieth(minute) + "分"
    return spoken + (_sixtieth(second) + "秒" if second else "")


def _sixtieth(text: str) -> str:
    value = int(text)
    return ("零" if 0 < value < 10 else "") + cardinal(str(value))
