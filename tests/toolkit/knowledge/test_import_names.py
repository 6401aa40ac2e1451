"""Import names, impostors and the standard library's history."""

from __future__ import annotations

import subprocess

import pytest
from tests.pythons import python_or_skip

from tts_doctor.knowledge.import_names import distributions_for
from tts_doctor.knowledge.impostors import impostor, impostors
from tts_doctor.knowledge.stdlib import added_in, is_stdlib, removed, removed_modules, removed_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "pillow"),
        ("yaml", "pyyaml"),
        ("google.protobuf.message", "protobuf"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("jwt", "pyjwt"),
        ("bson", "pymongo"),
        ("pkg_resources", "setuptools"),
        ("addict", "addict"),
        ("whisper", "openai-whisper"),
        ("Crypto.Cipher", "pycryptodome"),
    ],
)
def test_the_usual_distribution_of_an_import_name(name: str, expected: str) -> None:
    assert expected == distributions_for(name)[0]


@pytest.mark.parametrize("name", ["kantts", "ttsfrd", "google", "rospy"])
def test_names_that_no_distribution_of_the_index_provides(name: str) -> None:
    assert () == distributions_for(name)


def test_no_import_name_leads_to_its_impostor() -> None:
    assert [] == [
        one.name for one in impostors() if one.name != one.real and one.name in distributions_for(one.import_name)
    ]


def test_an_impostor_is_one_only_for_its_import_name() -> None:
    assert impostor("jwt", "jwt") is not None
    assert impostor("jwt", "other") is None


@pytest.mark.parametrize(
    ("name", "minor", "expected"),
    [
        ("distutils", (3, 11), True),
        ("distutils", (3, 12), False),
        ("tomllib", (3, 10), False),
        ("json.decoder", (3, 6), True),
    ],
)
def test_modules_of_the_standard_library_by_version(name: str, minor: tuple[int, int], expected: bool) -> None:
    assert expected == is_stdlib(name, minor)


def test_every_impostor_is_found_by_its_name() -> None:
    assert [one for one in impostors() if impostor(one.name, one.import_name) is not one] == []


def test_what_left_and_what_stands_in() -> None:
    gone = removed("distutils.util", (3, 12))
    assert gone is not None
    assert "setuptools" == gone.replacement
    assert None is removed("distutils.util", (3, 11))
    assert (3, 11) == added_in("typing.Self")
    assert "audioop-lts" == removed_modules((3, 13))["audioop"].replacement


@pytest.mark.parametrize("minor", [(3, 7), (3, 9), (3, 11), (3, 12), (3, 13)])
def test_removed_names_are_really_absent(minor: tuple[int, int]) -> None:
    exe = python_or_skip(f"{minor[0]}.{minor[1]}")
    script = (
        "import importlib, sys, warnings; warnings.simplefilter('ignore')\n"
        "for dotted in sys.argv[1:]:\n"
        "    parts = dotted.split('.')\n"
        "    for end in range(len(parts), 0, -1):\n"
        "        try: thing = importlib.import_module('.'.join(parts[:end]))\n"
        "        except Exception: continue\n"
        "        try:\n"
        "            for part in parts[end:]: thing = getattr(thing, part)\n"
        "            print(dotted)\n"
        "        except AttributeError: pass\n"
        "        break\n"
    )
    names = [n for n in removed_names(minor) if n != "types.NoneType"]
    run = subprocess.run([exe, "-I", "-c", script, *names], capture_output=True, text=True, check=True)
    assert "" == run.stdout
