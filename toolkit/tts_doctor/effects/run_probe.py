"""Asks the patient's interpreter about itself, or reads what its folder tells where it cannot answer.

No code of the patient is executed. Never decides what is ill; a variable that keeps the interpreter from starting is
recorded for a sign to blame.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tts_doctor.effects.ask_interpreter import LOADER_VARIABLES, NO_SENSE, SECONDS, Answer, Asked, ask, outcome, started
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.errors import PatientError
from tts_doctor.model.facts import Gap, Interpreter
from tts_doctor.model.text import Text
from tts_doctor.parse.environment_folder import parse_pyvenv, version_of_library


@dataclass(frozen=True)
class Probed:
    """`sites` are the folders whose .pth files `site` would read, `bare_path` what comes before them on sys.path."""

    interpreter: Interpreter
    bare_path: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    fatal_variables: tuple[tuple[str, Text], ...] = ()


def locate(python: str, environ: Mapping[str, str], cwd: str) -> str:
    """Absolute path of the interpreter that `python` names: a path, an environment's folder, or a name on PATH.

    Not resolved through symbolic links, which may dangle. Raises PatientError where nothing is there.
    """
    if os.sep not in python and not os.path.lexists(os.path.join(cwd, python)):
        found = shutil.which(python, path=environ.get("PATH", os.defpath))
        if found:
            return os.path.abspath(os.path.join(cwd, found))
    path = os.path.normpath(os.path.join(cwd, python))
    if Path(path).is_dir():
        names = [os.path.join(path, "bin", name) for name in ("python", "python3")]
        path = next((p for p in names if os.path.lexists(p)), names[0])
    if os.path.lexists(path) or _environment_folder(path):
        return path
    raise PatientError(
        f"There is no Python at {path}",
        f"{path} 处没有 Python",
        hint_en="Name the interpreter of the environment, such as --python .venv/bin/python.",
        hint_zh="请指明该环境的解释器，例如 --python .venv/bin/python。",
    )


def run_probe(
    python: str, environ: Mapping[str, str], cwd: str, seconds: float = SECONDS, asked: Asked | None = None
) -> Probed:
    """What the interpreter says of itself when started in `cwd` with `environ`.

    `asked`: the same question to it, already under way. Raises PatientError where `python` is nothing that could be
    examined.
    """
    path = locate(python, environ, cwd)
    if not os.path.exists(path):
        return _dead(path, _dangling(path))
    answer, fatal = _ask_patiently(path, environ, cwd, seconds, asked if asked and asked.path == path else None)
    if answer.data is None:
        return _dead(path, answer.error)
    try:
        probed = _understand(path, answer.data)
    except (KeyError, TypeError, ValueError) as error:
        return _dead(path, Text(f"{NO_SENSE.en}: {error!r}", f"{NO_SENSE.zh}：{error!r}"))
    fatal += _python_home(path, environ, cwd, seconds)
    gaps = tuple(Gap("interpreter", _kept_from_starting(name, said)) for name, said in fatal)
    return Probed(probed.interpreter, probed.bare_path, probed.sites, probed.gaps + gaps, fatal)


def _kept_from_starting(name: str, said: Text) -> Text:
    return Text(f"it does not start with {name} set: {said.en}", f"设置 {name} 时它无法启动：{said.zh}")


def _ask_patiently(
    path: str, environ: Mapping[str, str], cwd: str, seconds: float, asked: Asked | None
) -> tuple[Answer, tuple[tuple[str, Text], ...]]:
    """Ask; where the loader's variables kill the interpreter ask again without them, and find out which one it was."""
    answer = asked.answer(seconds) if asked else ask(path, environ, cwd, seconds)
    suspects = [name for name in LOADER_VARIABLES if environ.get(name)]
    if answer.data is not None or not suspects or "did not answer" in answer.error.en:
        return answer, ()
    for name in suspects:
        again = ask(path, _without(environ, [name]), cwd, seconds)
        if again.data is not None:
            return again, ((name, answer.error),)
    again = ask(path, _without(environ, suspects), cwd, seconds)
    if again.data is not None:
        return again, tuple((name, answer.error) for name in suspects)
    return answer, ()


