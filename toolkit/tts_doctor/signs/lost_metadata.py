"""A package whose metadata is gone: its files lie in site-packages and no distribution owns them.

Images are made small by deleting `*.dist-info`; then entry points, versions and the installers' own book-keeping find
nothing. Present where the failure passes through such a package: likely where it asks for metadata, else no more than a
hint, since files may also have been put there by hand. Which distribution they are of is for the index to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Culprit, Evidence, Finding, Kind, Need
from tts_doctor.model.surroundings import Orphan
from tts_doctor.model.symptom import Symptom
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import last_chain

ASKING = re.compile(r"entry_points|importlib[._]metadata|pkg_resources|\bmetadata\.|get_distribution|\bversion\(")
TYPES = ("StopIteration", "PackageNotFoundError", "DistributionNotFound")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.symptom.failed:
        return
    sure = 0.9 if _asks_for_metadata(case.symptom) else 0.4
    for orphan in case.facts.orphans:
        yield _finding(case.facts, orphan, sure)


def _asks_for_metadata(symptom: Symptom) -> bool:
    for error in last_chain(symptom):
        spoken = " ".join([error.message, *(f"{frame.code} {frame.file}" for frame in error.frames[-3:])])
        if error.type.rsplit(".", 1)[-1] in TYPES or ASKING.search(spoken):
            return True
    return False


def _finding(facts: Facts, orphan: Orphan, sure: float) -> Finding:
    name = orphan.folder.removesuffix(".py").replace("/", ".")
    shown = f"{name} {orphan.version}".strip()
    return Finding(
        id="lost-metadata",
        title=Text(f"The metadata of {shown} is missing", f"缺少 {shown} 的元数据"),
        cause=Text(
            f"{orphan.folder} lies in site-packages, but no installed distribution owns it: its *.dist-info folder was "
            "deleted, so that whoever asks for its entry points or its version finds nothing.",
            f"site-packages 中有 {orphan.folder}，但它不属于任何已安装的分发包：其 *.dist-info 目录已被删除，"
            "因此查询其入口点或版本时一无所获。",
        ),
        confidence=sure,
        culprits=(Culprit(Kind.DISTRIBUTION, name, orphan.version or None), Culprit(Kind.FILE, orphan.folder)),
        evidence=(Evidence("lost-metadata", orphan.file, "no RECORD names it", "an installed distribution owns it"),),
        need=Need("owner", module=orphan.file, name=orphan.version),
    )
