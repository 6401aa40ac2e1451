"""`tts-doctor lock`: the options made into a request, the lock into a file and words."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.lock import PYTHONS, Lock, LockRequest, RequirementList, ResolverSettings

PYLOCK = re.compile(r"^pylock(\..+)?\.toml$")


def lock(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """Exit status: OK for a lock, FINDINGS where the list does not resolve (or two locks differ)."""
    from tts_doctor.effects.read_list import read_list

    cwd = surroundings.working_folder()
    if options.diff:
        return _diff(options, environ, lang)
    listed = read_list(options.files, cwd)
    pythons = _pythons(options, listed)
    each = [(python,) for python in pythons] if options.python == "all" else [pythons]
    found = []
    for wanted in each:
        found.append(_one(options, listed, wanted, environ, lang, cwd))
        if options.format != "json":
            console.write(_shown(found[-1], options, lang, environ))
    if options.format == "json":
        console.write(_json(found, options, lang))
    good = all(one.nearest.resolves and (not options.prove or one.proven == "runs") for one in found)
    return ExitCode.OK if good else ExitCode.FINDINGS


def _one(
    options: Namespace,
    listed: RequirementList,
    pythons: tuple[str, ...],
    environ: Mapping[str, str],
    lang: str,
    cwd: str,
) -> Lock:
    from tts_doctor.effects.lock import compute_lock
    from tts_doctor.effects.write_lock import write_lock
    from tts_doctor.render.as_lock import lock_file

    settings = ResolverSettings(
        as_of=options.as_of,
        allow_sdist=options.allow_sdist,
        only_binary=options.only_binary,
        options=listed.options,
        seconds=options.time,
        offline=surroundings.offline(environ),
    )
    request = LockRequest(
        listed=listed,
        pythons=pythons,
        settings=settings,
        nearest=options.nearest,
        keep=frozenset(canonicalize_name(name) for name in options.keep),
        weights=tuple((canonicalize_name(name), number) for name, number in options.weights),
        bounds=not options.no_bounds,
        upgrade=options.upgrade,
        previous=_read(_place(options, cwd, pythons[0])) if options.upgrade else "",
        form="pylock.toml" if PYLOCK.match(Path(options.output).name) else "requirements.txt",
        resolver=options.resolver,
        cwd=cwd,
    )
    with Progress(lang) as say:
        for note in listed.notes:
            say.note(note)
        found = compute_lock(request, environ, say)
        for note in found.notes:
            say.note(note)
        if options.prove and found.nearest.resolves:
            from tts_doctor.effects.prove_lock import prove_lock

            names = tuple(line.name for line in listed.lines if line.name)
            level, output = prove_lock(found, names, options.command, settings, environ, cwd, say)
            found = replace(found, proven=level, proof_output=output)
    if found.nearest.resolves and options.output:
        path = _place(options, cwd, found.nearest.python)
        write_lock(path, found.text if request.form == "pylock.toml" else lock_file(found, _command(options)))
    return found


def _place(options: Namespace, cwd: str, python: str) -> str:
    """Where the lock goes. The standard allows no dot in the middle of pylock.NAME.toml."""
    version = python.replace(".", "") if PYLOCK.match(Path(options.output).name) else python
    return str(Path(cwd, options.output.replace("{python}", version)))


def _shown(found: Lock, options: Namespace, lang: str, environ: Mapping[str, str]) -> str:
    from tts_doctor.render.as_lock import lock_file, lock_lines

    if options.format == "diff":
        return "".join(f"-{c.before}\n+{c.after}\n" for c in found.nearest.changes)
    if found.nearest.resolves and not options.output:
        return lock_file(found, _command(options))
    return console.page(lock_lines(found, lang), environ)


def _json(found: Sequence[Lock], options: Namespace, lang: str) -> str:
    from tts_doctor.render.as_json import SCHEMA_VERSION, dump
    from tts_doctor.render.as_lock import lock_object

    objects = [lock_object(one, lang) for one in found]
    several = {"schema_version": SCHEMA_VERSION, "locks": objects}
    return dump(several if options.python == "all" else objects[0], not console.speaks_utf8())


def _pythons(options: Namespace, listed: RequirementList) -> tuple[str, ...]:
    named = tuple(word for word in options.python.split(",") if word not in ("any", "all"))
    return named or listed.pythons or PYTHONS


def _command(options: Namespace) -> str:
    words = ["tts-doctor", "lock", *options.files, "--python", options.python]
    words += ["--nearest"] if options.nearest else []
    words += ["--as-of", options.as_of] if options.as_of else []
    words += [w for name in options.allow_sdist for w in ("--allow-sdist", name)]
    words += [w for name in options.keep for w in ("--keep", name)]
    words += ["--no-bounds"] if options.no_bounds else []
    return shlex.join(words)


def _diff(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    from tts_doctor.parse.lock_text import moved, read_pins
    from tts_doctor.render.as_lock import moved_lines

    old, new = (_read(path) for path in options.diff)
    for path, text in zip(options.diff, (old, new), strict=True):
        if text.strip() and not read_pins(text):
            raise UsageError(f"{path} is no lock: it pins nothing", f"{path} 不是锁定文件：其中没有固定的版本")
    changed = moved(old, new)
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        rows = [{"name": name, "old": before or None, "new": after or None} for name, before, after in changed]
        console.write(dump({"schema_version": SCHEMA_VERSION, "changed": rows}, not console.speaks_utf8()))
    elif changed:
        console.write(console.page(moved_lines(changed), environ))
    else:
        console.write("same versions" if lang == "en" else "版本相同")
    return ExitCode.FINDINGS if changed else ExitCode.OK


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}", f"无法读取 {path}：{error}") from None
