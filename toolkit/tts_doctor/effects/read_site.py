"""Reads a patient from outside: its interpreter, sys.path, everything installed, and the surroundings that matter.

Runs none of the patient's code: .pth files are read as `site` would, not executed. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tts_doctor.effects.grounds import Grounds
from tts_doctor.effects.list_modules import module_paths
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.read_distributions import SiteReading, read_folder
from tts_doctor.effects.relevant_variables import relevant_variables
from tts_doctor.effects.run_probe import Probed, run_probe
from tts_doctor.errors import PatientError
from tts_doctor.model.facts import Distribution, Facts, Gap, Interpreter
from tts_doctor.model.text import Text
from tts_doctor.parse.environment_folder import parse_pth, version_of_library
from tts_doctor.parse.inside_root import inside

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")


def read_facts(
    python: str | None, site: str | None, environ: Mapping[str, str], cwd: str, grounds: Grounds | None = None
) -> Facts:
    """Facts of the environment of the interpreter `python`, or of the folder `site` alone, as a run in `cwd` sees it.

    `grounds` has the interpreter's answer, and takes note of what is looked at. Raises PatientError where there is
    nothing that could be examined.
    """
    asked = grounds.asked if grounds else None
    probed = run_probe(python, environ, cwd, asked=asked) if python else _folder_only(site, cwd)
    if grounds:
        interpreter = probed.interpreter
        grounds.paths.update((*OS_RELEASE, interpreter.executable, interpreter.user_site, *probed.sites))
    return facts_of(probed, site is None or bool(python), environ, cwd, looked=grounds.paths if grounds else None)


def facts_of(
    probed: Probed, whole: bool, environ: Mapping[str, str], cwd: str, root: str = "", looked: set[str] | None = None
) -> Facts:
    """Facts of what is known of an interpreter, with its `sys.path` built where `whole`; of an unpacked image `root`.

    The paths in `probed` and `cwd` are those of this machine, those in `environ` and in files are seen from `root`.
    `looked` is given the folders of the path and what its `.pth` files are and name.
    """
    interpreter = probed.interpreter
    gaps = list(probed.gaps)
    looked = set() if looked is None else looked
    paths, distributions, leftovers = _read_path(probed, whole, environ, cwd, root, gaps, looked)
    looked.update(paths)
    return Facts(
        interpreter=replace(interpreter, sys_path=tuple(paths)),
        distributions=tuple(distributions),
        environment=relevant_variables(environ),
        cwd=cwd,
        host=_host(interpreter, root),
        gaps=tuple(gaps),
        leftovers=tuple(leftovers),
        fatal_variables=probed.fatal_variables,
        stdlib_shadows=tuple(_shadows(interpreter, _python_path(environ, cwd, root))),
        root=root,
    )


def _folder_only(site: str | None, cwd: str) -> Probed:
    folder = os.path.normpath(os.path.join(cwd, site or ""))
    if not site or not os.path.isdir(folder):
        raise PatientError(
            f"There is no folder {folder}",
            f"没有目录 {folder}",
            hint_en="Name a site-packages folder with --site, or an interpreter with --python.",
            hint_zh="请用 --site 指明 site-packages 目录，或用 --python 指明解释器。",
        )
    inside = os.path.join(folder, "site-packages")
    if not os.path.isdir(inside):
        inside = folder
    version = version_of_library(inside)
    why = Text(
        "only a folder was given: the Python that will use it is not known",
        "只给出了文件夹：不知道将由哪个 Python 使用",
    )
    gap = Gap("interpreter", why)
    interpreter = Interpreter(
        version=version, purelib=inside, platlib=inside, platform="linux", machine=os.uname().machine
    )
    return Probed(interpreter, (), (inside,), (gap,))


def _read_path(
    probed: Probed, whole: bool, environ: Mapping[str, str], cwd: str, root: str, gaps: list[Gap], looked: set[str]
) -> tuple[list[str], list[Distribution], list[str]]:
    """sys.path as a plain run builds it, and what its folders hold, in its order."""
    interpreter = probed.interpreter
    paths: dict[str, None] = {}
    readings: dict[str, SiteReading] = {}
    if whole:
        paths.update(dict.fromkeys([*_python_path(environ, cwd, root), *probed.bare_path]))
    sites = list(probed.sites)
    if interpreter.user_site_enabled and os.path.isdir(interpreter.user_site):
        sites.insert(0, os.path.abspath(os.path.join(cwd, interpreter.user_site)))
    user = sites[0] if len(sites) > len(probed.sites) else ""
    for folder in sites:
        if not os.path.isdir(folder):
            continue
        paths.setdefault(folder)
        readings[folder] = read_folder(folder, in_user_site=folder == user)
        looked.update(os.path.join(folder, name) for name in readings[folder].path_files)
        for extra in _path_entries(folder, readings[folder].path_files, root):
            looked.add(extra)
            if os.path.exists(extra):
                paths.setdefault(extra)
    distributions: list[Distribution] = []
    leftovers: list[str] = []
    for folder in paths:
        reading = readings.get(folder) or read_folder(folder)
        distributions += reading.distributions
        gaps += reading.gaps
        leftovers += reading.leftovers if folder in readings else []
    return list(paths), distributions, leftovers


def _python_path(environ: Mapping[str, str], cwd: str, root: str) -> list[str]:
    value = environ.get("PYTHONPATH", "")
    return [inside(root, cwd, part) for part in value.split(os.pathsep)] if value else []


def _path_entries(folder: str, path_files: list[str], root: str) -> Iterator[str]:
    for name in path_files:
        text = read_text(os.path.join(folder, name))
        if text is not None:
            for line in parse_pth(text).folders:
                yield inside(root, folder, line)


def _host(interpreter: Interpreter, root: str) -> tuple[tuple[str, str], ...]:
    text = read_text(f"{root}/etc/os-release") or read_text(f"{root}/usr/lib/os-release") or ""
    names = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    pretty = names.get("PRETTY_NAME", "").strip("\"'").replace(" GNU/Linux", "") or os.uname().sysname
    machine = interpreter.machine if root else os.uname().machine
    found = [("os", f"{pretty}, {machine}"), ("id", names.get("ID", "").strip("\"'"))]
    libc = interpreter.libc or ("" if root else _libc())
    found += [("id_like", names.get("ID_LIKE", "").strip("\"'")), ("libc", libc)]
    return tuple(pair for pair in found if pair[1])


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return ""


def _shadows(interpreter: Interpreter, folders: list[str]) -> Iterator[tuple[str, str]]:
    """Modules of the standard library that a folder of PYTHONPATH holds too."""
    if not folders or not interpreter.stdlib:
        return
    own = module_paths(interpreter.stdlib)
    for folder in folders:
        if os.path.realpath(folder) != os.path.realpath(interpreter.stdlib):
            theirs = module_paths(folder)
            yield from ((name, theirs[name]) for name in sorted(theirs.keys() & own.keys()))
