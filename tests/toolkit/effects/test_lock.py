"""Locks computed by the real uv from a folder of small wheels, without any network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.builders import index_environment, write_wheel

from tts_doctor.effects.call_resolver import index_settings
from tts_doctor.effects.lock import compute_lock
from tts_doctor.effects.prove_lock import prove_lock
from tts_doctor.effects.read_list import read_list
from tts_doctor.errors import UsageError
from tts_doctor.model.lock import Lock, LockRequest, RequirementList, ResolverSettings
from tts_doctor.model.text import Text
from tts_doctor.parse.lock_text import read_pins
from tts_doctor.parse.requirements_file import read_line

pytestmark = pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not here")


class Silent:
    """Hears everything and says nothing."""

    def step(self, text: Text) -> None: ...

    def note(self, text: Text) -> None: ...

    def confirm(self, question: Text) -> bool:
        return False


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index: consumers that pin providers, a provider with a gap, one that only old Pythons may have."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "1.1", "1.2", "2.0", "2.1", "3.0"):
        write_wheel(folder, "base", version)
    write_wheel(folder, "left", "1.0", requires=["base<2"])
    write_wheel(folder, "left", "2.0", requires=["base>=2,<3"])
    write_wheel(folder, "right", "1.0", requires=["base>=2"])
    write_wheel(folder, "right", "2.0", requires=["base>=3"])
    write_wheel(folder, "wants-ghost", "1.0", requires=["ghost-of-nobody"])
    write_wheel(folder, "wants-ghost", "0.9")
    write_wheel(folder, "extra", "1.0", extras={"more": ["base==1.0"]})
    write_wheel(folder, "broken", "1.0", files={"broken.py": "import nothing_of_the_kind\n"})
    return folder


@pytest.fixture
def lock(wheels: Path, tmp_path: Path) -> object:
    """Lock these lines."""

    def run(*lines: str, pythons: tuple[str, ...] = ("3.11",), **more: object) -> Lock:
        listed = RequirementList(tuple(read_line(text, "r.txt", n) for n, text in enumerate(lines, 1)))
        request = LockRequest(listed, pythons, ResolverSettings(), nearest=True, cwd=str(tmp_path), **more)  # type: ignore[arg-type]
        return compute_lock(request, index_environment(wheels, tmp_path), Silent())

    return run


NEAREST = [
    (["base==1.0", "left==1.0"], []),
    (["base==2.0", "left==1.0"], ["base==1.2"]),
    (["base==1.5"], ["base==2.0"]),
    (["base==2.0+cu117"], ["base==2.0"]),
    (["base>=4"], ["base==3.0"]),
    (["base==2.0", "base<2"], ["base==1.2"]),
    (["left==1.0", "right==1.0"], ["left==2.0"]),
    (["wants-ghost==1.0", "base==9"], ["wants-ghost==0.9", "base==3.0"]),
    (["extra[more]==1.0", "base==1.1"], ["base==1.0"]),
]


@pytest.mark.parametrize(("lines", "changed"), NEAREST, ids=[" ".join(n[0]) for n in NEAREST])
def test_the_nearest_list(lock: object, lines: list[str], changed: list[str]) -> None:
    """The fewest lines change, each to the nearest release that will do; all others stay, in order."""
    found = lock(*lines).nearest  # type: ignore[operator]

    assert [c.after for c in found.changes] == changed
    assert len(found.requirements) == len(lines)
    assert set(found.requirements) - set(changed) <= set(lines)
    assert found.optimal and found.resolves


def test_lines_of_one_name_are_two_lines(lock: object) -> None:
    """Where either of two lines may change, the other choice is named."""
    found = lock("base==2.0", "base<2").nearest  # type: ignore[operator]

    assert [[c.after for c in other.changes] for other in found.alternatives] == [["base==2.0"]]


def test_every_conflict_is_named_at_once(lock: object) -> None:
    """Two independent ones, in words."""
    found = lock("base==2.0", "left==1.0", "wants-ghost==1.0").nearest  # type: ignore[operator]

    assert [c.requirements for c in found.conflicts] == [("wants-ghost==1.0",), ("base==2.0", "left==1.0")]
    assert "ghost-of-nobody" in found.conflicts[0].why.en
    assert "left 1.0 needs base<2" in found.conflicts[1].why.en


def test_a_kept_requirement_does_not_change(lock: object) -> None:
    """The other side of the conflict gives way."""
    found = lock("base==2.0", "left==1.0", keep=frozenset({"base"})).nearest  # type: ignore[operator]

    assert [c.after for c in found.changes] == ["left==2.0"]


def test_a_weight_moves_the_choice(lock: object) -> None:
    """A change of `base` costs more than one of `left`."""
    found = lock("base==2.0", "left==1.0", weights=(("base", 3),)).nearest  # type: ignore[operator]

    assert [c.after for c in found.changes] == ["left==2.0"]


def test_what_nothing_can_mend_is_said(lock: object) -> None:
    """A name that no index has cannot be relaxed; the list comes back as it was."""
    found = lock("ghost-of-nobody", "base==1.0")  # type: ignore[operator]

    assert not found.nearest.resolves and found.text == ""
    assert found.nearest.requirements == ("ghost-of-nobody", "base==1.0")
    assert "ghost-of-nobody" in found.nearest.conflicts[0].why.en


def test_a_lock_is_hashed_and_annotated(lock: object) -> None:
    """Every pin has hashes and says who wants it."""
    found = lock("left==1.0")  # type: ignore[operator]

    assert dict(read_pins(found.text)) == {"left": "1.0", "base": "1.2"}
    assert found.text.count("--hash=sha256:") == 2
    assert "# via left" in found.text


def test_known_bounds_hold_and_are_switched_off(wheels: Path, tmp_path: Path, lock: object) -> None:
    """flask 2.2.2 declares no upper bound of werkzeug; the lock keeps it below 3."""
    write_wheel(wheels, "flask", "2.2.2", requires=["werkzeug>=2.2"])
    write_wheel(wheels, "werkzeug", "2.3.8")
    write_wheel(wheels, "werkzeug", "3.0.0")
    bound = lock("flask==2.2.2")  # type: ignore[operator]
    free = lock("flask==2.2.2", bounds=False)  # type: ignore[operator]
    ruled_out = lock("flask==2.2.2", "werkzeug==3.0.0")  # type: ignore[operator]

    assert dict(bound.nearest.pins)["werkzeug"] == "2.3.8" and [b.id for b in bound.bounds] == ["flask-werkzeug-3"]
    assert dict(free.nearest.pins)["werkzeug"] == "3.0.0" and free.bounds == ()
    assert ruled_out.nearest.changes == () and [b.id for b in ruled_out.broken_bounds] == ["flask-werkzeug-3"]


def test_what_changes_anyway_changes_to_what_works(wheels: Path, lock: object) -> None:
    """werkzeug 3.0.0 is as near as 2.3.8, and flask 2.2.2 is known not to work with it."""
    write_wheel(wheels, "flask", "2.2.2", requires=["werkzeug>=2.2"])
    write_wheel(wheels, "werkzeug", "2.3.8")
    write_wheel(wheels, "werkzeug", "3.0.0")
    found = lock("flask==2.2.2", "werkzeug==2.9")  # type: ignore[operator]
    free = lock("flask==2.2.2", "werkzeug==2.9", bounds=False)  # type: ignore[operator]

    assert ([c.after for c in found.nearest.changes], found.broken_bounds) == (["werkzeug==2.3.8"], ())
    assert [c.after for c in free.nearest.changes] == ["werkzeug==3.0.0"]


def test_every_name_that_cannot_be_met_is_told(lock: object) -> None:
    """Not only the first that the resolver meets; what can be met is left out."""
    found = lock("ghost-of-nobody", "base==1.0", "spirit-of-nobody==2").nearest  # type: ignore[operator]

    assert [c.requirements for c in found.conflicts] == [("ghost-of-nobody",), ("spirit-of-nobody==2",)]


PROOFS = [(["left==1.0"], (), "runs"), (["broken==1.0"], (), "installs"), (["left==1.0"], ("false",), "installs")]


@pytest.mark.parametrize(("lines", "command", "level"), PROOFS, ids=["runs", "import fails", "command fails"])
def test_a_proof(
    wheels: Path, tmp_path: Path, lock: object, lines: list[str], command: tuple[str, ...], level: str
) -> None:
    """The environment is built; imports and the command decide."""
    found = lock(*lines)  # type: ignore[operator]
    names = [line.split("==")[0] for line in lines]
    environ = index_environment(wheels, tmp_path)

    proven, _ = prove_lock(found, names, command, ResolverSettings(), environ, str(tmp_path), Silent())

    assert proven == level


def test_an_upgrade_moves_one_distribution(wheels: Path, lock: object) -> None:
    """Pins of the lock before stay but for the named one."""
    old = lock("left", "right", "base==2.0").text  # type: ignore[operator]
    kept = lock("left", "right", previous=old, upgrade=("right",))  # type: ignore[operator]

    assert dict(kept.nearest.pins) == {"base": "2.0", "left": "2.0", "right": "1.0"}


def test_a_pylock(lock: object) -> None:
    """PEP 751."""
    found = lock("left==1.0", form="pylock.toml")  # type: ignore[operator]

    assert 'lock-version = "1.0"' in found.text and 'name = "base"' in found.text


def test_folders_that_only_pip_knows_do_not_bind_a_lock(tmp_path: Path) -> None:
    """Such a lock would serve nobody else."""
    environ = {"PIP_FIND_LINKS": "/opt/somewhere", "PIP_CONFIG_FILE": "/dev/null", "UV_NO_CONFIG": "1"}
    config, options = index_settings(environ, str(tmp_path), ())

    assert config.find_links == () and options == []


def test_includes_are_read(tmp_path: Path) -> None:
    """-r beside the file that names it, -c as constraints; links to folders become absolute."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "top.txt").write_text("a==1\n-r sub/more.txt\n")
    (tmp_path / "sub" / "more.txt").write_text("b==2\n-c bounds.txt\n-f wheels\n")
    (tmp_path / "sub" / "bounds.txt").write_text("c<3\n")
    found = read_list(["top.txt"], str(tmp_path))

    assert [line.text for line in found.lines] == ["a==1", "b==2"]
    assert [line.text for line in found.constraints] == ["c<3"]
    assert found.options == (f"--find-links {tmp_path}/sub/wheels",)


BAD = [("a==1\n-r top.txt\n", "includes itself"), ("-r nowhere.txt\n", "no file"), ("# nothing\n", "no requirement")]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[b[1] for b in BAD])
def test_bad_files(tmp_path: Path, text: str, said: str) -> None:
    """Each is a usage error."""
    (tmp_path / "top.txt").write_text(text)

    with pytest.raises(UsageError, match=said):
        read_list(["top.txt"], str(tmp_path))
