"""Which Python a command really runs: read from its words, its shebang and its traceback. Runs nothing."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tts_doctor.model.symptom import Symptom

PYTHON_NAME = re.compile(r"python(\d+(\.\d+)?)?$")
LIBRARY_FOLDER = re.compile(r"^(?P<prefix>/.+?)/lib(?:64)?/python(?P<version>\d\.\d+)/")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ash"})
SHEBANG_LIMIT = 512


def interpreter_of_command(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> str:
    """Absolute path of the first Python that the command's words name, directly or by a script's shebang, or ''."""
    for word in words_of(command, environ):
        path = _executable(word, environ, cwd)
        if not path:
            continue
        if PYTHON_NAME.fullmatch(Path(path).name):
            return path
        found = _from_shebang(path, environ)
        if found:
            return found
    return ""


def program_of_command(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> tuple[str, ...]:
    """The command from its first Python, or Python script, on: the words of a shell before it left out."""
    words = tuple(words_of(command, environ))
    for place, word in enumerate(words):
        path = _executable(word, environ, cwd)
        if path and (PYTHON_NAME.fullmatch(Path(path).name) or _from_shebang(path, environ)):
            return (path, *words[place + 1 :])
    return tuple(command)


def interpreter_of_traceback(symptom: Symptom) -> str:
    """The Python whose own library folder the outermost traceback frames come from, or ''."""
    for error in symptom.errors:
        for frame in error.frames:
            match = LIBRARY_FOLDER.match(frame.file)
            if not match:
                continue
            for name in (f"python{match['version']}", "python3", "python"):
                path = Path(match["prefix"], "bin", name)
                if path.exists():
                    return str(path)
    return ""


def same_environment(one: str, other: str) -> bool:
    """Two executables are of one environment where they lie in one folder; links to the files are not followed."""
    return os.path.realpath(Path(one).parent) == os.path.realpath(Path(other).parent)


def words_of(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """The command's words; those of a shell's -c string are split and their variables filled in."""
    script_next = False
    for index, word in enumerate(command):
        if script_next:
            yield from _shell_words(word, environ)
            return
        script_next = Path(command[0]).name in SHELLS and index > 0 and bool(re.fullmatch(r"-[a-z]*c[a-z]*", word))
        if not script_next:
            yield word


def _shell_words(script: str, environ: Mapping[str, str]) -> Iterator[str]:
    try:
        words = shlex.split(script, comments=True)
    except ValueError:
        words = script.split()
    for word in words:
        yield VARIABLE.sub(lambda m: environ.get(m[1] or m[2], ""), word)


def _executable(word: str, environ: Mapping[str, str], cwd: str) -> str:
    if "/" in word:
        path = os.path.normpath(os.path.join(cwd, word))
        return path if os.path.lexists(path) and not os.path.isdir(path) else ""
    if not re.fullmatch(r"[\w.+-]+", word) or word in SHELLS:
        return ""
    return shutil.which(word, path=environ.get("PATH", os.defpath)) or ""


def _from_shebang(path: str, environ: Mapping[str, str]) -> str:
    try:
        with open(path, "rb") as file:
            line = file.read(SHEBANG_LIMIT).split(b"\n", 1)[0].decode("utf-8", "replace")
    except OSError:
        return ""
    if not line.startswith("#!"):
        return ""
    words = line[2:].split()
    if words and Path(words[0]).name == "env":
        words = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
        words = [shutil.which(words[0], path=environ.get("PATH", os.defpath)) or ""] if words else []
    return words[0] if words and PYTHON_NAME.fullmatch(Path(words[0]).name) else ""
