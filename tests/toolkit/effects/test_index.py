"""The index client against a real server on the loopback address, with real wheels."""

from __future__ import annotations

import os
import random
import tarfile
from pathlib import Path

import pytest
from tests.builders import write_wheel
from tests.index_server import serve

from tts_doctor.effects.disk_cache import DiskCache
from tts_doctor.effects.index import PackageIndex, open_index
from tts_doctor.effects.index_config import read_index_config, redact
from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.facts import Distribution, Facts, Interpreter

PATIENT = Facts(interpreter=Interpreter(version="3.8.18", machine="x86_64", libc="glibc 2.28"))


def environ(tmp_path: Path, url: str, **more: str) -> dict[str, str]:
    return {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "xdg"),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
        "PIP_INDEX_URL": url,
        "TTS_DOCTOR_CACHE": str(tmp_path / "cache"),
        **more,
    }


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    for version in ("1.0", "1.9", "1.10", "2.0rc1"):
        write_wheel(
            folder, "speech", version, {"speech/__init__.py": f"V = {version!r}\n"}, ["numpy>=1", 'mel; extra == "mel"']
        )
    return folder


@pytest.mark.parametrize("as_json", [True, False])
def test_releases_are_sorted_as_versions_without_prereleases(tmp_path: Path, wheels: Path, as_json: bool) -> None:
    with serve(wheels, as_json=as_json) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert ["1.0", "1.9", "1.10"] == [r.version for r in index.releases("Speech")]


def test_prereleases_count_where_one_is_installed(tmp_path: Path, wheels: Path) -> None:
    facts = Facts(PATIENT.interpreter, (Distribution("speech", "2.0rc1"),))
    with serve(wheels) as server:
        index = open_index(facts, environ(tmp_path, server.url))
        assert "2.0rc1" == index.releases("speech")[-1].version


def test_requires_python_excludes_what_the_patient_cannot_run(tmp_path: Path, wheels: Path) -> None:
    newest = "speech-1.10-py3-none-any.whl"
    with serve(wheels, requires_python={newest: ">=3.9"}) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert "1.9" == index.releases("speech")[-1].version


def test_upload_time_and_yanked_are_told(tmp_path: Path, wheels: Path) -> None:
    name = "speech-1.9-py3-none-any.whl"
    with serve(wheels, uploaded={name: "2024-05-01T00:00:00Z"}, yanked=frozenset({name})) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        release = index.releases("speech")[1]
        assert ("2024-05-01T00:00:00Z", True) == (release.uploaded, release.yanked)


def test_wheels_for_other_platforms_do_not_fit(tmp_path: Path, wheels: Path) -> None:
    for tag in ("cp39-cp39-manylinux2014_x86_64", "cp38-cp38-manylinux_2_34_x86_64", "cp38-cp38-musllinux_1_1_x86_64"):
        (wheels / "speech-1.10-py3-none-any.whl").replace(wheels / f"speech-3.0-{tag}.whl")
        with serve(wheels) as server:
            index = open_index(PATIENT, environ(tmp_path, server.url, TTS_DOCTOR_CACHE=str(tmp_path / tag)))
            assert "1.9" == index.releases("speech")[-1].version
        (wheels / f"speech-3.0-{tag}.whl").replace(wheels / "speech-1.10-py3-none-any.whl")


def test_requirements_are_read_out_of_the_wheel(tmp_path: Path, wheels: Path) -> None:
    with serve(wheels) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert ("numpy>=1", 'mel; extra == "mel"') == tuple(index.requires("speech", "1.9"))


def test_a_requirement_that_cannot_be_judged_is_told(tmp_path: Path) -> None:
    endless = "numpy>=" + ",>=".join(["1.0"] * 1000)
    write_wheel(tmp_path / "wheels", "speech", "1.0", {"speech/__init__.py": ""}, ["mel", endless])
    with serve(tmp_path / "wheels") as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        with pytest.raises(IndexUnavailable, match=r"speech 1\.0: 1 of its 2 requirements"):
            index.requires("speech", "1.0")


@pytest.mark.parametrize("ranges", [True, False])
def test_one_file_of_a_large_wheel_comes_without_the_rest(tmp_path: Path, ranges: bool) -> None:
    noise = random.Random(1).randbytes(3 << 20).hex()
    wheel = write_wheel(tmp_path / "wheels", "big", "1.0", {"big/__init__.py": "HERE = 1\n", "big/data.txt": noise})
    with serve(tmp_path / "wheels", ranges=ranges) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert b"HERE = 1\n" == index.read("big", "1.0", "big/__init__.py")
        assert None is index.read("big", "1.0", "big/none.py")
        asked = [span for path, span in server.requests if path.endswith(wheel.name)]
        # The directory and the member by range; a server without ranges sends the whole file, once.
        assert (2 if ranges else 1) == len(asked)


def test_a_second_run_asks_nothing(tmp_path: Path, wheels: Path) -> None:
    with serve(wheels) as server:
        for _ in range(2):
            index = open_index(PATIENT, environ(tmp_path, server.url))
            index.releases("speech")
            index.read("speech", "1.9", "speech/__init__.py")
            seen = len(server.requests)
        assert 2 == seen


