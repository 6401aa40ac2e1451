"""Reading site folders: as importlib.metadata sees them, and where they are damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.read_objects import deepen
from tts_doctor.effects.read_site import read_facts
from tts_doctor.effects.relevant_variables import relevant_variables
from tts_doctor.model.facts import Distribution, Facts


def read(site: Path) -> Facts:
    return read_facts(None, str(site), {}, str(site))


def only(facts: Facts, name: str) -> Distribution:
    (found,) = [d for d in facts.distributions if d.key == name]
    return found


def test_names_and_versions_agree_with_importlib_metadata() -> None:
    code = "import json; from importlib.metadata import distributions as d; print(json.dumps([[x.metadata['Name'], x.version, x.requires or []] for x in d()]))"  # noqa: E501
    said = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    facts = read_facts(sys.executable, None, {"PATH": os.environ["PATH"]}, os.getcwd())
    assert sorted(map(tuple, ((n, v, tuple(r)) for n, v, r in json.loads(said)))) == sorted(
        (d.name, d.version, d.requires) for d in facts.distributions
    )


def test_reads_what_an_installer_wrote(tmp_path: Path) -> None:
    tags = ("cp310-cp310-linux_x86_64",)
    add_distribution(tmp_path, "a-b", "1.0", {"a_b/__init__.py": "", "c.py": ""}, ["six>=1"], tags, requested=True)
    dist = only(read(tmp_path), "a-b")
    assert (dist.version, dist.top_level, dist.requires, dist.tags) == ("1.0", ("a_b", "c"), ("six>=1",), tags)
    assert (dist.installer, dist.requested, dist.has_record, dist.damage) == ("pip", True, True, "")


def test_damaged_metadata_keeps_the_name_of_its_folder(tmp_path: Path) -> None:
    (add_distribution(tmp_path, "numpy", "1.24.4") / "METADATA").unlink()
    (tmp_path / "numpy-1.23.5.dist-info").mkdir()
    found = [(d.version, d.damage, d.has_record) for d in read(tmp_path).distributions]
    assert found == [("1.23.5", "no METADATA", False), ("1.24.4", "no METADATA", True)]


def test_survives_pipes_loops_and_garbage(tmp_path: Path) -> None:
    piped = add_distribution(tmp_path, "piped", "1")
    (piped / "METADATA").unlink()
    os.mkfifo(piped / "METADATA")
    looped = add_distribution(tmp_path, "looped", "1")
    (looped / "RECORD").unlink()
    (looped / "RECORD").symlink_to("RECORD")
    odd = add_distribution(tmp_path, "odd", "1")
    (odd / "RECORD").write_bytes(b'"\xff\x00,\n,,,,\n"unclosed')
    (odd / "direct_url.json").write_text("[1")
    (tmp_path / "self").symlink_to(tmp_path)
    facts = deepen(read(tmp_path))
    assert only(facts, "piped").damage == "no METADATA"
    assert not only(facts, "looped").has_record


def test_requirements_that_nobody_can_judge_are_told(tmp_path: Path) -> None:
    """Endless or nested without end: left out, and never passed over in silence. Nested JSON is no reason to stop."""
    lines = ["b>=1", "c; " + "(" * 99 + "python_version>'3'" + ")" * 99, "d>=" + "1" * 9000]
    info = add_distribution(tmp_path, "a", "1", requires=lines)
    (info / "direct_url.json").write_text("[" * 99_999)
    facts = read(tmp_path)

    assert only(facts, "a").requires == ("b>=1",)
    told = [(g.what, g.why.en[:19]) for g in facts.gaps if "requirements" in g.why.en]
    assert told == [(str(info), "2 of 3 requirements")]


def test_leftovers_and_editable_installs(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    (project / "src/shop").mkdir(parents=True)
    (project / "src/shop/__init__.py").write_text("")
    (site / "~umpy").mkdir(parents=True)
    info = add_distribution(site, "shop", "0.1", {"_shop.pth": f"{project}/src\n"})
    (info / "direct_url.json").write_text(json.dumps({"url": f"file://{project}", "dir_info": {"editable": True}}))
    facts = read(site)
    assert (only(facts, "shop").editable, only(facts, "shop").top_level) == (str(project), ("shop",))
    assert facts.leftovers == (str(site / "~umpy"),)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("PYTHONHOME", "/opt/x", True), ("LD_LIBRARY_PATH", "/x", True), ("SPAM", "1", False), ("HF_TOKEN", "s", False),
        ("PIP_INDEX_URL", "https://u:p@host/", False), ("ESPEAK_DATA_PATH", "/x", True), ("JAVA_HOME", "/x", True),
    ],
)  # fmt: skip
def test_keeps_the_variables_that_matter_and_no_secret(name: str, value: str, kept: bool) -> None:
    assert ((name, value) in relevant_variables({name: value})) is kept


def problems(site: Path, hashed: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    return [(p.dist, p.path, p.kind) for p in deepen(read(site), hashed).file_problems or ()]


def test_healthy_files_have_no_problem(tmp_path: Path) -> None:
    add_distribution(tmp_path, "a", "1", {"a/__init__.py": "x = 1"})
    add_distribution(tmp_path, "b", "1", {"b/__init__.py": "", "a/shared.txt": ""})
    assert problems(tmp_path, ("a", "b")) == []


def test_missing_altered_and_edited_files(tmp_path: Path) -> None:
    add_distribution(tmp_path, "a", "1", {"a/x.py": "1", "a/y.py": "22", "a/z.py": "333"})
    (tmp_path / "a/x.py").unlink()
    (tmp_path / "a/y.py").write_text("2")
    (tmp_path / "a/z.py").write_text("444")
    expected = [("a", "a/x.py", "missing"), ("a", "a/y.py", "size"), ("a", "a/z.py", "hash")]
    assert problems(tmp_path, ("a",)) == expected


def test_programs_that_nobody_may_run(tmp_path: Path) -> None:
    """ELF programs and scripts in a folder of programs; libraries and data need no such permission."""
    elf = Path("/bin/sh").read_bytes()
    files = {"a/tools/run": elf, "a/bin/go": b"#!/bin/sh\n", "a/x.so": elf, "a/bin/notes": b"text", "a/read.me": b"#!"}
    add_distribution(tmp_path, "a", "1", files)
    assert problems(tmp_path, ("a",)) == [("a", name, "not-executable") for name in ("a/tools/run", "a/bin/go")]
    for name in ("a/tools/run", "a/bin/go"):
        (tmp_path / name).chmod(0o755)
    assert problems(tmp_path, ("a",)) == []


@pytest.mark.parametrize(("first", "second"), [("pyjwt", "jwt"), ("jwt", "pyjwt")])
def test_the_one_installed_later_has_overwritten_the_other(tmp_path: Path, first: str, second: str) -> None:
    for name in (first, second):
        add_distribution(tmp_path, name, "1", {"jwt/__init__.py": f"name = {name!r}", f"jwt/{name}.py": ""})
    found = [(p.dist, p.other, p.path, p.kind) for p in deepen(read(tmp_path)).file_problems or ()]
    assert found == [(first, second, "jwt/__init__.py", "two-owners")]


def test_an_extension_that_nobody_owns_hides_a_module(tmp_path: Path) -> None:
    from dataclasses import replace

    add_distribution(tmp_path, "a", "1", {"a/x.py": "", "a/y.py": ""})
    (tmp_path / "a/x.cpython-36m-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    (tmp_path / "a/other.so").write_bytes(b"")
    facts = read(tmp_path)
    suffixes = (".cpython-36m-x86_64-linux-gnu.so", ".abi3.so", ".so")
    facts = replace(facts, interpreter=replace(facts.interpreter, ext_suffixes=suffixes))
    found = [(p.path, p.kind) for p in deepen(facts).file_problems or ()]
    assert found == [("a/x.cpython-36m-x86_64-linux-gnu.so", "unowned-extension")]


def test_reads_the_headers_of_shared_objects(tmp_path: Path) -> None:
    import _ctypes

    real = Path(_ctypes.__file__).read_bytes()
    files = {"a/mac.abi3.so": b"\xcf\xfa\xed\xfe\x07", "a/cut.abi3.so": real[:2000], "a/empty.abi3.so": b""}
    add_distribution(tmp_path, "a", "1", {**files, f"a/{Path(_ctypes.__file__).name}": real, "a/__init__.py": ""})
    found = {s.path.split("/")[1].split(".")[0]: s for s in deepen(read(tmp_path)).shared_objects or ()}
    formats = {name: shared.format for name, shared in found.items()}
    assert formats == {"mac": "mach-o", "cut": "malformed", "empty": "empty", "_ctypes": "elf"}
    assert "libc.so.6" in found["_ctypes"].needed
    assert found["_ctypes"].is_extension
