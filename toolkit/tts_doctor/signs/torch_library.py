"""A library of torch itself is missing: `libc10.so`, `libtorch_cuda.so: cannot open shared object file`.

Extensions of torch link its libraries without saying where they are: torch has loaded them, once it is imported. Where
the library is one that the installed torch has, the import order is wrong. Where it is one for CUDA, or of an older
layout, the extension was built for another torch than the installed one. No system package has any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.knowledge.torch_family import SIBLINGS, sibling_release
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts, SharedObject
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Need, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.parse.loader_words import TORCH_LIBRARY, loader_errors
from tts_doctor.signs.parties import consumer_of, party, weighted_errors

ALWAYS_THERE = re.compile(r"lib(?:c10|torch|torch_cpu|torch_python)\.so")
"""Libraries of every torch since 1.5, whatever it computes on."""


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        for said in loader_errors(error.message):
            if said.kind == "soname" and TORCH_LIBRARY.match(said.name):
                finding = _judge(case.facts, error, said.name, weight)
                if finding:
                    yield finding
                break


def _judge(facts: Facts, error: Error, soname: str, weight: float) -> Finding | None:
    shared = _who_needs(facts, error, soname)
    consumer = shared.dist if shared else consumer_of(facts, error, "torch").name
    if any(link.kind == "soname" and any(c.has and c.dist for c in link.copies) for link in facts.linkage):
        return None  # the environment has it: the sign that looked says where
    if ALWAYS_THERE.fullmatch(soname):
        return _not_imported(facts, error, soname, consumer, weight)
    return _other_build(facts, error, soname, consumer, shared, weight)


def _who_needs(facts: Facts, error: Error, soname: str) -> SharedObject | None:
    """The object that asks for it, among those of the traceback's distribution."""
    consumer = consumer_of(facts, error, "torch").name
    asking = [s for s in facts.shared_objects or () if soname in s.needed and s.dist not in ("", "torch")]
    return next((s for s in asking if s.dist == consumer), asking[0] if len({s.dist for s in asking}) == 1 else None)


def _not_imported(facts: Facts, error: Error, soname: str, consumer: str, weight: float) -> Finding:
    known = bool(facts.distributions) and not facts.version("torch")
    step = (
        Action("install", "torch", why=Text(f"it brings {soname}", f"它带来 {soname}"))
        if known
        else Action(
            "code-change",
            "import torch",
            why=Text(f"before {consumer or 'the extension'}", f"先于 {consumer or '该扩展'}"),
        )
    )
    again = (
        ((Action("reinstall", consumer, why=Text("a build for the installed torch", "适用于已安装的 torch 的版本")),),)
        if consumer
        else ()
    )
    return Finding(
        "load-first",
        Text(f"{soname} is torch's own: torch has to be imported first", f"{soname} 属于 torch：需要先导入 torch"),
        Text(f"{consumer or 'The extension'} uses {soname}, which the loader finds only once torch was imported.",
             f"{consumer or '该扩展'} 使用 {soname}，只有先导入 torch，加载器才能找到它。"),
        confidence=0.93 * weight,
        culprits=(party(facts, "torch"), *((party(facts, consumer),) if consumer else ())),
        evidence=(Evidence("torch-library", _where(error), f"{soname}: not found", "loaded by torch"),),
        treatment=Treatment((step,), again),
    )  # fmt: skip


def _other_build(
    facts: Facts, error: Error, soname: str, consumer: str, shared: SharedObject | None, weight: float
) -> Finding:
    torch = facts.version("torch")
    wanted = sibling_release(consumer, torch) if consumer in SIBLINGS else ""
    pin = (
        Action(
            "pin", consumer, f"=={wanted}", why=Text(f"the release for torch {torch}", f"与 torch {torch} 配套的版本")
        ),
    )
    again = (
        Action(
            "reinstall",
            consumer or "the extension",
            why=Text("a build for the installed torch", "适用于已安装的 torch 的版本"),
        ),
    )
    anew = (
        Action("rebuild", consumer or "the extension", why=Text("against the installed torch", "针对已安装的 torch")),
    )
    return Finding(
        "torch-sibling" if wanted else "other-torch-build",
        Text(f"{consumer or 'The extension'} was built for another torch than {torch}".strip(),
             f"{consumer or '该扩展'} 是为另一种 torch（而非 {torch}）编译的"),
        Text(f"{consumer or 'It'} needs {soname}, which the installed torch {torch} does not have: it is of another "
             f"release, or for another accelerator (CUDA, CPU).",
             f"{consumer or '它'} 需要 {soname}，而已安装的 torch {torch} 没有它：版本不同，或面向另一种硬件。"),
        confidence=0.95 * weight,
        culprits=(*((party(facts, consumer),) if consumer else ()), party(facts, "torch"),
                  Culprit(Kind.SYSTEM_LIBRARY, soname)),
        evidence=(Evidence("torch-library", _where(error), f"{soname}: not found", f"a library of torch {torch}"),),
        treatment=Treatment(pin, (again,)) if wanted else Treatment(again, (anew,)),
        need=Need("symbol", consumer, shared.path, "torch", name=soname) if shared and torch else None,
    )  # fmt: skip


def _where(error: Error) -> str:
    return error.frames[-1].file if error.frames else "the log"
