"""Who owns a file, who consumes, who provides."""

from __future__ import annotations

import pytest

from tts_doctor.model.facts import Distribution, Facts, RecordEntry
from tts_doctor.model.symptom import Error, Frame, Symptom
from tts_doctor.signs.parties import consumer_of, last_chain, owner_of_file, owner_of_module, weighted_errors

SITE = "/venv/lib/python3.10/site-packages"
TEXT_ONLY = Facts(
    distributions=(Distribution("TTS", "0.22.0"), Distribution("opencv-python-headless", "4.8")), from_text=True
)


def installed(name: str, *paths: str) -> Distribution:
    tops = tuple(dict.fromkeys(path.split("/")[0].removesuffix(".py") for path in paths))
    entries = tuple(RecordEntry(path) for path in paths)
    return Distribution(name, "1.0", SITE, f"{SITE}/{name}.dist-info", top_level=tops, records=entries, has_record=True)


REAL = Facts(
    distributions=(
        installed("google-auth", "google/auth/__init__.py"),
        installed("protobuf", "google/protobuf/message.py"),
        installed("six", "six.py"),
    )
)


@pytest.mark.parametrize(
    ("facts", "path", "expected"),
    [
        (TEXT_ONLY, f"{SITE}/TTS/api.py", ("tts", "TTS/api.py")),
        (TEXT_ONLY, f"{SITE}/PIL/Image.py", ("pillow", "PIL/Image.py")),
        (TEXT_ONLY, f"{SITE}/cv2/__init__.py", ("opencv-python-headless", "cv2/__init__.py")),
        (TEXT_ONLY, "/usr/lib/python3/dist-packages/yaml/__init__.py", ("pyyaml", "yaml/__init__.py")),
        (TEXT_ONLY, "pandas/_libs/interval.pyx", ("pandas", "pandas/_libs/interval.pyx")),
        (TEXT_ONLY, "/opt/app/main.py", ("", "")),
        (TEXT_ONLY, "/usr/lib/python3.10/inspect.py", ("", "")),
        (REAL, f"{SITE}/google/protobuf/message.py", ("protobuf", "google/protobuf/message.py")),
        (REAL, f"{SITE}/google/auth/__init__.py", ("google-auth", "google/auth/__init__.py")),
        (REAL, f"{SITE}/six.py", ("six", "six.py")),
    ],
)
def test_owner_of_file(facts: Facts, path: str, expected: tuple[str, str]) -> None:
    assert owner_of_file(facts, path) == expected


@pytest.mark.parametrize(
    ("facts", "module", "expected"),
    [
        (REAL, "google.protobuf.message", "protobuf"),
        (REAL, "google.auth", "google-auth"),
        (TEXT_ONLY, "sklearn.base", "scikit-learn"),
        (TEXT_ONLY, "pkg_resources", "setuptools"),
        (TEXT_ONLY, "TTS.tts", "tts"),
        (Facts(distributions=(installed("crypto", "crypto/__init__.py"),)), "Crypto.Cipher", "pycryptodome"),
        (Facts(distributions=(Distribution("mine", "1.0"),)), "mine", "mine"),
    ],
)
def test_owner_of_module(facts: Facts, module: str, expected: str) -> None:
    assert owner_of_module(facts, module) == expected


def test_the_consumer_is_the_innermost_frame_outside_provider_and_standard_library() -> None:
    files = (
        "/opt/app/a.py",
        f"{SITE}/TTS/api.py",
        "/usr/lib/python3.10/importlib/__init__.py",
        f"{SITE}/numpy/__init__.py",
    )
    error = Error("ImportError", "", tuple(Frame(file) for file in files))
    assert consumer_of(TEXT_ONLY, error, "numpy").name == "tts"


def test_own_code_consumes_without_a_name() -> None:
    error = Error("ImportError", "", (Frame("/opt/app/a.py"),))
    assert consumer_of(TEXT_ONLY, error, "numpy").file == "/opt/app/a.py"


def test_the_root_of_the_last_chain_weighs_most() -> None:
    errors = (Error("A", ""), Error("B", "", link="cause"), Error("C", ""), Error("SystemExit", "1"))
    symptom = Symptom("", errors)
    assert [e.type for e in last_chain(symptom)] == ["B", "C"]
    assert max(weighted_errors(symptom), key=lambda pair: pair[1])[0].type == "B"
