"""A variable of the environment is at fault: without it (or with it set) the command does something else.

Evidence by experiment: the command was run once more with that one variable changed. Where it then succeeds there is
nothing left to doubt; where it fails otherwise the variable hides another problem, or is one of several.
"""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.examination import Counterfactual, Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Severity, Treatment
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import hide


def find(case: Examination) -> Iterator[Finding]:
    for run in case.counterfactuals:
        yield _finding(run)


def _finding(run: Counterfactual) -> Finding:
    before, value = hide((run.before, run.value))
    change = f"with {run.variable}={value}" if run.value is not None else f"without {run.variable}"
    change_zh = f"设置 {run.variable}={value} 后" if run.value is not None else f"去掉 {run.variable} 后"
    outcome = "succeeds" if run.succeeded else "fails in another way"
    outcome_zh = "成功" if run.succeeded else "以另一种方式失败"
    why = Text(f"the command {outcome} {change}", f"{change_zh}，命令{outcome_zh}")
    return Finding(
        id="environment-variable",
        title=Text(f"The environment variable {run.variable} breaks the run", f"环境变量 {run.variable} 导致运行失败"),
        cause=Text(
            f"The command {outcome} when it is run {change}; nothing else differs.",
            f"{change_zh}，命令{outcome_zh}，其他条件完全相同。",
        ),
        severity=Severity.ERROR,
        confidence=0.97 if run.succeeded else 0.45,
        culprits=(Culprit(Kind.VARIABLE, run.variable, before, value),),
        evidence=(Evidence("variable-at-fault", change, run.outcome or outcome, "the same failure as before"),),
        treatment=Treatment((Action("env-var", run.variable, value=run.value, why=why),)),
    )
