"""Runs a failing command again with suspicious variables changed, to learn which one matters. Keeps no change.

Suspicious is a variable that is known to change how Python and its libraries start, and one whose name or value the
failure's output quotes. The latter may be the application's own setting: it is at fault only if the command succeeds
without it. A URL whose scheme the failure speaks of, and which has another name today, is tried under that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tts_doctor.model.examination import Counterfactual, Examination
from tts_doctor.model.symptom import Symptom

SUSPICIOUS = re.compile(
    r"PYTHON(HOME|PATH|SAFEPATH|STARTUP|USERBASE|WARNINGS|OPTIMIZE|PLATLIBDIR|CASEOK|UTF8|IOENCODING|HASHSEED|MALLOC"
    r"|LEGACY.*)|PIP_(?!\w*(?:INDEX|CERT|PROXY|HOST|LINKS|CACHE))\w+"
    r"|LD_(LIBRARY_PATH|PRELOAD|BIND_NOW|AUDIT)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|PROTOCOL_BUFFERS_\w+|(NUMBA|OMP|MKL|OPENBLAS|KMP|GOMP|TORCH|TF|PYTORCH|JAX|XLA|NUMEXPR|NPY|SETUPTOOLS)_\w+"
    r"|LC_ALL|LANG|PYTEST_\w+|MPLBACKEND|QT_\w+|GI_\w+|(?:(?i:all|https?|no|ftp)_(?i:proxy))"
)
ORDINARY = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|PWD|OLDPWD|SHLVL|_|TMPDIR|VIRTUAL_ENV|HOSTNAME|TTS_DOCTOR_\w+"
)
"""What every process has, and would hardly run without."""
RENAMED_SCHEMES = {"postgres": "postgresql", "socks": "socks5", "mongo": "mongodb"}
"""What people and hosts write, and what the libraries know: SQLAlchemy dropped `postgres` in 1.4."""
SHORTEST = 4
"""Characters of a value that can be recognised in an output."""
SLOW = 60.0
"""Seconds: a command slower than this is not run again only to learn more."""
HARMLESS = re.compile(
    r"TF_(CLI|VAR|LOG)_\w+|(OMP|MKL|OPENBLAS|NUMEXPR)_NUM_THREADS|OPENBLAS_(CORETYPE|L2_SIZE)|(LANG|LC_ALL)=.*\.(utf-?8|UTF-?8)"
)


def suspicious_changes(case: Examination, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Variable -> value to try (None: unset)."""
    changes: dict[str, str | None] = {
        name: None
        for name, value in environ.items()
        if SUSPICIOUS.fullmatch(name) and not HARMLESS.fullmatch(name) and not HARMLESS.fullmatch(f"{name}={value}")
    }
    changes |= dict.fromkeys(quoted(case, environ))
    changes |= {name: better for name, value in environ.items() if (better := _renamed(case, value))}
    interpreter = case.facts.interpreter
    if interpreter.user_site_enabled and interpreter.user_site and Path(interpreter.user_site).is_dir():
        changes["PYTHONNOUSERSITE"] = "1"
    return changes


def quoted(case: Examination, environ: Mapping[str, str]) -> list[str]:
    """Variables that the output names, or whose value (of a list: one entry) it shows."""
    text = case.symptom.text if case.symptom else ""
    known = (ORDINARY, SUSPICIOUS, HARMLESS)
    return [
        name
        for name, value in environ.items()
        if not any(pattern.fullmatch(name) for pattern in known)
        and (re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) or any(_shows(text, v) for v in value.split(":")))
    ]


def _renamed(case: Examination, url: str) -> str:
    """The URL with its scheme called as it is today, where the failure's last words speak of the old name; else ''."""
    scheme, mark, rest = url.partition("://")
    spoken = re.search(rf"(?<![\w+.]){re.escape(scheme)}(?!\w)", case.symptom.last_words[1]) if case.symptom else None
    return f"{RENAMED_SCHEMES[scheme]}{mark}{rest}" if mark and scheme in RENAMED_SCHEMES and spoken else ""


def _shows(text: str, value: str) -> bool:
    """Paths are compared without a leading `./`, which programs drop."""
    value = value.removeprefix("./").rstrip("/")
    return len(value) >= SHORTEST and "/" in value.lstrip("/") and value in text


def try_variables(
    case: Examination, environ: Mapping[str, str], run: Callable[[Mapping[str, str]], Symptom]
) -> tuple[Counterfactual, ...]:
    """Those single changes of variables that change the outcome.

    One extra run where none does; one more where it only fails otherwise, since some commands never fail twice alike.
    """
    symptom = case.symptom
    changes = suspicious_changes(case, environ)
    if symptom is None or not symptom.failed or symptom.seconds > SLOW or not changes:
        return ()
    together = run(changed(environ, changes))
    if together.failed and together.signature == symptom.signature:
        return ()
    if together.failed and run(environ).signature != symptom.signature:
        return ()
    only_well = [*quoted(case, environ), *(name for name, value in changes.items() if value and "://" in value)]
    found = []
    for name, value in changes.items():
        result = together if len(changes) == 1 else run(changed(environ, {name: value}))
        if not result.failed or (name not in only_well and result.signature != symptom.signature):
            found.append(Counterfactual(name, environ.get(name), value, not result.failed, result.signature[1][:200]))
    return tuple(sorted(found, key=lambda c: not c.succeeded))


def changed(environ: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment with `changes` applied; None unsets."""
    merged = {name: value for name, value in environ.items() if name not in changes}
    return merged | {name: value for name, value in changes.items() if value is not None}
