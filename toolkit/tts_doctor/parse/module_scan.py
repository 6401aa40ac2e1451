"""Scans a module's bytes for what importing it executes, many times faster than parsing, where its layout is plain.

Never guesses: whatever could execute, bind or hide an import in another way makes the answer None, and the text must be
parsed. Attributes are the exception: those that it reports may stand in functions, comments or strings.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache

from tts_doctor.parse.condition import Python
from tts_doctor.parse.module_functions import in_function
from tts_doctor.parse.module_layout import (
    QUOTES,
    STRING,
    executed_imports,
    outside_strings,
    surely_code,
    without_strings,
)
from tts_doctor.parse.module_lines import MAX_BYTES, absolute

PATH = re.compile(rb"\bsys\.path\b")
OPEN = (
    b"__getattr__", b"exec(", b"sys.modules", b"vars(", b"locals(", b"__dict__", b"global_enum", b"attach",
    b"Lazy",
)  # fmt: skip
"""What may bind names that the text does not mention."""
READ_GLOBALS = re.compile(rb"globals\(\)\.(?:get|keys|items|values|copy)\(")
DELETED = re.compile(rb"del(?<!\wdel)[ \t(]([^\n]*)")
WORDS = re.compile(rb"\w+")
FREE_WORDS = re.compile(rb"(?<![\w.])[^\W\d]\w*")
STAR = re.compile(rb"import[ \t]*\(?[ \t]*\*")
OWN_NAME = re.compile(rb"__name__(?<!getLogger\(__name__)(?![ \t]*[!=]=)")
NEW_MODULE = re.compile(rb"sys\.modules\[(?![\w.]+\])[^\]\n]*\][ \t]*=(?!=)")
OWN_PATH = re.compile(rb"(?<![\w.\"'])__path__|extend_path")
FROM = re.compile(
    rb"from[ \t]*(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]*(?:\(([^)]*)\)|((?:[^\n(\\#;]|\\\n)*))[ \t]*(?:#[^\n]*)?(?=\n)"
)
PLAIN = re.compile(rb"import[ \t]+([^\n#;(\\]*)(?:#[^\n]*)?(?=\n)")
CHAIN = re.compile(rb"\w+(?:\.\w+)*")
IN_CHAIN = frozenset(b"_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
COMMENT = re.compile(rb"#[^\n]*")
NAME = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")
DOTTED = re.compile(r"([\w.]+)(?:\s+as\s+(\w+))?")
ALL = re.compile(
    rb"\n__all__[ \t]*(?:=|(\+=))[ \t]*([\[(](?:\s|,|#[^\n]*\n|'[\w.]*'|\"[\w.]*\")*[\])])[ \t]*(?:#[^\n]*)?(?=\n)"
)
STATEMENT = re.compile(rb"\n(?=from[ \t.]|import[ \t])")
UNINDENTED = re.compile(rb"\n\w[^\n]*")
BOUND = re.compile(rb"\n(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|\n(\w+)[ \t]*(?::[^=\n]*)?=(?!=)")


NOT_ONE = ("", "")
"""What a name stands for that is bound in several ways."""
Use = tuple[str, tuple[str, ...]]
"""Absolute dotted name of a module, and the names imported from it; none for `import module`."""


@dataclass
class Scanned:
    """What importing a plain module executes, in order: neither guarded nor deferred."""

    name: str
    is_package: bool
    uses: list[Use] = field(default_factory=list)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (module, name in it) of what the uses bind."""
    late: bool = False
    """There may be other imports, which do not run then."""


def scan(source: bytes, name: str, is_package: bool, python: Python) -> Scanned | None:
    """What importing executes under `python`; None where only a parser can tell. Never raises for any input."""
    if len(source) > MAX_BYTES:
        return None
    text = _lines(source)
    if not _is_plain(text):
        return None
    executed = executed_imports(text, python)
    if executed is None:
        return None
    places, late = executed
    scanned = Scanned(name, is_package, late=late)
    return scanned if all(_statement(scanned, text, place) for place in places) else None


