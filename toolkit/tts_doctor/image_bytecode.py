"""Decides what of an image is compiled, and which installed folders it leaves out. Reads and writes nothing.

Nobody can write bytecode at run time, so what is not compiled now is compiled again at every start: half of a start is
the standard library, which the bases leave uncompiled. What no service imports costs time and space for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.knowledge.images import table
from tts_doctor.model.image import ImageRequest, Step

COMPILE = "python -m compileall -qq -j 0 --invalidation-mode unchecked-hash"
LIBRARY = "import sysconfig; print(sysconfig.get_path('stdlib'))"


def environment_step(request: ImageRequest, before: tuple[str, ...], venv: str) -> Step:
    """`before`, then the distributions compiled, and rid of what does not run."""
    site = f"{venv}/lib/python{request.python}/site-packages"
    lines, why = list(before), []
    tested = [table()["import_names"].get(n, n) for n in table()["tests_unneeded"] if n in _locked(request)]
    if tested:
        folders = " ".join(f"{site}/{name}" for name in tested)
        lines.append(f"find {folders} -depth -type d -name tests -exec rm -rf {{}} +")
        why.append("the tests of these distributions are not needed to run them")
    if dead := dict(_dead(request)):
        lines.append("rm -rf " + " ".join(f"{site}/{folder}" for folder in dead))
        lines.append(f"sed -i -E '\\#^({'|'.join(dead)})/#d' {site}/*.dist-info/RECORD")
        why += [f"{folder}: {reason}" for folder, reason in dead.items()]
        why.append("what was installed is told as it is: a file that RECORD names and nobody finds is a damage")
    rare = sorted(_rare(request))
    left_out = f" -x '/site-packages/({'|'.join(rare)})/'" if rare else ""
    lines.append(_tolerant(f"{COMPILE}{left_out} {venv}/lib"))
    why.append("bytecode now, since nobody can write it at run time: the start takes half as long")
    if rare:
        why.append(f"not of {', '.join(rare)}: nothing here imports it")
    why.append("status 1: a file for another Python among them, which nothing here imports")
    return Step("RUN", tuple(lines), tuple(why), "&&")


def library_step() -> Step:
    """The standard library compiled, but for what no service imports."""
    folders = "|".join(table()["library_unneeded"])
    line = f"""PYTHONHASHSEED=0 {COMPILE} -x '/({folders})/' "$(python -c "{LIBRARY}")" """.strip()
    why = "the base leaves Python's own library uncompiled, which would be half of every start"
    return Step("RUN", (_tolerant(line),), (why,))


def _tolerant(line: str) -> str:
    return f"{{ {line} || test $? -eq 1; }}"


def _dead(request: ImageRequest) -> Iterator[tuple[str, str]]:
    """(folder, why) of what cannot run with this lock."""
    for name, row in table()["dead"].items():
        if name in _locked(request) and not _locked(request).intersection(row.get("without", ())):
            yield row["folder"], row["why"]


def _rare(request: ImageRequest) -> Iterator[str]:
    """Folders of distributions that are installed and not imported; none of what somebody else may ask for."""
    asked = dict(request.requirers)
    for name, row in table()["rarely_imported"].items():
        by = row.get("only_for")
        if name in _locked(request) and (by is None or (asked.get(name) and set(asked[name]) <= set(by))):
            yield from row["folders"]


def _locked(request: ImageRequest) -> set[str]:
    return {name for name, _ in request.pins}
