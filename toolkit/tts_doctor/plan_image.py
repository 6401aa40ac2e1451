"""Decides how an image is built: stages, system packages, user, caches, health, signals. Reads and writes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tts_doctor.image_bytecode import environment_step, library_step
from tts_doctor.image_packages import build_packages, run_packages
from tts_doctor.knowledge.images import table
from tts_doctor.model.image import ImagePlan, ImageRequest, Needs, Step, SystemPackage

VENV = "/opt/venv"
INSTALL = f"uv pip install --python {VENV}/bin/python"
PREPARED = "once, now: what this leaves in the environment's folder comes along, and no start has to fetch it"
SHIMS = "names that were removed, given back to the distribution that still asks for them and to nobody else"
CACHE = "/var/cache/app"
UID = "10001"
PORT = re.compile(r"^(?:--port|--bind|-b|-p)(?:=(.*))?$")
IGNORED = (
    ".git", ".gitignore", ".dockerignore", "Dockerfile*", "**/__pycache__", "**/*.py[cod]", ".venv", "venv", ".env",
    ".env.*", "**/*.pem", "**/*.key", "**/id_rsa*", ".pytest_cache", ".mypy_cache", ".cache", ".ruff_cache", ".tox",
    "build", "dist", "*.egg-info", "*.log", "node_modules", ".idea", ".vscode",
)  # fmt: skip
MOST_NAMED = 3
LEFTOVERS = (
    "/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /var/log/lastlog /var/log/faillog"
)


def plan_image(request: ImageRequest, needs: Needs) -> ImagePlan:
    """The plan; the same request and needs give the same plan."""
    packages, notes = run_packages(request, needs)
    command, guessed = command_of(request)
    if guessed:
        notes.append(f"the command is a guess from the lock; give yours after --: {' '.join(command)}")
    if request.profile != "batch" and any("127.0.0.1" in word or "localhost" in word for word in command):
        notes.append("the command listens on the container's own loopback, which nobody outside reaches: use 0.0.0.0")
    floor = cuda_floor(request)
    if request.profile == "gpu" and not floor:
        notes.append("no locked wheel names its CUDA version: the driver that it needs is not known")
    notes += _unread(needs)
    base = request.base or f"python:{request.python}-slim-{request.debian}"
    starter = needs_init(request.profile, command)
    if starter:
        from tts_doctor.knowledge.images import pinned

        why = f"{command[0]} as the first process would neither hear SIGTERM nor collect its children"
        packages = (*packages, pinned("tini", why, request.debian))
    head = (f"Written by `{request.written_by}`; run that again in place of editing.", *notes)
    steps = (Step("ARG", (f"BASE_IMAGE={base}",)), *_build(request, needs), *_final(request, packages, floor, command))
    return ImagePlan(head, steps, IGNORED, packages, tuple(notes))


def _unread(needs: Needs) -> Iterator[str]:
    """One note for each reason."""
    for why in dict.fromkeys(why for _, why in needs.unread):
        paths = [path for path, other in needs.unread if other == why]
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        yield f"not looked into ({why}): {', '.join(paths[:MOST_NAMED])}{more}"


def command_of(request: ImageRequest) -> tuple[tuple[str, ...], bool]:
    """What the image runs, and whether that is a guess."""
    if request.command:
        return request.command, False
    locked = {name for name, _ in request.pins}
    if request.profile == "batch":
        return ("python", "main.py"), True
    if "gunicorn" in locked:
        return ("gunicorn", "--bind", "0.0.0.0:8000", "app:app"), True
    if "uvicorn" in locked:
        return ("uvicorn", "--host", "0.0.0.0", "--port", "8000", "app:app"), True
    return ("python", "app.py"), True


def port_of(command: Sequence[str]) -> int:
    """The port in a command's own options, 8000 where there is none."""
    for place, word in enumerate(command):
        match = PORT.match(word)
        if match:
            value = match[1] if match[1] is not None else "".join(command[place + 1 : place + 2])
            tail = value.rpartition(":")[2]
            if tail.isdigit() and 0 < int(tail) < 65536:
                return int(tail)
    return 8000


def needs_init(profile: str, command: Sequence[str]) -> bool:
    """Whether the command, as process 1, would not end at SIGTERM."""
    words = [word.rpartition("/")[2] for word in command]
    program = (
        words[2] if words[:1] and words[0].startswith("python") and words[1:2] == ["-m"] and words[2:] else words[0]
    )
    return program not in table()["own_init"]


def cuda_floor(request: ImageRequest) -> str:
    """`12.1`: the CUDA that the locked wheels were built with; empty where none of them says."""
    for name, version in request.pins:
        if re.fullmatch(r"nvidia-cuda-runtime(-cu\d+)?", name):
            return ".".join(version.split(".")[:2])
        local = re.search(r"\+cu(\d+)(\d)$", version)
        if local:
            return f"{local[1]}.{local[2]}"
    return ""


