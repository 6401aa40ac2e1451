"""Whether an error happened while a distribution was being built, and which one. Not a sign: signs ask it."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from tts_doctor.model.facts import Facts
from tts_doctor.model.symptom import Error, Symptom

_BUILD_FRAME = re.compile(
    r"pip-build-env-|/build-env-|/builds-v\d+/|_in_process\.py|/setuptools/build_meta\.py|pip-install-|pip-req-build-"
)
_SETUP_FRAME = re.compile(r"(?:^|/)setup\.py$")
_NAMED = (
    re.compile(r"Failed to build installable wheels for [^\n(]{0,80}\(`?([\w.-]+)"),
    re.compile(r"(?:Failed to build(?! installable)|Failed building wheel for|Could not build wheels for"
        r")\s+`?([\w.-]+)"),
    re.compile(r"pip-install-[\w]+/([A-Za-z][\w.-]*?)_[0-9a-f]{16,}"),
    re.compile(r"Building wheel for ([\w.-]+) \((?:pyproject\.toml|setup\.py)\)[^\n]*error"),
    re.compile(r"(?:Failed to (?:download and )?build|Failed to prepare distributions|Failed to build(?! installable)) "
        r"`?([\w.-]+?)(?:==|@|`|\s)"),
    re.compile(r"/([A-Za-z][\w.-]*?)-\d[\w.]*(?:\.tar\.gz|\.zip)\b[^\n]*\n(?:[^\n]*\n){0,12}[^\n]*(?:error|×)"),
    re.compile(r"Collecting ([\w.-]+)[^\n]*\n(?:(?!Collecting)[^\n]*\n){0,60}?[^\n]*subprocess-exited-with-error"),
    re.compile(r"(?:pip3?|uv pip|uv|poetry|python\d?(?:\.\d+)? -m pip)\s+(?:install|add"
        r"|wheel)\s+(?:-\S+\s+(?:[\w:]+\s+)?)*?([A-Za-z][\w.-]*)(?:\[[\w,]+\])?(?:[=<>~!]=?[^\s]*)?\s*(?:$|\n)"),
    re.compile(r"pip3? install[^\n]*?\s([A-Za-z][\w.-]+)==[\d.]+"),
)  # fmt: skip


def building(symptom: Symptom, error: Error) -> bool:
    """Whether the error's frames are those of a build of a source distribution."""
    if any(_BUILD_FRAME.search(frame.file) for frame in error.frames):
        return True
    in_setup = any(_SETUP_FRAME.search(frame.file) for frame in error.frames)
    words = ("to build wheel", "python setup.py egg_info", "setup.py install", "setup.py bdist_wheel", "build backend")
    return (in_setup or not error.frames) and any(word in symptom.text for word in words)


def built_distribution(facts: Facts, symptom: Symptom) -> str:
    """Canonical name of the distribution that was being built, as the log tells it; empty where it does not."""
    for pattern in _NAMED:
        if match := pattern.search(symptom.text):
            return canonicalize_name(match[1].rstrip(".-,"))
    others = [
        d.key for d in facts.distributions if d.key not in ("pip", "setuptools", "wheel", "cython", "torch", "numpy")
    ]
    return others[0] if facts.from_text and len(others) == 1 else ""


def version_built(facts: Facts, symptom: Symptom, name: str) -> str:
    """The release of that distribution, as it is known or as the log writes it; empty where neither says."""
    if not name or facts.version(name):
        return facts.version(name) if name else ""
    spelled = re.escape(name).replace(r"\-", "[-_.]")
    told = re.search(rf"(?<![\w.-]){spelled}(?:==|-)(\d+(?:\.\d+)*)(?:\.tar\.gz|\.zip|(?![\w.]))", symptom.text, re.I)
    return told[1] if told else ""
