"""A deployment that a file describes: looked at, tried and proved by starting its command beside; changed in its file.

Restarts no service of the machine: who started it starts it again, from the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tts_doctor.effects import keep_recovery
from tts_doctor.effects.observe_process import Watch, observe_process
from tts_doctor.effects.read_deployment import environment, read_deployment, runnable, written
from tts_doctor.model.deployment import Deployment, Observation
from tts_doctor.model.text import Text


class FileTarget:
    """See `effects.recover_service.Target`."""

    def __init__(
        self, target: str, command: tuple[str, ...], cwd: str, environ: Mapping[str, str], watch: Watch
    ) -> None:
        self._words = (target, command, cwd)
        self._environ, self._watch = environ, watch
        self.deployment = read_deployment(target, command, cwd)
        self.file = ""

    def look(self) -> Observation:
        return self._observe(self.deployment)

    def trial(self, wanted: Deployment) -> Observation:
        return self._observe(wanted)

    def remember(self, wanted: Deployment, said: str) -> dict[str, Any]:
        """The file before, and what it is to be."""
        self.file, text = written(self.deployment, wanted, said)
        return {**keep_recovery.remember(self.file), "after": text}

    def commit(self, kept: Mapping[str, Any]) -> Observation:
        """Replace the file, read the deployment from it anew, start that."""
        keep_recovery.replace_file(kept, kept["after"])
        return self._observe(read_deployment(*self._words))

    def next_steps(self) -> tuple[Text, ...]:
        if self.deployment.kind == "unit":
            name = self.deployment.place.rsplit("/", 1)[-1]
            return (Text(f"systemctl daemon-reload && systemctl restart {name}"),)
        if self.deployment.kind == "script":
            return (Text("run the script again", "重新运行该脚本"),)
        return (Text("start the service again, with this file", "用该文件重新启动服务"),)

    def _observe(self, deployment: Deployment) -> Observation:
        return observe_process(runnable(deployment), environment(deployment, self._environ), self._watch)