def _build(request: ImageRequest, needs: Needs) -> Iterator[Step]:
    yield Step("FROM", ("${BASE_IMAGE} AS build",))
    yield Step(
        "ENV",
        ("PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_ROOT_USER_ACTION=ignore", "PYTHONHASHSEED=0", "UV_LINK_MODE=copy"),
        ("a fixed hash seed makes the compiled bytecode the same in every build",),
    )
    compilers = build_packages(request, needs)
    if compilers:
        yield install_step(compilers)
    tool = f"pip install --no-cache-dir uv=={table()['uv']}"
    yield Step("RUN", (tool, f"python -m venv --without-pip {VENV}"), (), "&&")
    yield from _locked(request, needs.sdists)
    more = []
    if request.shims:
        yield Step("COPY", (f"{' '.join(request.shims)} /tmp/shims/",), (SHIMS,))
        more.append(f"{INSTALL} --no-cache --no-deps --no-index /tmp/shims/*.whl")
    if request.project:
        yield Step("COPY", (f"{request.project} /src",))
        more.append(f"{INSTALL} --no-cache --no-deps /src")
    yield environment_step(request, tuple(more), VENV)
    if request.prepare:
        ran = tuple(f"PYTHONDONTWRITEBYTECODE=1 HOME=/tmp {VENV}/bin/{command}" for command in request.prepare)
        yield Step("RUN", ran, (PREPARED,), "&&")


def _locked(request: ImageRequest, sdists: Sequence[str]) -> Iterator[Step]:
    why = "only what the lock names, with the hashes that it names; no code of a package runs while it is installed"
    if sdists:
        why = f"only what the lock names, with its hashes; wheels, but for {', '.join(sdists)}, published as source"
    binary = "--only-binary=:all:" + "".join(f" --no-binary={name}" for name in sdists)
    options = f"--require-hashes {binary} -r /tmp/requirements.lock"
    if request.buildkit:
        cache = "--mount=type=cache,target=/root/.cache/uv"
        bind = f"--mount=type=bind,source={request.lock},target=/tmp/requirements.lock"
        yield Step("RUN", (cache, bind, f"{INSTALL} {options}"), (why,))
    else:
        yield Step("COPY", (f"{request.lock} /tmp/requirements.lock",))
        yield Step("RUN", (f"{INSTALL} --no-cache {options}",), (why,))


def install_step(packages: Sequence[SystemPackage]) -> Step:
    """One layer: the list is fetched, used and thrown away."""
    rows = sorted(packages, key=lambda p: p.name)
    return Step(
        "RUN",
        (
            "apt-get update",
            "apt-get install -y --no-install-recommends " + " ".join(p.wanted for p in rows),
            "rm -rf /var/lib/apt/lists/*",
        ),
        tuple(f"{p.name}: {p.why}" for p in rows),
        "&&",
    )


def _final(
    request: ImageRequest, packages: Sequence[SystemPackage], floor: str, command: Sequence[str]
) -> Iterator[Step]:
    yield Step("FROM", ("${BASE_IMAGE}",))
    labels = ["org.opencontainers.image.base.name=${BASE_IMAGE}"]
    labels += [f'org.opencontainers.image.title="{_title(request)}"', f'tts-doctor.profile="{request.profile}"']
    yield Step("ARG", ("BASE_IMAGE",))
    yield Step("LABEL", tuple(labels))
    if packages:
        yield install_step(packages)
    yield library_step()
    yield Step(
        "RUN",
        (
            f"groupadd --gid {UID} app",
            f"useradd --no-log-init --uid {UID} --gid app --no-create-home --home-dir {CACHE} -s /usr/sbin/nologin app",
            f"install -d -o app -g app {CACHE}",
            f"rm -f {LEFTOVERS}",
        ),
        (f"a fixed user without rights; {CACHE} and /tmp are all that it writes to",),
        "&&",
    )
    yield Step("COPY", (f"--from=build {VENV} {VENV}",))
    yield Step("ENV", _variables(request, floor))
    yield Step("WORKDIR", ("/app",))
    if not request.project:
        yield Step("COPY", (". /app",), ("last of all, so that a change of the code rebuilds this layer alone",))
    yield Step("USER", (f"{UID}:{UID}",))
    yield Step(
        "VOLUME", (json.dumps(["/tmp", CACHE]),), ("with these the root may be read-only: docker run --read-only",)
    )
    yield from _service(request, command)


def _service(request: ImageRequest, command: Sequence[str]) -> Iterator[Step]:
    if request.profile == "batch":
        yield Step("STOPSIGNAL", ("SIGTERM",))
        yield Step("HEALTHCHECK", ("NONE",), ("a job has an end, not a state of health",))
    else:
        port = port_of(command)
        yield Step("EXPOSE", (str(port),))
        yield Step("STOPSIGNAL", ("SIGTERM",))
        probe = (
            f"import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout=4); "
            f"c.request('GET', '{request.health}'); raise SystemExit(c.getresponse().status != 200)"
        )
        times = "--interval=30s --timeout=5s --start-period=60s --retries=3"
        yield Step("HEALTHCHECK", (times, f"CMD {json.dumps(['python', '-I', '-S', '-c', probe])}"))
    if needs_init(request.profile, command):
        yield Step("ENTRYPOINT", (json.dumps(["/usr/bin/tini", "--"]),))
    yield Step("CMD", (json.dumps(list(command), ensure_ascii=False),))


def _variables(request: ImageRequest, floor: str) -> tuple[str, ...]:
    locked = {name for name, _ in request.pins}
    rows = [f"PATH={VENV}/bin:$PATH", "PYTHONUNBUFFERED=1", f"HOME={CACHE}", f"XDG_CACHE_HOME={CACHE}"]
    for name, variables in table()["caches"].items():
        rows += [f"{key}={CACHE}/{folder}" for key, folder in variables.items() if name in locked]
    if request.profile == "gpu":
        rows += ["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"]
        rows += [f'NVIDIA_REQUIRE_CUDA="cuda>={floor}"'] if floor else []
    return tuple(rows)


def _title(request: ImageRequest) -> str:
    return request.project.rstrip("/").rpartition("/")[2] or "app"
