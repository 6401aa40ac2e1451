"""The library of playbooks and version bounds that travels with the tool.

Decides where they lie (in the wheel, else in the checkout) and whether their compiled form (`compiled.json`, the same
data without specimens and reproductions, twenty times faster to read) still belongs to them; never asks the patient.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tts_doctor.errors import PlaybookError
from tts_doctor.model.playbook import Bound, Library, Playbook
from tts_doctor.parse.playbook import build_bounds, build_playbook, read_bounds, read_playbook, read_yaml

COMPILED = "compiled.json"
LEFT_OUT = ("specimens", "reproduction")


def folder(name: str) -> Path:
    """`playbooks` or `constraints`: in the package, else in the checkout that the package is run from."""
    here = Path(__file__)
    for place in (here.parents[1] / name, here.parents[3] / name):
        if place.is_dir():
            return place
    raise PlaybookError(
        f"the folder {name} is missing from this installation",
        f"安装中缺少 {name} 文件夹",
        hint_en="reinstall tts-doctor",
        hint_zh="请重新安装 tts-doctor",
    )


def playbook_files() -> tuple[Path, ...]:
    """The playbooks' YAML files, by name."""
    return tuple(sorted(folder("playbooks").glob("*.yaml")))


def bounds_file() -> Path:
    return folder("constraints") / "bounds.yaml"


@lru_cache(maxsize=1)
def load_playbooks() -> tuple[Playbook, ...]:
    """Every playbook, without specimens and reproductions where the compiled form is fresh. Raises PlaybookError."""
    compiled = read_compiled()
    if compiled is None:
        return load_library().playbooks
    bounds = {b.id: b for b in build_bounds(compiled["bounds"])}
    return tuple(build_playbook(data, data["id"], bounds) for data in compiled["playbooks"])


def load_library() -> Library:
    """Everything, from the YAML files, fully checked. Raises PlaybookError for the first file that is broken."""
    bounds = read_bounds(read_yaml(bounds_file().read_text("utf-8"), "bounds.yaml"), "bounds.yaml")
    known = {bound.id: bound for bound in bounds}
    return Library(tuple(load_file(file, known) for file in playbook_files()), bounds)


def load_file(file: Path, bounds: dict[str, Bound]) -> Playbook:
    """One playbook, fully checked; its id must be the file's name. Raises PlaybookError."""
    playbook = read_playbook(read_yaml(file.read_text("utf-8"), file.name), file.name, bounds)
    if f"{playbook.id}.yaml" != file.name:
        raise PlaybookError(
            f"{file.name}.id is {playbook.id}: id and file name differ", f"{file.name}：id 与文件名不一致"
        )
    return playbook


def digest() -> str:
    """One hash over the bytes of every playbook and of the bounds."""
    total = hashlib.sha256()
    for file in (*playbook_files(), bounds_file()):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


@lru_cache(maxsize=1)
def read_compiled() -> Any:
    """The compiled form, or None where it is missing, broken or older than the files."""
    try:
        data = json.loads((folder("playbooks") / COMPILED).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("digest") == digest() else None


def compile_library() -> str:
    """The text of `compiled.json`: one bound or playbook a line, so that changes can be read. Raises PlaybookError."""
    from tts_doctor.parse.literal import with_literals  # only whoever writes playbooks needs it

    load_library()
    read = [read_yaml(file.read_text("utf-8"), file.name) for file in playbook_files()]
    kept = [{key: value for key, value in with_literals(data).items() if key not in LEFT_OUT} for data in read]
    bounds = read_yaml(bounds_file().read_text("utf-8"), "bounds.yaml")
    return f'{{"digest": "{digest()}",\n"bounds": [\n{_lines(bounds)}\n],\n"playbooks": [\n{_lines(kept)}\n]}}\n'


def _lines(rows: Iterable[Any]) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str) for row in rows)
