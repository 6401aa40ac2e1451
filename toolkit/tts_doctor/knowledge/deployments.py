"""The deployment playbooks that travel with the tool. Reads them; asks no deployment."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tts_doctor.errors import PlaybookError
from tts_doctor.knowledge.playbooks import folder
from tts_doctor.model.deployment import DeploymentPlaybook
from tts_doctor.parse.deployment_playbook import read_deployment_playbook
from tts_doctor.parse.playbook import read_yaml

DEPLOYMENTS = "deployments"


def deployment_files() -> tuple[Path, ...]:
    """The YAML files, by name."""
    return tuple(sorted((folder("playbooks") / DEPLOYMENTS).glob("*.yaml")))


@lru_cache(maxsize=1)
def deployment_playbooks() -> tuple[DeploymentPlaybook, ...]:
    """Every deployment playbook, by id. Raises PlaybookError for the first file that is broken."""
    return tuple(load_deployment(file) for file in deployment_files())


def load_deployment(file: Path) -> DeploymentPlaybook:
    """One deployment playbook; its id must be the file's name. Raises PlaybookError."""
    playbook = read_deployment_playbook(read_yaml(file.read_text("utf-8"), file.name), file.name)
    if f"{playbook.id}.yaml" != file.name:
        raise PlaybookError(
            f"{file.name}.id is {playbook.id}: id and file name differ", f"{file.name}：id 与文件名不一致"
        )
    return playbook
