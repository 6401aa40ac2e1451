"""Who ships a shared library, by its soname: a Debian package, a CUDA distribution, the graphics driver."""

from __future__ import annotations

import re
from typing import Any

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.knowledge.torch_family import cuda_of

NUMBERED_BY_CUDA = re.compile(r"lib(?:cublas|cublasLt|cudart|nvrtc|nvJitLink|cusparse)\.")
TAIL = re.compile(r"\.so(?:\.(\d+))?")


def row_of(soname: str) -> dict[str, Any]:
    """What the table knows of it, by its full name, its major version or its stem; empty for an unknown one."""
    table: dict[str, dict[str, Any]] = load_data("sonames.yaml")["libraries"]
    stem = soname.split(".so", 1)[0]
    return table.get(soname) or table.get(re.sub(r"(\.so\.\d+)\..*", r"\1", soname)) or table.get(stem) or {}


def debian_package(soname: str) -> str:
    """Name of the Debian package: what is known, else by policy 8.1 (`libsndfile.so.1` -> `libsndfile1`)."""
    known = row_of(soname).get("debian")
    if known:
        return str(known)
    if python := re.fullmatch(r"(libpython3\.\d+)m?\.so[\d.]*", soname):
        return python[1]
    match = TAIL.search(soname)
    if not match:
        return soname.lower()
    name = re.sub(r"-(\d)", r"\1", soname[: match.start()].lower()).replace("_", "-")
    number = match.group(1) or ""
    return f"{name}-{number}" if number and name[-1:].isdigit() else name + number


def cuda_distribution(soname: str, torch: str) -> str:
    """`nvidia-cublas-cu12` for `libcublas.so.12`; empty where it is no library of CUDA. `torch`: installed version."""
    part = row_of(soname).get("nvidia", "")
    if not part:
        return ""
    told = re.search(r"\.so\.(1[0-9])\b", soname)
    if "cudnn" in soname:
        major = "11" if cuda_of(torch) == "11" else "12"
    else:
        major = (told[1] if told and NUMBERED_BY_CUDA.match(soname) else "") or cuda_of(torch) or "12"
    return f"nvidia-{part}-cu{major}"
