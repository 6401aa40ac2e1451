"""What an engine says of a container -> how it is deployed; and a changed deployment -> what to tell the engine.

Works on `docker inspect`'s mapping alone; asks no engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tts_doctor.model.deployment import Deployment

SIZE = re.compile(r"\bsize=(\d+)([kKmMgG]?)(?=,|$)")
SHIFTS = {"": 0, "k": 10, "m": 20, "g": 30}
SECOND = 1_000_000_000
START = 30.0
"""Seconds that a health check with three tries gives where nothing is said."""
KILLED = re.compile(
    r"Worker \(pid:\d+\) was sent (?:SIG(?:KILL|SEGV|ABRT|BUS)|code 1\d\d)|WORKER TIMEOUT|Child process \[\d+\] died"
)


def deployment_of(attrs: Mapping[str, Any]) -> Deployment:
    """Its command is the entry point and its arguments together."""
    config, host = attrs["Config"], attrs["HostConfig"]
    check = config.get("Healthcheck") or {}
    sizes = {"memory": int(host.get("Memory") or 0), "shm": int(host.get("ShmSize") or 0)}
    limits = {**sizes, "tmpfs": min(_tmpfs(host).values(), default=0)}
    return Deployment(
        kind="container",
        place=str(attrs["Name"]).lstrip("/"),
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        variables=tuple((name, value) for name, _, value in (pair.partition("=") for pair in config.get("Env") or ())),
        folder=config.get("WorkingDir") or "/",
        limits=tuple((name, size) for name, size in limits.items() if size),
        published=tuple(_ports(host)),
        patience=_patience(check) if check.get("Test") not in (None, [], ["NONE"]) else 0.0,
    )


def body_of(attrs: Mapping[str, Any], before: Deployment, after: Deployment) -> dict[str, Any]:
    """What `POST /containers/create` is told: the same container but for what the deployment changed."""
    config, host = dict(attrs["Config"]), dict(attrs["HostConfig"])
    if config.get("Hostname") == str(attrs["Id"])[:12]:
        del config["Hostname"]
    config["Env"] = [f"{name}={value}" for name, value in after.variables]
    if after.command != before.command:
        entry = tuple(config.get("Entrypoint") or ())
        kept = after.command[: len(entry)] == entry
        config["Entrypoint"] = list(entry) if kept else []
        config["Cmd"] = list(after.command[len(entry) :] if kept else after.command)
    if after.limit("memory") != before.limit("memory"):
        host["Memory"] = after.limit("memory")
        host["MemorySwap"] = -1 if int(host.get("MemorySwap") or 0) < 0 else 2 * after.limit("memory")
    if after.limit("shm") != before.limit("shm"):
        host["ShmSize"] = after.limit("shm")
    if after.limit("tmpfs") != before.limit("tmpfs"):
        host["Tmpfs"] = {**host["Tmpfs"], **_larger(host, after.limit("tmpfs"))}
    if after.published != before.published:
        host["PortBindings"] = _bindings(host, after)
    if after.patience != before.patience:
        config["Healthcheck"] = {**(config.get("Healthcheck") or {}), "StartPeriod": int(after.patience * SECOND)}
    if _unnamed_volumes(attrs):
        host["VolumesFrom"] = [*(host.get("VolumesFrom") or ()), attrs["Id"]]
    networks = attrs["NetworkSettings"].get("Networks") or {}
    kept_keys = ("IPAMConfig", "Links", "Aliases", "DriverOpts")
    ends = {
        name: {key: end[key] for key in kept_keys if end.get(key)}
        for name, end in networks.items()
        if name not in ("bridge", "host", "none")
    }
    return {**config, "HostConfig": host, "NetworkingConfig": {"EndpointsConfig": ends}}


def states_of(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    """Of `oom-killed`, `restarting`, `unhealthy`, `exited` those that hold."""
    state = attrs["State"]
    found = {
        "oom-killed": state.get("OOMKilled"),
        "restarting": state.get("Restarting"),
        "unhealthy": (state.get("Health") or {}).get("Status") == "unhealthy",
        "exited": state.get("Status") in ("exited", "dead", "created"),
    }
    return tuple(name for name, holds in found.items() if holds)


def address(attrs: Mapping[str, Any], port: str) -> str:
    """HOST:PORT as its clients reach it: a published port, else its own address; empty where there is neither.

    `port` is the one that its command names, should the image expose none.
    """
    settings = attrs["NetworkSettings"]
    ports = settings.get("Ports") or {}
    for end in (end for ends in ports.values() for end in ends or ()):
        if end.get("HostPort"):
            return f"127.0.0.1:{end['HostPort']}"
    inside = port or next((name.partition("/")[0] for name in ports), "")
    if attrs["HostConfig"].get("NetworkMode") == "host":
        return f"127.0.0.1:{inside}" if inside else ""
    own = next((end["IPAddress"] for end in (settings.get("Networks") or {}).values() if end.get("IPAddress")), "")
    return f"{own}:{inside}" if own and inside else ""


def kills(text: str) -> int:
    """How many workers a log says were ended."""
    return len(KILLED.findall(text))


def _ports(host: Mapping[str, Any]) -> list[tuple[int, int]]:
    bindings = host.get("PortBindings") or {}
    return [
        (int(end.get("HostPort") or 0), int(inside.partition("/")[0]))
        for inside, ends in bindings.items()
        for end in ends or ()
    ]


def _bindings(host: Mapping[str, Any], after: Deployment) -> dict[str, Any]:
    new = iter(after.published)
    return {
        inside: [{**end, "HostPort": str(next(new)[0])} for end in ends or ()]
        for inside, ends in (host.get("PortBindings") or {}).items()
    }


def _tmpfs(host: Mapping[str, Any]) -> dict[str, int]:
    """Bytes of each file system in memory whose size is bounded."""
    found = {}
    for path, options in (host.get("Tmpfs") or {}).items():
        if match := SIZE.search(options):
            found[path] = int(match[1]) << SHIFTS[match[2].lower()]
    return found


def _larger(host: Mapping[str, Any], size: int) -> dict[str, str]:
    """The options of those that are smaller than `size`, with that."""
    small = [path for path, bytes_ in _tmpfs(host).items() if bytes_ < size]
    return {path: SIZE.sub(f"size={size}", host["Tmpfs"][path]) for path in small}


def _unnamed_volumes(attrs: Mapping[str, Any]) -> bool:
    """Volumes that the image asked for: a new container would get empty ones."""
    return any(mount.get("Type") == "volume" and re.fullmatch(r"[0-9a-f]{64}", mount.get("Name", ""))
               for mount in attrs.get("Mounts") or ())  # fmt: skip


def _patience(check: Mapping[str, Any]) -> float:
    return (check.get("StartPeriod") or 0) / SECOND or START
