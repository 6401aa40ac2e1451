"""What the dynamic loader said: a library that is not there, a symbol nobody exports, a file of another machine or
Python.

Present where a loader message stands in the symptom. A missing soname is a Debian package, a distribution that
ships it (the nvidia ones) or the driver; an undefined symbol is judged by its name: torch's C++ symbols mean a
sibling of another torch release, CPython's another interpreter, others a library path that leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.knowledge.sonames import cuda_distribution, debian_package, row_of
from tts_doctor.knowledge.torch_family import SIBLINGS, sibling_release
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.parse.loader_words import MISSING, TORCH_LIBRARY, UNDEFINED, shown_search_path
from tts_doctor.signs.parties import chain_text, consumer_of, is_own, last_chain, owner_of_file, party, weighted_errors

_OPERATOR = re.compile(r"operator (?P<sibling>torchvision|torchaudio)::\w+ does not exist")
_CUSTOM_OPS = re.compile(
    r"[Cc]ouldn't load custom C\+\+ ops|PyTorch and (?P<sibling>torchvision|TorchAudio|torchaudio) (?:versions "
    r"are incompatible|were compiled with different CUDA)",
    re.I,
)
_FOREIGN = re.compile(
    r"(?<!\S)(?P<file>/\S{1,400}?\.so(?:\.\w{1,20}){0,4}): (?P<what>invalid ELF header|wrong ELF class: \w+"
    r"|file too short|cannot map|ELF "
    r"file OS ABI invalid|failed to map segment)"
)
_MACH_O = re.compile(
    r"(?P<file>/[^'\s:]{1,400}?\.(?:so|dylib))'?:? \(?(?P<what>mach-o(?: file)?, but (?:is an incompatible|wrong) "
    r"architecture)"
)
_TORCH_SYMBOL = re.compile(
    r"_ZN?K?(?:St\w*)?(?:2at|3c10|5torch|4c10d|\w*2at|\w*3c10)|^torch_|^aoti_torch|THP\w+|_ZNK3c10|_ZTIN3c10"
)
_PYTHON_SYMBOL = re.compile(r"^_?Py[A-Z_]\w*")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        yield from _judge(case.facts, case.symptom, error, weight)
    raised = chain_text(case.symptom) if last_chain(case.symptom) else ""
    if not any(_found(pattern, raised) for pattern in (*MISSING, UNDEFINED, _FOREIGN, _MACH_O)):
        survived = 0.7 if case.symptom.errors else 0.97
        yield from _judge(case.facts, case.symptom, Error("", case.symptom.text[-20000:]), survived)


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(text))


def _judge(facts: Facts, symptom: Symptom, error: Error, weight: float) -> Iterator[Finding]:
    text = error.message
    if match := UNDEFINED.search(text):
        yield _undefined(facts, symptom, error, match, weight)
    elif match := _OPERATOR.search(text) or _CUSTOM_OPS.search(text):
        sibling = (match["sibling"] or "torchvision").lower()
        yield _sibling(facts, error, sibling, match[0], weight)
    elif match := _FOREIGN.search(text) or _MACH_O.search(text):
        yield _foreign(facts, error, match, weight)
    else:
        for pattern in MISSING:
            if (match := pattern.search(text)) and not TORCH_LIBRARY.match(match["soname"]):
                yield _missing(facts, symptom, error, match["soname"], weight)
                break


def _undefined(facts: Facts, symptom: Symptom, error: Error, match: re.Match[str], weight: float) -> Finding:
    owner = _owner(facts, error, match["file"])
    symbol = match["symbol"]
    row = _known_symbol(symbol)
    if row:
        parties = tuple(n for n in (owner, consumer_of(facts, error, "").name) if n and n != row["culprit"])
        shown = shown_search_path(symptom.text) if facts.from_text else ""
        return _by_row(facts, error, tuple(dict.fromkeys(parties)), match[0], row, weight, shown)
    if owner in SIBLINGS:
        return _sibling(facts, error, owner, match[0], weight)
    if _PYTHON_SYMBOL.match(symbol):
        return _other_python(facts, error, owner, match, weight)
    if _TORCH_SYMBOL.search(symbol):
        return _against_torch(facts, error, owner, match[0], weight)
    culprits = [party(facts, owner)] if owner else [Culprit(Kind.FILE, match["file"])]
    return _make(
        "undefined-symbol", error, weight * 0.75, match[0],
        Text(f"{match['file'].rsplit('/', 1)[-1]} needs the symbol {symbol}, which no loaded library has",
             f"{match['file'].rsplit('/', 1)[-1]} 需要符号 {symbol}，但已加载的库都没有它"),
        Text(f"{owner or match['file']} was built against another release of a library than the one that the "
            f"loader finds.",
             f"{owner or match['file']} 编译时所用的库与加载器找到的不是同一版本。"),
        (*culprits, Culprit(Kind.VARIABLE, "LD_LIBRARY_PATH")),
        Treatment(
            (Action("reinstall", owner, _same(facts, owner)) if owner else Action("env-var", "LD_LIBRARY_PATH"),)
        ),
    )  # fmt: skip


def _owner(facts: Facts, error: Error, file: str) -> str:
    """A lone extension in site-packages (flash_attn_2_cuda.so) is called after nobody: then its importer's."""
    owner, relative = owner_of_file(facts, file)
    consumer = consumer_of(facts, error, "").name
    return owner if facts.get(owner or "-") or "/" in relative or not consumer else consumer


