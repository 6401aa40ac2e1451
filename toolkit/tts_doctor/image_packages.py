"""Decides which Debian packages an image needs, each with its reason, from what its wheels ask for."""

from __future__ import annotations

from tts_doctor.knowledge.images import known_package, pinned, program_package, runtime_needs, table
from tts_doctor.knowledge.sonames import row_of
from tts_doctor.model.image import ImageRequest, LibraryNeed, Needs, SourceNeed, SystemPackage

MOST_PROGRAMS = 2


def run_packages(request: ImageRequest, needs: Needs) -> tuple[tuple[SystemPackage, ...], list[str]]:
    """The packages of the final stage, and notes about libraries that no package is known for."""
    reasons: dict[str, list[str]] = {}
    notes: dict[str, None] = {}
    for need in needs.libraries:
        if need.soname in table()["in_base"] or _is_optional(need):
            continue
        package = known_package(need.soname)
        if package:
            reasons.setdefault(package, []).append(f"{need.path} of {need.dist} is linked with {need.soname}")
        elif note := _unprovided(need, request):
            notes.setdefault(note)
    for source in needs.sources:
        package = _named_package(source)
        if package and not source.optional and not _is_feature(source, needs):
            verb = "loads" if source.kind == "library" else "starts"
            why = f"{source.path}:{source.line} of {source.dist} {verb} {source.name}"
            reasons.setdefault(package, []).append(why)
    for name, version in request.pins:
        packages, _, why = runtime_needs(name, version)
        for package in packages:
            reasons.setdefault(package, []).append(f"{name} {why}")
    found = tuple(pinned(name, _joined(why), request.debian) for name, why in sorted(reasons.items()))
    return found, list(notes)


def build_packages(request: ImageRequest, needs: Needs) -> tuple[SystemPackage, ...]:
    """The packages of the build stage, which the image itself does not keep."""
    reasons: dict[str, list[str]] = {}
    for name, version in request.pins:
        if name not in needs.sdists:
            continue
        _, packages, _ = runtime_needs(name, version)
        more = ("build-essential",) if name in needs.compiled else ()
        for package in dict.fromkeys((*packages, *more)):
            reasons.setdefault(package, []).append(f"compiles {name}, which is published as source alone")
    return tuple(pinned(name, _joined(why), request.debian) for name, why in sorted(reasons.items()))


def _named_package(need: SourceNeed) -> str:
    """What brings it; empty where that is not known, where the base has it, or where it only builds."""
    if need.kind == "program":
        package = program_package(need.name)
        return "" if package in table()["builders"] else package
    soname = need.name if ".so" in need.name else f"lib{need.name.removeprefix('lib')}"
    stem = soname.partition(".so")[0]
    if any(base.partition(".so")[0] == stem for base in table()["in_base"]):
        return ""
    return str(row_of(soname).get("debian", ""))


def _is_feature(need: SourceNeed, needs: Needs) -> bool:
    """Who names many programs has them for single features; what lives by one program names that one."""
    named = {other.name for other in needs.sources if other.dist == need.dist and other.kind == "program"}
    return need.kind == "program" and len(named) > MOST_PROGRAMS


def _is_optional(need: LibraryNeed) -> bool:
    return any(need.path.startswith(prefix) for prefix in table()["optional_objects"])


def _unprovided(need: LibraryNeed, request: ImageRequest) -> str:
    row = row_of(need.soname)
    if "driver" in row:
        return (
            "" if request.profile == "gpu" else f"{need.soname} comes with the graphics driver: {need.dist} wants a GPU"
        )
    if row.get("nvidia"):
        return f"{need.path} of {need.dist} wants {need.soname}: lock the nvidia distribution that brings it"
    if need.soname.startswith(("libpython", "libtorch", "libc10")):
        return ""
    return f"{need.path} of {need.dist} wants {need.soname}, and no Debian package is known for it"


def _joined(why: list[str]) -> str:
    unique = list(dict.fromkeys(why))
    return unique[0] + (f"; and {len(unique) - 1} more" if len(unique) > 1 else "")
