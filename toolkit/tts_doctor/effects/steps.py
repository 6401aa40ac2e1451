"""Steps outside the patient's folders: renamed and rewritten files of the user, Debian packages; each can be reverted.

A step is written to the journal before it is performed; performing and reverting can both be repeated. Whether a step
is allowed is the caller's to decide.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tts_doctor.effects.changes import Node, put, read_node
from tts_doctor.effects.journal import Journal
from tts_doctor.effects.run_command import RunResult, run
from tts_doctor.errors import InstallError, RestoreError, TransactionError

APT_SECONDS = 900.0
APT_ENV = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "NEEDRESTART_MODE": "l"}
APT_OPTIONS = ("-qq", "-y", "-o", "Dpkg::Options::=--force-confold", "--no-install-recommends")


@dataclass(frozen=True)
class Step:
    """`rename`: `source` to `target`; `write`: `target` from `before` to `after`; `install`, `purge`: `packages`."""

    kind: str
    source: str = ""
    target: str = ""
    before: Node | None = None
    after: Node | None = None
    packages: tuple[str, ...] = ()

    @property
    def inverse(self) -> Step:
        """The step that takes this one back."""
        if self.kind == "rename":
            return Step("rename", self.target, self.source)
        if self.kind == "write":
            return Step("write", target=self.target, before=self.after, after=self.before)
        return Step("purge" if self.kind == "install" else "install", packages=self.packages)


def rename_step(source: str, target: str) -> Step:
    """Raises TransactionError where the file is missing or the new name taken."""
    if not os.path.lexists(source):
        raise TransactionError(f"{source} does not exist", f"{source} 不存在")
    if os.path.lexists(target):
        raise TransactionError(f"{target} exists already", f"{target} 已存在")
    return Step("rename", source, target)


def write_step(target: str, content: bytes, journal: Journal) -> Step:
    """Give a file new content, or create it; both sides are stored. Raises OSError, TransactionError."""
    before = read_node(target)
    if before is not None and before.kind != "file":
        raise TransactionError(f"{target} is no plain file", f"{target} 不是普通文件")
    store = Path(journal.store)
    store.mkdir(parents=True, exist_ok=True)
    if before is not None:
        shutil.copyfile(target, store / before.content)
    name = hashlib.sha256(content).hexdigest()
    (store / name).write_bytes(content)
    mode = before.mode if before else 0o644
    after = Node("file", mode, os.stat(store / name).st_mtime_ns, name)
    return Step("write", target=target, before=before, after=after)


def system_step(packages: Sequence[str], env: Mapping[str, str]) -> Step:
    """Plan to install Debian packages: the step names exactly what would be new. Raises InstallError."""
    if shutil.which("apt-get", path=env.get("PATH")) is None:
        raise InstallError("there is no apt-get here", "此处没有 apt-get")
    if os.geteuid() != 0:
        names = " ".join(packages)
        raise InstallError(
            f"installing {names} needs root", f"安装 {names} 需要 root 权限",
            hint_en=f"sudo apt-get install {names}", hint_zh=f"sudo apt-get install {names}",
        )  # fmt: skip
    planned = _simulate(packages, env)
    if planned is None:
        _apt(["apt-get", "update", "-qq"], env)
        planned = _simulate(packages, env)
    if planned is None:
        raise InstallError(f"apt-get cannot install {' '.join(packages)}", f"apt-get 无法安装 {' '.join(packages)}")
    return Step("install", packages=planned)


def _simulate(packages: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...] | None:
    result = _apt(["apt-get", "-s", *APT_OPTIONS[1:], "install", "--", *packages], env)
    if result.exit_code != 0:
        return None
    lines = [line.split() for line in result.output.splitlines() if line.startswith("Inst ")]
    # `Inst NAME [installed] (candidate …)`: an upgrade names the installed version in brackets
    return tuple(words[1] for words in lines if len(words) > 2 and not words[2].startswith("["))


def _apt(argv: list[str], env: Mapping[str, str]) -> RunResult:
    return run(argv, {"PATH": env.get("PATH") or os.defpath, **APT_ENV}, "/", APT_SECONDS)


def perform(journal: Journal, step: Step) -> str:
    """Journal the step, do it, and return its name in the journal. Raises OSError, InstallError, TransactionError."""
    names = journal.steps()
    name = f"step-{len(names) + 1:03d}"
    journal.write(name, asdict(step))
    try:
        _do(step, journal.store)
    except BaseException:
        revert(journal, name)
        raise
    return name


def read_step(journal: Journal, name: str) -> Step:
    """Raises TransactionError where the journal does not have it."""
    data = journal.read(name)
    if not isinstance(data, dict):
        raise TransactionError(f"{name} of {journal.id} cannot be read", f"无法读取 {journal.id} 的 {name}")
    nodes = {side: Node(**data[side]) if data[side] else None for side in ("before", "after")}
    return Step(data["kind"], data["source"], data["target"], **nodes, packages=tuple(data["packages"]))


def revert(journal: Journal, name: str) -> None:
    """Take a step back as far as it was done, and forget it. Raises OSError, RestoreError."""
    step = read_step(journal, name)
    if step.kind == "rename":
        if not os.path.lexists(step.source) and os.path.lexists(step.target):
            os.rename(step.target, step.source)
    else:
        _do(step.inverse, journal.store)
    journal.drop(name)


def _do(step: Step, store: str) -> None:
    if step.kind == "rename":
        os.rename(step.source, step.target)
    elif step.kind == "write":
        put(step.after, step.target, f"{store}/{step.after.content}" if step.after else "")
    elif step.kind == "install" and step.packages:
        result = _apt(["apt-get", *APT_OPTIONS, "install", "--", *step.packages], os.environ)
        if result.exit_code != 0:
            raise InstallError(
                f"apt-get could not install {' '.join(step.packages)}", f"apt-get 未能安装 {' '.join(step.packages)}",
                output=result.output,
            )  # fmt: skip
    elif step.kind == "purge":
        _purge(step.packages)


def _purge(packages: Sequence[str]) -> None:
    """Remove exactly these, as far as they are there; dpkg refuses where something else needs one of them."""
    listed = _apt(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n"], os.environ).output
    states = {line.split()[0]: line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    present = [name for name in packages if states.get(name.partition(":")[0], "un") != "un"]
    if present:
        result = _apt(["dpkg", "--purge", "--", *present], os.environ)
        if result.exit_code != 0:
            with contextlib.suppress(TransactionError):
                _apt(["dpkg", "--configure", "-a"], os.environ)
            raise RestoreError(
                f"could not remove {' '.join(present)}: {result.output[-500:]}", f"未能移除 {' '.join(present)}",
                hint_en=f"dpkg --purge {' '.join(present)}", hint_zh=f"dpkg --purge {' '.join(present)}",
            )  # fmt: skip


def stands_against(step: Step) -> str:
    """Why a step can no longer be taken back without loss; empty where it can."""
    if step.kind == "rename":
        if not os.path.lexists(step.target):
            return f"{step.target} is gone"
        return f"{step.source} exists again" if os.path.lexists(step.source) else ""
    if step.kind == "write":
        now = read_node(step.target)
        same = (now.content if now else None) == (step.after.content if step.after else None)
        return "" if same else f"{step.target} was changed since"
    return ""
