"""NumPy's complaints about extension modules that were compiled for another NumPy, in both directions and all
wordings.

Present where an error, or the banner that NumPy 2 prints, says so. The consumer is the owner of the innermost frame
that is not NumPy's. The provider is pinned first, since it always settles the matter; the consumer's newer release
is the alternative. Sizes of other structs are judged alike, with the package that defines them as provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Evidence, Finding, Need, Treatment
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, owner_of_module, party, weighted_errors

_SIZE = re.compile(
    r"(?<![\w.])(?P<struct>[\w.]{1,200}) size changed, may indicate binary incompatibility\. Expected "
    r"(?P<want>\d+)[^,]*, got "
    r"(?P<got>\d+)"
)
_API = re.compile(
    r"compiled against (?:NumPy C-)?A(?P<kind>[PB])I version (?P<want>0x[0-9a-f]+)[^.]*? (?:but )?(?:this "
    r"version of numpy is|the running NumPy has C-API version) (?P<got>0x[0-9a-f]+)"
)
_BANNER = re.compile(r"compiled using NumPy 1\.x cannot be run in\s+NumPy (?P<version>2[\w.]*)")
_FAILED = re.compile(
    r"_ARRAY_API not found|Numpy is not available|numpy\.core\.(?:multiarray|umath) failed to import|_ARRAY_API "
    r"is not PyCapsule"
)
_INTERNAL = re.compile(r"initialization of _internal failed without raising an exception")


@dataclass(frozen=True)
class Verdict:
    """Which NumPy (or other provider) would do, and how sure that is."""

    provider: str
    spec: str
    seen: str
    confidence: float


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None:
        return
    for error, weight in weighted_errors(case.symptom):
        verdict = read_verdict(case.facts, case.symptom, error)
        if verdict:
            weight = 1.0 if weight > 0.8 else weight
            yield _finding(case.facts, case.symptom, error, verdict, weight)
    if (banner := _BANNER.search(case.symptom.text)) and not _version_fits(case.facts):
        bare = next((e for e in case.symptom.errors if not e.type and e.frames), Error("", ""))
        survived = any(e.type for e in case.symptom.errors)
        verdict = Verdict("numpy", "<2", " ".join(banner[0].split()), 0.6 if survived else 0.93)
        yield _finding(case.facts, case.symptom, bare, verdict, 1.0)


def read_verdict(facts: Facts, symptom: Symptom, error: Error) -> Verdict | None:
    """What an error says of the NumPy that is wanted; None where it speaks of something else."""
    text = f"{error.type}: {error.message}"
    if m := _SIZE.search(text):
        return _of_size(facts, m)
    if m := _API.search(text):
        return _of_version(m)
    if _INTERNAL.search(text) and "numba" in "".join(f.file for f in error.frames):
        return Verdict("numpy", "<1.24", error.message[:200], 0.92)
    if m := _FAILED.search(text):
        told = _API.search(symptom.text)
        if told:
            return _of_version(told)
        installed = facts.version("numpy")
        if installed and not installed.startswith("2") and not _BANNER.search(symptom.text):
            return Verdict("numpy", f">{installed}", m[0], 0.7)
        return Verdict("numpy", "<2", m[0], 0.93)
    return None


def _version_fits(facts: Facts) -> bool:
    return facts.version("numpy").startswith("1.")


def _of_size(facts: Facts, m: re.Match[str]) -> Verdict | None:
    struct, want, got = m["struct"], int(m["want"]), int(m["got"])
    provider = owner_of_module(facts, struct)
    if provider != "numpy":
        return Verdict(provider, "", m[0], 0.9) if provider else None
    kind = struct.rsplit(".", 1)[-1]
    if kind == "dtype" and (want, got) == (96, 88):
        return Verdict("numpy", "<2", m[0], 0.95)
    since = load_data("numpy_abi.yaml")["sizes"].get(kind, {}).get(want)
    if since and want != got:
        return Verdict("numpy", f">={since}", m[0], 0.93)
    installed = facts.version("numpy")
    if not installed:
        return Verdict("numpy", "", m[0], 0.8)
    return Verdict("numpy", f">{installed}" if want > got else f"<{installed}", m[0], 0.85)


def _of_version(m: re.Match[str]) -> Verdict:
    want, got = int(m["want"], 16), int(m["got"], 16)
    if m["kind"] == "B" or want >= 0x1000000:
        return Verdict("numpy", "<2" if got > want else ">=2", m[0], 0.95)
    since = load_data("numpy_abi.yaml")["api"].get(want)
    return Verdict("numpy", f">={since}" if since else "", m[0], 0.95)


def _finding(facts: Facts, symptom: Symptom, error: Error, verdict: Verdict, weight: float) -> Finding:
    provider = verdict.provider
    consumer = consumer_of(facts, error, provider)
    if not consumer.name:
        consumer = next(
            (c for e in symptom.errors if e.frames and (c := consumer_of(facts, e, provider)).name), consumer
        )
    user = consumer.name or "An extension module"
    shown = f"{provider} {facts.version(provider)}".strip()
    steps = (
        Action(
            "pin",
            provider,
            verdict.spec,
            why=Text(
                f"{consumer.name or 'the module'} was compiled for it", f"{consumer.name or '该模块'} 是为它编译的"
            ),
        ),
    )
    others = _newer_consumer(facts, consumer.name, verdict)
    rebuild = (
        (Action("rebuild", consumer.name, why=Text(f"against the installed {provider}", f"针对已安装的 {provider}")),)
        if consumer.name
        else ()
    )
    culprits = [party(facts, provider, verdict.spec or None)]
    if consumer.name and consumer.name != provider:
        culprits.append(party(facts, consumer.name))
    fallback = Treatment(((Action("reinstall", consumer.name),)) if consumer.name else ())
    return Finding(
        id="numpy-abi" if provider == "numpy" else "binary-incompatibility",
        title=Text(
            f"{user} was compiled for another {provider} than {shown}",
            f"{user} 是针对另一版本的 {provider} 编译的，与 {shown} 不符",
        ),
        cause=Text(
            f"The compiled code of {user} expects the C layout of another {provider} release than the installed "
            f"{shown}.",
            f"{user} 的已编译代码要求另一版 {provider} 的 C 布局，与已安装的 {shown} 不一致。",
        ),
        confidence=verdict.confidence * weight,
        culprits=tuple(culprits),
        evidence=(Evidence("numpy-abi", consumer.file or "the log", verdict.seen[:240], f"{provider}{verdict.spec}"),),
        treatment=Treatment(steps, tuple(r for r in (others, rebuild) if r)) if verdict.spec else Treatment(),
        need=Need("abi", consumer.name, consumer.file, provider, detail=f"{provider}{verdict.spec}")
        if consumer.name
        else None,
        fallback=fallback,
    )


def _newer_consumer(facts: Facts, consumer: str, verdict: Verdict) -> tuple[Action, ...]:
    since = load_data("numpy_abi.yaml")["numpy2_ready"].get(consumer)
    if verdict.spec != "<2" or not since:
        return ()
    return (Action("pin", consumer, f">={since}", why=Text("its wheels support NumPy 2", "其 wheel 支持 NumPy 2")),)
