"""A module of the user's own project that Python does not find, because it does not search the folder where it lies.

Not a sign: `missing-module` asks it before it thinks of installing anything, for a stranger may have taken the name on
the index. Present where the module lies near the script, or where its name is one that people give their own folders.
"""

from __future__ import annotations

from tts_doctor.knowledge.import_names import is_known
from tts_doctor.model.facts import Facts
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import Party

OWN_NAMES = frozenset(
    (
        *("utils", "util", "src", "config", "configs", "models", "model", "common", "app", "server", "tools", "api"),
        *("lib", "core", "modules", "helpers", "settings", "main", "inference", "train", "scripts", "text", "data"),
        *("dataset", "hparams", "commons"),
    )
)
"""Folders of people's own projects: nothing on the index is meant."""


def own_module(facts: Facts, error: Error, module: str, consumer: Party, weight: float) -> Finding | None:
    """The finding, where the missing module is the project's own."""
    top = module.split(".", 1)[0]
    home = dict(facts.off_path).get(top, "")
    if home and facts.variables.get("PYTHONSAFEPATH"):
        return _kept_off(error, module, home, consumer, weight)
    if consumer.name or not (top in OWN_NAMES or (home and not is_known(top))):
        return None
    return _own(facts, error, module, home, consumer, weight)


def _own(facts: Facts, error: Error, module: str, home: str, consumer: Party, weight: float) -> Finding:
    known = [path for path in facts.variables.get("PYTHONPATH", "").split(":") if path]
    step = Action(
        "env-var",
        "PYTHONPATH",
        value=":".join([home or ".", *known]),
        why=Text(f"{module} lies there", f"{module} 位于该处"),
    )
    return Finding(
        id="own-module-not-found",
        title=Text(
            f"The project's own module {module} is not on the search path", f"项目自己的模块 {module} 不在搜索路径上"
        ),
        cause=Text(
            f"{consumer.file or 'The program'} imports {module}, a module of the project; Python was started where it "
            "does not look for it.",
            f"{consumer.file or '程序'} 导入项目自己的模块 {module}；但启动 Python 的位置使它找不到该模块。",
        ),
        confidence=(0.9 if home else 0.75) * weight,
        culprits=(Culprit(Kind.APPLICATION, consumer.file or "application"), Culprit(Kind.VARIABLE, "PYTHONPATH")),
        evidence=(_evidence(consumer, error, module),),
        treatment=Treatment((step,)),
    )


def _kept_off(error: Error, module: str, home: str, consumer: Party, weight: float) -> Finding:
    """The variable forbids what Python does otherwise: to search the script's folder."""
    return Finding(
        id="own-module-not-found",
        title=Text(
            f"PYTHONSAFEPATH keeps {home} off the search path, where {module} lies",
            f"PYTHONSAFEPATH 使 Python 不搜索 {home}，而 {module} 就在那里",
        ),
        cause=Text(
            f"PYTHONSAFEPATH is set, so Python does not search the folder {home} for the project's own {module}.",
            f"设置了 PYTHONSAFEPATH，因此 Python 不会到 {home} 中查找项目自己的 {module}。",
        ),
        confidence=0.95 * weight,
        culprits=(Culprit(Kind.VARIABLE, "PYTHONSAFEPATH"),),
        evidence=(_evidence(consumer, error, module),),
        treatment=Treatment(
            (
                Action(
                    "env-var",
                    "PYTHONSAFEPATH",
                    why=Text("the script's folder is searched then", "之后便会搜索脚本所在目录"),
                ),
            )
        ),
    )


def _evidence(consumer: Party, error: Error, module: str) -> Evidence:
    where = f"{consumer.file}:{consumer.frame.line}" if consumer.frame else consumer.file or "the log"
    return Evidence("missing-module", where, f"{error.type}: {error.message[:200]}", f"{module} importable")
