"""Extension modules and NumPy do not fit: compiled for NumPy 1 under NumPy 2, or for a newer C API than there is.

A module compiled with headers of NumPy 1 cannot be loaded under NumPy 2 ("A module that was compiled using NumPy
1.x", "numpy.core.multiarray failed to import", "dtype size changed"); one compiled with NumPy 2 loads under both. A
module that was compiled here against a newer NumPy than the installed one says "module compiled against API version
0x10 but this version of numpy is 0xf". Metadata seldom tells, the bytes do. Repair: hold NumPy back, or bring a build
that fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import SharedObject
from tts_doctor.model.finding import Action, Evidence, Finding, Need, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.requires import wanted_by
from tts_doctor.signs.parties import party, version_of
from tts_doctor.signs.relevance import concerns, names_file, weigh

API_VERSIONS = (
    (0x0A, "1.10"), (0x0B, "1.13"), (0x0C, "1.14"), (0x0D, "1.16"), (0x0E, "1.20"), (0x0F, "1.22"), (0x10, "1.23"),
    (0x11, "1.25"), (0x12, "2.0"), (0x13, "2.1"), (0x14, "2.3"),
)  # fmt: skip
"""C API feature version, and the first NumPy that has it (numpy/_core/code_generators/cversions.txt)."""
SPOKEN = ("NumPy 1.x", "_ARRAY_API", "multiarray failed to import", "dtype size changed", "ndarray size changed",
          "compiled against", "binary incompatibility", "Numpy is not available")  # fmt: skip


def find(case: Examination) -> Iterator[Finding]:
    numpy = version_of(case.facts, "numpy")
    if numpy is None or case.facts.shared_objects is None:
        return
    by_dist: dict[str, list[SharedObject]] = {}
    for shared in case.facts.shared_objects:
        if shared.numpy_abi and shared.dist not in ("", "numpy"):
            by_dist.setdefault(shared.dist, []).append(shared)
    for dist, modules in by_dist.items():
        if numpy.major >= 2:
            yield from _too_old(case, dist, [m for m in modules if m.numpy_abi in ("1", "1?")])
        else:
            yield from _too_new(case, dist, modules, numpy)


def _too_old(case: Examination, dist: str, modules: list[SharedObject]) -> Iterator[Finding]:
    """Compiled for NumPy 1, and NumPy 2 is installed."""
    if not modules:
        return
    strict = [m for m in modules if m.numpy_abi == "1"]
    shown = (strict or modules)[0]
    installed = case.facts.version("numpy")
    severity, confidence = _weigh(case, dist, modules, bool(strict))
    yield Finding(
        id="numpy-abi",
        title=Text(
            f"{dist} was compiled for NumPy 1 and NumPy {installed} is installed",
            f"{dist} 是为 NumPy 1 编译的，而当前安装的是 NumPy {installed}",
        ),
        cause=Text(
            f"{shown.path} of {dist} {case.facts.version(dist)} uses the C-ABI of NumPy 1.x, "
            f"which NumPy {installed} does not provide.",
            f"{dist} {case.facts.version(dist)} 的 {shown.path} 使用 NumPy 1.x 的 C-ABI，"
            f"NumPy {installed} 不提供该接口。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(party(case.facts, "numpy", "<2"), party(case.facts, dist)),
        evidence=tuple(
            Evidence("numpy-abi", m.path, "compiled with NumPy 1", "compiled with NumPy 2")
            for m in (strict or modules)[:5]
        ),
        treatment=Treatment(
            (Action("pin", "numpy", "<2", why=Text(f"{dist} was compiled for NumPy 1", f"{dist} 是为 NumPy 1 编译的")),)
        ),
        need=Need("abi", consumer=dist, consumer_file=shown.path, provider="numpy", module="numpy", detail="numpy<2"),
    )


def _too_new(case: Examination, dist: str, modules: list[SharedObject], numpy: Version) -> Iterator[Finding]:
    """Compiled for a newer C API than that of the installed NumPy 1."""
    shown = max(modules, key=lambda m: m.numpy_api)
    has, wants = _api_of(numpy), shown.numpy_api
    if not wants or not has or wants <= has:
        return
    first = dict(API_VERSIONS).get(wants, "")
    spec = f">={first}" + (",<2" if shown.numpy_abi == "1" and first.startswith("1") else "") if first else ""
    severity, confidence = _weigh(case, dist, modules, True)
    pin = (
        (
            Action(
                "pin",
                "numpy",
                spec,
                why=Text(
                    f"has the C API {wants:#x} that {dist} was compiled for",
                    f"具有 {dist} 编译时所用的 C API {wants:#x}",
                ),
            ),
        )
        if spec
        else ()
    )
    rebuild = (
        Action("rebuild", dist, why=Text(f"against the installed NumPy {numpy}", f"针对已安装的 NumPy {numpy}")),
    )
    yield Finding(
        id="numpy-abi",
        title=Text(
            f"{dist} was compiled for a newer NumPy than the installed {numpy}",
            f"{dist} 是为比当前 {numpy} 更新的 NumPy 编译的",
        ),
        cause=Text(
            f"{shown.path} of {dist} asks for NumPy's C API {wants:#x} (NumPy {first or '?'}), "
            f"and NumPy {numpy} has {has:#x}.",
            f"{dist} 的 {shown.path} 需要 NumPy C API {wants:#x}（NumPy {first or '?'}），"
            f"而 NumPy {numpy} 只有 {has:#x}。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=(party(case.facts, "numpy", spec or None), party(case.facts, dist)),
        evidence=(Evidence("numpy-abi", shown.path, f"C API {wants:#x}", f"at most {has:#x}"),),
        treatment=Treatment(pin or rebuild, (rebuild,) if pin else ()),
    )


def _api_of(numpy: Version) -> int:
    """C API version of a NumPy, 0 for one older than the table."""
    return max((api for api, first in API_VERSIONS if Version(first) <= numpy), default=0)


def _weigh(case: Examination, dist: str, modules: list[SharedObject], strict: bool) -> tuple[Severity, float]:
    needs = any(w.name == "numpy" for w in wanted_by(_requires(case, dist), case.facts.interpreter))
    alone = (Severity.ERROR, 0.85) if strict and needs else (Severity.NOTE, 0.35)
    if case.symptom is None:
        return alone
    spoken = any(words in case.symptom.text for words in SPOKEN)
    near = concerns(case, [dist]) or any(names_file(case, m.path) for m in modules)
    if near and spoken:
        return Severity.ERROR, 0.95
    if spoken:
        return Severity.ERROR, 0.7
    return weigh(case, near and strict, 0.6, alone)


def _requires(case: Examination, dist: str) -> tuple[str, ...]:
    found = case.facts.get(dist)
    return found.requires if found else ()
