"""Measures the generated image of tts-server beside two others of the same service, in one run, and prints Markdown.

The others are the handbook's Dockerfile (one stage, compilers, no versions, root, no bytecode, four gevent workers with
the voice in each) and a good one written by hand (two stages, uv, hashes, a user without rights). All stand on the same
base, hold the same neural voice, are built without any cache, one after the other, and started in turn. Healthy means
more of the generated one and the one by hand: their /health answers 200 once the voice has spoken a sentence, the
handbook's once it has been loaded.
Needs an engine (DOCKER_HOST) that has the base. `PYTHON` (3.10) chooses the lock, `BASE` another base, `STARTS` (5) the
number of starts, `DOCKER` the client. BuildKit builds all three where the client has it, else the classic builder does.
On a busy machine trust the ratios.
"""

from __future__ import annotations

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from measure import table

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent / "images"
PYTHON = os.environ.get("PYTHON", "3.10")
STARTS = int(os.environ.get("STARTS", "5"))
BASE = os.environ.get("BASE", f"python:{PYTHON}-slim-bookworm")
LIMIT = 300
CLIENT = os.environ.get("DOCKER", "docker")
LIMITS = {"size": 0.35, "build": 0.4, "start": 0.5}


@dataclass(frozen=True)
class Design:
    """One Dockerfile of the service."""

    name: str
    file: Path
    port: int


@dataclass
class Measured:
    size: int = 0
    """Bytes of all layers."""
    build: float = 0.0
    starts: list[float] = field(default_factory=list)
    """Seconds from `docker run` to the first 200 of /health."""
    faults: int = 0
    """What hadolint says, in all its rules."""
    root: bool = False

    @property
    def start(self) -> float:
        return statistics.median(self.starts)


DESIGNS = (
    Design("generated", ROOT / "dockerfiles" / f"server-{PYTHON}.Dockerfile", 8000),
    Design("by hand (uv)", HERE / "by_hand.Dockerfile", 8000),
    Design("handbook", HERE / "handbook.Dockerfile", 5000),
)


def main() -> int:
    """Exit status 1 where a figure misses its mark, 2 without an engine or its base."""
    if shutil.which(CLIENT) is None or docker("image", "inspect", BASE, check=False).returncode:
        print(f"no container engine here that has {BASE}; see scripts/start_docker.sh and scripts/make_base_images.sh")
        return 2
    print(f"builder: {'BuildKit' if builder() == '1' else 'classic'}", file=sys.stderr)
    docker("network", "create", "--internal", network := f"bench-{os.getpid()}")
    found = {design.name: Measured() for design in DESIGNS}
    try:
        with tempfile.TemporaryDirectory() as folder:
            context = make_context(Path(folder))
            warm_mirror(context)
            for design in DESIGNS:
                print(f"{design.name} ...", file=sys.stderr)
                build(design, context, found[design.name])
        for _ in range(STARTS):  # in turn, so that what else the machine does meets all of them
            for design in DESIGNS:
                found[design.name].starts.append(seconds_to_healthy(tag_of(design), design.port, network))
    finally:
        docker("network", "rm", network, check=False)
        for design in DESIGNS:
            docker("rmi", "-f", tag_of(design), check=False)
    return report(found)


def make_context(folder: Path) -> Path:
    """What the three are built from."""
    bytecode = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "reference_server", folder / "reference_server", ignore=bytecode)
    shutil.copytree(HERE.parent / "designs", folder / "designs", ignore=bytecode)
    shutil.copytree(ROOT / "constraints", folder / "constraints")
    shutil.copy(HERE / "server.py", folder)
    shutil.copy(HERE / "requirements.txt", folder)
    return folder


