"""Finds the Python of an unpacked image and reads what it would say of itself, without running it.

The paths that are given and answered are those of this machine, below the image's root. Decides nothing about what is
ill; an interpreter of which parts are missing is told as not alive.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tts_doctor.effects.find_interpreter import PYTHON_NAME, interpreter_of_command
from tts_doctor.effects.loader import Loader, mapped
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.effects.run_probe import Probed
from tts_doctor.errors import PatientError
from tts_doctor.model.facts import Interpreter
from tts_doctor.model.gap import Gap
from tts_doctor.model.layers import StoredImage
from tts_doctor.model.text import Text
from tts_doctor.parse.elf import ElfError, parse_elf
from tts_doctor.parse.environment_folder import parse_pyvenv, version_of_library
from tts_doctor.parse.inside_root import inside

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What an engine sets where the image sets none."""
GLIBC = re.compile(rb"GNU C Library [^\n]{0,200}? release version (\d+\.\d+)")
NUMBER = rb"\x00(%s\.\d{1,3}(?:(?:a|b|rc)\d+)?\+?)\x00"
SUFFIX = re.compile(r"\.(cpython-\d+[a-z]*-[\w-]+)\.so$")
COMMON = ("/opt/*/bin", "/app/*/bin", "/srv/*/bin", "/venv/bin", "/*/.venv/bin")
"""Where environments lie that no variable names."""


def find_python(image: StoredImage, root: str, wanted: str = "") -> str:
    """The interpreter that the image's command runs, or `wanted`, a path or a name in it. Raises PatientError.

    Where the command names none: the first on PATH, then environments, then any other.
    """
    environ = inner_environ(image, root)
    words = [wanted] if wanted else list(image.command)
    words = [root + word if word.startswith("/") else word for word in words]
    found = words[0] if wanted.startswith("/") else interpreter_of_command(words, environ, root + image.folder)
    if not found and not wanted:
        found = next(_likely(environ, root), "")
    found = found if not found or found.startswith(root + "/") else root + found
    if found and os.path.lexists(found):
        return f"{found}/bin/python" if os.path.isdir(found) else found
    raise PatientError(
        f"there is no Python in {image.name}" if not wanted else f"there is no Python {wanted} in {image.name}",
        f"{image.name} 中没有 Python" if not wanted else f"{image.name} 中没有 Python {wanted}",
        hint_en="name the interpreter by its path in the image: --python /opt/venv/bin/python",
        hint_zh="请用镜像内的路径指明解释器：--python /opt/venv/bin/python",
    )


def inner_environ(image: StoredImage, root: str) -> dict[str, str]:
    """The image's variables, PATH with the folders of this machine."""
    folders = (image.environ.get("PATH") or PATH).split(":")
    path = ":".join(inside(root, root + image.folder, folder) for folder in folders if folder)
    return {**image.environ, "PATH": path}


def _likely(environ: Mapping[str, str], root: str) -> Iterator[str]:
    folders = environ["PATH"].split(":")
    found = sorted(str(place) for pattern in COMMON for place in Path(root).glob(pattern.lstrip("/")))
    folders += sorted(found, key=lambda place: not os.path.isfile(f"{place}/../pyvenv.cfg"))
    for folder in folders:
        for name in ("python3", "python"):
            if os.path.lexists(os.path.join(folder, name)):
                yield os.path.join(folder, name)
    for folder in folders:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        yield from (os.path.join(folder, name) for name in names if PYTHON_NAME.fullmatch(name))


def read_python(python: str, image: StoredImage, root: str) -> Probed:
    """What the interpreter would answer when asked: its version, its folders, its platform."""
    environment, config = _environment(python)
    real = os.path.realpath(python)
    alive = os.path.isfile(real) and real.startswith(os.path.realpath(root) + "/")
    home = config.get("home", "")
    base = os.path.dirname(inside(root, root, home)) if home else os.path.dirname(os.path.dirname(real))
    prefix = environment or base
    minor = _minor(prefix, base, real, config)
    stdlib = next((f for f in _libraries(base, minor) if os.path.isfile(f"{f}/os.py")), f"{base}/lib/python{minor}")
    sites = _sites(prefix, minor, root)
    if environment and config.get("include-system-site-packages", "").lower() == "true":
        sites += [site for site in _sites(base, minor, root) if site not in sites]
    suffixes = _suffixes(f"{stdlib}/lib-dynload")
    machine = _machine(real)
    own = environment and config.get("include-system-site-packages", "true").lower() != "true"
    user = _home(image, root)
    interpreter = Interpreter(
        version=_version(minor, base, real) or config.get("version_info") or config.get("version") or minor,
        executable=python,
        prefix=prefix,
        base_prefix=base,
        stdlib=stdlib,
        purelib=sites[0],
        platlib=sites[0],
        scripts=os.path.dirname(python),
        user_site=f"{user}/.local/lib/python{minor}/site-packages",
        user_site_enabled=not own and not image.environ.get("PYTHONNOUSERSITE"),
        soabi=suffixes[0].strip(".").removesuffix(".so") if suffixes else "",
        ext_suffixes=suffixes,
        machine=machine,
        platform="linux",
        libc=_libc(machine, root),
        externally_managed=os.path.exists(f"{stdlib}/EXTERNALLY-MANAGED"),
        alive=alive and os.path.isdir(stdlib),
    )
    bare = (f"{base}/lib/python{minor.replace('.', '')}.zip", stdlib, f"{stdlib}/lib-dynload")
    return Probed(interpreter, bare, tuple(sites), () if interpreter.alive else (_lack(real, alive, stdlib),))


