"""Print the path of a CPython of the wanted version. Standard library only, Python 3.6+.

    find_python.py 3.10              exactly 3.10.*
    find_python.py --at-least 3.10   the Python that runs this, if new enough, else 3.13, 3.12, 3.11, 3.10
    find_python.py --installed 3.10  never download one

Looks on PATH, among pyenv's versions, asks uv, and last lets uv install one. What is found is run before it is
believed: a shim may stand on PATH with no program behind it. Exit 1 where there is none.
"""

import argparse
import glob
import os
import subprocess
import sys

ASK = "import sys; sys.stdout.write('%d.%d %s' % (sys.version_info[0], sys.version_info[1], sys.executable))"
NEWEST = (3, 13)


def ask(path):
    """`("3.10", real path)` as the interpreter itself says, or None where it does not run."""
    try:
        done = subprocess.run([path, "-I", "-c", ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode != 0:
        return None
    version, executable = done.stdout.decode("utf-8", "replace").split(" ", 1)
    return version, executable


def candidates(version, uv):
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.join(".pyenv", "shims") not in folder:
            yield os.path.join(folder, "python" + version)
    root = os.environ.get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv")
    for path in sorted(glob.glob(os.path.join(root, "versions", version + ".*", "bin", "python")), reverse=True):
        yield path
    if uv:
        done = subprocess.run(
            [uv, "python", "find", "--system", "--no-project", "--no-python-downloads", version],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        yield done.stdout.decode("utf-8", "replace").strip()


def find(version, uv):
    for path in candidates(version, uv):
        if path and os.access(path, os.X_OK):
            said = ask(path)
            if said and said[0] == version:
                return path
    return None


def install(version, uv):
    if not uv or os.environ.get("UV_PYTHON_DOWNLOADS") == "never":
        return None
    print("    fetching CPython {} with uv".format(version), file=sys.stderr, flush=True)
    done = subprocess.run([uv, "python", "install", version], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return find(version, uv) if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="as 3.10")
    parser.add_argument("--at-least", action="store_true")
    parser.add_argument("--installed", action="store_true")
    parser.add_argument("--uv", help="the uv to ask")
    wanted = parser.parse_args()
    least = tuple(int(part) for part in wanted.version.split("."))
    versions = [wanted.version]
    if wanted.at_least:
        if sys.version_info[:2] >= least and not os.environ.get("VIRTUAL_ENV"):
            print(sys.executable)
            return 0
        versions = ["3.{}".format(minor) for minor in range(NEWEST[1], least[1] - 1, -1)]
    for way in (find,) if wanted.installed else (find, install):
        for version in versions:
            path = way(version, wanted.uv)
            if path:
                print(path)
                return 0
    print("    no CPython {} on PATH, in pyenv or known to uv".format(wanted.version), file=sys.stderr)
    print("    next: uv python install {0}, or apt-get install python{0}".format(versions[0]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
