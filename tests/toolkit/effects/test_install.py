"""Package steps in a copy: what is named changes, everything else is held, and damage does not stop them."""

from __future__ import annotations

import base64
import csv
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import install_into, make_venv, write_wheel
from tests.pythons import python_or_skip
from tests.toolkit.effects.conftest import Ward

from tts_doctor.effects import install
from tts_doctor.effects.changed_versions import installed_versions
from tts_doctor.effects.transaction import Transaction, Trial
from tts_doctor.effects.uv import Deadline, call
from tts_doctor.errors import InstallError
from tts_doctor.model.finding import Action

Check = Callable[[Transaction, Trial], None]


def versions(ward: Ward, *actions: Action, hold: str = "all", keep: tuple[str, ...] = (), check: Check | None = None):  # type: ignore[no-untyped-def]
    """What is installed in a trial after `actions`."""
    with Transaction.begin(ward.facts(), (), ward.env) as tx:
        trial = tx.fork()
        tx.apply(trial, actions, hold, keep)
        if check:
            check(tx, trial)
        return installed_versions(tx.inside(trial, str(ward.site)))


BASE = {"app": "1.0", "lib": "3.0", "other": "1.0"}


@pytest.mark.parametrize(
    ("actions", "changed"),
    [
        ([Action("pin", "lib", "<3")], {"lib": "2.0"}),
        ([Action("pin", "lib", "1.0")], {"lib": "1.0"}),
        ([Action("pin", "Lib", "==1.0"), Action("install", "extra_part")], {"lib": "1.0", "extra-part": "1.0"}),
        ([Action("install", "kit[all]")], {"kit": "1.0", "extra-part": "1.0"}),
        ([Action("uninstall", "other")], {"other": None}),
        ([Action("uninstall", "not-there")], {}),
        ([Action("reinstall", "lib")], {}),
        ([Action("pin", "app", "==2.0")], {"app": "2.0"}),
        ([Action("install", "strict")], {"strict": "1.0"}),
    ],
)  # fmt: skip
def test_only_what_is_named_changes(ward: Ward, actions: list[Action], changed: dict[str, str | None]) -> None:
    expected = {name: version for name, version in (BASE | changed).items() if version}
    assert versions(ward, *actions) == expected


def test_holding_all_refuses_what_needs_another_to_move(ward: Ward) -> None:
    with pytest.raises(InstallError, match="installer refused"):
        versions(ward, Action("install", "strict", "<1"))


@pytest.mark.parametrize(
    ("hold", "keep", "lib"),
    [("none", (), "2.0"), ("none", ("lib",), None), ("requested", (), None), ("all", (), None)],
)
def test_levels_of_holding(ward: Ward, hold: str, keep: tuple[str, ...], lib: str | None) -> None:
    """lib was asked for by the user, so `requested` holds it too."""
    if lib is None:
        with pytest.raises(InstallError):
            versions(ward, Action("install", "strict", "<1"), hold=hold, keep=keep)
    else:
        assert versions(ward, Action("install", "strict", "<1"), hold=hold, keep=keep)["lib"] == lib


def test_requested_lets_others_move(ward: Ward) -> None:
    (ward.site / "lib-3.0.dist-info/REQUESTED").unlink()
    assert versions(ward, Action("install", "strict", "<1"), hold="requested")["lib"] == "2.0"


def test_whoever_required_what_moved_is_taken_along(ward: Ward) -> None:
    """app 2.0 requires lib>=3: when lib goes below, app goes back with it."""
    install_into(ward.venv, ward.env, "app==2.0")
    for name in ("lib-3.0", "app-2.0"):
        (ward.site / f"{name}.dist-info/REQUESTED").unlink(missing_ok=True)
    found = versions(ward, Action("pin", "lib", "<3"), hold="requested")
    assert (found["lib"], found["app"]) == ("2.0", "1.0")


def test_a_version_that_the_index_lacks_is_held(ward: Ward) -> None:
    old, new = ward.site / "lib-3.0.dist-info", ward.site / "lib-3.0+cpu.dist-info"
    old.rename(new)
    metadata = (new / "METADATA").read_text()
    (new / "METADATA").unlink()
    (new / "METADATA").write_text(metadata.replace("Version: 3.0", "Version: 3.0+cpu"))
    assert versions(ward, Action("install", "strict"))["lib"] == "3.0+cpu"


def test_an_editable_installation_is_held(ward: Ward) -> None:
    project = ward.folder / "project"
    project.mkdir()
    (project / "mine.py").write_text("")
    write_wheel(ward.folder / "none", "mine", "0.1")
    info = ward.site / "mine-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.1\nRequires-Dist: lib\n")
    (info / "direct_url.json").write_text(f'{{"url": "file://{project}", "dir_info": {{"editable": true}}}}')
    (info / "RECORD").write_text("")
    write_wheel(ward.folder / "more", "needs-mine", "1.0", requires=["mine"])
    env = ward.env | {"UV_FIND_LINKS": f"{ward.wheels},{ward.folder / 'more'}"}
    ward = Ward(ward.folder, ward.wheels, ward.venv, env)
    found = versions(ward, Action("install", "needs-mine"))
    assert (found["mine"], found["needs-mine"]) == ("0.1", "1.0")
    assert (info / "direct_url.json").exists()


