"""The interpreter of the environment cannot be run: it is gone, or it is for another machine.

A venv holds links to the Python that it was made from. Where that Python was removed, moved or upgraded in place,
every program of the environment fails although its files are intact. Seen as: the executable exists by name, but the
link dangles or the start fails. Repair: give the environment a Python of the same minor version; its packages can
stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text

START_FAILS = Text("it does not start", "它无法启动")


def find(case: Examination) -> Iterator[Finding]:
    interpreter = case.facts.interpreter
    if case.facts.from_text or not interpreter.executable or interpreter.alive:
        return
    why = next((gap.why for gap in case.facts.gaps if gap.what == "interpreter"), START_FAILS)
    minor = ".".join(map(str, interpreter.minor)) if interpreter.minor != (0, 0) else ""
    wanted = f"=={minor}.*" if minor else None
    yield Finding(
        id="interpreter-gone",
        title=Text("The environment's Python cannot be run", "该环境的 Python 无法运行"),
        cause=Text(
            f"{interpreter.executable} cannot be started ({why.en}), so every program of this environment fails; "
            "its installed packages are not at fault.",
            f"{interpreter.executable} 无法启动（{why.zh}），因此该环境中的所有程序都会失败；已安装的包本身没有问题。",
        ),
        severity=Severity.ERROR,
        confidence=0.96,
        culprits=(
            Culprit(Kind.INTERPRETER, "python", interpreter.version or None, wanted),
            Culprit(Kind.FILE, interpreter.executable),
        ),
        evidence=(Evidence("interpreter-gone", interpreter.executable, why.en, "an interpreter that starts"),),
        treatment=Treatment(
            (
                Action(
                    "change-python",
                    "python",
                    wanted,
                    why=Text("link the environment to a Python of its own version", "把该环境链接到相同版本的 Python"),
                ),
            )
        ),
    )
