"""Finds the image that the user names: an archive or an OCI layout on the disk, or one of the engine, saved first.

Decides nothing about what is in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.ports import Reporter


def open_image(name: str, cwd: str, environ: Mapping[str, str], scratch: str, say: Reporter) -> ImageArchive:
    """The image, its layers listed; a context manager. `scratch`: an empty folder of its own.

    Raises UsageError for what is no image, DoctorError where no engine has it.
    """
    path = os.path.normpath(os.path.join(cwd, name))
    if os.path.isfile(path) or os.path.isfile(os.path.join(path, "index.json")):
        return ImageArchive(path, scratch, name)
    from tts_doctor.effects.engine import connect, save_image

    saved = os.path.join(scratch, "saved.tar")
    save_image(connect(environ), name, saved, say)
    return ImageArchive(saved, scratch, name)
