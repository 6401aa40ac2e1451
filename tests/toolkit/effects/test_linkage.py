"""The loader's complaints about real libraries: found in a real run, traced to who is at fault, repaired."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.builders import index_environment, make_venv, write_wheel
from tests.native import LOADER, library
from tests.toolkit.effects.test_treat import Listener, changes

from tts_doctor.effects.examine import examine
from tts_doctor.effects.treat import treat
from tts_doctor.model.finding import Finding
from tts_doctor.model.request import ExamineRequest, TreatRequest

ALPHA = "namespace alpha { struct Tensor; namespace ops { void add(Tensor&) {} void sub(Tensor&) {} } }"
NEWER = ALPHA + "namespace alpha { namespace ops { void zeros_like(Tensor&) {} } }"
USES = "namespace alpha {{ struct Tensor; namespace ops {{ void {name}(Tensor&); }} }} void use(alpha::Tensor& t) {{ alpha::ops::{name}(t); }}"  # noqa: E501
NEXT_DOOR = "-Wl,-rpath,$ORIGIN/../../alpha/lib"


class Clinic:
    """A folder of wheels, an environment made of some of them, and a command that loads `beta`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.env: dict[str, str] = index_environment(self.wheels, folder)

    def wheel(self, name: str, version: str, lib: bytes, so: str, requires: tuple[str, ...] = ()) -> None:
        files = {f"{name}/__init__.py": LOADER.format(name=so), f"{name}/lib/{so}": lib}
        write_wheel(self.wheels, name, version, files, requires)

    def request(self, *requirements: str, environ: Mapping[str, str] | None = None) -> ExamineRequest:
        venv = make_venv(self.folder / "v", sys.executable, self.env, *requirements)
        python = str(venv / "bin/python")
        variables = tuple({**self.env, **(environ or {})}.items())
        command = (python, "-B", "-c", "import beta")
        return ExamineRequest(python, command=command, cwd=str(self.folder), environment=variables)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def first(request: ExamineRequest) -> Finding:
    return examine(request, Listener()).findings[0]


def pair(clinic: Clinic) -> None:
    """Two releases of a library, and a consumer of each that does not say so in its metadata."""
    build = clinic.folder / "build"
    for version, provides, name in (("1.0", ALPHA, "add"), ("2.0", NEWER, "zeros_like")):
        alpha = library(build, "libalpha.so", provides)
        clinic.wheel("alpha", version, alpha, "libalpha.so")
        beta = library(build, "libbeta.so", USES.format(name=name), "-lalpha", NEXT_DOOR)
        clinic.wheel("beta", version, beta, "libbeta.so", ("alpha",))


def test_a_symbol_that_the_provider_lacks_names_both_and_the_release_that_fits(clinic: Clinic) -> None:
    pair(clinic)
    finding = first(clinic.request("alpha==1.0", "beta==2.0"))
    assert [c.name for c in finding.culprits] == ["beta", "alpha"]
    assert "alpha::ops::zeros_like" in finding.cause.en
    assert [(a.target, a.spec) for a in finding.treatment.actions] == [("beta", "==1.0")]


def test_the_pair_is_repaired(clinic: Clinic) -> None:
    pair(clinic)
    receipt = treat(TreatRequest(clinic.request("alpha==1.0", "beta==2.0"), yes=True), Listener())
    assert (receipt.outcome, changes(receipt)) == ("repaired", [("beta", "2.0", "1.0")])


def test_a_library_path_to_an_older_copy_is_the_variable_s_fault(clinic: Clinic, tmp_path: Path) -> None:
    pair(clinic)
    old = tmp_path / "opt/lib"
    library(old, "libalpha.so", ALPHA)
    finding = first(clinic.request("alpha==2.0", "beta==2.0", environ={"LD_LIBRARY_PATH": f"{old}:/nowhere"}))
    assert finding.culprits[0].name == "LD_LIBRARY_PATH"


def test_a_library_that_another_distribution_brings_has_to_be_found(clinic: Clinic) -> None:
    build = clinic.folder / "build"
    clinic.wheel("alpha", "1.0", library(build, "libalpha.so", ALPHA), "libalpha.so")
    beta = library(build, "libbeta.so", USES.format(name="add"), "-lalpha")
    clinic.wheel("beta", "1.0", beta, "libbeta.so", ("alpha",))
    request = clinic.request("alpha", "beta")
    finding = first(request)
    assert [c.name for c in finding.culprits] == ["alpha", "LD_LIBRARY_PATH"]
    receipt = treat(TreatRequest(request, yes=True, allow=frozenset({"packages", "environment"})), Listener())
    assert receipt.outcome == "repaired"


