"""A finished diagnosis is given again while nothing changed that it rests on, and never afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.site_builder import add_distribution

from tts_doctor.effects.recall import examine, pack, unpack
from tts_doctor.model.finding import Action, Culprit, Diagnosis, Finding, Kind, Severity, Treatment
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.text import Text

SHOP = {"shop.py": "from desk import sit\n"}
DESK = {"desk.py": "def sit(): pass\n"}


@dataclass
class Heard:
    """Keeps the steps that it is told: an examination has some, a remembered one none."""

    steps: list[str] = field(default_factory=list)

    def step(self, text: Text) -> None:
        self.steps.append(text.en)

    def note(self, text: Text) -> None: ...

    def confirm(self, question: Text) -> bool:
        return False


@dataclass(frozen=True)
class Patient:
    folder: Path
    request: ExamineRequest

    @property
    def site(self) -> Path:
        return next(self.folder.glob("venv/lib/python3*/site-packages"))

    def examine(self, cache: str = "cache", **changed: object) -> tuple[Diagnosis, bool]:
        """The diagnosis, and whether it was made anew."""
        heard = Heard()
        environment = (*self.request.environment, ("TTS_DOCTOR_CACHE", str(self.folder / cache)))
        request = replace(self.request, environment=environment)
        return examine(replace(request, **changed), heard), bool(heard.steps)  # type: ignore[arg-type]


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    environment = (("PATH", os.environ["PATH"]), ("HOME", str(tmp_path / "home")))
    python = str(tmp_path / "venv/bin/python")
    found = Patient(tmp_path, ExamineRequest(python=python, cwd="/", environment=environment, offline=True))
    add_distribution(found.site, "shop", "1.0", SHOP, requires=["desk"])
    add_distribution(found.site, "desk", "1.0", DESK)
    (found.site / "more.pth").write_text(f"{tmp_path}/more\n")
    settle()
    return found


def settle() -> None:
    """What has just changed is not remembered: it could change once more within a tick of the file system's clock."""
    time.sleep(0.15)


def test_a_second_look_is_the_first_one_again(patient: Patient) -> None:
    first = patient.examine()
    assert first[1] and patient.examine() == (first[0], False)


def overwrite(path: Path, text: str) -> None:
    """In place, of the same size and with the old time of modification."""
    status = path.stat()
    assert len(text) == status.st_size
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def more(patient: Patient) -> None:
    (patient.folder / "more").mkdir()
    add_distribution(patient.folder / "more", "extra", "1.0", requires=["absent"])


CHANGES: dict[str, Callable[[Patient], object]] = {
    "a module is overwritten without a trace": lambda p: overwrite(p.site / "desk.py", "def sat(): pass\n"),
    "a module goes": lambda p: (p.site / "desk.py").unlink(),
    "metadata ask for more": lambda p: (p.site / "shop-1.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\nRequires-Dist: till\n"
    ),
    "tags change": lambda p: (p.site / "shop-1.0.dist-info/WHEEL").write_text("Tag: cp27-cp27m-win32\n"),
    "a distribution comes": lambda p: add_distribution(p.site, "till", "1.0", requires=["absent"]),
    "a leftover comes": lambda p: (p.site / "~hop").mkdir(),
    "a folder comes that a .pth file names": more,
    "the Python becomes another one": lambda p: (p.folder / "venv/bin/python").rename(p.folder / "venv/bin/gone"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(patient: Patient, change: Callable[[Patient], object]) -> None:
    before, _ = patient.examine()
    change(patient)
    after, anew = patient.examine()
    assert anew and after != before
    assert after == patient.examine("another cache")[0]


VARIABLES = (("LD_LIBRARY_PATH", "/opt/lib"), ("PYTHONPATH", "/opt/app"), ("PYTHONNOUSERSITE", "1"), ("HOME", "/root"))


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda v: v[0])
def test_another_variable_is_another_question(patient: Patient, variable: tuple[str, str]) -> None:
    patient.examine()
    assert patient.examine(environment=(*patient.request.environment, variable))[1]


def test_what_has_just_changed_is_not_remembered(patient: Patient) -> None:
    (patient.site / "desk.py").write_text("def sit(): ...\n")
    patient.examine()
    assert not list(patient.folder.glob("cache/modules/answer-*"))
    settle()
    assert patient.examine()[1] and not patient.examine()[1]


def test_what_lies_in_a_projects_own_folder_is_examined_every_time(patient: Patient) -> None:
    url = '{"url": "file:///opt/shop", "dir_info": {"editable": true}}'
    (patient.site / "shop-1.0.dist-info/direct_url.json").write_text(url)
    settle()
    assert patient.examine()[1] and patient.examine()[1]


def test_where_nothing_can_be_kept_it_is_examined(patient: Patient) -> None:
    (patient.folder / "cache").write_text("a file, no folder")
    assert patient.examine()[1] and patient.examine()[1]


def test_values_come_back_as_they_were() -> None:
    repair = Treatment((Action("pin", "numpy", "<2"),), ((Action("env-var", "A", value=None),),))
    culprits = (Culprit(Kind.FILE, "a.py"), Culprit(Kind.DISTRIBUTION, "numpy", "2.0", None))
    finding = Finding("x", Text("é", "中"), Text(""), severity=Severity.NOTE, culprits=culprits, treatment=repair)
    found = Diagnosis("log", (finding,), command_succeeded=False)
    assert unpack(pack(found)) == found
