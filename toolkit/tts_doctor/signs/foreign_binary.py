"""Compiled modules are for another platform or another Python: macOS, Windows, musl, another machine, another CPython.

Comes from copying an environment between machines, from `--target` layers built elsewhere, from changing the Python
under an environment. The messages mislead: "cannot open shared object file" for a file that exists, "invalid ELF
header", "No module named x._x". Repair: reinstall every such distribution here; pip alone says "already satisfied".

A distribution is foreign where no compiled module that it has under one name can be loaded here, or where none of its
wheel tags fits. Files that travel along for other platforms (debugpy, playwright) are no illness: something loadable
is beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter, SharedObject
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.relevance import concerns, names_file, weigh

ANY_LIBC = re.compile(r"(?:manylinux|linux)")
SAME_MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}


def find(case: Examination) -> Iterator[Finding]:
    facts = case.facts
    if facts.from_text or not facts.interpreter.version:
        return
    evidence: dict[str, Evidence] = {}
    for dist in facts.distributions:
        why = _wrong_tags(dist, facts.interpreter)
        if why and facts.by_key[dist.key] is dist:
            evidence[dist.key] = Evidence("foreign-binary", dist.metadata_path, why, _expected(facts.interpreter))
    for dist_key, shared, why in _wrong_modules(facts):
        evidence[dist_key] = Evidence("foreign-binary", shared.path, why, _expected(facts.interpreter))
    if evidence:
        yield _finding(case, evidence)


def _finding(case: Examination, evidence: dict[str, Evidence]) -> Finding:
    facts = case.facts
    near = [key for key in evidence if concerns(case, [key]) or names_file(case, evidence[key].where)]
    names = near + [key for key in evidence if key not in near]
    severity, confidence = weigh(case, bool(near), 0.95, (Severity.ERROR, 0.9))
    actions = []
    for name in names:
        version = facts.version(name)
        actions.append(
            Action(
                "reinstall",
                name,
                f"=={version}" if version else None,
                why=Text("fetches the build for this system", "获取适用于此系统的版本"),
            )
        )
    shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
    first = evidence[names[0]]
    return Finding(
        id="foreign-binary",
        title=Text(f"Built for another platform or Python: {shown}", f"为其他平台或 Python 构建的包：{shown}"),
        cause=Text(
            f"{len(names)} installed distribution(s) hold compiled code that this interpreter cannot load; "
            f"{names[0]}: {first.observed}, but {first.expected} is needed.",
            f"有 {len(names)} 个已安装的包含有此解释器无法加载的编译模块；"
            f"{names[0]}：{first.observed}，而这里需要 {first.expected}。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=tuple(
            Culprit(Kind.DISTRIBUTION, n, facts.version(n) or None, facts.version(n) or None) for n in names
        ),
        evidence=tuple(evidence[name] for name in names),
        treatment=Treatment(tuple(actions)),
    )


def _expected(interpreter: Interpreter) -> str:
    return f"{interpreter.soabi or 'CPython ' + interpreter.version}, {interpreter.libc or interpreter.platform}"


def _wrong_tags(dist: Distribution, interpreter: Interpreter) -> str:
    """Why none of the wheel's tags fits; empty where one does, or where it has none."""
    tags = [tag for tag in dist.tags if tag.count("-") == 2]
    if not tags or not interpreter.soabi or any(_fits(tag, interpreter) for tag in tags):
        return ""
    return f"installed from a wheel for {tags[0]}"


def _fits(tag: str, interpreter: Interpreter) -> bool:
    """Whether the tag may be loaded; glibc versions are not compared (the loader's own check is another sign's)."""
    python, abi, platform = tag.split("-")
    if platform != "any" and not _platform_fits(platform, interpreter):
        return False
    major, minor = interpreter.minor
    own = f"cp{major}{minor}"
    if python.startswith("pp") or (python.startswith("cp2") and major == 3) or python == "py2":
        return False
    if abi in ("none", "abi3", "abi3t"):
        return True
    return python == own or not python.startswith("cp")


def _platform_fits(platform: str, interpreter: Interpreter) -> bool:
    machine = SAME_MACHINE.get(interpreter.machine, interpreter.machine)
    if machine and not platform.endswith(machine):
        return False
    if "musllinux" in platform:
        return interpreter.libc.startswith("musl")
    return bool(ANY_LIBC.match(platform)) and not (interpreter.libc.startswith("musl") and "manylinux" in platform)


def _wrong_modules(facts: Facts) -> Iterator[tuple[str, SharedObject, str]]:
    """One unloadable module of each distribution, where nothing loadable of its name lies beside it."""
    loadable = {_stem(s.path) for s in facts.shared_objects or () if not _why_not(s, facts.interpreter)}
    sources: dict[str, set[str]] = {}
    told: set[str] = set()
    for shared in facts.shared_objects or ():
        why = _why_not(shared, facts.interpreter)
        if (
            not why
            or not shared.dist
            or shared.dist in told
            or not shared.is_extension
            or _stem(shared.path) in loadable
        ):
            continue
        if shared.dist not in sources:
            records = facts.by_key[shared.dist].records if shared.dist in facts.by_key else ()
            sources[shared.dist] = {_stem(entry.path) for entry in records if entry.path.endswith(".py")}
        if _stem(shared.path) not in sources[shared.dist]:
            told.add(shared.dist)
            yield shared.dist, shared, why


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.split('.', 1)[0]}"


def _why_not(shared: SharedObject, interpreter: Interpreter) -> str:
    """Why this interpreter cannot load it by its format; empty where it could, or where it is damaged instead."""
    if shared.format in ("mach-o", "pe"):
        return "a macOS file (Mach-O)" if shared.format == "mach-o" else "a Windows file"
    if shared.format != "elf" or not shared.machine:
        return ""
    if interpreter.machine and shared.machine != SAME_MACHINE.get(interpreter.machine, interpreter.machine):
        return f"compiled for {shared.machine}"
    musl = any(name.startswith("libc.musl") for name in shared.needed)
    if musl and not interpreter.libc.startswith("musl"):
        return "linked with musl"
    suffix = f".{shared.tag_suffix}.so"
    if shared.tag_suffix and interpreter.ext_suffixes and suffix not in interpreter.ext_suffixes:
        return f"compiled for {shared.tag_suffix}"
    return ""