def test_static_tls_that_is_used_up_is_loaded_first(clinic: Clinic) -> None:
    hungry = "extern \"C\" { __thread int room[4096] __attribute__((tls_model(\"initial-exec\"))); int *use() { return room; } }"  # noqa: E501
    clinic.wheel("beta", "1.0", library(clinic.folder / "build", "libbeta.so", hungry), "libbeta.so")
    request = clinic.request("beta")
    finding = first(request)
    assert (finding.id, finding.culprits[0].name, finding.culprits[1].name) == ("static-tls", "LD_PRELOAD", "beta")
    assert "16384 bytes of static TLS" in [e.observed for e in finding.evidence]
    receipt = treat(TreatRequest(request, yes=True, allow=frozenset({"packages", "environment"})), Listener())
    assert receipt.outcome == "repaired"


def test_a_version_that_the_variable_s_copy_lacks(clinic: Clinic, tmp_path: Path) -> None:
    build, old = clinic.folder / "build", tmp_path / "opt/lib"
    script = tmp_path / "versions"
    script.write_text("ALPHA_1 { *add*; };\nALPHA_2 { *sub*; } ALPHA_1;\n")
    alpha = library(build, "libalpha.so", ALPHA, f"-Wl,--version-script={script}")
    clinic.wheel("alpha", "1.0", alpha, "libalpha.so")
    beta = library(build, "libbeta.so", USES.format(name="sub"), "-lalpha", NEXT_DOOR)
    clinic.wheel("beta", "1.0", beta, "libbeta.so", ("alpha",))
    script.write_text("ALPHA_1 { *add*; };\n")
    library(old, "libalpha.so", ALPHA, f"-Wl,--version-script={script}")
    finding = first(clinic.request("alpha", "beta", environ={"LD_LIBRARY_PATH": str(old)}))
    assert finding.culprits[0].name == "LD_LIBRARY_PATH"


def test_a_wheel_for_a_newer_glibc_is_fetched_again(clinic: Clinic, tmp_path: Path) -> None:
    newer, build, script = tmp_path / "newer", clinic.folder / "build", tmp_path / "versions"
    script.write_text("GLIBC_2.99 { cosine; };\n")
    library(newer, "libm.so.6", 'extern "C" double cosine(double x) { return x; }', f"-Wl,--version-script={script}")
    uses = 'extern "C" double cosine(double); double use() { return cosine(1); }'
    wheel = library(build, "libbeta.so", uses, str(newer / "libm.so.6"))
    clinic.wheel("beta", "1.0", wheel, "libbeta.so")
    finding = next(f for f in examine(clinic.request("beta"), Listener()).findings if f.id == "missing-shared-library")
    assert ([c.name for c in finding.culprits[:2]], finding.severity.value) == (["glibc", "beta"], "error")
    assert [r[0].action for r in finding.treatment.repairs] == ["change-base-image", "pin"]


def test_all_compares_symbols_without_running_anything(clinic: Clinic) -> None:
    pair(clinic)
    ill = replace(clinic.request("alpha==1.0", "beta==2.0"), command=())
    plain, deep = (examine(replace(ill, deep=d), Listener()).findings for d in (False, True))
    assert [f.id for f in plain] == []
    assert [(f.id, [c.name for c in f.culprits], f.severity.value) for f in deep] == [
        ("undefined-symbol", ["beta", "alpha"], "error")
    ]


def test_all_finds_nothing_where_they_fit(clinic: Clinic) -> None:
    pair(clinic)
    well = replace(clinic.request("alpha==2.0", "beta==2.0"), command=(), deep=True)
    assert examine(well, Listener()).findings == ()


def test_a_crash_names_the_distribution_that_crashed(clinic: Clinic) -> None:
    trap = "struct Early { Early() { __builtin_trap(); } } early;"
    clinic.wheel("beta", "1.0", library(clinic.folder / "build", "libbeta.so", trap), "libbeta.so")
    finding = first(clinic.request("beta"))
    assert (finding.id, finding.culprits[0].name) == ("illegal-instruction", "beta")


@pytest.mark.network
@pytest.mark.slow
def test_real_wheels_of_two_releases_are_brought_together(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "LD_"))}
    env = kept | {"TTS_DOCTOR_STATE": str(tmp_path / "state")}
    python = str(make_venv(tmp_path / "v", sys.executable, env) / "bin/python")
    install = ["uv", "pip", "install", "-q", "--python", python, "--no-deps"]
    subprocess.run([*install, "sherpa-onnx==2.0.1", "sherpa-onnx-core==1.12.20"], check=True, env=env)
    command = (python, "-B", "-c", "import sherpa_onnx")
    request = ExamineRequest(python, command=command, cwd=str(tmp_path), environment=tuple(env.items()))
    receipt = treat(TreatRequest(request, yes=True), Listener())
    assert (receipt.outcome, changes(receipt)) == ("repaired", [("sherpa-onnx-core", "1.12.20", "2.0.1")])