def attributes(source: bytes, alias: str) -> frozenset[str]:
    """Dotted chains that the text has after `alias.`, wherever it stands."""
    word = alias.encode() + b"."
    size = len(word)
    found = set()
    place = source.find(word)
    while place >= 0:
        chain = CHAIN.match(source, place + size)
        if chain and (not place or source[place - 1] not in IN_CHAIN):
            found.add(chain[0])
        place = source.find(word, place + size)
    return frozenset(chain.decode("utf-8", "replace") for chain in found)


def runs_later(source: bytes, alias: str, chain: str) -> bool:
    """Whether `alias.chain` stands only in functions' bodies, strings and comments."""
    text = _lines(source)
    whole = re.compile(rb"(?<![\w.])" + re.escape(f"{alias}.{chain}".encode()) + rb"(?![\w]|\.\w)")
    left = [place for place in (m.start() for m in whole.finditer(text)) if not in_function(text, place)]
    return not left or not outside_strings(text, left)


def bound_plainly(source: bytes, package: str = "") -> frozenset[str]:
    """Names that unindented definitions, assignments and imports bind for certain; others may be bound as well.

    Those that a `del` takes away again are left out. `package`: its name where it is one, which binds the submodules
    that it imports.
    """
    text = _lines(source)
    for quotes in QUOTES:
        if quotes in text:
            parts = text.split(quotes)
            if len(parts) % 2 == 0:
                text = without_strings(_lines(source))
                break
            text = b"''".join(parts[::2])
    deleted = {
        word.decode("utf-8", "replace")
        for found in DELETED.finditer(text)
        if not text[text.rfind(b"\n", 0, found.start()) + 1 : found.start()].strip(b" \t")
        for word in WORDS.findall(found[1])
    }
    unindented = b"".join(UNINDENTED.findall(text))
    names = {(a or b).decode("utf-8", "replace") for a, b in BOUND.findall(unindented)}
    imports = Scanned(package, bool(package))
    for found in STATEMENT.finditer(text):
        _statement(imports, text, found.start() + 1)
    if package:
        inside = package + "."
        names |= {used[len(inside) :].partition(".")[0] for used, _ in imports.uses if used.startswith(inside)}
    return frozenset((names | imports.aliases.keys()) - {"*"} - deleted)


def may_star(source: bytes, name: str) -> bool | None:
    """Whether a star import brings a name that the module binds; None where its `__all__` must be read to tell."""
    if b"__all__" not in source:
        return not name.startswith("_")
    quoted = name.encode()
    return True if b"'%b'" % quoted in source or b'"%b"' % quoted in source else None


def literal_all(source: bytes) -> frozenset[str] | None:
    """A module's `__all__` where it is made of literal lists of names alone; None where that is not plain."""
    if b"__all__" not in source:
        return None
    text = _lines(source)
    count = _own_all_lines(text)
    parts = list(ALL.finditer(text))
    if len(parts) != count or not parts or parts[0][1] or not surely_code(text, [part.start() for part in parts]):
        return None
    try:
        lists = [ast.literal_eval(part[2].decode("utf-8", "replace")) for part in parts]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    plain = all(isinstance(names, (list, tuple)) for names in lists)
    return frozenset(name for names in lists for name in names) if plain else None


def _own_all_lines(text: bytes) -> int:
    """Lines that speak of the module's own `__all__`, comments left out."""
    lines = set()
    place = text.find(b"__all__")
    while place >= 0:
        line = text.rfind(b"\n", 0, place)
        if text[place - 1] not in IN_CHAIN and text.find(b"#", line, place) < 0:
            lines.add(line)
        place = text.find(b"__all__", place + 1)
    return len(lines)


def words_of(source: bytes) -> frozenset[bytes]:
    """The names in a text's code that are no attributes of others."""
    return frozenset(FREE_WORDS.findall(STRING.sub(b"''", _lines(source))))


def may_mention(source: bytes, name: str) -> bool:
    """Whether a name stands anywhere in the text, strings and comments included, as no attribute of others."""
    word = re.escape(name.encode())
    return re.search(word + rb"(?!\w)(?<![\w.]" + word + rb")", source) is not None


