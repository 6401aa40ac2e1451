"""Runs an image with as few rights as can be, watches how it fares, stops it, and leaves nothing behind.

Read-only root, every capability dropped, no new privileges, bounded memory and processes, a network that leads nowhere.
Decides nothing about what is well.
"""

from __future__ import annotations

import contextlib
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tts_doctor.errors import DoctorError, UsageError
from tts_doctor.model.container import Course, Limits, Setup

STEP = 0.25
SECOND = 1_000_000_000
"""In the engine's unit: its health is asked oftener than the image wants, so as not to wait for the first time."""
TAIL = 400
"""Lines of its output that are kept."""
LABEL = "tts-doctor.check"
TEMPORARY = "/tmp"
NOBODY = ["127.0.0.1"]
"""Who answers its questions for names: so that they fail at once where nothing could be reached in the end."""
GRACE = 20
"""Seconds that it may take to stop."""


@dataclass
class Running:
    """A container that runs."""

    container: Any
    address: str
    """Its own on the engine's network; empty where it has none."""
    course: Course


def read_setup(client: Any, name: str) -> Setup:
    """What the image's configuration says. Raises UsageError where the engine has no such image."""
    import docker  # type: ignore[import-untyped]

    try:
        attrs = client.images.get(name).attrs
    except docker.errors.ImageNotFound:
        raise UsageError(
            f"the engine has no image {name}",
            f"引擎中没有镜像 {name}",
            hint_en="docker images lists what there is; docker load reads an archive",
            hint_zh="可用 docker images 查看现有镜像；docker load 可载入归档",
        ) from None
    inner: Mapping[str, Any] = attrs.get("Config") or {}
    ports = sorted(int(port.partition("/")[0]) for port in inner.get("ExposedPorts") or {} if port.endswith("/tcp"))
    pairs = [row.partition("=") for row in inner.get("Env") or []]
    return Setup(
        user=inner.get("User") or "",
        command=(*(inner.get("Entrypoint") or ()), *(inner.get("Cmd") or ())),
        health=tuple((inner.get("Healthcheck") or {}).get("Test") or ()),
        ports=tuple(ports),
        variables=tuple((name, value) for name, _, value in pairs),
        volumes=tuple(sorted(inner.get("Volumes") or {})),
        batch=(inner.get("Labels") or {}).get("tts-doctor.profile") == "batch",
    )


@contextlib.contextmanager
def running(client: Any, name: str, setup: Setup, limits: Limits) -> Iterator[Running]:
    """A container of the image, once it is healthy, has ended, or half of the time is up; removed at the end."""
    import docker

    network = container = None
    try:
        network = client.networks.create(f"tts-doctor-{uuid.uuid4().hex[:12]}", internal=True, labels={LABEL: "1"})
        container = client.containers.create(name, **_rights(setup, limits), network=network.name)
        refused = _started(container)
        course = Course(refused=refused) if refused else _watched(container, setup, limits)
        yield Running(container, _address(container), course)
    except (docker.errors.DockerException, OSError) as error:
        said = str(error).splitlines()[0][:300]
        raise DoctorError(f"the engine cannot run it: {said}", f"容器引擎无法运行它：{said}") from None
    finally:
        for made in (container, network):
            with contextlib.suppress(docker.errors.DockerException, OSError):
                if made is container and made is not None:
                    made.remove(force=True, v=True)
                elif made is not None:
                    made.remove()


def stopped(run: Running) -> Course:
    """How it went to the end: its processes' users, then asked to stop where it still runs."""
    run.container.reload()
    course = run.course
    if run.container.status == "running":
        course = replace(course, users=_users(run.container))
        began = time.monotonic()
        run.container.stop(timeout=GRACE)
        run.container.reload()
        state = run.container.attrs["State"]
        course = replace(course, stopped=int(state["ExitCode"]), stopping=time.monotonic() - began)
    state = run.container.attrs["State"]
    output = "" if course.refused else run.container.logs(tail=TAIL).decode("utf-8", "replace")
    return replace(course, out_of_memory=bool(state.get("OOMKilled")), output=output)


def _rights(setup: Setup, limits: Limits) -> dict[str, Any]:
    """Nothing but what is named."""
    memory = f"{limits.memory}m"
    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": limits.pids,
        "tmpfs": {} if TEMPORARY in setup.volumes else {TEMPORARY: ""},
        "labels": {LABEL: "1"},
        "dns": NOBODY,
        **({"healthcheck": {"interval": SECOND}} if setup.health else {}),
    }


def _started(container: Any) -> str:
    """Why it cannot be started, or empty."""
    import docker

    try:
        container.start()
    except docker.errors.APIError as error:
        return str(error.explanation or error).splitlines()[0][:300]
    return ""


def _watched(container: Any, setup: Setup, limits: Limits) -> Course:
    began = time.monotonic()
    while True:
        container.reload()
        state = container.attrs["State"]
        health = state.get("Health") or {}
        course = Course(health=health.get("Status", ""), seconds=time.monotonic() - began)
        if not state["Running"]:
            return replace(course, ended=int(state["ExitCode"]))
        rows = [row.get("Output", "").strip() for row in health.get("Log") or []]
        course = replace(course, health_said=next((row for row in reversed(rows) if row), ""))
        ready = course.health == "healthy" or (not course.health and _listens(_address(container), setup, limits))
        if course.seconds > limits.seconds / 2 or (ready and not setup.batch):
            return course
        time.sleep(STEP)


def _address(container: Any) -> str:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"]
    return next((str(one["IPAddress"]) for one in networks.values() if one.get("IPAddress")), "")


def _listens(address: str, setup: Setup, limits: Limits) -> bool:
    """Whether its port takes connections; True where it has none that could be asked."""
    port = port_of(setup, limits)
    if not address or not port:
        return True
    with contextlib.suppress(OSError), socket.create_connection((address, port), STEP):
        return True
    return False


def port_of(setup: Setup, limits: Limits) -> int:
    """The port of its service, 0 where it exposes none."""
    return limits.port or next(iter(setup.ports), 0)


def _users(container: Any) -> tuple[str, ...] | None:
    """As the engine's own machine sees them; it needs ps there."""
    import docker

    try:
        rows = container.top(ps_args="-eo pid,uid")["Processes"] or []
    except (docker.errors.APIError, KeyError):
        return None
    return tuple(sorted({str(row[1]) for row in rows}))
