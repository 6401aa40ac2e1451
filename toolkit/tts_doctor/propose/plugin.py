"""The distribution that brings a plugin of a program: `mkdocs-material` for the theme `material`.

Names are tried as plugins are usually called. A name proves nothing: its wheel must declare an entry point of exactly
the plugin's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from packaging.utils import canonicalize_name

from tts_doctor.knowledge.impostors import impostor
from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text
from tts_doctor.propose.candidates import shelf
from tts_doctor.propose.offer import Offer, Question, offer

MOST = 3
_PART = re.compile(r"-(?:api|sdk|core|common|base|client|semantic-conventions)$")
"""What the parts of one project end with: `opentelemetry-api` and `opentelemetry-exporter-otlp` are of one."""


def settle_plugin(question: Question) -> list[Offer]:
    """The distributions whose newest fitting release declares the entry point, the one with the most releases first."""
    need = question.need
    stock = {name: _versions(name, question) for name in candidates(need.consumer, need.name, need.detail)}
    fitting = [name for name, versions in stock.items() if versions and _declares(name, versions[-1], question)]
    proven = sorted(fitting, key=lambda name: -len(stock[name]))[:MOST]
    why = Text(f"it brings {need.name} to {need.consumer}", f"它为 {need.consumer} 带来 {need.name}")
    return [
        offer([Action("install", n, _same_release(n, stock[n], question), why=why)], question.facts, 1, place)
        for place, n in enumerate(proven)
    ]


def _same_release(name: str, versions: Sequence[str], question: Question) -> str | None:
    """The pin to the program's own release, where both are parts of one project that are released together."""
    program = question.need.consumer
    stem, version = _PART.sub("", program), question.facts.version(program)
    return f"=={version}" if stem != program and name.startswith(f"{stem}-") and version in versions else None


def candidates(program: str, plugin: str, kind: str = "") -> tuple[str, ...]:
    """Canonical names by which the plugin may be called on the index."""
    name, stem = canonicalize_name(plugin), _PART.sub("", program)
    forms = (
        *((f"{stem}-{kind}-{name}", f"{program}-{kind}-{name}") if kind.isidentifier() else ()),
        f"{program}-{name}", f"{name}-{program}", name, f"{name}-engine", f"{program}-{name}-plugin",
        f"{program}-{name}-theme",
        f"{program}{name}", f"{name}{program}", f"{name}fs", f"python-{name}",
    )  # fmt: skip
    return tuple(dict.fromkeys(forms))


def _versions(name: str, question: Question) -> Sequence[str]:
    """Oldest first; none of what is installed, or known to be an impostor."""
    if question.facts.get(name) is not None or impostor(name) is not None:
        return ()
    return shelf(name, question.facts, question.index).versions


def _declares(name: str, version: str, question: Question) -> bool:
    wanted = re.compile(rf"^[ \t]*{re.escape(question.need.name)}[ \t]*=", re.MULTILINE | re.IGNORECASE)
    return any(wanted.search(text) for text in _entry_points(name, version, question))


def _entry_points(name: str, version: str, question: Question) -> Iterator[str]:
    for path in question.look.paths(name, version):
        if path.endswith("-info/entry_points.txt"):
            yield (question.index.read(name, version, path) or b"").decode("utf-8", "replace")