def binds_only_mentioned(source: bytes) -> bool:
    """Whether the module can bind no other name than one that its text mentions."""
    if any(word in source for word in OPEN) or STAR.search(source) or OWN_NAME.search(source):
        return False
    return b"globals" not in source or source.count(b"globals") == len(READ_GLOBALS.findall(source))


def _lines(source: bytes) -> bytes:
    """The source between newlines, with plain line ends."""
    return b"\n" + (source.replace(b"\r\n", b"\n") if b"\r" in source else source) + b"\n"


def _is_plain(text: bytes) -> bool:
    """Whether importing it moves no modules and makes no new ones."""
    has_path = b"_path" in text and (b"__path__" in text or b"extend_path" in text)
    if has_path and any(not in_function(text, m.start()) for m in OWN_PATH.finditer(text)):
        return False
    if b"\f" in text or b"\x00" in text or b"\r" in text or b"declare_namespace" in text:
        return False
    has_sys = b"sys." in text
    if has_sys and b"sys.modules[" in text and NEW_MODULE.search(text):
        return False
    return not (has_sys and b"sys.path" in text) or all(in_function(text, m.start()) for m in PATH.finditer(text))


def _statement(scanned: Scanned, text: bytes, place: int) -> bool:
    """Add one import statement; False where it cannot be read."""
    line = text[place : text.index(b"\n", place) + 1]
    read = _read_line(line) if b"(" not in line and b"\\" not in line else _read(text, place)
    if read is None:
        return False
    level, target, names, pairs = read
    if level < 0:
        for module, bound in pairs:
            scanned.uses.append((module, ()))
            top = module.partition(".")[0]
            _bind(scanned.aliases, bound or top, (module if bound else top, ""))
        return True
    module = target
    if level:
        above = _above(scanned.name, scanned.is_package, level)
        module = f"{above}.{target}" if above and target else above
    if not module and scanned.name:
        return False
    scanned.uses.append((module, names))
    aliases = scanned.aliases
    for name, bound in pairs:
        meaning = module, name
        if aliases.setdefault(bound or name, meaning) != meaning:
            aliases[bound or name] = NOT_ONE
    return True


@lru_cache(maxsize=16)
def _above(name: str, is_package: bool, level: int) -> str:
    """The package that a relative import starts from; asked for the same module again and again."""
    return absolute(name, is_package, level, "")


Read = tuple[int, str, tuple[str, ...], tuple[tuple[str, str], ...]]
"""Leading dots (-1 for `import …`), module, names, and names with what they are called here."""


@lru_cache(maxsize=4000)
def _read_line(line: bytes) -> Read | None:
    return _read(line, 0)


def _read(text: bytes, place: int) -> Read | None:
    """The import statement at that place; None where it makes no sense."""
    if not text.startswith(b"from", place):
        plain = PLAIN.match(text, place)
        parts = plain[1].decode("utf-8", "replace").split(",") if plain else []
        items = [DOTTED.fullmatch(part.strip()) for part in parts]
        known = tuple((item[1], item[2] or "") for item in items if item)
        return (-1, "", (), known) if known and len(known) == len(items) else None
    found = FROM.match(text, place)
    if found is None:
        return None
    pairs = _names(found[4] if found[3] is None else found[3])
    module = found[2].decode("utf-8", "replace")
    return (len(found[1]), module, tuple(name for name, _ in pairs), pairs) if pairs else None


def _bind(aliases: dict[str, tuple[str, str]], name: str, meaning: tuple[str, str]) -> None:
    aliases[name] = meaning if aliases.get(name, meaning) == meaning else NOT_ONE


def _names(body: bytes) -> tuple[tuple[str, str], ...]:
    """Name and new name of each part; nothing where a part makes no sense."""
    if b"#" in body:
        body = COMMENT.sub(b"", body)
    parts = body.decode("utf-8", "replace").replace("\\\n", " ").split(",")
    if not parts[-1].strip():
        parts.pop()
    found = []
    for part in parts:
        word = part.strip()
        if word.isidentifier() or word == "*":
            found.append((word, ""))
            continue
        item = NAME.fullmatch(word)
        if item is None:
            return ()
        found.append((item[1], item[2] or ""))
    return tuple(found)