def _known_symbol(symbol: str) -> dict[str, Any] | None:
    for row in load_data("sonames.yaml")["symbols"]:
        if re.search(row["symbol"], symbol):
            found: dict[str, Any] = row
            return found
    return None


def _by_row(
    facts: Facts, error: Error, parties: tuple[str, ...], seen: str, row: dict[str, Any], weight: float, shown: str
) -> Finding:
    kind = Kind(row.get("kind", "distribution"))
    culprits = [party(facts, row["culprit"]) if kind is Kind.DISTRIBUTION else Culprit(kind, row["culprit"])]
    culprits += [party(facts, name) for name in parties]
    action = Action(row["action"], row.get("target", row["culprit"]), row.get("spec"), why=Text(row["en"], row["zh"]))
    without = Action(
        "env-var",
        "LD_LIBRARY_PATH",
        why=Text(f"{shown} is searched before the wheels' own folders", f"{shown} 先于 wheel 自己的文件夹被搜索"),
    )
    return _make(
        "undefined-symbol", error, weight * 0.9, seen, Text(row["en"], row["zh"]), Text(row["en"], row["zh"]),
        (*culprits, *((Culprit(Kind.VARIABLE, "LD_LIBRARY_PATH"),) if shown else ())),
        Treatment((without,), ((action,),)) if shown else Treatment((action,)),
    )  # fmt: skip


def _sibling(facts: Facts, error: Error, sibling: str, seen: str, weight: float) -> Finding:
    torch = facts.version("torch")
    wanted = sibling_release(sibling, torch)
    step = Action(
        "pin",
        sibling,
        f"=={wanted}" if wanted else None,
        why=Text(f"the release for torch {torch}".strip(), f"与 torch {torch} 配套的版本"),
    )
    return _make(
        "torch-sibling", error, weight * 0.95, seen,
        Text(f"{sibling} {facts.version(sibling)} was built for another torch than {torch}".replace("  ", " "),
             f"{sibling} {facts.version(sibling)} 是为另一版 torch（而非 {torch}）编译的"),
        Text(f"Every release of {sibling} is linked against exactly one release of torch; these two are of "
            f"different ones.",
             f"{sibling} 的每个版本只对应一个 torch 版本；这两个并不配套。"),
        (party(facts, sibling, f"=={wanted}" if wanted else None), party(facts, "torch")),
        Treatment(
            (step,), ((Action("uninstall", sibling, why=Text("where nothing needs it", "若没有东西需要它")),),)
        ) if wanted
        else Treatment((Action("reinstall", sibling, why=Text("of torch's release", "与 torch 配套的版本")),)),
    )  # fmt: skip