def warm_mirror(context: Path) -> None:
    """Fetch all once, for nothing: what an index mirror keeps then helps each of the three alike."""
    mount = f"{context / 'constraints' / f'server-{PYTHON}.txt'}:/lock.txt:ro"
    fetch = ("pip", "download", "-q", "--no-deps", "-d", "/tmp/wheels", "-r", "/lock.txt")
    docker("run", "--rm", "--network", "host", "-v", mount, BASE, *fetch)


def tag_of(design: Design) -> str:
    return f"tts-doctor-bench-{os.getpid()}:{DESIGNS.index(design)}"


def build(design: Design, context: Path, found: Measured) -> None:
    """Build without any cache, and look at what came out."""
    tag = tag_of(design)
    began = time.perf_counter()
    arguments = ("--build-arg", f"BASE_IMAGE={BASE}", "-f", str(design.file), "-t", tag, str(context))
    docker("build", "--no-cache", "--force-rm", "--network", "host", *arguments)
    found.build = time.perf_counter() - began
    found.size = int(docker("image", "inspect", "-f", "{{.Size}}", tag).stdout)
    user = docker("image", "inspect", "-f", "{{.Config.User}}", tag).stdout.strip()
    found.root = user.partition(":")[0] in ("", "0", "root")
    found.faults = hadolint(design.file)


def seconds_to_healthy(tag: str, port: int, network: str) -> float:
    """From `docker run` to the first good answer. The network leads nowhere but to the container."""
    began = time.perf_counter()
    container = docker("run", "-d", "--network", network, tag).stdout.strip()
    try:
        address = docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)
        while time.perf_counter() - began < LIMIT:
            if healthy(address.stdout.strip(), port):
                return time.perf_counter() - began
            time.sleep(0.02)
        raise RuntimeError(docker("logs", container, check=False).stderr[-2000:])
    finally:
        docker("rm", "-f", "-v", container, check=False)


def healthy(address: str, port: int) -> bool:
    """Whether /health answers 200 now."""
    try:
        connection = http.client.HTTPConnection(address, port, timeout=5)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False


def hadolint(file: Path) -> int:
    """The number of its complaints."""
    program = Path(sys.executable).parent / "hadolint"
    ran = subprocess.run([program, "--no-color", str(file)], capture_output=True, text=True)
    return len(ran.stdout.splitlines())


@cache
def builder() -> str:
    """`1` where the client can build with BuildKit."""
    words = [CLIENT, "build", "-q", "-f", "-", str(HERE)]
    environ = {**os.environ, "DOCKER_BUILDKIT": "1"}
    ran = subprocess.run(words, input="FROM scratch\nLABEL a=b\n", capture_output=True, text=True, env=environ)
    docker("rmi", ran.stdout.strip(), check=False)
    return "0" if ran.returncode else "1"


def docker(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The client."""
    environ = {**os.environ, **({"DOCKER_BUILDKIT": builder()} if words[0] == "build" else {})}
    ran = subprocess.run([CLIENT, *words], capture_output=True, text=True, env=environ)
    if check and ran.returncode:
        raise RuntimeError(f"docker {words[0]}: {(ran.stderr or ran.stdout)[-2000:]}")
    return ran


def report(found: dict[str, Measured]) -> int:
    """Print the table and the ratios to the handbook's; 1 where one is too large."""
    rows = [
        (name, f"{m.size / 1e6:.0f} MB", f"{m.build:.0f} s", f"{m.start:.1f} s", m.faults, "yes" if m.root else "no")
        for name, m in found.items()
    ]
    print(table(("image", "size", "cold build", "start to healthy", "hadolint", "root"), rows))
    ours, by_hand, handbook = (found[design.name] for design in DESIGNS)
    good = ours.faults == 0 and not ours.root and ours.size <= by_hand.size
    for what, limit in LIMITS.items():
        ratio = getattr(ours, what) / getattr(handbook, what)
        good = good and ratio <= limit
        print(f"{what}: {ratio:.2f} x the handbook's (at most {limit})")
    print(f"size: {ours.size / by_hand.size:.2f} x the one by hand (at most 1.0)")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
