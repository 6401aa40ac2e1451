"""A diagnosis and a receipt that use every field, for the renderers."""

from __future__ import annotations

from tts_doctor.model.facts import Gap
from tts_doctor.model.finding import (
    Action,
    Checked,
    Culprit,
    Diagnosis,
    Evidence,
    Finding,
    Kind,
    Severity,
    Treatment,
    Verdict,
)
from tts_doctor.model.receipt import Applied, Changed, Receipt, Verification
from tts_doctor.model.text import Text

PYTHON = "/srv/my venv/bin/python"

FINDING = Finding(
    id="missing-name",
    title=Text("Flask 2.2.2 needs a name that Werkzeug 3 removed", "Flask 2.2.2 需要 Werkzeug 3 已删除的名字"),
    cause=Text("werkzeug.urls has no url_quote since 3.0.", "werkzeug.urls 自 3.0 起没有 url_quote。"),
    confidence=0.96,
    culprits=(
        Culprit(Kind.DISTRIBUTION, "flask", "2.2.2", ">=2.3"),
        Culprit(Kind.DISTRIBUTION, "werkzeug", "3.0.1", "<3"),
    ),
    evidence=(
        Evidence("traceback", "flask/app.py:23", "cannot import name 'url_quote' from 'werkzeug.urls'"),
        Evidence("metadata", "flask 2.2.2", "Werkzeug (>=2.2.2), no upper bound | none", "Werkzeug <3"),
    ),
    treatment=Treatment(
        (Action("pin", "werkzeug", "<3", None, Text("the last with url_quote", "最后一个含有 url_quote 的版本")),),
        ((Action("pin", "flask", ">=2.3"),), (Action("uninstall", "flask"), Action("env-var", "X", None, "1 2"))),
    ),
    references=("https://github.com/pallets/flask/issues/5231",),
    breaks=("flask", "flask-cors"),
)
UNKNOWN = Finding(
    id="check-failed-x",
    title=Text("A check could not be completed"),
    cause=Text("KeyError"),
    verdict=Verdict.UNKNOWN,
    severity=Severity.WARNING,
    confidence=0.0,
)
NOTE = Finding(
    id="unmet-requirement",
    title=Text("librosa *wants* numba <0.60"),
    cause=Text("…"),
    severity=Severity.NOTE,
    treatment=Treatment((Action("env-var", "PYTHONPATH"), Action("system-package", "libsndfile1"))),
)
RULED_OUT = Finding(id="numpy-abi", title=Text("NumPy"), cause=Text("fits"), verdict=Verdict.ABSENT)

DIAGNOSIS = Diagnosis(
    PYTHON,
    (FINDING, UNKNOWN, NOTE, RULED_OUT),
    (Checked("shadowed-module", Verdict.ABSENT),),
    (Gap("package index", Text("not asked (offline)", "未查询（离线）")),),
    False,
)
HEALTHY = Diagnosis(PYTHON)
LOG_UNKNOWN = Diagnosis("log", command_succeeded=False)
LOG_PRESENT = Diagnosis("log", (FINDING,), command_succeeded=False)

RECEIPT = Receipt(
    id="a1b2c3d4",
    time="2026-01-02T03:04:05Z",
    patient=PYTHON,
    command=(PYTHON, "-c", "import flask"),
    actions=(
        Applied(
            Action("pin", "werkzeug", "<3", None, Text("the last with url_quote", "最后一个含有 url_quote 的版本")),
            True,
        ),
        Applied(Action("env-var", "NUMBA_CACHE_DIR", None, "/tmp/numba"), True),
        Applied(Action("code-change", "app.py", None, None, Text("call quote instead", "改为调用 quote")), False),
    ),
    changed=(Changed("werkzeug", "3.0.1", "2.3.8"), Changed("old", "1.0", None)),
    files=42,
    system=("libsndfile1",),
    verification=Verification(1, 0, 1.25),
    outcome="repaired",
    undo="tts-doctor undo a1b2c3d4",
)