BACKEND = """import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "mine-0.2-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("mine.pth", __file__.rpartition("/")[0] + "\\n")
        wheel.writestr("mine-0.2.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 0.2\\n")
        wheel.writestr("mine-0.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("mine-0.2.dist-info/RECORD", "mine.pth,,\\nmine-0.2.dist-info/METADATA,,\\n")
    return name
"""


def test_an_editable_project_is_installed_from_where_it_lies_now(ward: Ward) -> None:
    project = ward.folder / "project"
    project.mkdir()
    (project / "build.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "0.2"\n[build-system]\nrequires = []\nbuild-backend = "build"\n'
        'backend-path = ["."]\n'
    )

    def check(tx: Transaction, trial: Trial) -> None:
        assert Path(tx.inside(trial, str(ward.site)), "mine.pth").read_text().strip() == str(project)

    found = versions(ward, Action("reinstall", "mine", value=str(project)), check=check)
    assert found == BASE | {"mine": "0.2"}


@pytest.mark.parametrize("damage", ["no RECORD", "no METADATA", "empty", "truncated source", "deleted source"])
def test_a_damaged_distribution_is_reinstalled(ward: Ward, damage: str) -> None:
    info = ward.site / "lib-3.0.dist-info"
    source = ward.site / "lib/__init__.py"
    for path in {
        "no RECORD": [info / "RECORD"], "no METADATA": [info / "METADATA"], "empty": list(info.iterdir()),
        "truncated source": [source], "deleted source": [source],
    }[damage]:  # fmt: skip
        path.unlink()
    if damage == "truncated source":
        source.write_text("")
    leftover = ward.site / "lib/_speed.cpython-35m-x86_64-linux-gnu.so"
    leftover.write_bytes(b"old")

    def check(tx: Transaction, trial: Trial) -> None:
        site = Path(tx.inside(trial, str(ward.site)))
        assert (site / "lib/__init__.py").read_text() == "new = 3\n"
        assert not (site / "lib/_speed.cpython-35m-x86_64-linux-gnu.so").exists()
        assert (site / "lib-3.0.dist-info/METADATA").exists()

    assert versions(ward, Action("reinstall", "lib"), check=check) == BASE
    assert leftover.exists()


def test_reinstalling_sees_through_a_damaged_cache(ward: Ward) -> None:
    env = ward.env | {"UV_CACHE_DIR": str(ward.folder / "own-cache")}
    ward = Ward(ward.folder, ward.wheels, ward.venv, env)
    install_into(ward.venv, env, "--reinstall-package", "lib", "lib==3.0")
    source = ward.site / "lib/__init__.py"
    with source.open("w") as stream:  # in place: through the hard link the cache is hit as well
        stream.write("bad = 3\n")

    def check(tx: Transaction, trial: Trial) -> None:
        assert Path(tx.inside(trial, str(source))).read_text() == "new = 3\n"

    versions(ward, Action("reinstall", "lib"), check=check)


