"""Reads what lies around a failure and no metadata tells: beside the script, in site folders, in bytecode caches.

Runs and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tts_doctor.effects.read_bytecode import read_bad_bytecode
from tts_doctor.effects.read_foreign_copies import read_foreign_copies
from tts_doctor.effects.read_misencoded import read_misencoded
from tts_doctor.effects.read_orphans import read_orphans
from tts_doctor.effects.read_own_settings import read_own_settings
from tts_doctor.effects.read_shadows import first_folders, read_hidden, read_off_path, read_shadows
from tts_doctor.model.facts import Facts
from tts_doctor.model.symptom import Symptom


def read_surroundings(facts: Facts, symptom: Symptom, command: Sequence[str], environ: Mapping[str, str]) -> Facts:
    """`facts` of a failing command with all that `model.surroundings` speaks of."""
    return replace(
        facts,
        local_shadows=read_shadows(facts, command, environ),
        foreign_copies=read_foreign_copies(facts, symptom, command, environ),
        hidden_folders=read_hidden(facts, command, environ),
        misencoded_files=read_misencoded(facts, symptom, command, environ),
        off_path=read_off_path(facts, symptom, command, environ),
        own_settings=read_own_settings(facts, symptom, command, environ),
        orphans=read_orphans(facts, symptom),
        bad_bytecode=read_bad_bytecode(facts, symptom, first_folders(command, environ, facts.cwd)),
    )
