"""Small examinations for rows of sign tests."""

from __future__ import annotations

from typing import Any

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, Interpreter
from tts_doctor.parse.symptom import read_symptom

SITE = "/venv/lib/python3.11/site-packages"
PYTHON = Interpreter(
    version="3.11.7",
    executable="/venv/bin/python",
    prefix="/venv",
    base_prefix="/usr",
    soabi="cpython-311-x86_64-linux-gnu",
    ext_suffixes=(".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"),
    machine="x86_64",
    platform="linux",
    libc="glibc 2.36",
    user_site="/home/u/.local/lib/python3.11/site-packages",
)


def dist(name: str, version: str = "1.0", **more: Any) -> Distribution:
    site = more.pop("site", SITE)
    fields = {"metadata_path": f"{site}/{name}-{version}.dist-info", "has_record": True, "installer": "pip", **more}
    return Distribution(name, version, site, top_level=fields.pop("top_level", (name.replace("-", "_"),)), **fields)


def case(*dists: Distribution, text: str = "", **facts: Any) -> Examination:
    """With `text` (a traceback's frames and last line) as the symptom, where there is one."""
    symptom = read_symptom(text, exit_code=1) if text else None
    return Examination(Facts(facts.pop("interpreter", PYTHON), tuple(dists), **facts), symptom)


def traceback(file: str, last: str) -> str:
    return f'Traceback (most recent call last):\n  File "{SITE}/{file}", line 1, in <module>\n    import x\n{last}\n'
