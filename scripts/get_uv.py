"""Print the path of a working uv, fetching one into .cache/uv if there is none. Standard library only, Python 3.6+.

Tried in order: uv on PATH, the one fetched before, pip (`--target`, with the index as the user configured it), pip in a
throw-away virtual environment, and last the wheel itself from the public index, checked against its SHA-256: a fresh
Debian has neither pip nor ensurepip. Never touches the system's Python.
"""

import hashlib
import io
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOME = os.path.join(ROOT, ".cache", "uv")
WANTED = "uv>=0.9"
OLDEST = (0, 9)
PUBLIC_INDEX = "https://pypi.org/pypi/uv/json"


def say(text):
    print("    " + text, file=sys.stderr, flush=True)


def version_of(path):
    """Version of that uv as a tuple; () where it does not run (a shim without a program behind it)."""
    try:
        done = subprocess.run([path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
        words = done.stdout.decode("utf-8", "replace").split()
        return tuple(int(part) for part in words[1].split(".")[:2]) if done.returncode == 0 else ()
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return ()


def on_path():
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, "uv")
        if os.access(path, os.X_OK) and version_of(path) >= OLDEST:
            return path
    return None


def fetched():
    path = os.path.join(HOME, "bin", "uv")
    return path if version_of(path) >= OLDEST else None


def keep(program):
    """Move a fetched program to its place."""
    os.makedirs(os.path.join(HOME, "bin"), exist_ok=True)
    target = os.path.join(HOME, "bin", "uv")
    shutil.move(program, target)
    os.chmod(target, os.stat(target).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return fetched()


def through_pip(python):
    folder = os.path.join(HOME, "pip")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder, WANTED]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=600)
        program = os.path.join(folder, "bin", "uv")
        return keep(program) if done.returncode == 0 and os.path.exists(program) else None
    except (OSError, subprocess.SubprocessError) as error:
        say("pip: {}".format(error))
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def succeeds(*arguments):
    """True where this Python, run with those arguments, says so."""
    command = [sys.executable, *arguments]
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def with_pip():
    return through_pip(sys.executable) if succeeds("-m", "pip", "--version") else None


def with_venv():
    folder = os.path.join(HOME, "venv")
    try:
        made = succeeds("-m", "venv", "--clear", folder)
        return through_pip(os.path.join(folder, "bin", "python")) if made else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wheel_marks():
    """Pairs of words that stand in the name of a wheel for this machine, best first."""
    machine = platform.machine().lower()
    if platform.system() == "Darwin":
        return [("macosx", machine)]
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return [(libc, machine), ("musllinux", machine)]


def from_index():
    with urllib.request.urlopen(PUBLIC_INDEX, timeout=60) as answer:
        base = answer.geturl()
        files = json.loads(answer.read().decode("utf-8"))["urls"]
    for system, machine in wheel_marks():
        for file in files:
            if file["filename"].endswith(".whl") and system in file["filename"] and machine in file["filename"]:
                return unpack(file, urllib.parse.urljoin(base, file["url"]))
    return None


def unpack(file, address):
    with urllib.request.urlopen(address, timeout=600) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != file["digests"]["sha256"]:
        raise OSError("{} arrived damaged".format(file["filename"]))
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".data/scripts/uv"))
        os.makedirs(HOME, exist_ok=True)
        fresh = os.path.join(HOME, "uv.new")
        with wheel.open(name) as source, open(fresh, "wb") as target:
            shutil.copyfileobj(source, target)
    return keep(fresh)


def main():
    ways = (
        (None, on_path),
        (None, fetched),
        ("fetching uv with pip", with_pip),
        ("fetching uv with pip in a virtual environment of its own", with_venv),
        ("fetching uv's wheel from pypi.org", from_index),
    )
    for what, way in ways:
        if what:
            say(what)
        try:
            path = way()
        except (OSError, ValueError, LookupError) as error:
            say("that failed: {}".format(error))
            continue
        if path:
            print(path)
            return 0
    say("No uv, and none could be fetched. Check the network, or install one of:")
    say("  apt-get install python3-venv ca-certificates     then run this again")
    say("  https://docs.astral.sh/uv/getting-started/installation/")
    return 1


if __name__ == "__main__":
    sys.exit(main())
