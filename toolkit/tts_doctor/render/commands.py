"""The steps of a repair as commands that a person can type. Runs none of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from tts_doctor.model.finding import Action

ALLOWANCE = {
    "system-package": "system",
    "env-var": "environment",
    "rename": "files",
    "patch": "files",
    "resource-limit": "environment",
}
"""What `treat --allow` must name before it takes such a step."""
BY_HAND = frozenset({"code-change", "change-base-image", "upgrade-driver", "resource-limit", "change-python", "patch"})
"""Steps that no single command takes."""
SPECIFIER = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)")


def requirement(action: Action) -> str:
    """`numpy<2`; a bare version is meant exactly."""
    spec = (action.spec or "").strip()
    if not spec or SPECIFIER.match(spec) or spec.startswith("@"):
        return f"{action.target}{' ' if spec.startswith('@') else ''}{spec}"
    return f"{action.target}=={spec}"


def shell_commands(actions: Sequence[Action], python: str) -> tuple[str, ...]:
    """The commands, in order, for the interpreter `python` (a path, or a name on PATH); by-hand steps are left out."""
    pip = f"{shlex.quote(python)} -m pip"
    commands: list[str] = []
    together: list[str] = []
    for action in actions:
        if action.action in ("pin", "install"):
            together.append(shlex.quote(requirement(action)))
            continue
        if together:
            commands.append(f"{pip} install {' '.join(together)}")
            together = []
        command = _other(action, pip)
        if command:
            commands.append(command)
    if together:
        commands.append(f"{pip} install {' '.join(together)}")
    return tuple(commands)


def _other(action: Action, pip: str) -> str:
    target = shlex.quote(action.target)
    wanted = shlex.quote(requirement(action))
    if action.action == "uninstall":
        return f"{pip} uninstall -y {target}"
    if action.action == "reinstall" and action.value:
        return f"{pip} install --no-deps -e {shlex.quote(action.value)}"
    if action.action == "reinstall":
        return f"{pip} install --force-reinstall --no-deps --no-cache-dir {wanted}"
    if action.action == "rebuild":
        return f"{pip} install --force-reinstall --no-deps --no-build-isolation --no-binary {target} {wanted}"
    if action.action == "system-package":
        return f"sudo apt-get install -y {target}"
    if action.action == "env-var":
        return f"unset {target}" if action.value is None else f"export {target}={shlex.quote(action.value)}"
    if action.action == "rename":
        return f"mv -n {target} {shlex.quote(action.value or action.target + '.renamed')}"
    return ""


def treat_command(actions: Sequence[Action], python: str, command: Sequence[str]) -> str:
    """The `tts-doctor treat` that takes these steps; without a command the word COMMAND stands for it."""
    words = ["tts-doctor", "treat"]
    if python:
        words += ["--python", python]
    allowed = sorted({ALLOWANCE[a.action] for a in actions if a.action in ALLOWANCE})
    if allowed:
        words += ["--allow", ",".join(allowed)]
    return shlex.join([*words, "--", *(command or ("COMMAND",))])