def _without(environ: Mapping[str, str], names: list[str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in names}


def _python_home(path: str, environ: Mapping[str, str], cwd: str, seconds: float) -> tuple[tuple[str, Text], ...]:
    """-I hides PYTHONHOME: does the interpreter start with it? PYTHONPATH stays out, it may hold the user's code."""
    if not environ.get("PYTHONHOME"):
        return ()
    trial = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    trial["PYTHONHOME"] = environ["PYTHONHOME"]
    error = outcome(started([path, "-S", "-s", "-B", "-c", "import encodings, os"], trial, cwd), seconds)
    return (("PYTHONHOME", error),) if error else ()


def _understand(path: str, data: dict[str, Any]) -> Probed:
    def text(key: str) -> str:
        value = data[key]
        return value if isinstance(value, str) else ""

    libc = text("libc") or ("musl" if "musl" in text("soabi") else "")
    interpreter = Interpreter(
        version=text("version"),
        executable=path,
        prefix=text("prefix"),
        base_prefix=text("base_prefix"),
        stdlib=text("stdlib"),
        purelib=text("purelib"),
        platlib=text("platlib"),
        scripts=text("scripts"),
        user_site=text("user_site"),
        user_site_enabled=bool(data["user_site_enabled"]),
        soabi=text("soabi"),
        ext_suffixes=tuple(str(s) for s in data["ext_suffixes"]),
        machine=text("machine"),
        platform=text("platform"),
        libc=libc,
        externally_managed=bool(data["externally_managed"]),
    )
    gaps: tuple[Gap, ...] = ()
    if text("implementation") != "CPython":
        kind = text("implementation")
        why = Text(f"it is {kind}; what is known here is known of CPython", f"它是 {kind}；此处所知均针对 CPython")
        gaps = (Gap("interpreter", why),)
    return Probed(interpreter, tuple(map(str, data["bare_path"])), tuple(map(str, data["sites"])), gaps)


def _environment_folder(python: str) -> str:
    """The environment around `…/bin/python`, or empty."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    return folder if os.path.isfile(os.path.join(folder, "pyvenv.cfg")) else ""


def _dangling(path: str) -> Text:
    target = path
    for _ in range(40):
        if not os.path.islink(target):
            break
        target = os.path.join(os.path.dirname(target), os.readlink(target))
    if target == path:
        return Text(f"{path} does not exist", f"{path} 不存在")
    return Text(f"{path} leads to {target}, which does not exist", f"{path} 指向不存在的 {target}")


def _dead(path: str, why: Text) -> Probed:
    """What the folder of an interpreter that does not answer still tells."""
    prefix = os.path.dirname(os.path.dirname(os.path.abspath(path)))
    libraries = sorted(Path(prefix).glob("lib/python[23].*/site-packages"))
    text = read_text(os.path.join(prefix, "pyvenv.cfg"))
    config = parse_pyvenv(text or "")
    if text is None and prefix in ("/usr", "/", ""):
        libraries = []
    if not config and not libraries:
        raise PatientError(
            f"{path} is no Python that can be examined: {why.en}",
            f"{path} 不是可检查的 Python：{why.zh}",
            hint_en="Name the interpreter of the environment (Python 3.6 or later), or its folder with --site DIR.",
            hint_zh="请用 --python 指明该环境的解释器（Python 3.6 及以上），或用 --site DIR 指明其目录。",
        )
    library = str(libraries[-1]) if libraries else ""
    version = config.get("version_info") or config.get("version") or version_of_library(library)
    interpreter = Interpreter(
        version=".".join(version.split(".")[:3]),
        executable=path,
        prefix=prefix,
        base_prefix=os.path.dirname(config["home"]) if config.get("home") else "",
        purelib=library,
        platlib=library,
        scripts=os.path.join(prefix, "bin"),
        platform="linux",
        machine=os.uname().machine,
        alive=False,
    )
    sites = (library,) if library else ()
    return Probed(interpreter, (), sites, (Gap("interpreter", why),))
