"""Examines the Python of an image from its layers, unpacked beside a running system and never run.

What is found is told with the paths that the image has. Decides nothing itself.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TypeVar

from tts_doctor.diagnose import diagnose
from tts_doctor.effects.examine import deepen, find_index, whole_facts
from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.image_python import find_python, read_python
from tts_doctor.effects.read_site import facts_of
from tts_doctor.effects.unpack_image import unpack
from tts_doctor.errors import DoctorError
from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.gap import Gap
from tts_doctor.model.layers import StoredImage
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import each_text
from tts_doctor.parse.image_layers import Tree
from tts_doctor.parse.inside_root import inside
from tts_doctor.parse.symptom import read_symptom
from tts_doctor.ports import Reporter

T = TypeVar("T")
PATH = re.compile(r"(?<![\w./-])/(?:[\w.+@-]+/)*[\w.+@-]+")
"""A path in a log."""


def diagnose_archive(
    archive: ImageArchive, request: ExamineRequest, log: str, gaps: tuple[Gap, ...], folder: str, say: Reporter
) -> Diagnosis:
    """The diagnosis of the Python that `request.python` names in the image, or that its command runs.

    `log`: what a container of it wrote when it failed, or empty, with the `gaps` in it; `folder`: where the image is
    unpacked to.
    Raises PatientError where the image has no Python, DoctorError where it cannot be unpacked.
    """
    root = os.path.join(os.path.realpath(folder), "root")
    say.step(Text("unpacking the image", "正在解开镜像"))
    try:
        os.mkdir(root)
        unpack(archive, Tree(archive.image.layers), root)
    except (OSError, ValueError) as error:
        raise DoctorError(f"the image cannot be unpacked: {error}", f"无法解开镜像：{error}") from None
    say.step(Text("reading the environment", "正在读取环境"))
    facts = read_image(archive.image, root, request.python)
    if log:
        symptom = read_symptom(PATH.sub(lambda match: _located(root, match[0]), log))
        case = Examination(deepen(facts, symptom), symptom)
    else:
        # A temporary folder's files are never seen again: nothing is remembered of them.
        environ = {**request.environ, "TTS_DOCTOR_CACHE": os.path.join(folder, "cache")}
        case = Examination(whole_facts(facts, environ, request.deep))
    index, gap = find_index(case.facts, request)
    gaps = (*case.facts.gaps, *gaps, *((gap,) if gap else ()))
    case = replace(case, facts=replace(case.facts, gaps=gaps))
    say.step(Text("looking for the cause", "正在查找原因"))
    found = diagnose(case, index)
    return replace(without(found, root), target=archive.image.name)


def read_image(image: StoredImage, root: str, python: str = "") -> Facts:
    """Facts of the Python in an image that lies unpacked below `root`."""
    probed = read_python(find_python(image, root, python), image, root)
    facts = facts_of(probed, True, image.environ, inside(root, root, image.folder), root)
    return replace(facts, distributions=tuple(_placed(dist, root) for dist in facts.distributions))


def _placed(dist: Distribution, root: str) -> Distribution:
    """An editable installation with its folder where it lies here."""
    return replace(dist, editable=root + dist.editable) if dist.editable.startswith("/") else dist


def _located(root: str, path: str) -> str:
    return root + path if os.path.lexists(root + path) else path


def without(value: T, root: str) -> T:
    """The value, deep inside too, with the image's own paths in place of those below `root`."""
    return each_text(value, lambda text: text.replace(root + "/", "/").replace(root, "/"))
