"""Messages that say in their own words which library is missing, or what to install."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import case, dist

from tts_doctor.model.examination import Examination
from tts_doctor.model.facts import Distribution, Facts, RecordEntry
from tts_doctor.model.symptom import Error, Symptom
from tts_doctor.signs import advice_in_message, missing_module, named_library, relevance


def failing(message: str, kind: str = "ImportError") -> Examination:
    facts = Facts(distributions=(Distribution("multipart", "0.2.4"), Distribution("fastapi", "0.104.1")))
    return Examination(facts, Symptom(message, (Error(kind, message),), exit_code=1))


@pytest.mark.parametrize(
    ("message", "package"),
    [
        ("Unable to find zbar shared library", "libzbar0"),
        ("could not load library libportaudio.so", "libportaudio2"),
        ("no library called 'sox' was found", "libsox3"),
        ("Unable to find the answer", None),
        ("could not find frobnicate shared library", None),
    ],
)
def test_a_library_called_by_its_bare_name(message: str, package: str | None) -> None:
    found = [f.culprits[0].name for f in named_library.find(failing(message))]
    assert found == ([package] if package else [])


@pytest.mark.parametrize(
    ("message", "steps"),
    [
        ("Please run: pip install 'uvicorn[standard]>=0.20'.", [("install", "uvicorn[standard]", ">=0.20")]),
        (
            "You can remove multipart with:\n\npip uninstall multipart\n\nAnd then:\n\npip install python-multipart\n",
            [("uninstall", "multipart", None), ("install", "python-multipart", None)],
        ),
        ("try `pip install -U sentencepiece`", [("install", "sentencepiece", None)]),
        ("pip install ttsfrd", []),
        ("pip install package", []),
        ("Do you need to install a parser library?", []),
        ("Install lxml[html_clean] or lxml_html_clean directly.", [("install", "lxml[html_clean]", None)]),
        ("please install the package 'soxr' first", [("install", "soxr", None)]),
        ("install the keyrings.alt package if you want to use the others", [("install", "keyrings-alt", None)]),
        ("'cryptography' package is required for sha256_password", [("install", "cryptography", None)]),
        ('The "soxr" library is missing', [("install", "soxr", None)]),
        ("decoding requires the `pyopenjtalk` package", [("install", "pyopenjtalk", None)]),
        ("the package is required", []),
        ("Install a recommended 3rd party backend package", []),
        ("install the required package", []),
        ("install the software again", []),
        ("install it with your package manager", []),
    ],
)
def test_what_the_message_advises(message: str, steps: list[tuple[str, str, str | None]]) -> None:
    found = [f.treatment.actions for f in advice_in_message.find(failing(message))]
    assert [[(a.action, a.target, a.spec) for a in actions] for actions in found] == ([steps] if steps else [])


@pytest.mark.parametrize(("code", "silent"), [(-7, True), (139, True), (1, False), (-15, False), (-9, False)])
def test_a_crash_without_a_word_leaves_every_defect_under_suspicion(code: int, silent: bool) -> None:
    symptom = Symptom("", exit_code=code)
    assert relevance.died_silently(symptom) is silent
    assert relevance.concerns(Examination(Facts(), symptom), ["regex"]) is silent


@pytest.mark.parametrize(
    ("paths", "expected"),
    [(("yaml/__init__.py",), "missing-module"), (("pyyaml/__init__.py",), "damaged-installation")],
    ids=["its-files-are-others", "its-files-should-have-it"],
)
def test_a_distribution_without_a_module_of_its_name_is_not_damaged(paths: tuple[str, ...], expected: str) -> None:
    tops = tuple(path.partition("/")[0] for path in paths)
    installed = dist("pyyaml", top_level=tops, records=tuple(map(RecordEntry, paths)))
    looked = case(installed, text="ModuleNotFoundError: No module named 'pyyaml'")
    assert [f.id for f in missing_module.find(looked)] == [expected]


def test_in_a_living_environment_a_name_that_nothing_knows_is_not_simply_installed() -> None:
    found = list(missing_module.find(case(text="ModuleNotFoundError: No module named 'helper_shop'")))
    assert [(f.treatment.repairs, f.need.module if f.need else "") for f in found] == [((), "helper_shop")]
