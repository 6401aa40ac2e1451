"""Reads how a service is deployed from the file that `--target` names, and says what that file would become.

Changes nothing. A settings file is the caller's command's environment; a unit is changed by a drop-in of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tts_doctor.deployment.start_script import read_script, write_script
from tts_doctor.errors import UsageError
from tts_doctor.model.deployment import Deployment
from tts_doctor.parse.settings_file import read_settings, with_settings
from tts_doctor.parse.unit_file import drop_in, read_unit

LARGEST = 1 << 20
DROP_IN = "zz-tts-doctor.conf"


def read_deployment(target: str, command: tuple[str, ...], cwd: str) -> Deployment:
    """`settings:FILE` with a command, `script:FILE` or `unit:FILE`. Raises UsageError."""
    kind, _, place = target.partition(":")
    if kind == "settings" and command:
        return Deployment(kind, os.path.join(cwd, place), command, read_settings(_text(place, cwd, "")), cwd)
    if kind == "unit" and not command:
        return _unit(os.path.join(cwd, place))
    if kind == "script" and not command:
        words, variables = read_script(_text(place, cwd))
        if not words:
            raise UsageError(f"{place} starts no server that is known", f"{place} 中没有已知的服务启动命令")
        return Deployment(kind, os.path.join(cwd, place), words, variables, cwd)
    if kind == "settings":
        raise UsageError(
            "settings: needs the start command after --",
            "settings: 需要在 -- 之后给出启动命令",
            hint_en="for example: --target settings:tts.env -- gunicorn -w 2 app:app",
            hint_zh="例如：--target settings:tts.env -- gunicorn -w 2 app:app",
        )
    raise UsageError(f"--target {kind}: takes no command", f"--target {kind}: 不接受命令")


def environment(deployment: Deployment, environ: Mapping[str, str]) -> dict[str, str]:
    """What the service finds set beside its own variables: the caller's, or the few that systemd gives."""
    if deployment.kind != "unit":
        return dict(environ)
    few = {name: environ[name] for name in ("HOME", "LANG", "LC_ALL", "USER") if name in environ}
    return {**few, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def written(before: Deployment, after: Deployment, said: str) -> tuple[str, str]:
    """The file that makes the deployment `after`, and its text. Raises UsageError where the file cannot say it."""
    if before.kind == "settings":
        return before.place, with_settings(_text(before.place, "/", ""), after.variables)
    if before.kind == "script":
        return before.place, _script(before, after)
    fixed = dict(_from_files(before.place))
    overruled = [name for name, value in after.variables if name in fixed and fixed[name] != value]
    if overruled:
        raise UsageError(
            f"{overruled[0]} comes from the unit's EnvironmentFile, which overrules a drop-in",
            f"{overruled[0]} 来自该单元的 EnvironmentFile，drop-in 无法覆盖",
            hint_en="name that file: --target settings:FILE -- COMMAND",
            hint_zh="请直接指明该文件：--target settings:FILE -- COMMAND",
        )
    own = Path(f"{before.place}.d", DROP_IN)
    return str(own), drop_in(_unit(before.place, own=False), after, said)


def runnable(deployment: Deployment) -> Deployment:
    """What is to be started: a script is given to its shell as it would be."""
    if deployment.kind != "script":
        return deployment
    now = read_deployment(f"script:{deployment.place}", (), deployment.folder)
    text = _script(now, deployment)
    shell = "bash" if "bash" in text.partition("\n")[0] else "sh"
    return replace(deployment, command=(shell, "-c", text, deployment.place), variables=())


def _script(before: Deployment, after: Deployment) -> str:
    try:
        return write_script(_text(before.place, "/"), before, after)
    except ValueError as error:
        raise UsageError(f"{before.place}: {error}", f"无法修改 {before.place}：{error}") from None


def _unit(place: str, own: bool = True) -> Deployment:
    if not place.endswith(".service"):
        raise UsageError(f"{place} is no .service file", f"{place} 不是 .service 文件")
    unit = read_unit(_unit_texts(place, own))
    if not unit.command:
        raise UsageError(f"{place} has no ExecStart that can be read", f"{place} 中没有可读的 ExecStart")
    variables = dict(unit.variables) | dict(_from_files(place))
    limits = (("memory", unit.memory),) if unit.memory else ()
    return Deployment("unit", place, unit.command, tuple(variables.items()), unit.folder, limits)


def _unit_texts(place: str, own: bool) -> list[str]:
    drop_ins = [p for p in sorted(Path(f"{place}.d").glob("*.conf")) if own or p.name != DROP_IN]
    return [_text(place, "/"), *(_text(str(path), "/") for path in drop_ins)]


def _from_files(place: str) -> tuple[tuple[str, str], ...]:
    """What the unit's EnvironmentFiles set."""
    files = read_unit(_unit_texts(place, True)).files
    return tuple(pair for file in files for pair in read_settings(_text(file, "/", "")))


def _text(place: str, cwd: str, default: str | None = None) -> str:
    path = Path(cwd, place)
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{place} is larger than {LARGEST >> 20} MB", f"{place} 过大")
        return path.read_text("utf-8")
    except FileNotFoundError:
        if default is not None:
            return default
        raise UsageError(f"there is no {place}", f"没有 {place}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {place}: {error}", f"无法读取 {place}：{error}") from None
