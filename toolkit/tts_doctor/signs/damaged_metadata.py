"""The metadata of an installed distribution is damaged: METADATA or RECORD is missing, or there are two of one name.

Left by interrupted installations, by copying folders about and by cleaning up images. Imports often work on, but
whatever asks for versions (`importlib.metadata`, guards at import, pip itself) fails: "found=None", "no RECORD file
was found". Repair: reinstall the version whose files lie there. Two folders of one version (Debian has such) are no
illness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.signs.relevance import concerns, weigh

TELLING = re.compile(
    r"found=None|no RECORD file|RECORD file (?:was )?not found|due to missing .?RECORD|PackageNotFoundError|NoneType|"
    r"DistributionNotFound|Unable to compare versions|Invalid (?:version|metadata)|METADATA|dist-info",
    re.IGNORECASE,
)
PACKAGE_MANAGERS = ("pip", "uv", "poetry", "")


def find(case: Examination) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Distribution]] = {}
    for dist in case.facts.distributions:
        if dist.metadata_path:
            groups.setdefault((dist.key, dist.site), []).append(dist)
    for dists in groups.values():
        damage = _damage(dists)
        if damage:
            yield _finding(case, dists, damage)
    for path in case.facts.leftovers:
        yield _leftover(path)


def _damage(dists: list[Distribution]) -> str:
    if len({d.version for d in dists}) > 1:
        versions = ", ".join(sorted({d.version or "?" for d in dists}))
        return f"{len(dists)} metadata folders ({versions})"
    for dist in dists:
        if dist.damage and not (len(dists) > 1 and any(not d.damage for d in dists)):
            return dist.damage
    if len(dists) == 1 and _lacks_record(dists[0]):
        return "no RECORD"
    return ""


def _lacks_record(dist: Distribution) -> bool:
    managed = "/dist-packages" not in dist.site and dist.installer in PACKAGE_MANAGERS
    return managed and dist.metadata_path.endswith(".dist-info") and not dist.has_record and not dist.editable


def _intact(dists: list[Distribution]) -> Distribution:
    """The one whose files most probably lie there: without damage, with a RECORD, the newest."""

    def worth(dist: Distribution) -> tuple[bool, bool, int, Version]:
        try:
            version = Version(dist.version)
        except InvalidVersion:
            version = Version("0")
        return dist.has_record, not dist.damage, len(dist.records), version

    return max(dists, key=worth)


def _finding(case: Examination, dists: list[Distribution], damage: str) -> Finding:
    best = _intact(dists)
    related = concerns(case, [best.key]) and bool(case.symptom and TELLING.search(case.symptom.text))
    by_pip = damage == "no RECORD"
    alone = (Severity.NOTE, 0.3) if by_pip else (Severity.WARNING, 0.6)
    severity, confidence = weigh(case, related, 0.95, alone)
    culprits = [Culprit(Kind.DISTRIBUTION, best.key, best.version or None, best.version or None)]
    if by_pip and case.facts.get("pip"):
        culprits.append(Culprit(Kind.DISTRIBUTION, "pip", case.facts.version("pip")))
    where = tuple(
        Evidence("damaged-metadata", d.metadata_path, d.damage or d.version, "one intact folder") for d in dists
    )
    action = Action(
        "reinstall",
        best.key,
        f"=={best.version}" if best.version else None,
        why=Text("writes its files and metadata anew", "重新写入其文件与元数据"),
    )
    return Finding(
        id="damaged-metadata",
        title=Text(f"The metadata of {best.name} is damaged: {damage}", f"{best.name} 的元数据已损坏：{damage}"),
        cause=Text(
            f"site-packages holds {damage} for {best.name}, so what asks for its version or its files gets no answer "
            "or a wrong one.",
            f"site-packages 中 {best.name} 的元数据有问题（{damage}），"
            "查询其版本或文件清单会得不到结果或得到错误结果。",
        ),
        severity=severity,
        confidence=confidence,
        culprits=tuple(culprits),
        evidence=where,
        treatment=Treatment((action,)),
    )


def _leftover(path: str) -> Finding:
    name = path.rsplit("/", 1)[-1]
    return Finding(
        id="leftover-folder",
        title=Text(f"{name} was left behind by an interrupted installation", f"{name} 是中断的安装留下的"),
        cause=Text(
            f"{path} is what pip renames a folder to while it replaces it; nothing imports it, pip warns of it.",
            f"pip 替换目录时会先将其改名为 {path}；它不会被导入，但 pip 会发出警告。",
        ),
        severity=Severity.NOTE,
        confidence=0.2,
        culprits=(Culprit(Kind.FILE, path),),
        evidence=(Evidence("damaged-metadata", path, "left behind"),),
    )
