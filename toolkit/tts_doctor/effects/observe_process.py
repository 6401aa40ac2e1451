"""Starts a deployment's command for a while and watches it as its supervisor and its clients would.

Leaves no process behind. What was seen means nothing here: `deployment` decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tts_doctor.deployment.propose import with_expanded
from tts_doctor.deployment.settings import current, default
from tts_doctor.effects.serve_patient import Server
from tts_doctor.effects.smoke import hear_speech
from tts_doctor.effects.smoke_client import SmokeClient
from tts_doctor.effects.watch_workers import Workers
from tts_doctor.model.deployment import Deployment, Observation
from tts_doctor.model.smoke import Answer, Ask, State
from tts_doctor.smoke import judge_state

STEP = 0.1
SETTLE = 2.0
"""Seconds that a service is watched after it has answered."""
LOOP = 3
"""So many workers that ended before the first good answer are a loop."""
REQUEST = 30.0
"""Seconds for one request."""


@dataclass(frozen=True)
class Watch:
    """What is asked of a running service, and how long it may take to start."""

    health: str = "/health"
    asks: tuple[str, ...] = ()
    """Further addresses that must answer."""
    patience: float = 60.0


def observe_process(deployment: Deployment, environ: Mapping[str, str], watch: Watch) -> Observation:
    """Start the deployment's command with its variables over `environ`, ask it, stop it."""
    env = {**environ, **dict(deployment.variables)}
    command = deployment.command if deployment.kind == "script" else with_expanded(deployment, environ).command
    begun = time.monotonic()
    with Server(command, env, deployment.folder) as server:
        workers = Workers()
        url, answer = "", Answer()
        while time.monotonic() - begun < watch.patience and server.running and workers.ended < LOOP:
            workers.look(server.pid)
            url = _url(deployment, workers.ports)
            answer = health(url, watch) if url else Answer()
            if 0 < answer.status < 500 or (answer.status and not judge_state.starting(answer)):
                break
            time.sleep(STEP)
        seconds = time.monotonic() - begun
        well = 0 < answer.status < 500
        unanswered = ask_further(url, watch) if well else ()
        until = time.monotonic() + SETTLE
        while well and server.running and time.monotonic() < until:
            workers.look(server.pid)
            time.sleep(STEP)
        return Observation(
            server.output(),
            None if server.running else 1,
            url,
            answer.status,
            judge_state.reason(answer),
            seconds,
            workers.most,
            workers.ended,
            unanswered,
        )


def health(url: str, watch: Watch) -> Answer:
    """What the service says of itself; a service without the address is asked for its first page."""
    client = SmokeClient(url, "", 4 * REQUEST, {})
    answer = client.ask(Ask("GET", watch.health), 5.0)
    return client.ask(Ask("GET", "/"), REQUEST) if answer.status == 404 else answer


def ask_further(url: str, watch: Watch) -> tuple[str, ...]:
    """The addresses that did not answer well, speech among them where the service offers it."""
    client = SmokeClient(url, "", 4 * REQUEST, {})
    bad = [path for path in watch.asks if not 0 < client.ask(Ask("GET", path)).status < 500]
    (models,) = judge_state.judge_states({"state.models": client.ask(Ask("GET", "/v1/models"))})[:1]
    heard = hear_speech(client) if models.state is State.PASSED else []
    return (*bad, *(one.id for one in heard if one.state is State.FAILED and one.id != "speech.endpoint"))


def _url(deployment: Deployment, ports: Sequence[int]) -> str:
    """Where the tree listens: on the port that it was told, if that is one of them."""
    told = current(deployment, "port") or default(deployment, "port")
    port = int(told) if told.isdigit() and int(told) in ports else next(iter(ports), 0)
    return f"http://127.0.0.1:{port}" if port else ""
