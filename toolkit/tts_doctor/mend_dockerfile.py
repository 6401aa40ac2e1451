"""Finds the faults of a Dockerfile and mends what can be mended without asking; what is sound stays byte for byte.

Decides the order: rules that are data first, then the others, each on the file as mended so far. Reads no file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tts_doctor.dockerfile_faults import RULES
from tts_doctor.knowledge.dockerfile_faults import TextRule, fault, text_rules
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Fault, Hit
from tts_doctor.parse.dockerfile import edited, parse_dockerfile

RANK = {"error": 0, "warning": 1, "note": 2}
BESIDE = frozenset({"no-dockerignore"})
"""Mended by a file beside it."""


def mend(text: str, context: BuildContext) -> tuple[str, tuple[Fault, ...]]:
    """The mended text and the faults of `text`, worst first."""
    file = parse_dockerfile(text)
    faults: list[Fault] = []
    for rule in text_rules():
        file = _mended(file, _hits(rule, file), faults)
    for found in RULES:
        file = _mended(file, list(found(file, context)), faults)
    return file.text, tuple(sorted(faults, key=lambda f: (RANK[f.severity], f.line, f.id)))


def _mended(file: Dockerfile, hits: Sequence[Hit], faults: list[Fault]) -> Dockerfile:
    for hit in hits:
        line = file.instructions[hit.at].line if file.instructions else 1
        if not line:  # found in what was added: the instruction before it that was written
            line = max((i.line for i in file.instructions[: hit.at]), default=1)
        faults.append(fault(hit.rule, line, hit.detail, bool(hit.edits) or hit.rule in BESIDE))
    edits = list(dict.fromkeys(edit for hit in hits for edit in hit.edits))
    return edited(file, edits) if edits else file


def _hits(rule: TextRule, file: Dockerfile) -> list[Hit]:
    found = []
    cached = rule.id == "pip-cache" and re.search(r"PIP_NO_CACHE_DIR[= ](?!off|0|false|no)", file.text)
    for place, one in enumerate(file.instructions):
        if one.keyword not in rule.keywords or cached or (rule.unless and rule.unless.search(one.source)):
            continue
        match = rule.match.search(one.source)
        if match:
            edits = (Edit(place, rule.match.sub(rule.put, one.source)),) if rule.put is not None else ()
            found.append(Hit(rule.id, place, edits, match[0].strip()))
    return found