def test_a_program_that_may_not_run_is_fetched_past_the_cache(ward: Ward) -> None:
    """The permission is that of the hard link's other name too."""
    env = ward.env | {"UV_CACHE_DIR": str(ward.folder / "own-cache")}
    ward = Ward(ward.folder, ward.wheels, ward.venv, env)
    write_wheel(ward.wheels, "tool", "1.0", {"tool/bin/run": "#!/bin/sh\n"}, ())
    wheel = ward.wheels / "tool-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as old:
        kept = [(info, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(wheel, "w") as new:
        for info, data in kept:
            info.external_attr = (0o100755 if "bin" in info.filename else 0o100644) << 16
            new.writestr(info, data)
    install_into(ward.venv, env, "tool==1.0")
    program = ward.site / "tool/bin/run"
    assert program.stat().st_mode & 0o111
    program.chmod(0o644)

    def check(tx: Transaction, trial: Trial) -> None:
        assert Path(tx.inside(trial, str(program))).stat().st_mode & 0o111

    versions(ward, Action("reinstall", "tool"), check=check)


def test_a_damaged_neighbour_does_not_stop_the_installer(ward: Ward) -> None:
    (ward.site / "other-1.0.dist-info/METADATA").unlink()
    (ward.site / "odd-x.egg-info").write_text("")
    found = versions(ward, Action("pin", "lib", "<3"))
    assert found["lib"] == "2.0"
    assert found["other"] == "1.0"


def test_of_two_with_one_name_both_go(ward: Ward) -> None:
    shutil.copytree(ward.site / "lib-3.0.dist-info", ward.site / "lib-1.0.dist-info")

    def check(tx: Transaction, trial: Trial) -> None:
        found = sorted(p.name for p in Path(tx.inside(trial, str(ward.site))).glob("lib-*"))
        assert found == ["lib-2.0.dist-info"]

    versions(ward, Action("reinstall", "lib", "<3"), check=check)


def test_uninstalling_leaves_what_others_own(ward: Ward) -> None:
    write_wheel(ward.folder / "more", "intruder", "1.0", {"lib/extra.py": "", "intruder.py": ""})
    install_into(ward.venv, ward.env, str(ward.folder / "more/intruder-1.0-py3-none-any.whl"))

    def check(tx: Transaction, trial: Trial) -> None:
        site = Path(tx.inside(trial, str(ward.site)))
        assert (site / "lib/__init__.py").exists()
        assert not (site / "lib/extra.py").exists()

    assert versions(ward, Action("uninstall", "intruder"), check=check) == BASE


def test_scripts_name_the_patient_and_match_their_record(ward: Ward) -> None:
    def check(tx: Transaction, trial: Trial) -> None:
        site = Path(tx.inside(trial, str(ward.site)))
        script = Path(tx.inside(trial, str(ward.venv / "bin/lib-run")))
        assert ".tts-doctor-" not in script.read_text()
        assert script.read_text().startswith(f"#!{ward.python}\n")
        rows = {row[0]: row for row in csv.reader((site / "lib-2.0.dist-info/RECORD").open())}
        row = next(row for name, row in rows.items() if name.endswith("bin/lib-run"))
        content = script.read_bytes()
        hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert row[1:] == [f"sha256={hashed}", str(len(content))]

    versions(ward, Action("pin", "lib", "<3"), check=check)


def test_the_clone_has_no_trace_of_its_own_path(ward: Ward) -> None:
    def check(tx: Transaction, trial: Trial) -> None:
        clone = trial.pairs[0][1]
        found = subprocess.run(["grep", "-rlF", clone, clone], capture_output=True, text=True).stdout
        assert found == ""

    versions(ward, Action("pin", "lib", "<3"), Action("reinstall", "app"), check=check)


def test_a_dangling_interpreter_is_replaced(ward: Ward) -> None:
    python = ward.venv / "bin/python"
    python.unlink()
    python.symlink_to("/nonexistent/python3.11")
    with Transaction.begin(ward.facts(), (), ward.env) as tx:
        trial = tx.fork()
        minor = ward.site.parent.name.removeprefix("python")
        tx.apply(trial, [Action("change-python", "python", minor)])
        result = tx.run(trial, [ward.python, "-c", "import lib, sys; print(sys.prefix)"], ward.env, "/", 30)
        assert (0, str(ward.venv)) == (result.exit_code, result.output.strip())
        with pytest.raises(InstallError, match="new environment"):
            tx.apply(trial, [Action("change-python", "python", "3.99")])


@pytest.mark.parametrize("minor", ["3.6", "3.8", "3.13"])
def test_other_pythons_are_served(ward: Ward, minor: str) -> None:
    venv = make_venv(ward.folder / "w", python_or_skip(minor), ward.env, "app==1.0", "lib==3.0", "other")
    other = Ward(ward.folder, ward.wheels, venv, ward.env)
    assert versions(other, Action("pin", "lib", "<3")) == BASE | {"lib": "2.0"}


def test_pip_serves_where_there_is_no_uv(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:

    venv = ward.folder / "p"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    env = ward.env | {"PIP_FIND_LINKS": str(ward.wheels)}
    subprocess.run([str(venv / "bin/pip"), "install", "-q", "app==1.0", "lib==3.0"], check=True, env=env)
    monkeypatch.setattr(install, "find_uv", lambda path=None: "")
    found = versions(Ward(ward.folder, ward.wheels, venv, env), Action("pin", "lib", "<3"))
    assert (found["lib"], found["app"]) == ("2.0", "1.0")


@pytest.mark.parametrize(("message", "reached"), [("SOCKS error: failed", True), ("No solution found", False)])
def test_a_dead_proxy_does_not_stand_in_the_way_of_the_cure(tmp_path: Path, message: str, reached: bool) -> None:
    installer = tmp_path / "installer"
    installer.write_text(f'#!/bin/sh\n[ -z "$ALL_PROXY" ] && exit 0\necho "{message}"\nexit 2\n')
    installer.chmod(0o755)
    env = {"ALL_PROXY": "socks5://127.0.0.1:9", "PATH": "/usr/bin:/bin"}
    if reached:
        assert call([str(installer)], env, str(tmp_path), Deadline(20)).exit_code == 0
    else:
        with pytest.raises(InstallError):
            call([str(installer)], env, str(tmp_path), Deadline(20))
