"""What is known about images: what a base brings, what wheels do not say they need, and whose life has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.version import InvalidVersion, Version

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.knowledge.sonames import debian_package, row_of
from tts_doctor.model.image import SystemPackage


def table() -> Mapping[str, Any]:
    """The whole of `images.yaml`."""
    found: Mapping[str, Any] = load_data("images.yaml")
    return found


def pinned(name: str, why: str, debian: str) -> SystemPackage:
    """The package with the version that its Debian release has, where that is known."""
    return SystemPackage(name, why, package_versions(debian).get(name, ""))


def package_versions(debian: str) -> Mapping[str, str]:
    """Package -> version of a release; empty where its versions are not known."""
    found: Mapping[str, str] = load_data(f"debian_{debian}.yaml") if debian in ("bookworm", "trixie") else {}
    return found


def known_package(soname: str) -> str:
    """The Debian package that brings the library; empty where only a guess by the name could be made."""
    row = row_of(soname)
    if row.get("debian"):
        return str(row["debian"])
    guess = debian_package(soname)
    return guess if not row and guess in load_data("debian_bookworm.yaml") else ""


def program_package(name: str) -> str:
    """The Debian package that brings a program; empty for an unknown one."""
    return str(load_data("programs.yaml").get(name, ""))


def runtime_needs(name: str, version: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """(packages to run, packages to build, why) of a distribution by its canonical name; no `version`: the newest."""
    row = table()["needs"].get(name, {})
    limit = row.get("below", "")
    if limit and (not version or _version(version) >= _version(limit)):
        return (), (), ""
    return tuple(row.get("packages", ())), tuple(row.get("build", ())), str(row.get("why", ""))


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
