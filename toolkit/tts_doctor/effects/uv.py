"""Calls the installer: uv, or pip of the patient where there is no uv. Decides nothing about what is installed.

The index is the user's own: uv reads its own settings, and those that only pip would read are handed over.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tts_doctor.effects.index_config import PYPI, IndexConfig, local_path, read_index_config
from tts_doctor.effects.run_command import RunResult, run
from tts_doctor.errors import InstallError

DROPPED = ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_PROJECT", "UV_SYSTEM_PYTHON", "LD_PRELOAD", "UV_CONSTRAINT",
           "UV_OVERRIDE", "PIP_CONSTRAINT", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV",
           "UV_REQUIRE_HASHES", "PIP_REQUIRE_HASHES", "UV_NO_DEPS", "PIP_NO_DEPS", "UV_COMPILE_BYTECODE")  # fmt: skip
PROXIES = ("all_proxy", "http_proxy", "https_proxy")
PROXY_TROUBLE = re.compile(r"proxy|socks|tunnel|connection refused", re.IGNORECASE)
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


class Deadline:
    """Seconds left for a whole installation."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(1.0, self._end - time.monotonic())


def find_uv(path: str | None = None) -> str:
    """The uv beside our own interpreter, else on PATH, else an empty string."""
    beside = Path(sys.executable).with_name("uv")
    if os.access(beside, os.X_OK):
        return str(beside)
    return shutil.which("uv", path=path) or shutil.which("uv") or ""


def installer_environment(env: Mapping[str, str], config: IndexConfig) -> dict[str, str]:
    """The user's variables without those that mislead an installer: PYTHON*, other targets, missing certificates."""
    kept = {k: v for k, v in env.items() if not k.startswith("PYTHON") and k not in DROPPED}
    for name in CERTIFICATES:
        if name in kept and not os.path.exists(kept[name]):
            del kept[name]
    if config.certificates and "SSL_CERT_FILE" not in kept and os.path.isfile(config.certificates):
        kept["SSL_CERT_FILE"] = config.certificates
    if config.proxy and not any(k.lower() in ("https_proxy", "all_proxy") for k in kept):
        kept["HTTPS_PROXY"] = kept["HTTP_PROXY"] = config.proxy
    if not any(os.access(kept.get(k, ""), os.W_OK) for k in ("HOME", "XDG_CACHE_HOME", "UV_CACHE_DIR")):
        kept.setdefault("UV_CACHE_DIR", f"/tmp/tts-doctor-uv-{os.geteuid()}")
    return {**kept, "UV_PYTHON_DOWNLOADS": kept.get("UV_PYTHON_DOWNLOADS", "automatic"), "NO_COLOR": "1",
            "UV_NO_PROGRESS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}  # fmt: skip


def index_options(env: Mapping[str, str], prefix: str, cwd: str) -> list[str]:
    """uv options for what the user told pip and not uv."""
    both = read_index_config(env, prefix, cwd)
    without_pip = {k: v for k, v in env.items() if not k.startswith("PIP_")}
    own = read_index_config({**without_pip, "PIP_CONFIG_FILE": os.devnull}, "", cwd)
    options: list[str] = []
    for link in both.find_links:
        if link not in own.find_links and ("://" in link or os.path.exists(link)):
            options += ["--find-links", link]
    if not both.indexes:
        return [*options, "--no-index"]
    extra = [i for i in both.indexes[:-1] if i not in own.indexes and _reachable(i)]
    if both.indexes and both.indexes[-1] not in own.indexes and own.indexes[-1:] == (PYPI,):
        options += ["--default-index", both.indexes[-1]]
    for index in extra:
        options += ["--index", index]
    if extra:  # pip looks at every index and takes the best, and so must we to find what pip found
        options += ["--index-strategy", "unsafe-best-match"]
    for host in both.insecure_hosts:
        options += ["--allow-insecure-host", host]
    return options


def _reachable(index: str) -> bool:
    path = local_path(index)
    return path is None or path.exists()


def call(
    argv: Sequence[str], env: Mapping[str, str], cwd: str, deadline: Deadline, binds: Sequence[tuple[str, str]] = ()
) -> RunResult:
    """Run the installer. Raises InstallError with its words where it fails.

    A proxy that is part of the illness must not stand in the way of the cure: where it fails, without it.
    """
    folder = cwd if os.path.isdir(cwd) else "/"
    result = run(argv, env, folder, deadline.left, binds=binds)
    direct = {name: value for name, value in env.items() if name.lower() not in PROXIES}
    if result.exit_code != 0 and len(direct) < len(env) and PROXY_TROUBLE.search(result.output):
        result = run(argv, direct, folder, deadline.left, binds=binds)
    if result.exit_code != 0:
        words = result.output.strip()
        last = words.splitlines()[-1] if words else f"exit status {result.exit_code}"
        if result.timed_out:
            last = f"no end after {result.seconds:.0f} s"
        raise InstallError(f"the installer refused: {last}", f"安装器拒绝：{last}", output=words)
    return result
