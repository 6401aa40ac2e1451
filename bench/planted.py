"""The defects that are planted into the measured environments, and how to see that a report names them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Defect:
    """A report has found it where every pattern of `told` matches within one finding or line."""

    name: str
    told: tuple[str, ...]
    plant: Callable[[Path], None] = lambda site: None

    def is_told(self, parts: list[str]) -> bool:
        return any(all(re.search(pattern, part, re.IGNORECASE) for pattern in self.told) for part in parts)


def _one(site: Path, pattern: str) -> Path:
    return sorted(site.glob(pattern))[0]


def _delete(pattern: str) -> Callable[[Path], None]:
    return lambda site: _one(site, pattern).unlink()


def _replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def _rename_function(site: Path) -> None:
    path = _one(site, "threadpoolctl.py")
    _replace(path, path.read_bytes().replace(b"def threadpool_info", b"def threadpool_information"))


def _make_foreign(site: Path) -> None:
    """The machine of an ELF file is what bytes 18 and 19 say: 183 is aarch64."""
    path = _one(site, "regex/_regex.*.so")
    content = path.read_bytes()
    _replace(path, content[:18] + (183).to_bytes(2, "little") + content[20:])


def _truncate(pattern: str) -> Callable[[Path], None]:
    def cut(site: Path) -> None:
        path = _one(site, pattern)
        _replace(path, path.read_bytes()[:5000])

    return cut


def _double_metadata(site: Path) -> None:
    info = _one(site, "click-*.dist-info")
    other = site / "click-7.0.dist-info"
    shutil.copytree(info, other)
    text = re.sub(r"(?m)^Version: .*$", "Version: 7.0", (info / "METADATA").read_text("utf-8"))
    (other / "METADATA").write_text(text, "utf-8")


HANDBOOK = (
    Defect("werkzeug too new for flask", ("werkzeug", "url_quote")),
    Defect("setuptools without pkg_resources", ("setuptools|librosa", "pkg_resources")),
    Defect("pyarrow too new for datasets", ("datasets|pyarrow", "PyExtensionType")),
    Defect("a deleted module", ("jinja2", r"filters"), _delete("jinja2/filters.py")),
    Defect("an altered module", ("threadpoolctl",), _rename_function),
    Defect("a deleted extension module", (r"multidict", r"_multidict"), _delete("multidict/_multidict.*.so")),
    Defect("a truncated extension module", ("xxhash", r"_xxhash"), _truncate("xxhash/_xxhash.*.so")),
    Defect("an extension module of another machine", ("regex", "_regex"), _make_foreign),
    Defect("two versions' metadata", ("click", r"7\.0"), _double_metadata),
)
NUMPY = (Defect("a module of NumPy 1 under NumPy 2", ("soxr", "numpy")),)

GENERATED = (Defect("a deleted module", ("part003", r"m5\b"), _delete("part003/m5.py")),)
TORCH = (
    Defect("a deleted module", ("torch", r"overrides"), _delete("torch/overrides.py")),
    Defect("a truncated library", ("torch", r"libc10\.so"), _truncate("torch/lib/libc10.so")),
)


def plant(venv: Path, site: Path, defects: tuple[Defect, ...]) -> None:
    """Plant them once; what is planted is noted in the environment."""
    mark = venv / ".planted"
    if not mark.exists():
        for defect in defects:
            defect.plant(site)
        mark.touch()
