"""Keeps what makes patients ill away from our own process, and gives it back to what runs for the patient.

The launcher renames the variables that change how an interpreter or the loader starts; `callers` undoes the renaming in
a copy of the environment. Our own `os.environ` is never changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

PREFIX = "TTS_DOCTOR_CALLER_"


def callers(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment as the caller had it."""
    plain = {name: value for name, value in environ.items() if not name.startswith(PREFIX)}
    aside = {name[len(PREFIX) :]: value for name, value in environ.items() if name.startswith(PREFIX)}
    return plain | aside


def language(environ: Mapping[str, str]) -> str:
    """`zh` where the caller's messages are Chinese, `en` otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "en"


def offline(environ: Mapping[str, str]) -> bool:
    """TTS_DOCTOR_OFFLINE set to anything but `0` or `false`."""
    return environ.get("TTS_DOCTOR_OFFLINE", "").lower() not in ("", "0", "false", "no")


def working_folder() -> str:
    """The caller's folder, `/` where it has been deleted."""
    from pathlib import Path

    try:
        return str(Path.cwd())
    except OSError:
        return "/"


def hold_standard_streams() -> None:
    """Open the null device on closed descriptors 0 to 2, lest a file opened later is taken for standard output."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
