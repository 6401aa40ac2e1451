"""Reads and changes one setting of a deployment: a flag, a variable, a limit, a published port.

Decides where a setting is written: where it already stands, else where the server heeds it. A command that is not
the deployment's own is never changed; what it says itself can be changed through a `${NAME}` in it alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from tts_doctor.knowledge.servers import Spelling, spelling
from tts_doctor.model.deployment import LIMITS, Deployment

REFERENCE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


def current(deployment: Deployment, setting: str) -> str:
    """The value as far as the deployment says it; empty where it leaves it to the server."""
    kind, _, name = setting.partition(" ")
    if kind == "variable":
        return deployment.variable(name)
    if kind == "limit":
        return str(deployment.limit(name) or "")
    if kind == "patience":
        return f"{deployment.patience:g}" if deployment.patience else ""
    if setting == "port" and deployment.published:
        return str(deployment.published[0][0])
    return _spelled(deployment, spelling(deployment.command, setting))


def default(deployment: Deployment, setting: str) -> str:
    """What the server takes where nobody says it; empty where that is not known."""
    return spelling(deployment.command, setting).default


def changed(deployment: Deployment, setting: str, value: str, hint: str = "") -> Deployment | None:
    """The deployment with another value; None where it has no place for it.

    `hint` is the value that was seen at work, for what neither command nor variables name.
    """
    kind, _, name = setting.partition(" ")
    if kind == "variable":
        return deployment.with_variable(name, value)
    if kind == "limit":
        able = deployment.kind == "container" or (deployment.kind, name) == ("unit", "memory")
        return deployment.with_limit(name, int(value)) if able and name in LIMITS else None
    if kind == "patience":
        return replace(deployment, patience=float(value)) if deployment.patience else None
    if setting == "port" and deployment.published:
        (_, inside), *rest = deployment.published
        return replace(deployment, published=((int(value), inside), *rest))
    return _with_spelled(deployment, spelling(deployment.command, setting), value, hint)


def offered(deployment: Deployment, setting: str) -> bool:
    """Whether a deployment of this kind, and its server, know the setting at all."""
    if setting == "patience":
        return deployment.patience > 0
    if setting == "limit tmpfs":
        return deployment.limit("tmpfs") > 0
    return setting.startswith(("variable ", "limit ")) or spelling(deployment.command, setting) != Spelling()


def expanded(word: str, deployment: Deployment, environ: dict[str, str] | None = None) -> str:
    """`${NAME}` and `$NAME` as systemd and compose fill them in; unknown names are left."""
    known = {**(environ or {}), **dict(deployment.variables)}
    return REFERENCE.sub(lambda match: known.get(match[1] or match[2], match[0]), word)


def _spelled(deployment: Deployment, spelled: Spelling) -> str:
    place = _find(deployment.command, spelled.flags)
    if place is not None:
        return _bare(expanded(_value(deployment.command, place), deployment), spelled)
    arguments = _arguments(deployment, spelled)
    place = _find(arguments, spelled.flags + spelled.inner)
    if place is not None:
        return _bare(_value(arguments, place), spelled)
    return deployment.variable(spelled.variable) if spelled.variable else ""


def _with_spelled(deployment: Deployment, spelled: Spelling, value: str, hint: str) -> Deployment | None:
    place = _find(deployment.command, spelled.flags)
    if place is not None:
        return _on_command_line(deployment, spelled, place, value)
    arguments = _arguments(deployment, spelled)
    within = _find(arguments, spelled.flags + spelled.inner)
    if within is not None:
        new = _replaced(arguments, within, _whole(_value(arguments, within), spelled, value))
        return deployment.with_variable(spelled.arguments, shlex.join(new))
    if spelled.variable:
        return deployment.with_variable(spelled.variable, value)
    flag = next(iter(spelled.flags + spelled.inner), "")
    if spelled.arguments:
        added = f"{flag}={_whole(hint, spelled, value)}"
        return deployment.with_variable(spelled.arguments, shlex.join((*arguments, added)))
    if flag and not deployment.fixed:
        return replace(deployment, command=(*deployment.command, flag, value))
    return None


def _on_command_line(deployment: Deployment, spelled: Spelling, place: int, value: str) -> Deployment | None:
    """Through the variable that the flag's value refers to, or by changing the flag."""
    old = _value(deployment.command, place)
    named = REFERENCE.search(_bare(old, spelled))
    if named:
        return deployment.with_variable(named[1] or named[2], value)
    if deployment.fixed:
        return None
    return replace(deployment, command=_replaced(deployment.command, place, _whole(old, spelled, value)))


def _arguments(deployment: Deployment, spelled: Spelling) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(deployment.variable(spelled.arguments))) if spelled.arguments else ()
    except ValueError:
        return ()


def _find(words: Sequence[str], flags: Sequence[str]) -> int | None:
    """Where the last of these flags stands, which is the one that counts."""
    found = [place for place, word in enumerate(words) if any(_is(word, flag) for flag in flags)]
    return found[-1] if found else None


def _is(word: str, flag: str) -> bool:
    return word == flag or word.startswith(f"{flag}=")


def _value(words: Sequence[str], place: int) -> str:
    _, mark, value = words[place].partition("=")
    return value if mark else (words[place + 1] if place + 1 < len(words) else "")


def _replaced(words: Sequence[str], place: int, value: str) -> tuple[str, ...]:
    flag, mark, _ = words[place].partition("=")
    if mark:
        return (*words[:place], f"{flag}={value}", *words[place + 1 :])
    return (*words[: place + 1], value, *words[place + 2 :])


def _bare(value: str, spelled: Spelling) -> str:
    """The part of HOST:PORT that is meant."""
    host, _, port = value.rpartition(":")
    return {"port": port, "host": host}.get(spelled.part, value)


def _whole(old: str, spelled: Spelling, value: str) -> str:
    """`value`, together with the other part of `old` where both make an address."""
    host, colon, port = old.rpartition(":")
    kept = host if colon else "127.0.0.1"  # `:8000` is every address, and stays so
    return {"port": f"{kept}:{value}", "host": f"{value}:{port}"}.get(spelled.part, value)