def _against_torch(facts: Facts, error: Error, owner: str, seen: str, weight: float) -> Finding:
    name = owner or "the extension"
    return _make(
        "undefined-symbol", error, weight * 0.88, seen,
        Text(f"{name} was compiled for another torch", f"{name} 是为另一版 torch 编译的"),
        Text(f"{name} uses C++ symbols of torch that the installed torch {facts.version('torch')} does not export.",
             f"{name} 使用的 torch C++ 符号在已安装的 torch {facts.version('torch')} 中不存在。"),
        tuple(party(facts, n) for n in (owner, "torch") if n),
        Treatment((Action("reinstall", name, why=Text(
            "a build for the installed torch (or --no-build-isolation --no-cache-dir)",
            "适用于已安装的 torch 的版本（或加上 --no-build-isolation --no-cache-dir）")),),
                  ((Action("rebuild", name, why=Text("against the installed torch", "针对已安装的 torch")),),)),
    )  # fmt: skip


def _other_python(facts: Facts, error: Error, owner: str, match: re.Match[str], weight: float) -> Finding:
    path = match["file"]
    other = re.search(r"/python(\d\.?\d*)/", path)
    minor = ".".join(str(n) for n in facts.interpreter.minor)
    foreign = bool(other) and other is not None and other[1] not in (minor, "3", "")
    by_path = foreign or (not owner and is_own(facts, path)) or path.startswith("/opt/ros")
    culprits = [Culprit(Kind.VARIABLE, "PYTHONPATH")] if by_path else []
    culprits += [party(facts, owner)] if owner else [Culprit(Kind.FILE, path)]
    culprits += [Culprit(Kind.INTERPRETER, "python", minor if minor != "0.0" else None)]
    step = (
        Action(
            "env-var",
            "PYTHONPATH",
            value=None,
            why=Text("it leads to another Python's packages", "它指向另一个 Python 的包"),
        )
        if by_path or not owner
        else Action(
            "reinstall", owner, _same(facts, owner), why=Text("a build for this Python", "适用于此 Python 的版本")
        )
    )
    return _make(
        "foreign-binary", error, weight * 0.88, match[0],
        Text(f"{path.rsplit('/', 1)[-1]} was compiled for another Python", f"{path.rsplit('/', 1)[-1]} 是为另一个 "
            f"Python 编译的"),
        Text(f"{path} uses {match['symbol']} of another Python's C API than {minor}.",
             f"{path} 使用了另一个 Python 的 C API（{match['symbol']}），而不是 {minor} 的。"),
        tuple(culprits), Treatment((step,)),
    )  # fmt: skip


def _foreign(facts: Facts, error: Error, match: re.Match[str], weight: float) -> Finding:
    owner = owner_of_file(facts, match["file"])[0]
    step = Action(
        "reinstall",
        owner or match["file"],
        _same(facts, owner),
        why=Text("a wheel for this machine", "适用于本机的 wheel"),
    )
    return _make(
        "foreign-binary", error, weight * 0.92, match[0],
        Text(f"{owner or match['file']} is not built for this machine, or damaged", f"{owner or match['file']} "
            f"不是为本机编译的，或已损坏"),
        Text(f"{match['file']}: {match['what']}: the file comes from another platform or was cut short.",
             f"{match['file']}：{match['what']}：文件来自其他平台，或不完整。"),
        (party(facts, owner) if owner else Culprit(Kind.FILE, match["file"]),), Treatment((step,)),
    )  # fmt: skip


