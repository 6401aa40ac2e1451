"""Difference of two images -> lines for a person, and JSON. Decides what a person is spared, never what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tts_doctor.model.image_diff import Difference, ImageDiff
from tts_doctor.model.text import Text
from tts_doctor.render.as_json import SCHEMA_VERSION
from tts_doctor.render.page import Line, line

MOST = 15
"""Rows of one kind that a person is shown; the JSON has all."""
HEADS = {
    "python": Text("Python distributions", "Python 发行包"),
    "debian": Text("Debian packages", "Debian 软件包"),
    "setting": Text("settings", "设置"),
    "layer": Text("layers", "层"),
    "folder": Text("size by folder", "各文件夹大小"),
}
FILES = {
    "added": Text("files added", "新增文件"),
    "removed": Text("files removed", "删除文件"),
    "changed": Text("files changed", "改动文件"),
}


def image_diff_lines(diff: ImageDiff, lang: str) -> list[Line]:
    """The page: sizes, then what differs by kind, files last."""
    before, after = diff.sizes
    lines = [line(("tts-doctor", "strong"), " · ", diff.names[0], " → ", diff.names[1]), Line()]
    lines.append(line(f"{_mega(before)} → {_mega(after)}  ", (_more(after - before), _style(after - before))))
    for what, head in (HEADS | FILES).items():
        changes = diff.of(what)
        if what in FILES:
            changes = tuple(sorted(changes, key=lambda change: -abs(change.size)))
        if changes:
            lines += [Line(), line((head.say(lang), "label"), f"  {len(changes)}")]
            lines += [_row(change) for change in changes[:MOST]]
            lines += _rest(len(changes) - MOST, lang)
    if not diff.changes:
        lines.append(line(("✓ ", "good"), Text("they hold the same", "两者内容相同").say(lang)))
    return lines


def image_diff_object(diff: ImageDiff) -> dict[str, Any]:
    """The JSON before it is written."""
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "images": list(diff.names),
        "bytes": list(diff.sizes),
    }
    for what in ("python", "debian", "setting"):
        found[what] = [{"name": c.name, "before": c.before or None, "after": c.after or None} for c in diff.of(what)]
    found["layer"] = [
        {"digest": c.before or c.after, "made_by": c.name, "bytes": abs(c.size), "only_in": int(bool(c.after))}
        for c in diff.of("layer")
    ]
    for what in ("folder", *FILES):
        found[what] = [{"path": _rooted(c.name), "bytes": c.size} for c in diff.of(what)]
    return found


def _row(change: Difference) -> Line:
    if change.what in ("python", "debian", "setting"):
        return line(f"{change.name}  {change.before or '-'} → {change.after or '-'}", indent=2, hang=4)
    return line((f"{_more(change.size):>10}  ", _style(change.size)), _rooted(change.name)[:160], indent=2, hang=14)


def _rooted(path: str) -> str:
    """As it lies in the image, whose archive names files from its root."""
    return f"/{path.lstrip('/')}"


def _rest(count: int, lang: str) -> Iterator[Line]:
    if count > 0:
        more = Text(f"… and {count} more (--format json has all)", f"…… 还有 {count} 项（见 --format json）")
        yield line((more.say(lang), "dim"), indent=2)


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _more(size: int) -> str:
    if abs(size) < 100_000:
        return f"{size / 1e3:+.1f} kB"
    return f"{size / 1e6:+.1f} MB"


def _style(size: int) -> str:
    return "bad" if size > 0 else "good" if size < 0 else "dim"
