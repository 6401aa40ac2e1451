"""Carries out the steps on files and Debian packages: inside the patient's folders in the trial, outside as steps.

`rename`: `target` becomes `value` (a path or a bare name). `patch`: the text `spec` becomes `value`, which must occur;
without `spec` the whole content becomes `value`; without `value` the text, read in the encoding `spec`, is written as
UTF-8. `system-package`: `target` is a Debian package. Whether the user
allows it is the caller's to ask.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tts_doctor.effects.changes import Node, put, read_node
from tts_doctor.effects.journal import Journal
from tts_doctor.effects.steps import Step, rename_step, system_step, write_step
from tts_doctor.errors import InstallError, TransactionError
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action
from tts_doctor.model.system_words import system_words

Pairs = tuple[tuple[str, str], ...]


def inside(pairs: Pairs, path: str) -> str:
    """Where a path of the patient lies in the clones; the path itself where it is in no root."""
    for root, clone in pairs:
        if path == root or path.startswith(f"{root}/"):
            return clone + path[len(root) :]
    return path


def file_steps(
    action: Action, pairs: Pairs, facts: Facts, journal: Journal, env: Mapping[str, str]
) -> tuple[Step, ...]:
    """Do what lies inside the trial, return what is to be performed outside. Raises InstallError, TransactionError."""
    if action.action == "system-package":
        step = system_step([action.target], env)
        return (step,) if step.packages else ()
    source = _absolute(action.target, facts)
    local = inside(pairs, source)
    try:
        if action.action == "rename":
            target = _new_name(source, action.value)
            if local == source:
                return (rename_step(source, target),)
            rename_step(local, inside(pairs, target))
            os.rename(local, inside(pairs, target))
            return ()
        content = _patched(local, action)
        if local == source:
            return (write_step(source, content, journal),)
        _replace(local, content)
        return ()
    except OSError as error:
        why = system_words(error)
        raise InstallError(f"cannot change {source}: {why.en}", f"无法更改 {source}：{why.zh}") from error


def _absolute(path: str, facts: Facts) -> str:
    """A relative path is looked for in the caller's folder, then in site-packages."""
    folders = [facts.cwd, facts.interpreter.purelib, facts.interpreter.platlib]
    candidates = [os.path.join(folder, path) for folder in folders if folder] if not path.startswith("/") else [path]
    found = next((c for c in candidates if os.path.lexists(c)), candidates[0] if candidates else path)
    # the folder's links are followed, the file's own is not: it is the link that is renamed
    return os.path.join(os.path.realpath(os.path.dirname(found)), os.path.basename(found))


def _new_name(source: str, value: str | None) -> str:
    if value:
        return os.path.join(os.path.dirname(source), value)
    stem, dot, suffix = os.path.basename(source).partition(".")
    for number in ("", *map(str, range(2, 100))):
        path = os.path.join(os.path.dirname(source), f"{stem}_renamed{number}{dot}{suffix}")
        if not os.path.lexists(path):
            return path
    raise TransactionError(f"no free name beside {source}", f"{source} 旁没有可用的名称")


def _patched(path: str, action: Action) -> bytes:
    wanted = (action.value or "").encode()
    if action.spec is None:
        return wanted
    content = Path(path).read_bytes()
    if action.value is None:
        return _as_utf8(content, action)
    if action.spec.encode() not in content:
        raise InstallError(f"{action.target} does not hold the text to patch", f"{action.target} 中没有要修补的文本")
    return content.replace(action.spec.encode(), wanted)


def _as_utf8(content: bytes, action: Action) -> bytes:
    try:
        return content.decode(action.spec or "utf-8").encode()
    except (UnicodeError, LookupError) as error:
        file, encoding = action.target, action.spec
        raise InstallError(f"{file} is not {encoding}", f"{file} 不是 {encoding} 编码") from error


def _replace(path: str, content: bytes) -> None:
    """Write beside and rename: the clone's file is a hard link of the patient's."""
    before = read_node(path)
    partial = Path(f"{path}.tts-doctor-new")
    partial.write_bytes(content)
    mode = before.mode if before else 0o644
    node = read_node(str(partial))
    assert node is not None
    put(Node("file", mode, node.mtime, node.content), path, str(partial))
    partial.unlink()
