"""An extension module needs a system library, or a version of one, that this system does not have.

Searched as the dynamic loader would (RPATH, LD_LIBRARY_PATH, RUNPATH, ld.so.cache, default folders); a library that
another installed distribution carries counts as present, since Python may have loaded it before. Versions are those
of symbol versioning (GLIBC_2.34, GLIBCXX_3.4.30). Also told: libraries that ask for an executable stack, which glibc
2.41 refuses.

Many distributions carry modules for optional companions (numba's tbbpool, TensorRT providers): by itself a missing
library is an error only where the package consists of that module, and a note elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import SharedObject
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party
from tts_doctor.signs.relevance import concerns, names_file, weigh

OTHER_LIBC = re.compile(r"libc\.musl|ld-musl")
OWN_PYTHON = re.compile(r"libpython")
EXECSTACK_REFUSED = Version("2.41")
TAIL = re.compile(r"\.so(?:\.(\d+))?")


def find(case: Examination) -> Iterator[Finding]:
    by_library: dict[tuple[str, str], list[SharedObject]] = {}
    for shared in case.facts.shared_objects or ():
        if any(OTHER_LIBC.match(name) for name in shared.needed) or not shared.dist:
            continue
        for soname in shared.missing_needed:
            by_library.setdefault((shared.dist, soname), []).append(shared)
        for version in shared.missing_versions:
            by_library.setdefault((shared.dist, version), []).append(shared)
    told: set[str] = set()
    for (dist, library), objects in sorted(by_library.items(), key=lambda item: not _matters(case, *item)):
        if _matters(case, (dist, library), objects) or dist not in told:
            yield _finding(case, dist, library, objects)
        told.add(dist)
    yield from _executable_stacks(case)


def _matters(case: Examination, key: tuple[str, str], objects: list[SharedObject]) -> bool:
    """Whether it deserves a finding of its own; of all the others of a distribution one stands for all."""
    version, _, soname = key[1].rpartition(" of ")
    spoken = case.symptom is not None and (version or soname) in case.symptom.text
    return spoken or any(_is_main(o) for o in objects)


def _finding(case: Examination, dist: str, library: str, objects: list[SharedObject]) -> Finding:
    main = [o for o in objects if _is_main(o)]
    shown = (main or objects)[0]
    version, _, soname = library.rpartition(" of ")
    spoken = case.symptom is not None and (version or soname) in case.symptom.text
    near = spoken and (concerns(case, [dist]) or any(names_file(case, o.path) for o in objects) or not version)
    severity, confidence = weigh(case, near, 0.93, (Severity.ERROR, 0.8) if main else (Severity.NOTE, 0.25))
    package = debian_package(soname)
    wanted = version or None
    return Finding(
        id="missing-shared-library",
        title=Text(f"{dist} needs {library}, which is missing", f"{dist} 需要 {library}，但系统中没有"),
        cause=Text(
            f"{shown.path} of {dist} is linked with {library}, which neither this system nor the environment provides.",
            f"{dist} 的 {shown.path} 链接了 {library}，但系统和当前环境都没有提供。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(
            Culprit(
                Kind.SYSTEM_LIBRARY,
                package if not version else "glibc" if "GLIBC_" in version else package,
                None,
                wanted,
            ),
            party(case.facts, dist),
            Culprit(Kind.SYSTEM_LIBRARY, soname, None, wanted),
        ),
        evidence=tuple(Evidence("missing-shared-library", o.path, "not found", library) for o in objects[:5]),
        treatment=_treatment(version, package, soname),
    )


def _treatment(version: str, package: str, soname: str) -> Treatment:
    if not version:
        return Treatment((Action("system-package", package, why=f"brings {soname}"),))
    if version.startswith("GLIBC_"):
        why = f"a system with glibc {version.removeprefix('GLIBC_')} or newer"
        return Treatment((Action("change-base-image", "glibc", f">={version.removeprefix('GLIBC_')}", why=why),))
    return Treatment((Action("system-package", package, why=f"a newer {soname} with {version}"),))


def _is_main(shared: SharedObject) -> bool:
    """`cv2/cv2.abi3.so`, `_soxr.so`: the module without which the package is nothing."""
    if not shared.is_extension or any(OWN_PYTHON.match(name) for name in shared.missing_needed):
        return False
    folder, _, name = shared.path.rpartition("/")
    stem = name.split(".", 1)[0]
    return not folder or folder == stem


def debian_package(soname: str) -> str:
    """Name of the Debian package: what is known, else by policy 8.1 (`libsndfile.so.1` -> `libsndfile1`)."""
    known = load_data("sonames.yaml")["libraries"].get(soname, {}).get("debian")
    if known:
        return str(known)
    match = TAIL.search(soname)
    if not match:
        return soname.lower()
    name = re.sub(r"-(\d)", r"\1", soname[: match.start()].lower()).replace("_", "-")
    number = match.group(1) or ""
    return f"{name}-{number}" if number and name[-1:].isdigit() else name + number


def _executable_stacks(case: Examination) -> Iterator[Finding]:
    family, _, number = dict(case.facts.host).get("libc", "").partition(" ")
    try:
        refused = Version(number) >= EXECSTACK_REFUSED
    except InvalidVersion:
        return
    if family != "glibc":
        return
    for shared in case.facts.shared_objects or ():
        if not shared.execstack or not shared.dist:
            continue
        related = names_file(case, shared.path) and "executable stack" in (case.symptom.text if case.symptom else "")
        alone = (Severity.ERROR, 0.7) if refused else (Severity.NOTE, 0.2)
        severity, confidence = weigh(case, related, 0.95, alone)
        yield Finding(
            id="executable-stack",
            title=Text(f"{shared.path} asks for an executable stack", f"{shared.path} 要求可执行栈"),
            cause=Text(
                f"glibc 2.41 and newer refuse to load {shared.path} of {shared.dist}, "
                "which asks for an executable stack.",
                f"glibc 2.41 及更新版本拒绝加载 {shared.dist} 中要求可执行栈的 {shared.path}。",
            ),
            severity=severity,
            confidence=confidence,
            culprits=(party(case.facts, shared.dist), Culprit(Kind.SYSTEM_LIBRARY, "glibc", number or None, "<2.41")),
            evidence=(Evidence("missing-shared-library", shared.path, "PT_GNU_STACK is executable", "not executable"),),
            treatment=Treatment(
                (Action("pin", shared.dist, f">{case.facts.version(shared.dist)}", why="newer builds ask for none"),)
            ),
        )
