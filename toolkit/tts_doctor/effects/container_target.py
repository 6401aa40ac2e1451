"""A deployment that is one container: looked at as it runs, changed by putting another in its place.

The old container is stopped and kept under another name, so that the way back leads to itself. What the engine was told
of it stays: image, mounts, networks, user, labels. Executes nothing inside.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tts_doctor.deployment.settings import current, default
from tts_doctor.effects.engine import connect
from tts_doctor.effects.observe_process import LOOP, Watch, ask_further, health
from tts_doctor.errors import DoctorError, RestoreError, TransactionError, UsageError
from tts_doctor.model.deployment import Deployment, Observation
from tts_doctor.model.smoke import Answer
from tts_doctor.model.text import Text
from tts_doctor.parse.container import address, body_of, deployment_of, kills, states_of
from tts_doctor.smoke import judge_state

STEP = 0.2
SETTLE = 3.0
LINES = 400
GRACE = 10


class ContainerTarget:
    """See `effects.recover_service.Target`. Raises UsageError where there is no such container."""

    def __init__(self, name: str, environ: Mapping[str, str], watch: Watch) -> None:
        import docker  # type: ignore[import-untyped]

        self._client = connect(environ)
        self._watch = watch
        try:
            self._old = self._client.containers.get(name)
        except docker.errors.NotFound:
            raise UsageError(
                f"the engine has no container {name}",
                f"引擎中没有容器 {name}",
                hint_en="docker ps -a lists what there is",
                hint_zh="可用 docker ps -a 查看现有容器",
            ) from None
        self._name = str(self._old.name)
        self._begun = self._old.attrs["State"]["Status"] in ("running", "restarting")
        self._new: Any = None
        self.deployment = replace(deployment_of(self._old.attrs), place=self._name)
        self.file = ""

    def look(self) -> Observation:
        return self._observe(self._old)

    def trial(self, wanted: Deployment) -> Observation:
        """The new container takes the old one's place."""
        try:
            self._replace(wanted)
        except DoctorError as error:
            return Observation(error.en, 1)
        return self._observe(self._new)

    def remember(self, wanted: Deployment, said: str) -> dict[str, Any]:
        return {"container": self._name, "old": self._old.id, "begun": self._begun}

    def commit(self, kept: Mapping[str, Any]) -> Observation:
        """What the trial put there stays."""
        return self._observe(self._new)

    def next_steps(self) -> tuple[Text, ...]:
        kept = Text(f"the old container stays as {self._aside}", f"旧容器保留为 {self._aside}")
        if "com.docker.compose.project" in (self._old.attrs["Config"].get("Labels") or {}):
            return (kept, Text("the compose file needs the same: `up` goes by it", "请同步修改 compose 文件"))
        return (kept,)

    @property
    def _aside(self) -> str:
        return f"{self._name}-before-{self._old.id[:8]}"

    def _replace(self, wanted: Deployment) -> None:
        import docker

        body = body_of(self._old.attrs, self.deployment, wanted)
        try:
            self._old.stop(timeout=GRACE)
            self._old.rename(self._aside)
            config = self._client.api.create_container_from_config(body, self._name)
            self._new = self._client.containers.get(config["Id"])
            self._new.start()
        except docker.errors.APIError as error:
            raise TransactionError(_said(error), f"引擎拒绝：{_said(error)}") from None

    def _observe(self, container: Any) -> Observation:
        begun, started, url, answer = time.monotonic(), time.time(), "", Answer()
        container.reload()
        restarts = int(container.attrs["RestartCount"])
        told = container.attrs["State"]
        while time.monotonic() - begun < self._watch.patience:
            container.reload()
            told = container.attrs["State"]
            looping = kills(self._since(container, started)) >= LOOP
            if told["Status"] in ("exited", "dead", "created") or told["Restarting"] or looping:
                break
            url = self._url(container.attrs)
            answer = health(url, self._watch) if url else Answer()
            checked = told.get("Health", {}).get("Status")
            if checked == "unhealthy" or (answer.status and not judge_state.starting(answer) and checked != "starting"):
                break
            time.sleep(STEP)
        seconds = time.monotonic() - begun
        well = 0 < answer.status < 500
        since = time.time()
        unanswered = ask_further(url, self._watch) if well else ()
        if well:
            time.sleep(SETTLE)
        container.reload()
        told = container.attrs["State"]
        output = self._output(container, told)
        return Observation(
            output,
            None if told["Running"] and not told["Restarting"] else int(told["ExitCode"]),
            url,
            answer.status,
            judge_state.reason(answer),
            seconds,
            0,
            int(container.attrs["RestartCount"]) - restarts + (kills(self._since(container, since)) if well else 0),
            unanswered,
            states_of(container.attrs),
        )

    def _url(self, attrs: Mapping[str, Any]) -> str:
        inside = replace(self.deployment, published=())
        found = address(attrs, current(inside, "port") or default(inside, "port"))
        return f"http://{found}" if found else ""

    def _output(self, container: Any, told: Mapping[str, Any]) -> str:
        checks = [str(entry.get("Output", "")) for entry in (told.get("Health") or {}).get("Log") or ()][-2:]
        return "\n".join((container.logs(tail=LINES).decode("utf-8", "replace"), str(told.get("Error", "")), *checks))

    def _since(self, container: Any, since: float) -> str:
        return str(container.logs(since=since).decode("utf-8", "replace"))


def put_back(kept: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """The old container in its place, started where it was running. Raises RestoreError that names it."""
    import docker

    client = connect(environ)
    try:
        old = client.containers.get(kept["old"])
        if old.name != kept["container"]:
            with contextlib.suppress(docker.errors.NotFound):
                client.containers.get(kept["container"]).remove(force=True)
            old.rename(kept["container"])
        if kept["begun"]:
            old.start()
    except docker.errors.APIError as error:
        name = kept["old"][:12]
        raise RestoreError(f"container {name}: {_said(error)}", f"容器 {name}：{_said(error)}") from None


def _said(error: Any) -> str:
    return str(getattr(error, "explanation", "") or error)[:300]
