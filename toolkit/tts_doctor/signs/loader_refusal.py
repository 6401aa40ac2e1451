"""The loader refuses a library that it has found: no room for its static thread-local data, an executable stack, a
processor that is too old, a library of another version than it was linked with.

Present where the message says so; the files, where they can be read, say how much and how new. Room for static
thread-local data is set aside when a process starts, so what needs it has to be there at the start. glibc 2.41 no
longer makes the stack executable for a library that is loaded later.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from tts_doctor.knowledge.sonames import debian_package
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.linkage import Linkage
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.parse.loader_words import loader_errors
from tts_doctor.signs.parties import consumer_of, owner_of_file, party, weighted_errors

SURPLUS = 1 << 14
"""Bytes of optional static TLS that are asked for; every thread pays them (glibc manual, Dynamic Linking Tunables)."""
SYSTEM_FOLDERS = re.compile(r"/(?:usr/)?lib(?:32|64)?/")
TOOLCHAIN = re.compile(r"(?:GLIBC|GLIBCXX|CXXABI)_")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        yield from (_processor(case.facts, link, 0.9) for link in case.facts.linkage if link.kind == "isa")
        return
    judges = {"tls": _static_tls, "isa": _processor, "execstack": _executable_stack}
    errors = [*weighted_errors(case.symptom), (Error("", case.symptom.text[-20000:]), 0.9)]
    told: set[tuple[str, str]] = set()
    for error, weight in errors:
        for said in loader_errors(error.message):
            if (said.kind, said.file) in told:
                continue
            told.add((said.kind, said.file))
            if said.kind == "version" and not any(k.kind == "version" for k in case.facts.linkage):
                yield from _other_version(case.facts, error, said.file, said.library, said.name, weight)
            elif judge := judges.get(said.kind):
                yield judge(case.facts, _link(case.facts, error, said.kind, said.file), weight)


def _link(facts: Facts, error: Error, kind: str, file: str) -> Linkage:
    """What the files say of it; of a log without its machine what the words alone tell."""
    path = posixpath.normpath(file) if file else ""
    name = posixpath.basename(path)
    known = next((k for k in facts.linkage if k.kind == kind and posixpath.basename(k.path) == name), None)
    owner = (owner_of_file(facts, path)[0] if "/" in path else "") or consumer_of(facts, error, "").name
    return known if known and known.dist else Linkage(kind, known.path if known else path, owner)


def _static_tls(facts: Facts, link: Linkage, weight: float) -> Finding:
    """Room for it is set aside at the start only: so it has to be there at the start, or the room be larger."""
    old = facts.variables.get("LD_PRELOAD", "")
    preload = Action(
        "env-var", "LD_PRELOAD", value=f"{link.path}:{old}" if old else link.path, why=Text("load it first", "先加载它")
    )
    room = max(SURPLUS, 4 * link.number)
    tunable = f"glibc.rtld.optional_static_tls={room}"
    larger = Action(
        "env-var",
        "GLIBC_TUNABLES",
        value=tunable,
        why=Text("more room (glibc 2.32 or newer)", "更多空间（glibc 2.32 或更新）"),
    )
    sooner = Action("code-change", "application", why=Text("import it before everything else", "最先导入它"))
    name = posixpath.basename(link.path)
    runtime = (Culprit(Kind.SYSTEM_LIBRARY, "libgomp1"),) if "libgomp" in name else ()
    size = f"{link.number} bytes of static TLS" if link.number else "static TLS"
    return _finding(
        "static-tls", link, 0.97 * weight, size, "room that is left when it is loaded",
        Text(f"{name} comes too late for its static thread-local data", f"{name} 加载过晚，静态 TLS 空间已不足"),
        Text(f"The loader sets a fixed room aside for libraries like {name}; others that were loaded before have used "
             f"it up.",
             f"加载器为 {name} 这类库预留的空间是固定的，已被先加载的库用完。"),
        (Culprit(Kind.VARIABLE, "LD_PRELOAD"), *_owners(facts, link), *runtime),
        Treatment((preload,), ((larger,), (sooner,))),
    )  # fmt: skip


def _processor(facts: Facts, link: Linkage, weight: float) -> Finding:
    level = f"x86-64-v{link.number}" if link.number else "a newer processor"
    has = link.name
    installed = facts.version(link.dist) if link.dist else ""
    older = (
        (
            Action(
                "pin", link.dist, f"<{installed}", why=Text("an older build may ask for less", "较旧的版本要求可能较低")
            ),
        )
        if installed
        else ()
    )
    other = (
        Action(
            "resource-limit",
            "cpu",
            value=level,
            why=Text("a (virtual) machine with such a processor", "具有此类处理器的（虚拟）机器"),
        ),
    )
    return _finding(
        "cpu-level", link, 0.95 * weight, f"marked for {level}", has or "this processor",
        Text(f"{posixpath.basename(link.path)} is built for a newer processor", f"{posixpath.basename(link.path)} "
             f"是为更新的处理器编译的"),
        Text(f"{link.path} demands {level}; the loader refuses it on this processor {f'({has})' if has else ''}.",
             f"{link.path} 要求 {level}；加载器在此处理器上拒绝加载。"),
        (*_owners(facts, link), Culprit(Kind.RESOURCE, "cpu")),
        Treatment(older or other, (other,) if older else ()),
    )  # fmt: skip


def _executable_stack(facts: Facts, link: Linkage, weight: float) -> Finding:
    name = posixpath.basename(link.path) or "a library"
    installed = facts.version(link.dist) if link.dist else ""
    newer = (
        (
            Action(
                "pin",
                link.dist,
                f">{installed}" if installed else None,
                why=Text("newer builds ask for none", "较新的版本不再要求"),
            ),
        )
        if link.dist
        else ()
    )
    tunable = (
        Action(
            "env-var",
            "GLIBC_TUNABLES",
            value="glibc.rtld.execstack=2",
            why=Text("glibc 2.41 then permits it", "glibc 2.41 便会允许"),
        ),
    )
    image = (
        Action(
            "change-base-image", "python", "bookworm", why=Text("its glibc is older than 2.41", "其 glibc 早于 2.41")
        ),
    )
    return _finding(
        "executable-stack", link, 0.9 * weight, "PT_GNU_STACK is executable", "not executable",
        Text(f"glibc refuses {name}, which asks for an executable stack", f"glibc 拒绝加载要求可执行栈的 {name}"),
        Text(f"glibc 2.41 no longer loads libraries that ask for an executable stack, as the one in this "
             f"{link.dist or 'package'} does.",
             f"glibc 2.41 起不再加载要求可执行栈的库，而此 {link.dist or '包'} 中的库正是如此。"),
        (*_owners(facts, link), Culprit(Kind.SYSTEM_LIBRARY, "glibc"), Culprit(Kind.BASE_IMAGE, "base image")),
        Treatment(newer or image, tuple(r for r in ((image if newer else ()), tunable) if r)),
    )  # fmt: skip


def _other_version(
    facts: Facts, error: Error, file: str, library: str, version: str, weight: float
) -> Iterator[Finding]:
    """A log says which copy was taken: the system's own that is too old, or another one that a variable leads to."""
    soname, by_system = posixpath.basename(library), bool(SYSTEM_FOLDERS.match(library))
    if by_system and TOOLCHAIN.match(version):
        return  # the catalogue of messages has these
    owner = owner_of_file(facts, file)[0] or consumer_of(facts, error, "").name
    parties = (party(facts, owner),) if owner else ()
    cause = Text(
        f"{file} was linked with a {soname} that has {version}; the loader takes {library}, which lacks it.",
        f"{file} 链接的 {soname} 应有 {version}；加载器选用的 {library} 中没有。",
    )
    title = Text(f"{soname} is another one than {version} needs", f"{soname} 不是提供 {version} 的那一个")
    link = Linkage("version", file, owner, version)
    if by_system:
        package = debian_package(soname)
        step = (
            Action(
                "system-package",
                package,
                why=Text(f"a newer {soname} with {version}", f"含有 {version} 的较新 {soname}"),
            ),
        )
        culprits = (Culprit(Kind.SYSTEM_LIBRARY, package), *parties, Culprit(Kind.SYSTEM_LIBRARY, soname))
        treatment = Treatment(step)
        yield _finding("library-version", link, 0.85 * weight, library, version, title, cause, culprits, treatment)
        return
    # A library of the system can only meet another one than the system's through a variable or a program's own path.
    sure = 0.96 if SYSTEM_FOLDERS.match(file) else 0.85
    step = (Action("env-var", "LD_LIBRARY_PATH", value=None, why=Text(f"it leads to {library}", f"它指向 {library}")),)
    culprits = (Culprit(Kind.VARIABLE, "LD_LIBRARY_PATH"), *parties, Culprit(Kind.SYSTEM_LIBRARY, soname))
    yield _finding("library-path", link, sure * weight, library, version, title, cause, culprits, Treatment(step))


def _owners(facts: Facts, link: Linkage) -> tuple[Culprit, ...]:
    return (party(facts, link.dist),) if link.dist else ()


def _finding(
    identity: str, link: Linkage, confidence: float, seen: str, expected: str, title: Text, cause: Text,
    culprits: tuple[Culprit, ...], treatment: Treatment,
) -> Finding:  # fmt: skip
    evidence = (Evidence("loader-refusal", link.path or "the log", seen[:300], expected),)
    return Finding(
        identity, title, cause, confidence=confidence, culprits=culprits, evidence=evidence, treatment=treatment
    )
