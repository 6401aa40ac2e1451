"""What NumPy C-ABI real wheels were compiled for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tts_doctor.parse.elf import parse_elf
from tts_doctor.parse.numpy_abi import numpy_abi, numpy_api


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize(
    ("requirement", "module", "abi", "api"),
    [
        ("onnxruntime==1.17.3", "onnxruntime_pybind11_state", "1", 0xE),
        ("onnxruntime==1.20.1", "onnxruntime_pybind11_state", "2", 0xE),
        ("soxr==0.3.7", "soxr/", "1", 0xE),
        ("soxr==0.5.0.post1", "soxr/", "", 0),
        ("pandas==1.5.3", "_libs/interval", "1", 0xE),
        ("pandas==2.2.3", "_libs/interval", "2", 0xE),
        ("numpy==1.26.4", "core/_multiarray_tests", "1", 0x11),
    ],
)
def test_tells_what_a_wheel_was_built_with(tmp_path: Path, requirement: str, module: str, abi: str, api: int) -> None:
    command = ["uv", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), "--python-version", "3.10"]
    subprocess.run([*command, "--only-binary", ":all:", requirement], check=True)
    found = [path for path in tmp_path.rglob("*.so") if module in str(path)]
    assert found, f"{requirement} holds no {module}"
    data = found[0].read_bytes()
    assert (numpy_abi(data), numpy_api(data)) == (abi, api)


def test_a_module_without_numpy_has_no_mark() -> None:
    import _ctypes

    data = Path(_ctypes.__file__).read_bytes()
    assert parse_elf(data).needed
    assert (numpy_abi(data), numpy_api(data)) == ("", 0)