def _lack(real: str, there: bool, stdlib: str) -> Gap:
    if there:
        return Gap("interpreter", Text(f"{stdlib} does not exist", f"{stdlib} 不存在"))
    return Gap("interpreter", Text(f"it leads to {real}, which does not exist", f"它指向不存在的 {real}"))


def _environment(python: str) -> tuple[str, dict[str, str]]:
    """The virtual environment's folder and its pyvenv.cfg; nothing where there is none."""
    here = os.path.dirname(python)
    for folder in (here, os.path.dirname(here)):
        text = read_text(os.path.join(folder, "pyvenv.cfg"))
        if text is not None:
            return os.path.dirname(here), parse_pyvenv(text)
    return "", {}


def _minor(prefix: str, base: str, real: str, config: Mapping[str, str]) -> str:
    """`3.12`; from the executable's name, from what is written about the environment, from its folders."""
    told = PYTHON_NAME.match(os.path.basename(real))
    if told and told[2]:
        return told[1]
    written = config.get("version_info") or config.get("version") or ""
    if written:
        return ".".join(written.split(".")[:2])
    folders = [str(f) for top in (prefix, base) for f in sorted(Path(top).glob("lib*/python3.*"))]
    return next((version for f in folders if (version := version_of_library(f))), "")


def _libraries(base: str, minor: str) -> tuple[str, ...]:
    return tuple(f"{base}/{name}/python{minor}{end}" for name in ("lib", "lib64") for end in ("", "t"))


def _sites(prefix: str, minor: str, root: str) -> list[str]:
    """Folders of `site.getsitepackages`, Debian's own where its Python is the system's."""
    if prefix == f"{root}/usr" and os.path.isdir(f"{root}/usr/lib/python3/dist-packages"):
        local = f"{root}/usr/local/lib/python{minor}/dist-packages"
        return [local, f"{root}/usr/lib/python3/dist-packages", f"{root}/usr/lib/python{minor}/dist-packages"]
    folders = [f"{library}/site-packages" for library in _libraries(prefix, minor)]
    found = {os.path.realpath(folder): folder for folder in reversed(folders) if os.path.isdir(folder)}
    return list(found.values())[::-1] or folders[:1]


def _suffixes(folder: str) -> tuple[str, ...]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    tags = [match[1] for name in names if (match := SUFFIX.search(name))]
    return (f".{tags[0]}.so", ".abi3.so", ".so") if tags else ()


def _home(image: StoredImage, root: str) -> str:
    """The home folder of the user that the image runs as."""
    name = image.user.partition(":")[0] or "0"
    rows = [row.split(":") for row in (read_text(f"{root}/etc/passwd") or "").splitlines()]
    of_user = next((row[5] for row in rows if len(row) > 5 and name in (row[0], row[2])), "/")
    return inside(root, root, image.environ.get("HOME") or of_user)


def _machine(path: str) -> str:
    try:
        with mapped(path) as data:
            return parse_elf(data).machine
    except (OSError, ElfError, ValueError):
        return ""


def _version(minor: str, base: str, real: str) -> str:
    """The full version, a constant in the interpreter or its library; empty where neither has it."""
    libraries = sorted(Path(base).glob(f"lib*/libpython{minor}*.so.1.0"))
    for path in (real, *map(str, libraries)):
        try:
            with mapped(path) as data:
                if found := re.search(NUMBER % re.escape(minor.encode()), data):
                    return found[1].decode()
        except (OSError, ValueError):
            continue
    return ""


def _libc(machine: str, root: str) -> str:
    path = Loader(machine, root=root).cache.get("libc.so.6") or f"{root}/lib/{machine}-linux-gnu/libc.so.6"
    try:
        with mapped(path) as data:
            found = GLIBC.search(data)
            return f"glibc {found[1].decode()}" if found else ""
    except (OSError, ValueError):
        return "musl" if any(Path(root, "lib").glob("ld-musl-*.so.1")) else ""
