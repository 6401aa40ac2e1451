"""Several distributions that write into one import folder (OpenCV's variants, ONNX Runtime's), one over the other.

Not a sign: `missing-name` asks it where a name of such a folder is missing. Keeps the newest, and of two alike the one
that needs no display.
"""

from __future__ import annotations

import re

from tts_doctor.knowledge.import_names import rivals_for
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Evidence, Finding, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import party


def rivals_of(facts: Facts, module: str) -> tuple[str, ...]:
    """The installed distributions that write into one folder, where there are several."""
    owners = rivals_for(module.removeprefix("class ").split(".", 1)[0])
    installed = tuple(dict.fromkeys(d.key for d in facts.distributions if d.key in owners))
    return installed if len(installed) > 1 else ()


def two_copies(facts: Facts, error: Error, rivals: tuple[str, ...], confidence: float) -> Finding:
    """The finding: all but the newest go, and that one is put back whole."""
    newest = max(
        rivals, key=lambda n: ([int(d) for d in re.findall(r"\d+", facts.version(n))], "headless" in n, len(n))
    )
    others = [name for name in rivals if name != newest]
    steps = [
        Action("uninstall", name, why=Text("it wrote into the same import folder", "它写入了同一个导入目录"))
        for name in others
    ]
    install = Action(
        "reinstall",
        newest,
        f"=={facts.version(newest)}",
        why=Text("exactly one copy of the folder", "该目录只保留一份"),
    )
    return Finding(
        id="damaged-installation",
        title=Text(f"{' and '.join(rivals)} lie in one folder", f"{'、'.join(rivals)} 装进了同一个文件夹"),
        cause=Text(
            f"{' and '.join(rivals)} own the same import package: Python files of one meet binaries of the other.",
            f"{'、'.join(rivals)} 提供同一个导入包：一个的 Python 文件遇到了另一个的二进制文件。",
        ),
        confidence=confidence,
        culprits=tuple(party(facts, name) for name in (*others, newest)),
        evidence=(
            Evidence(
                "missing-name",
                "/".join(rivals),
                f"{error.type}: {error.message.strip().splitlines()[0][:300]}",
                "one owner",
            ),
        ),
        treatment=Treatment((*steps, install)),
    )
