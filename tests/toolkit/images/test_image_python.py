"""Which Python an image has, and what it would say of itself: layouts of Debian, of environments, of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.image_archives import Entry, docker_archive, layer

from tts_doctor.effects.diagnose_image import read_image, without
from tts_doctor.effects.image_archive import ImageArchive
from tts_doctor.effects.unpack_image import unpack
from tts_doctor.errors import PatientError
from tts_doctor.model.facts import Facts
from tts_doctor.parse.image_layers import Tree

BINARY = b"\x7fELF" + b"\0" * 200 + b"\x003.12.1\x00"


def python(base: str, minor: str = "3.12", tag: str = "x86_64-linux-gnu") -> dict[str, Entry]:
    """An interpreter's files as a build lays them out."""
    digits = minor.replace(".", "")
    return {
        f"{base}/bin/python{minor}": BINARY.replace(b"3.12.1", minor.encode() + b".1"),
        f"{base}/bin/python3": ("symlink", f"python{minor}"),
        f"{base}/lib/python{minor}/os.py": "",
        f"{base}/lib/python{minor}/lib-dynload/_json.cpython-{digits}-{tag}.so": "",
        f"{base}/lib/python{minor}/site-packages/": None,
    }


def facts_of(tmp_path: Path, files: dict[str, Entry], wanted: str = "", **inner: object) -> Facts:
    path = docker_archive(tmp_path / "image.tar", [layer(files)], **inner)
    root = tmp_path / "root"
    root.mkdir()
    with ImageArchive(str(path), str(tmp_path), "image") as archive:
        unpack(archive, Tree(archive.image.layers), str(root))
        facts: Facts = without(read_image(archive.image, str(root), wanted), str(root))
    return facts


def test_the_official_image(tmp_path: Path) -> None:
    """The version from the binary, folders from where it lies."""
    found = facts_of(tmp_path, python("usr/local"), Cmd=["python3"], Env=["PATH=/usr/local/bin:/bin"]).interpreter
    assert (found.version, found.executable, found.prefix) == ("3.12.1", "/usr/local/bin/python3", "/usr/local")
    assert found.purelib == "/usr/local/lib/python3.12/site-packages" and found.alive
    assert found.ext_suffixes == (".cpython-312-x86_64-linux-gnu.so", ".abi3.so", ".so")
    assert found.soabi == "cpython-312-x86_64-linux-gnu"


VENV: dict[str, Entry] = {
    "opt/venv/pyvenv.cfg": "home = /usr/local/bin\ninclude-system-site-packages = false\n",
    "opt/venv/bin/python": ("symlink", "/usr/local/bin/python3"),
    "opt/venv/bin/app": "#!/opt/venv/bin/python\nimport app\n",
    "opt/venv/lib/python3.12/site-packages/app-1.0.dist-info/METADATA": "Name: app\nVersion: 1.0\n",
    "opt/venv/lib64": ("symlink", "lib"),
}


@pytest.mark.parametrize("command", [["app", "serve"], ["/opt/venv/bin/python", "-m", "app"], ["tini", "--", "app"]])
def test_an_environment(tmp_path: Path, command: list[str]) -> None:
    """Found through the command: by its shebang, by its path, behind an init."""
    files = {**python("usr/local"), **VENV, "usr/bin/tini": BINARY}
    facts = facts_of(tmp_path, files, Cmd=command, Env=["PATH=/opt/venv/bin:/usr/local/bin:/usr/bin"])
    found = facts.interpreter
    assert (found.executable, found.base_prefix, found.is_venv) == ("/opt/venv/bin/python", "/usr/local", True)
    assert [d.name for d in facts.distributions] == ["app"] and not found.user_site_enabled
    assert facts.interpreter.sys_path[-1] == "/opt/venv/lib/python3.12/site-packages"


def test_an_environment_that_nothing_names(tmp_path: Path) -> None:
    """No PATH, no command: it is looked for where environments lie."""
    assert facts_of(tmp_path, {**python("opt/py"), **VENV}).interpreter.executable == "/opt/venv/bin/python"


def test_debian(tmp_path: Path) -> None:
    """The system's Python has its packages in dist-packages."""
    place = "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO"
    facts = facts_of(tmp_path, {**python("usr", "3.11"), place: "Name: six\nVersion: 1\n"}, Cmd=["python3"])
    assert [d.name for d in facts.distributions] == ["six"]
    assert facts.interpreter.version == "3.11.1"


def test_another_libc(tmp_path: Path) -> None:
    files = {**python("usr", tag="x86_64-linux-musl"), "lib/ld-musl-x86_64.so.1": BINARY}
    assert facts_of(tmp_path, files, Cmd=["python3"]).interpreter.libc == "musl"


def test_variables_and_folders_are_the_images(tmp_path: Path) -> None:
    """PYTHONPATH, a .pth file and the system's name are read inside of the image, not on this machine."""
    site = "usr/local/lib/python3.12/site-packages"
    files = {**python("usr/local"), "etc/os-release": 'PRETTY_NAME="Test OS"\n', "srv/own/x.py": ""}
    files |= {f"{site}/more.pth": "/srv/more\n../here\n", "srv/more/": None, "usr/local/lib/python3.12/here/": None}
    facts = facts_of(tmp_path, files, Cmd=["python3"], Env=["PYTHONPATH=/srv/own:lib"], WorkingDir="/srv")
    path = facts.interpreter.sys_path
    assert path[:2] == ("/srv/own", "/srv/lib") and path[-2:] == ("/srv/more", "/usr/local/lib/python3.12/here")
    assert dict(facts.host)["os"].startswith("Test OS") and facts.variables["PYTHONPATH"] == "/srv/own:lib"


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PatientError, match="no Python /opt/none"):
        facts_of(tmp_path, python("usr/local"), "/opt/none", Cmd=["python3"])
