"""What a search for bounds speaks of: a use of another distribution's name, and a pair that breaks on one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tts_doctor.model.module import ModuleFacts

REACHES = ("import", "module", "function")


@dataclass(frozen=True)
class Use:
    """A name of another distribution that one file of a release uses; `reach` says when (see REACHES)."""

    module: str
    name: str
    file: str
    line: int
    reach: str


@dataclass
class Candidate:
    """A pair that metadata allows and that breaks."""

    consumer: str
    versions: str
    provider: str
    bound: str
    name: str
    file: str
    line: int
    code: str
    reach: str
    requirement: str
    last_bad: str
    provider_good: str
    provider_bad: str
    pythons: list[str]
    """Where both install."""
    other_names: list[str] = field(default_factory=list)


def used_names(facts: ModuleFacts, path: str) -> Iterator[Use]:
    """What one file uses of other distributions, on nobody's condition; its own package left out."""
    own = facts.name.partition(".")[0]
    for use in facts.uses if facts.parsed else ():
        if not use.guarded and use.module.partition(".")[0] != own and use.names != ("*",):
            for name in use.names or ("",):
                yield Use(use.module, name, path, use.line, "function" if use.deferred else "")
    for each in facts.attributes if facts.parsed else ():
        if not each.guarded and each.module.partition(".")[0] != own:
            yield Use(each.module, each.attribute, path, each.line, "function" if each.deferred else "")


def dotted(module: str, name: str) -> str:
    """The name as one would write it after `import`."""
    return f"{module}.{name}" if name else module
