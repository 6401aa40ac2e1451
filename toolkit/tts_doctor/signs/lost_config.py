"""A virtual environment without its pyvenv.cfg: everything lies in it, and its Python does not look there.

Left out of a copy by a rule for `*.cfg`, most often. Installing what is missed would change the Python that the
environment was made from, for everybody; the file is written anew instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.text import Text


def find(case: Examination) -> Iterator[Finding]:
    facts = case.facts
    folder, interpreter = facts.lost_config, facts.interpreter
    if not folder or not interpreter.base_prefix:
        return
    path = f"{folder}/pyvenv.cfg"
    text = (
        f"home = {interpreter.base_prefix}/bin\ninclude-system-site-packages = false\nversion = {interpreter.version}\n"
    )
    yield Finding(
        id="lost-config",
        title=Text(f"{folder} has lost its pyvenv.cfg", f"{folder} 丢失了 pyvenv.cfg"),
        cause=Text(
            f"Without that file {interpreter.executable} runs as the Python in {interpreter.prefix} and sees nothing "
            "of what is installed in the environment.",
            f"没有这个文件，{interpreter.executable} 就等同于 {interpreter.prefix} 中的 Python，看不到该环境里的包。",
        ),
        confidence=0.98,
        culprits=(Culprit(Kind.FILE, "pyvenv.cfg"), Culprit(Kind.INTERPRETER, "python", interpreter.version)),
        evidence=(Evidence("lost-config", path, "absent", "home = …"),),
        treatment=Treatment(
            (
                Action(
                    "patch",
                    path,
                    value=text,
                    why=Text("as `python -m venv` writes it", "与 `python -m venv` 写出的相同"),
                ),
            )
        ),
    )
