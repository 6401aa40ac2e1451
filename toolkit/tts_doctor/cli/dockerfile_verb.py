"""`tts-doctor dockerfile`: the options made into a plan, the plan into files and words."""

from __future__ import annotations

import os
import re
import shlex
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tts_doctor.cli import console, surroundings
from tts_doctor.cli.report_progress import Progress
from tts_doctor.errors import ExitCode, UsageError
from tts_doctor.model.image import ImagePlan, ImageRequest, Needs
from tts_doctor.model.text import Text

MACHINE, LIBC = "x86_64", "glibc 2.36"
"""What the images run on: Debian 12."""


def dockerfile(options: Namespace, environ: Mapping[str, str], lang: str) -> int:
    """Exit status: OK for a file; with --repair FINDINGS where faults were found."""
    if options.repair:
        from tts_doctor.cli.repair_dockerfile import repair

        return repair(options, environ, lang)
    from tts_doctor.plan_image import plan_image

    with Progress(lang) as say:
        request, needs = _installed(options, environ, say) if options.from_env else _locked(options, environ, say)
        plan = plan_image(request, needs)
        for note in plan.notes:
            say.note(Text(note))
    _deliver(plan, options)
    return ExitCode.OK


def _locked(options: Namespace, environ: Mapping[str, str], say: Progress) -> tuple[ImageRequest, Needs]:
    from tts_doctor.effects.read_needs import needs_of_lock
    from tts_doctor.parse.lock_text import read_pins, read_requirers

    text = _read(options.lock)
    pins = read_pins(text)
    if not pins or "--hash=" not in text:
        raise UsageError(
            f"{options.lock} is no lock with hashes",
            f"{options.lock} 不是带哈希的锁定文件",
            hint_en=f"make one: tts-doctor lock {options.lock} -o requirements.lock",
            hint_zh=f"先生成一份：tts-doctor lock {options.lock} -o requirements.lock",
        )
    told = re.search(r"^# Computed by .* for Python (3\.\d+)", text, re.M)
    python = _known(options.python or (told[1] if told else ""), options.base)
    offline = options.offline or surroundings.offline(environ)
    needs = Needs(sdists=_named_sdists(text)) if offline else needs_of_lock(pins, python, MACHINE, LIBC, environ, say)
    asked = tuple(read_requirers(text).items())
    return replace(_request(options, python, pins, _in_context(options.lock)), requirers=asked), needs


def _installed(options: Namespace, environ: Mapping[str, str], say: Progress) -> tuple[ImageRequest, Needs]:
    from tts_doctor.cli.resolve_names import choose_python
    from tts_doctor.effects.lock_installed import lock_installed
    from tts_doctor.effects.read_needs import needs_of_environment, sdists_of
    from tts_doctor.effects.read_site import read_facts
    from tts_doctor.effects.shim import is_shim, pack_installed

    cwd = surroundings.working_folder()
    if not options.output:
        raise UsageError(
            "--from-env writes a lock beside the Dockerfile: say where with -o",
            "--from-env 会在 Dockerfile 旁写锁定文件：请用 -o 指明位置",
        )
    facts = read_facts(choose_python(options.from_env, cwd, environ), None, environ, cwd)
    python = _known(".".join(map(str, facts.interpreter.minor)), options.base)
    text, pins = lock_installed(facts, python, environ, cwd, say)
    context = Path(options.output).resolve().parent
    head = f"# Computed by `tts-doctor dockerfile --from-env {options.from_env}` for Python {python}; do not edit.\n"
    _write(str(context / "requirements.lock"), head + text)
    shims = [
        pack_installed(d, _shim_folder(context)).name for d in facts.distributions if is_shim(d.name) and d.has_record
    ]
    for dist in facts.distributions:
        if dist.editable or (dist.direct_url and not is_shim(dist.name)):
            say.note(
                Text(
                    f"{dist.name} came from a file or folder and is not in the lock: copy it into the image yourself",
                    f"{dist.name} 来自文件或文件夹，不在锁定文件中：请自行复制进镜像",
                )
            )
    sources = sdists_of(pins, python, MACHINE, LIBC, environ)
    needs = replace(needs_of_environment(facts), sdists=sources.sdists, compiled=sources.compiled)
    request = _request(options, python, pins, "requirements.lock")
    return replace(request, shims=(*(f"shims/{name}" for name in shims), *request.shims)), needs


def _shims(options: Namespace, python: str) -> tuple[str, ...]:
    """Paths in the build context of the wheels that --shim asks for."""
    from tts_doctor.effects.shim import build_shim, parse_wish

    if not options.shim:
        return ()
    if not options.output:
        raise UsageError(
            "--shim writes wheels beside the Dockerfile: say where with -o",
            "--shim 会在 Dockerfile 旁写 wheel：请用 -o 指明位置",
        )
    context = Path(options.output).resolve().parent if options.from_env else Path(surroundings.working_folder())
    major, _, minor = python.partition(".")
    built = [
        build_shim(consumer, names, (int(major), int(minor)), _shim_folder(context))
        for consumer, names in (parse_wish(text) for text in options.shim)
    ]
    return tuple(f"shims/{path.name}" for path in built)


