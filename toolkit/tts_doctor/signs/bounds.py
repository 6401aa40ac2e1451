"""Treatments that follow from a known bound. Not a sign: signs ask it. Never proposes the version that is
installed.
"""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.removed_names import Bound
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Treatment
from tts_doctor.model.text import Text


def pin_to(facts: Facts, provider: str, bound: Bound) -> Treatment:
    """Pin the provider to the side of the bound that has what is missing; nothing where it is on that side already."""
    if bound.instead:
        return Treatment(
            (
                Action(
                    "install", bound.instead, why=Text(f"it has what {provider} lacks", f"它有 {provider} 缺少的内容")
                ),
            )
        )
    installed = _version(facts.version(provider))
    if installed is not None and bound.spec and SpecifierSet(bound.spec).contains(installed, prereleases=True):
        return Treatment()
    if bound.removed and bound.added and installed is not None:
        spec = f"<{bound.removed}" if installed >= Version(bound.removed) else f">={bound.added}"
    else:
        spec = bound.spec
    why = Text(f"there since {bound.added}", f"自 {bound.added} 起才有")
    if spec.startswith("<"):
        why = Text(f"removed in {bound.removed}", f"已在 {bound.removed} 中移除")
    return Treatment((Action("pin", provider, spec, why=why),))


def python_treatment(bound: Bound) -> Treatment:
    """Another Python; the index may know a release of the consumer instead."""
    return Treatment(
        (
            Action(
                "change-python", "python", bound.spec, why=Text("the standard library has it there", "其标准库中有它")
            ),
        )
    )


def reinstall(facts: Facts, name: str) -> Treatment:
    """The same version anew."""
    version = facts.version(name)
    return Treatment(
        (
            Action(
                "reinstall",
                name,
                f"=={version}" if version else None,
                why=Text("its files are damaged", "其文件已损坏"),
            ),
        )
    )


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