def _missing(facts: Facts, symptom: Symptom, error: Error, soname: str, weight: float) -> Finding:
    consumer = consumer_of(facts, error, "").name
    row = row_of(soname)
    title = Text(f"The shared library {soname} is missing", f"缺少共享库 {soname}")
    if "nvidia" in row:
        return _nvidia(facts, symptom, error, soname, consumer, weight)
    culprits: list[Culprit] = []
    if "driver" in row:
        culprits = [Culprit(Kind.DRIVER, "nvidia-driver")]
        steps = (
            Action(
                "code-change",
                "docker run",
                value="--gpus all",
                why=Text("the driver's libraries come from the host", "驱动的库来自主机"),
            ),
        )
    elif "reinstall" in row:
        culprits = [party(facts, consumer)] if consumer else []
        steps = (Action("reinstall", consumer or soname, _same(facts, consumer), why=Text(*row["reinstall"])),)
    elif "image" in row:
        culprits = [Culprit(Kind.SYSTEM_LIBRARY, row["image"]), Culprit(Kind.BASE_IMAGE, "base image")]
        steps = (
            Action(
                "change-base-image",
                "debian",
                row.get("spec"),
                why=Text(f"it still has {row['image']}", f"其中仍有 {row['image']}"),
            ),
        )
    else:
        package = debian_package(soname)
        culprits = [Culprit(Kind.SYSTEM_LIBRARY, package)]
        steps = (Action("system-package", package, why=Text(f"it contains {soname}", f"它含有 {soname}")),)
    culprits += [Culprit(Kind.SYSTEM_LIBRARY, soname)] if culprits and culprits[0].kind is Kind.SYSTEM_LIBRARY else []
    culprits += [party(facts, consumer)] if consumer and all(c.name != consumer for c in culprits) else []
    alternatives: list[tuple[Action, ...]] = []
    if consumer == "opencv-python" and row.get("headless"):
        alternatives.append(
            (Action("uninstall", consumer), Action("install", "opencv-python-headless", _same(facts, consumer)))
        )
    confident = 0.93 if row else 0.7
    return _make(
        "missing-shared-library", error, weight * confident, f"{soname}: not found", title,
        Text(f"{consumer or 'The program'} links {soname}, which the system does not have.",
             f"{consumer or '程序'} 链接了 {soname}，但系统中没有它。"),
        tuple(culprits), Treatment(steps, tuple(alternatives)),
    )  # fmt: skip


def _nvidia(facts: Facts, symptom: Symptom, error: Error, soname: str, consumer: str, weight: float) -> Finding:
    """CUDA's libraries come as distributions; the one that torch names last is the one that people search for."""
    names: list[str] = []
    torch = facts.version("torch")
    for pattern in MISSING:
        for match in pattern.finditer(chain_text(symptom) or error.message):
            names.append(cuda_distribution(match["soname"], torch))
    found = tuple(dict.fromkeys(name for name in [*names, cuda_distribution(soname, torch)] if name))
    ordered = sorted(found, key=lambda n: "cublas" not in n)[:2]
    install = (Action("install", ordered[0], why=Text(f"it ships {soname}", f"它自带 {soname}")),)
    again = (Action("reinstall", "torch", _same(facts, "torch"), why=Text("with its dependencies", "连同其依赖")),)
    from_torch = consumer == "torch"
    culprits = (*(party(facts, n) for n in ordered), *((party(facts, consumer),) if consumer else ()))
    return _make(
        "missing-shared-library", error, weight * 0.92, f"{soname}: not found",
        Text(f"The CUDA library {soname} is missing", f"缺少 CUDA 库 {soname}"),
        Text(f"{consumer or 'The program'} needs {soname}, which {ordered[0]} ships; it is not installed or of "
            f"another CUDA.",
             f"{consumer or '程序'} 需要 {soname}，它由 {ordered[0]} 提供；该包没有安装，或属于另一 CUDA 版本。"),
        culprits, Treatment(*((again, (install,)) if from_torch else (install, ()))),
    )  # fmt: skip


def _same(facts: Facts, name: str) -> str | None:
    version = facts.version(name) if name else ""
    return f"=={version}" if version else None


def _make(
    identity: str, error: Error, confidence: float, seen: str, title: Text, cause: Text, culprits: tuple[Culprit, ...],
    treatment: Treatment,
) -> Finding:  # fmt: skip
    where = error.frames[-1].file if error.frames else "the log"
    evidence = (Evidence("loader-message", where, seen[:300]),)
    return Finding(
        identity, title, cause, confidence=confidence, culprits=culprits, evidence=evidence, treatment=treatment
    )
