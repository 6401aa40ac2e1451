"""Which torchvision, torchaudio and torchtext belong to which torch, and which CUDA the default wheels of a torch
are for.
"""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.load_data import load_data

SIBLINGS = ("torchvision", "torchaudio", "torchtext")


def sibling_release(sibling: str, torch: str) -> str:
    """The release of a sibling that was built for this torch, without local label; empty where unknown."""
    try:
        version = Version(torch)
    except InvalidVersion:
        return ""
    table = load_data("torch_family.yaml")
    exact: str = table["exact"].get(sibling, {}).get(version.base_version, "")
    if exact:
        return exact
    if version.major < 2 and sibling == "torchvision":
        return f"0.{version.minor + 1}.{version.micro}"
    if version.major < 2:
        return (
            f"0.{version.minor}.{version.micro}"
            if sibling == "torchaudio"
            else f"0.{version.minor + 1}.{version.micro}"
        )
    if sibling == "torchaudio":
        return f"2.{version.minor}.{version.micro}"
    return f"0.{version.minor + 15}.{version.micro}"


def cuda_of(torch: str) -> str:
    """Major CUDA version of the index's default wheels of a torch; empty where unknown."""
    try:
        version = Version(torch)
    except InvalidVersion:
        return ""
    found = ""
    for since, cuda in load_data("torch_family.yaml")["cuda"]:
        if version >= Version(since):
            found = str(cuda)
    return found
