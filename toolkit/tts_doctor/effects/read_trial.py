"""Reads a trial as if it lay in the patient's place already: facts with the patient's paths. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tts_doctor.effects.examine import blamed
from tts_doctor.effects.find_callees import find_callees
from tts_doctor.effects.find_definitions import find_definitions
from tts_doctor.effects.read_distributions import read_folder
from tts_doctor.effects.read_linkage import read_linkage
from tts_doctor.effects.read_objects import deepen
from tts_doctor.effects.read_records import read_file_problems
from tts_doctor.effects.read_site import read_facts
from tts_doctor.effects.relevant_variables import relevant_variables
from tts_doctor.effects.transaction import Transaction, Trial
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.symptom import Symptom


def read_trial(transaction: Transaction, trial: Trial, environ: Mapping[str, str], symptom: Symptom | None) -> Facts:
    """Facts of the trial with the damage to its files; of a failing `symptom` the binaries and hashes too."""
    before = transaction.facts
    python, _ = transaction.site_python(trial)
    if not before.interpreter.alive and python:
        before = relocated(read_facts(python, None, environ, before.cwd), trial)
    distributions: list[Distribution] = []
    leftovers: list[str] = []
    for site in dict.fromkeys(d.site for d in before.distributions if d.site):
        inside = transaction.inside(trial, site)
        if inside == site:
            distributions += [d for d in before.distributions if d.site == site]
            continue
        reading = read_folder(inside)
        distributions += reading.distributions
        leftovers += reading.leftovers
    facts = replace(
        before,
        distributions=tuple(distributions),
        leftovers=tuple(leftovers),
        environment=relevant_variables(environ),
        file_problems=None,
        shared_objects=None,
    )
    if symptom is not None and symptom.failed:
        facts = deepen(facts, blamed(facts, symptom))

        def real(path: str) -> str:
            return trial_path(trial, path)

        facts = replace(
            facts,
            linkage=read_linkage(facts, symptom.text, real),
            definitions=find_definitions(facts, symptom, real),
            callees=find_callees(facts, symptom, real),
        )
    else:
        facts = replace(facts, file_problems=read_file_problems(facts))
    return relocated(facts, trial)


def trial_path(trial: Trial, path: str) -> str:
    """Where in the clone a file of the patient lies."""
    for new, old in trial.pairs:
        if path == new or path.startswith(new + "/"):
            return old + path[len(new) :]
    return path


def relocated(facts: Facts, trial: Trial) -> Facts:
    """Paths of the clone become the patient's."""

    def moved(path: str) -> str:
        for new, old in trial.pairs:
            if path == old or path.startswith(old + "/"):
                return new + path[len(old) :]
        return path

    distributions = tuple(
        replace(d, site=moved(d.site), metadata_path=moved(d.metadata_path)) for d in facts.distributions
    )
    found = facts.interpreter
    interpreter = replace(
        found,
        executable=moved(found.executable),
        prefix=moved(found.prefix),
        base_prefix=moved(found.base_prefix),
        purelib=moved(found.purelib),
        platlib=moved(found.platlib),
        scripts=moved(found.scripts),
        sys_path=tuple(map(moved, found.sys_path)),
    )
    leftovers = tuple(map(moved, facts.leftovers))
    linkage = tuple(
        replace(link, path=moved(link.path), copies=tuple(replace(c, path=moved(c.path)) for c in link.copies))
        for link in facts.linkage
    )
    return replace(
        facts, distributions=distributions, interpreter=interpreter, leftovers=leftovers, linkage=linkage
    )
