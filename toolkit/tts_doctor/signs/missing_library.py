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

from tts_doctor.knowledge.sonames import cuda_distribution, debian_package, row_of
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, SharedObject
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.loader_words import TORCH_LIBRARY
from tts_doctor.parse.requires import Wanted, wanted_by
from tts_doctor.signs.parties import party
from tts_doctor.signs.relevance import concerns, names_file, weigh

OTHER_LIBC = re.compile(r"libc\.musl|ld-musl")
OWN_PYTHON = re.compile(r"libpython")
EXECSTACK_REFUSED = Version("2.41")
TOOLCHAIN = re.compile(r"(?:GLIBC|GLIBCXX|CXXABI|GCC)_")
"""Versions of libraries that wheels take from the system, even where one happens to carry a copy."""
MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_")


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
    carrier = _carrier(case.facts, version, soname)
    certain = bool(main) or (bool(TORCH_LIBRARY.match(soname)) and _made_for_another(case.facts, dist, "torch"))
    severity, confidence = weigh(case, near, 0.93, (Severity.ERROR, 0.8) if certain else (Severity.NOTE, 0.25))
    return Finding(
        id="missing-shared-library",
        title=_title(case.facts, dist, library, carrier),
        cause=Text(
            f"{shown.path} of {dist} is linked with {library}, which neither this system nor the environment provides.",
            f"{dist} 的 {shown.path} 链接了 {library}，但系统和当前环境都没有提供。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=_culprits(case.facts, dist, version, soname),
        evidence=tuple(Evidence("missing-shared-library", o.path, "not found", library) for o in objects[:5]),
        treatment=_treatment(case.facts, dist, version, soname),
        need=Need("symbol", dist, shown.path, carrier, name=version) if carrier and carrier != dist else None,
    )


def _title(facts: Facts, dist: str, library: str, carrier: str) -> Text:
    if not carrier:
        return Text(f"{dist} needs {library}, which is missing", f"{dist} 需要 {library}，但系统中没有")
    other = f"{carrier} {facts.version(carrier)}".strip()
    return Text(f"{dist} was built for another {carrier} than {other}", f"{dist} 不是为 {other} 编译的")


def _made_for_another(facts: Facts, dist: str, provider: str) -> bool:
    """Whether the metadata says too that it was built for another release than the installed one."""
    return any(w.name == provider and w.admits(facts.version(provider)) is False for w in _wanted(facts, dist))


def _wanted(facts: Facts, dist: str) -> Iterator[Wanted]:
    found = facts.get(dist)
    yield from wanted_by(found.requires, facts.interpreter) if found else ()


def _carrier(facts: Facts, version: str, soname: str) -> str:
    """The distribution whose copy of the library lacks the version; empty where it is the system's."""
    objects = facts.shared_objects or () if version and not TOOLCHAIN.match(version) else ()
    return next((o.dist for o in objects if o.path.rpartition("/")[2] == soname and o.dist), "")


def _culprits(facts: Facts, dist: str, version: str, soname: str) -> tuple[Culprit, ...]:
    """Who should provide it, first; then who needs it."""
    library = Culprit(Kind.SYSTEM_LIBRARY, soname, None, version or None)
    if carrier := _carrier(facts, version, soname):
        return tuple(party(facts, name) for name in dict.fromkeys((dist, carrier)))
    if TORCH_LIBRARY.match(soname):
        return party(facts, dist), party(facts, "torch"), library
    cuda = cuda_distribution(soname, facts.version("torch"))
    if cuda and not version:
        return party(facts, cuda), party(facts, dist), library
    if "driver" in row_of(soname):
        return Culprit(Kind.DRIVER, "nvidia-driver"), party(facts, dist), library
    name = "glibc" if version.startswith("GLIBC_") else debian_package(soname)
    return Culprit(Kind.SYSTEM_LIBRARY, name, None, version or None), party(facts, dist), library


def _treatment(facts: Facts, dist: str, version: str, soname: str) -> Treatment:
    installed = facts.version(dist)
    same = f"=={installed}" if installed else None
    if carrier := _carrier(facts, version, soname):
        asked = next((str(w.specifier) for w in _wanted(facts, dist) if w.name == carrier), "")
        if carrier != dist and asked:
            return Treatment(
                (
                    Action(
                        "pin",
                        carrier,
                        asked,
                        why=Text(f"{dist} {installed} was built for it", f"{dist} {installed} 是为它编译的"),
                    ),
                )
            )
        return Treatment(
            (Action("reinstall", dist, same, why=Text("all files of one release", "所有文件来自同一版本")),)
        )
    if version.startswith("GLIBC_"):
        return _for_this_glibc(facts, dist, version.removeprefix("GLIBC_"), same)
    if TORCH_LIBRARY.match(soname):
        torch = facts.version("torch") or "-"
        build = Text(f"a build for torch {torch}", f"适用于 torch {torch} 的版本")
        return Treatment((Action("reinstall", dist, why=build),))
    cuda = cuda_distribution(soname, facts.version("torch"))
    if cuda and not version:
        return Treatment((Action("install", cuda, why=Text(f"it ships {soname}", f"它自带 {soname}")),))
    if "driver" in row_of(soname):
        return Treatment(
            (
                Action(
                    "upgrade-driver",
                    "nvidia-driver",
                    why=Text(f"the driver of the host brings {soname}", f"主机的驱动带来 {soname}"),
                ),
            )
        )
    why = Text(f"brings {soname}", f"带来 {soname}")
    if version:
        why = Text(f"a newer {soname} with {version}", f"含有 {version} 的较新 {soname}")
    return Treatment((Action("system-package", debian_package(soname), why=why),))


def _for_this_glibc(facts: Facts, dist: str, wanted: str, same: str | None) -> Treatment:
    """No installer that ran here would have taken a wheel for a newer glibc: it came from elsewhere."""
    image = (
        Action(
            "change-base-image",
            "glibc",
            f">={wanted}",
            why=Text(f"a system with glibc {wanted} or newer", f"带有 glibc {wanted} 或更新版本的系统"),
        ),
    )
    tags = facts.by_key[dist].tags if dist in facts.by_key else ()
    asked = [(int(m[1]), int(m[2])) for tag in tags for m in MANYLINUX.finditer(tag)]
    if asked and min(asked) > _glibc(facts):
        again = (
            Action(
                "reinstall", dist, same, why=Text("the wheel for this system's glibc", "适用于此系统 glibc 的 wheel")
            ),
        )
        return Treatment(again, (image,))
    older = (
        (Action("pin", dist, same.replace("==", "<"), why=Text("built on an older system", "在较旧的系统上编译")),)
        if same
        else ()
    )
    return Treatment(image, tuple(r for r in (older,) if r))


def _glibc(facts: Facts) -> tuple[int, int]:
    family, _, number = (facts.interpreter.libc or dict(facts.host).get("libc", "")).partition(" ")
    parts = number.split(".")
    return (int(parts[0]), int(parts[1])) if family == "glibc" and len(parts) > 1 and parts[1].isdigit() else (99, 0)


def _is_main(shared: SharedObject) -> bool:
    """`cv2/cv2.abi3.so`, `_soxr.so`: the module without which the package is nothing."""
    if not shared.is_extension or any(OWN_PYTHON.match(name) for name in shared.missing_needed):
        return False
    folder, _, name = shared.path.rpartition("/")
    stem = name.split(".", 1)[0]
    return not folder or folder == stem


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
                (
                    Action(
                        "pin",
                        shared.dist,
                        f">{case.facts.version(shared.dist)}",
                        why=Text("newer builds ask for none", "较新的版本不再要求"),
                    ),
                )
            ),
        )