def test_an_old_page_serves_while_the_index_is_down(tmp_path: Path, wheels: Path) -> None:
    with serve(wheels) as server:
        variables = environ(tmp_path, server.url)
        open_index(PATIENT, variables).releases("speech")
    index = open_index(PATIENT, variables)
    assert 3 == len(index.releases("speech"))


def test_an_unreachable_index_says_what_to_do_and_hides_the_password(tmp_path: Path) -> None:
    index = open_index(PATIENT, environ(tmp_path, "http://me:secret@127.0.0.1:9/simple"))
    with pytest.raises(IndexUnavailable) as caught:
        index.releases("speech")
    assert "secret" not in caught.value.en + caught.value.zh
    assert caught.value.hint_en
    assert caught.value.zh != caught.value.en


def test_an_unknown_project_has_no_releases(tmp_path: Path, wheels: Path) -> None:
    with serve(wheels) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert () == index.releases("nothing")
        assert () == index.files("nothing", "1.0")


def test_find_links_folders_and_file_indexes_count(tmp_path: Path, wheels: Path) -> None:
    write_wheel(tmp_path / "links", "speech", "5.0")
    simple = tmp_path / "simple" / "voice"
    write_wheel(tmp_path / "simple", "voice", "2.0", {"voice.py": "A = 1\n"})
    simple.mkdir()
    (simple / "index.html").write_text('<a href="../voice-2.0-py3-none-any.whl">voice-2.0-py3-none-any.whl</a>')
    with serve(wheels) as server:
        extra = {"PIP_EXTRA_INDEX_URL": (tmp_path / "simple").as_uri(), "UV_FIND_LINKS": str(tmp_path / "links")}
        index = open_index(PATIENT, environ(tmp_path, server.url, **extra))
        assert "5.0" == index.releases("speech")[-1].version
        assert b"A = 1\n" == index.read("voice", "2.0", "voice.py")


def test_a_local_version_falls_back_to_its_public_one(tmp_path: Path, wheels: Path) -> None:
    with serve(wheels) as server:
        index = open_index(PATIENT, environ(tmp_path, server.url))
        assert index.files("speech", "1.9+cpu")


def test_an_sdist_is_read_as_if_installed(tmp_path: Path) -> None:
    source = tmp_path / "src.py"
    source.write_text("OLD = 1\n")
    (tmp_path / "wheels").mkdir()
    with tarfile.open(tmp_path / "wheels" / "old-thing-0.3.tar.gz", "w:gz") as tar:
        tar.add(source, "old-thing-0.3/src/old_thing/__init__.py")
    variables = environ(
        tmp_path, "http://127.0.0.1:9/simple", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "wheels")
    )
    index = open_index(PATIENT, variables)
    assert [("0.3", False)] == [(r.version, r.has_wheel) for r in index.releases("old-thing")]
    assert b"OLD = 1\n" == index.read("old-thing", "0.3", "old_thing/__init__.py")


def test_a_damaged_wheel_is_an_error_with_its_address(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "bad-1.0-py3-none-any.whl").write_bytes(b"PK no archive" * 100)
    with serve(tmp_path / "wheels") as server:
        index: PackageIndex = open_index(PATIENT, environ(tmp_path, server.url))
        with pytest.raises(IndexUnavailable, match="damaged"):
            index.files("bad", "1.0")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ("https://pypi.org/simple",)),
        ({"PIP_INDEX_URL": "https://a.test/s/"}, ("https://a.test/s",)),
        ({"PIP_INDEX_URL": "https://a.test/s", "UV_DEFAULT_INDEX": "https://b.test/s"}, ("https://b.test/s",)),
        ({"UV_INDEX": "own=https://c.test/s"}, ("https://c.test/s", "https://pypi.org/simple")),
        ({"PIP_NO_INDEX": "1"}, ()),
    ],
)
def test_configuration_from_variables(tmp_path: Path, variables: dict[str, str], expected: tuple[str, ...]) -> None:
    base = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "HOME": str(tmp_path)}
    assert expected == read_index_config({**base, **variables}).indexes


def test_configuration_from_files(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text("[global]\nextra-index-url = https://x.test/s\n  https://y.test/s\n")
    (tmp_path / "uv.toml").write_text('[[index]]\nurl = "https://u.test/s"\ndefault = true\n')
    config = read_index_config({"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}, cwd=str(tmp_path))
    assert {"https://x.test/s", "https://y.test/s", "https://u.test/s"} <= set(config.indexes)


def test_a_certificate_bundle_that_is_missing_is_not_used(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    config = read_index_config(
        {"PIP_CERT": "/no/such.pem", "SSL_CERT_FILE": str(bundle), "PIP_CONFIG_FILE": os.devnull}
    )
    assert (str(bundle), "SSL_CERT_FILE") == (config.certificates, config.certificates_from)


def test_redact_hides_credentials() -> None:
    assert "https://***@a.test/s" == redact("https://me:pw@a.test/s")


def test_the_cache_forgets_what_was_used_least_recently(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "c", limit=2500)
    for number in range(4):
        cache.put("k", str(number), bytes(1000))
        os.utime(cache.path("k", str(number)), (number, number))
    cache.get("k", "0")
    cache.sweep(now=True)
    assert [True, False, False, True] == [cache.get("k", str(n)) is not None for n in range(4)]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file" / "below")
    cache.put("k", "a", b"1")
    assert None is cache.get("k", "a")
