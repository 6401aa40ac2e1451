"""Hostile files end in a finding, a gap or an error: within 2 GiB of address space, a minute, and nothing written."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.elf_builder import needing
from tests.site_builder import add_distribution

if TYPE_CHECKING:
    from tests.toolkit.cli.conftest import Doctor

GIB = 1 << 30
Words = tuple[str, ...]
LIBRARY = "v/lib/python3.11/site-packages"


def site(folder: Path) -> Path:
    found = folder / LIBRARY
    found.mkdir(parents=True)
    return found


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as stream:
        stream.truncate(size)


def a_sparse_metadata(folder: Path) -> Words:
    sparse(add_distribution(site(folder), "a", "1") / "METADATA", 8 * GIB)
    return ("diagnose", "--site", LIBRARY)


def a_record_of_lines(folder: Path) -> Words:
    (add_distribution(site(folder), "a", "1") / "RECORD").write_bytes(b"a\n" * (24 << 20))
    return ("diagnose", "--site", LIBRARY)


def a_record_with_one_quote(folder: Path) -> Words:
    (add_distribution(site(folder), "a", "1") / "RECORD").write_bytes(b'"' + b"a,\n" * (8 << 20))
    return ("diagnose", "--site", LIBRARY)


def thousands_of_requirements(folder: Path) -> Words:
    info = add_distribution(site(folder), "a", "1")
    rows = (b"Requires-Dist: b (>=1.%d)\n" % number for number in range(20_000))
    (info / "METADATA").write_bytes(b"Name: a\nVersion: 1\n" + b"".join(rows))
    return ("diagnose", "--all", "--site", LIBRARY)


def a_nested_marker(folder: Path) -> Words:
    add_distribution(site(folder), "a", "1", requires=["b; " + "(" * 5000 + "python_version>'3'" + ")" * 5000])
    return ("diagnose", "--site", LIBRARY)


def escapes_that_python_warns_of(folder: Path) -> Words:
    add_distribution(site(folder), "a", "1", {"a/__init__.py": "x = '\\y'\n"}, ["b; python_version > '\\y'"])
    return ("diagnose", "--all", "--site", LIBRARY)


def pipes_for_files(folder: Path) -> Words:
    info = add_distribution(site(folder), "a", "1", {"a/__init__.py": "from a import c\n", "a/c.py": "", "a/x.so": b""})
    for path in (*(info / n for n in ("METADATA", "RECORD", "WHEEL")), info.parent / "a/c.py", info.parent / "a/x.so"):
        path.unlink()
        os.mkfifo(path)
    os.mkfifo(info.parent / "x.pth")
    os.mkfifo(folder / "v/pyvenv.cfg")
    (folder / "v/bin").mkdir()
    (folder / "v/bin/python").symlink_to("/nowhere")
    return ("diagnose", "--python", "v/bin/python")


def sockets_for_files(folder: Path) -> Words:
    info = add_distribution(site(folder), "a", "1", {"a/__init__.py": "from a import c\n", "a/c.py": "", "a/x.so": b""})
    here = Path.cwd()
    for path in (*(info / n for n in ("METADATA", "RECORD")), info.parent / "a/c.py", info.parent / "a/x.so"):
        path.unlink()
        os.chdir(path.parent)  # a socket's path is short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    os.chdir(here)
    return ("diagnose", "--all", "--site", LIBRARY)


def devices_for_files(folder: Path) -> Words:
    info = add_distribution(site(folder), "a", "1", {"a/__init__.py": "", "a/x.so": b""})
    for path in (info / "METADATA", info / "RECORD", info.parent / "a/__init__.py", info.parent / "a/x.so"):
        path.unlink()
        path.symlink_to("/dev/zero")
    return ("diagnose", "--site", LIBRARY)


def loops_of_links(folder: Path) -> Words:
    found = site(folder)
    add_distribution(found, "a", "1", {"a/__init__.py": "import a.b.b.b.b.b.b\n"})
    (found / "a/b").symlink_to(".")
    (found / "up").symlink_to("..")
    (found / "up.pth").write_text("up/site-packages\nup/site-packages/up/site-packages\n")
    (found / "x-1.dist-info").symlink_to("x-1.dist-info")
    return ("diagnose", "--site", LIBRARY)


def libraries_in_circles(folder: Path) -> Words:
    """They need each other, by way of folders that lead back to themselves."""
    found = site(folder)
    around = "$ORIGIN/loop:$ORIGIN/round/round:$ORIGIN/../a/../a:${ORIGIN}/$ORIGIN:$ORIGIN" + ":$ORIGIN/round" * 500
    files: dict[str, str | bytes] = {
        f"a/lib{n}.so": needing(f"lib{n}.so", [f"lib{(n + k) % 24}.so" for k in range(24)], around) for n in range(24)
    }
    files["a/x.cpython-311-x86_64-linux-gnu.so"] = needing("", ["lib0.so", "/proc/self/root/a.so", "gone.so"], around)
    add_distribution(found, "a", "1", {"a/__init__.py": "", **files})
    (found / "a/loop").symlink_to("loop")
    (found / "a/round").symlink_to(".")
    (folder / "log").write_text(
        f"ImportError: {found}/a/lib1.so: undefined symbol: x\nImportError: lib3.so: cannot open shared object file\n"
    )
    return ("diagnose", "--all", "--site", LIBRARY, "--log", "log")


def a_library_with_a_hole(folder: Path) -> Words:
    found = site(folder)
    add_distribution(found, "numpy", "1")
    add_distribution(found, "a", "1", {"a/x.so": Path("/proc/self/exe").read_bytes()[:100_000], "a/y.so": b""})
    for name in ("x.so", "y.so"):
        os.truncate(found / "a" / name, 64 * GIB)
    return ("diagnose", "--site", LIBRARY)


def nested_source(folder: Path) -> Words:
    deep = {
        "minus": "x = " + "-" * 500_000 + "1", "dots": "x = a" + ".a" * 300_000, "plus": "x = 1" + "+1" * 300_000,
        "calls": "x = f" + "()" * 300_000, "open": "x = " + "(" * 100_000, "power": "x = 10 ** 10 ** 10",
    }  # fmt: skip
    files: dict[str, str | bytes] = {f"a/{name}.py": text + "\nfrom a import zz\n" for name, text in deep.items()}
    add_distribution(site(folder), "a", "1", {"a/__init__.py": "".join(f"import a.{n}\n" for n in deep), **files})
    return ("diagnose", "--site", LIBRARY)


def one_endless_line(folder: Path) -> Words:
    with (folder / "log").open("wb") as stream:
        for _ in range(100):
            stream.write(b"Error: a/1" * (200 << 10))
    return ("diagnose", "--log", "log")


def zeros_for_a_log(_: Path) -> Words:
    return ("diagnose", "--log", "/dev/zero")


def noise_for_a_log(_: Path) -> Words:
    return ("diagnose", "--log", "/dev/urandom")


def a_list_without_end(folder: Path) -> Words:
    (folder / "list.txt").write_text("a==1\n" * 300_000)
    return ("lock", "list.txt")


def lists_that_multiply(folder: Path) -> Words:
    for one, other in ("ab", "bc", "cd", "de"):
        (folder / f"{one}.txt").write_text(f"-r {other}.txt\n" * 30)
    (folder / "e.txt").write_text("e\n")
    return ("lock", "a.txt")


def a_sparse_playbook(folder: Path) -> Words:
    sparse(folder / "a.yaml", 8 * GIB)
    return ("playbook", "check", "a.yaml")


def a_playbook_of_aliases(folder: Path) -> Words:
    rows = [f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(12)]
    (folder / "a.yaml").write_text("x0: &x0 [a]\n" + "".join(rows))
    return ("playbook", "check", "a.yaml")


HOSTILE: list[Callable[[Path], Words]] = [
    a_sparse_metadata, a_record_of_lines, a_record_with_one_quote, thousands_of_requirements, a_nested_marker,
    escapes_that_python_warns_of, pipes_for_files, sockets_for_files, devices_for_files, loops_of_links,
    libraries_in_circles, a_library_with_a_hole, nested_source, one_endless_line, zeros_for_a_log, noise_for_a_log,
    a_list_without_end, lists_that_multiply, a_sparse_playbook, a_playbook_of_aliases,
]  # fmt: skip


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 * GIB, 2 * GIB))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def listing(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_input_is_bounded(make: Callable[[Path], Words], doctor: Doctor, tmp_path: Path) -> None:
    """And HOME, the caller's folder and TMPDIR hold afterwards what they held before."""
    patient, home, temporary = (tmp_path / name for name in ("patient", "home", "tmp"))
    for folder in (patient, home, temporary):
        folder.mkdir()
    words = make(patient)
    before = listing(patient)
    env = {"HOME": str(home), "TMPDIR": str(temporary), "TTS_DOCTOR_CACHE": str(tmp_path / "cache")}
    ran = doctor(*words, env=env, cwd=patient, preexec_fn=limit, timeout=300)

    assert ran.returncode in (0, 1, 2, 3), ran.stderr[-2000:]
    assert "internal error" not in ran.stderr and "SyntaxWarning" not in ran.stderr, ran.stderr[-2000:]
    assert (listing(patient), listing(home), listing(temporary)) == (before, set(), set())
    shutil.rmtree(patient)


@pytest.mark.slow
def test_a_tree_of_a_million_files_is_bounded(doctor: Doctor, tmp_path: Path) -> None:
    found = site(tmp_path)
    add_distribution(found, "a", "1")
    for number in range(1000):
        folder = found / f"p{number}"
        folder.mkdir()
        first = folder / "__init__.py"
        first.write_text("")
        for file in range(999):
            os.link(first, folder / f"m{file}.py")
    ran = doctor("diagnose", "--site", LIBRARY, preexec_fn=limit, timeout=300)

    assert ran.returncode == 0, ran.stderr
    shutil.rmtree(found)