def _shim_folder(context: Path) -> Path:
    folder = context / "shims"
    folder.mkdir(exist_ok=True)
    return folder


def _in_context(lock: str) -> str:
    """The lock's path as the build context has it, which is the folder that the command runs in."""
    place = os.path.relpath(lock, surroundings.working_folder())
    if place.startswith(".."):
        raise UsageError(
            f"{lock} lies outside of this folder, which the image is built from",
            f"{lock} 不在当前文件夹内，而镜像由此文件夹构建",
            hint_en="run this where docker build will run, or copy the lock there",
            hint_zh="请在将要执行 docker build 的文件夹运行，或把锁定文件复制过来",
        )
    return place


def _request(options: Namespace, python: str, pins: tuple[tuple[str, str], ...], lock: str) -> ImageRequest:
    return ImageRequest(
        python=python,
        pins=pins,
        lock=lock,
        profile=options.profile,
        base=options.base,
        command=options.command,
        project=options.project,
        health=options.health,
        buildkit=options.buildkit,
        shims=_shims(options, python),
        prepare=tuple(options.prepare),
        debian="bookworm" if not options.base or "bookworm" in options.base else "",
        written_by=_command(options),
    )


def _known(python: str, base: str) -> str:
    from tts_doctor.knowledge.images import table

    if not python:
        raise UsageError(
            "for which Python is the lock? say it: --python 3.10", "锁定文件针对哪个 Python？请写明：--python 3.10"
        )
    if python not in table()["pythons"] and not base:
        raise UsageError(
            f"there is no base image for Python {python}",
            f"没有 Python {python} 的基础镜像",
            hint_en="name one: --base IMAGE",
            hint_zh="请指定：--base 镜像",
        )
    return python


def _named_sdists(text: str) -> tuple[str, ...]:
    told = re.search(r"^# Computed by `(.*)` for Python", text, re.M)
    words = shlex.split(told[1]) if told else []
    return tuple(
        words[i + 1] for i, word in enumerate(words[:-1]) if word == "--allow-sdist" and words[i + 1] != ":all:"
    )


def _command(options: Namespace) -> str:
    words = ["tts-doctor", "dockerfile"]
    for name in ("lock", "from_env", "python", "base", "project"):
        value = getattr(options, name)
        words += [f"--{name.replace('_', '-')}", value] if value else []
    words += ["--profile", options.profile] if options.profile != "server" else []
    words += ["--health", options.health] if options.health != "/health" else []
    words += ["--buildkit"] if options.buildkit else []
    words += [word for wish in options.shim for word in ("--shim", wish)]
    words += [word for command in options.prepare for word in ("--prepare", command)]
    words += ["-o", options.output] if options.output else []
    return shlex.join([*words, *(["--", *options.command] if options.command else [])])


def _deliver(plan: ImagePlan, options: Namespace) -> None:
    from tts_doctor.render.as_dockerfile import dockerfile_text, dockerignore_text

    text = dockerfile_text(plan)
    if options.output:
        _write(options.output, text)
        context = Path(options.output).resolve().parent if options.from_env else Path(surroundings.working_folder())
        ignored = context / ".dockerignore"
        if not ignored.exists():
            _write(str(ignored), dockerignore_text(plan) + _environment(options, context))
    if options.format == "json":
        from tts_doctor.render.as_json import SCHEMA_VERSION, dump

        packages = [{"name": p.name, "version": p.version or None, "why": p.why} for p in plan.packages]
        found = {"schema_version": SCHEMA_VERSION, "dockerfile": text, "packages": packages, "notes": list(plan.notes)}
        console.write(dump(found, not console.speaks_utf8()))
    elif not options.output:
        console.write(text)


def _environment(options: Namespace, context: Path) -> str:
    """The examined environment, where it lies in the build context: the image makes its own."""
    named = os.path.normpath(Path(surroundings.working_folder(), options.from_env or context))
    place = Path(named).parent.parent if options.from_env else context
    inside = place != context and place.is_relative_to(context) and (place / "pyvenv.cfg").exists()
    return f"{place.relative_to(context)}\n" if inside else ""


def _write(path: str, text: str) -> None:
    from tts_doctor.effects.write_lock import write_lock

    write_lock(path, text)


def _read(path: str) -> str:
    from tts_doctor.effects.read_input import read_log

    if not Path(path).is_file():
        raise UsageError(
            f"there is no file {path}",
            f"没有文件 {path}",
            hint_en="make one: tts-doctor lock requirements.txt -o requirements.lock",
            hint_zh="先生成一份：tts-doctor lock requirements.txt -o requirements.lock",
        )
    text, gaps = read_log(path)
    if gaps:
        raise UsageError(f"{path} is too long", f"{path} 过长")
    return text
