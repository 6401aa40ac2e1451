"""Which image a Dockerfile's last stage stands on. Reads nothing but the parsed file."""

from __future__ import annotations

import re

from tts_doctor.model.dockerfile import Dockerfile

VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


def base_of(file: Dockerfile) -> str:
    """The name after FROM, stages followed and arguments' defaults put in; empty where it is `scratch` or not told."""
    defaults: dict[str, str] = {}
    stages: dict[str, str] = {}
    last = ""
    for one in file.instructions:
        if one.keyword == "ARG" and not last:
            name, _, value = one.value.partition("=")
            defaults[name.strip()] = value.strip().strip("\"'")
        if one.keyword == "FROM":
            words = one.value.split()
            name = VARIABLE.sub(lambda m: defaults.get(m[1] or m[3]) or m[2] or "", words[0]) if words else ""
            last = stages.get(name.lower(), name)
            if len(words) > 2 and words[1].upper() == "AS":
                stages[words[2].lower()] = last
    return "" if last == "scratch" else last
