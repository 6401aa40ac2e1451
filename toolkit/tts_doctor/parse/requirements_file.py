"""Requirements files as pip reads them: bytes decided into lines, with the place of every error.

Never opens a file: an include is named in the result and read by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tts_doctor.errors import UsageError
from tts_doctor.model.lock import ListLine
from tts_doctor.parse.metadata import is_sane

COMMENT = re.compile(r"(^|(?<!\s)\s+)#.*$")
HASHES = re.compile(r"(?<!\s)\s+--(hash|config-settings?|global-option)[= ]\S+")
INCLUDE = re.compile(r"^(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?=[^\s-]))(.+)$")
PASSED_ON = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--pre")
IGNORED = ("--trusted-host", "--prefer-binary", "--require-hashes", "--use-feature", "--no-binary", "--only-binary")
PATH_LIKE = re.compile(r"^(\.{0,2}/|\.$|\.\.$|(git|hg|svn|bzr)\+|(https?|file|ftp)://|\S+\.(whl|tar\.gz|zip)$)", re.I)


@dataclass(frozen=True)
class Include:
    """`-r` or `-c`: a file to read in this place."""

    path: str
    constraint: bool
    number: int


@dataclass(frozen=True)
class Option:
    """A line for the resolver, or one (`used` False) that plays no part in a lock."""

    text: str
    number: int
    used: bool = True


Item = ListLine | Include | Option


def read_requirements(text: str, source: str) -> tuple[Item, ...]:
    """The file's lines in order. Raises UsageError with file, line and caret at the first that cannot be read."""
    return tuple(_item(line, number, source) for number, line in _logical_lines(text))


def read_line(text: str, source: str, number: int, shown: str = "") -> ListLine:
    """One requirement; `shown` is the line as it stands in the file. Raises UsageError."""
    bare = HASHES.sub("", text).strip()
    if PATH_LIKE.match(bare) and " @ " not in bare:
        return ListLine(bare, "", source=source, number=number)
    if not is_sane(bare):
        raise UsageError(
            f"{source}:{number}:1: longer or more nested than any requirement",
            f"{source}:{number}:1：依赖声明过长或嵌套过深",
        )
    try:
        found = Requirement(bare)
    except InvalidRequirement as error:
        raise _error(error, bare, shown or text, source, number) from None
    written = re.match(r"[A-Za-z0-9._-]+", bare)
    extras = f"[{','.join(sorted(found.extras))}]" if found.extras else ""
    return ListLine(
        text=bare,
        name=canonicalize_name(found.name),
        written=written.group() if written else found.name,
        extras=extras,
        specifier=_specifier(bare, found),
        marker=str(found.marker) if found.marker else "",
        url=found.url or "",
        source=source,
        number=number,
    )


def _specifier(text: str, found: Requirement) -> str:
    """As written, since `==1.15` and `==1.15.0` are one version and two texts."""
    if found.url:
        return ""
    body = re.sub(r"^[A-Za-z0-9._-]+\s*(\[[^\]]*\])?", "", text.split(";", 1)[0]).strip()
    return re.sub(r"\s+", "", body).strip("()") or str(found.specifier)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first line, joined line as indented as its first) without comments and blank lines."""
    joined, began = "", 0
    for number, row in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        began = began or number
        body = COMMENT.sub("", row)
        if body.endswith("\\"):
            joined += (body[:-1].strip() if joined else body[:-1].rstrip()) + " "
            continue
        line = (joined + body.strip() if joined else body).rstrip()
        if line.strip():
            yield began, line
        joined, began = "", 0
    if joined.strip():
        yield began, joined.rstrip()


def _item(row: str, number: int, source: str) -> Item:
    line = row.strip()
    if not line.startswith("-"):
        return read_line(line, source, number, row)
    include = INCLUDE.match(line)
    if include:
        return Include(include[1].strip().strip("'\""), line.startswith(("-c", "--constraint")), number)
    word = re.split(r"[\s=]", line, maxsplit=1)[0]
    if word in ("-e", "--editable"):
        return ListLine(line, "", source=source, number=number)
    if word in PASSED_ON:
        return Option(line, number)
    if word in IGNORED:
        return Option(line, number, used=False)
    raise UsageError(
        f"{source}:{number}:1: no option {word} is known here\n{_caret(line, 0)}",
        f"{source}:{number}:1：不认识选项 {word}\n{_caret(line, 0)}",
    )


def _error(error: InvalidRequirement, bare: str, shown: str, source: str, number: int) -> UsageError:
    words = str(error).splitlines()
    place = next((row.index("^") - 4 for row in words if "^" in row and not row.strip(" ~^")), len(bare) - 1)
    column = max(0, min(place, len(bare))) + max(0, shown.find(bare))
    single = re.match(r"^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)\s*=\s*([0-9][^=\s]*)$", bare)
    hint = f"write {single[1]}=={single[2]}" if single else ""
    said = words[0].rstrip(": ") if words else "not a requirement"
    return UsageError(
        f"{source}:{number}:{column + 1}: {said[0].lower()}{said[1:]}\n{_caret(shown, column)}",
        f"{source}:{number}:{column + 1}：不是有效的依赖声明\n{_caret(shown, column)}",
        hint_en=hint,
        hint_zh=f"请写成 {single[1]}=={single[2]}" if single else "",
    )


def _caret(line: str, column: int) -> str:
    return f"    {line}\n    {' ' * column}^"
