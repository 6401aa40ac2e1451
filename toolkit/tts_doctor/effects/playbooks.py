"""Playbooks as files: finding one, checking them, starting a new one, writing what is generated from them.

Decides whether a file is good enough to travel with the tool; never looks at a patient.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tts_doctor.effects.cannot_write import cannot_write
from tts_doctor.errors import PlaybookError, UsageError
from tts_doctor.knowledge.deployments import DEPLOYMENTS, deployment_files, load_deployment
from tts_doctor.knowledge.playbooks import (
    COMPILED,
    bounds_file,
    compile_library,
    folder,
    load_file,
    load_library,
    playbook_files,
)
from tts_doctor.model.playbook import AllOf, AnyOf, Bound, Condition, ErrorIs, NoneOf, Playbook, TextHas, VariableIs
from tts_doctor.model.text import Text
from tts_doctor.parse.literal import catastrophic
from tts_doctor.parse.playbook import read_bounds, read_yaml
from tts_doctor.parse.playbook_shape import ID, PLAYBOOK
from tts_doctor.parse.shape import json_schema

T = TypeVar("T")
SCHEMA = "schema.json"
TO_FILL_IN = "FILL IN"
LARGEST = 256 << 10
CHINESE = re.compile(r"[\u3400-\u9fff]")
SCAFFOLD = """\
id: {id}
title:
  en: "{mark}: {{consumer}} uses {{name}}, which PROVIDER 2 removed"
  zh: "{mark}：{{consumer}} 使用的 {{name}} 已被 PROVIDER 2 移除"
cause:
  en: "{mark}: which contract between which distributions broke, since which versions, and why nobody noticed."
  zh: "{mark}：哪些包之间的什么约定、从哪一版起失效，为何没有被发现。"
when:
  all:
    - error: {{type: ImportError, message: "cannot import name '(?P<name>\\\\w+)' from 'provider'"}}
    - installed: {{name: provider, spec: ">=2"}}
culprits:
  - {{name: provider, wanted: "<2"}}
  - {{name: "{{consumer}}"}}
treatment:
  - actions: [{{action: pin, target: provider, spec: "<2"}}]
references: []   # {mark}: public threads where people met it
reproduction:    # {mark}: builds the disease; see the other playbooks
  python: "3.11"
  requirements: ["consumer==1.0", "provider==2.0"]
  run: |
    import consumer
    print(consumer.work())
  expect: "cannot import name '\\\\w+' from 'provider'"
"""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, in words that start with the dotted path."""

    file: str
    what: Text


def list_playbooks() -> tuple[Playbook, ...]:
    """Every playbook, by id. Raises PlaybookError."""
    return load_library().playbooks


def find_playbook(name: str) -> Playbook:
    """The playbook of that id, with specimens and reproduction. Raises UsageError that names the nearest ones."""
    known = {playbook.id: playbook for playbook in list_playbooks()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3) or [k for k in known if name in k][:3]
    raise UsageError(
        f"there is no playbook {name!r}",
        f"没有名为 {name!r} 的手册",
        hint_en=f"did you mean {', '.join(near)}?" if near else "`tts-doctor playbook list` names all of them",
        hint_zh=f"是否想找 {'、'.join(near)}？" if near else "用 `tts-doctor playbook list` 查看全部",
    )


def check_playbooks(files: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Everything wrong with the given files, or with all that travel with the tool. Raises UsageError: no such file."""
    bounds = {b.id: b for b in read_bounds(read_yaml(bounds_file().read_text("utf-8"), "bounds.yaml"), "bounds.yaml")}
    paths = [Path(file) for file in files] or [*playbook_files(), *deployment_files()]
    problems: list[Problem] = []
    for path in paths:
        if not path.is_file():
            raise UsageError(
                f"there is no file {path}",
                f"没有文件 {path}",
                hint_en="tts-doctor playbook new ID writes one",
                hint_zh="tts-doctor playbook new ID 可生成一份",
            )
        problems += [Problem(str(path), what) for what in _check(path, bounds)]
    return tuple(problems)


def _check(path: Path, bounds: dict[str, Bound]) -> Iterator[Text]:
    if path.stat().st_size > LARGEST:
        yield Text(f"{path.name} is larger than {LARGEST >> 10} KiB", f"{path.name} 超过 {LARGEST >> 10} KiB")
        return
    if path.parent.name == DEPLOYMENTS:
        yield from _check_deployment(path)
        return
    playbook = _loaded(path, lambda: load_file(path, bounds))
    if isinstance(playbook, Text):
        yield playbook
        return
    if TO_FILL_IN in path.read_text("utf-8"):
        yield Text(f"{path.name} still says {TO_FILL_IN}", f"{path.name} 中仍有 {TO_FILL_IN}")
    for name, text in (("title", playbook.title), ("cause", playbook.cause)):
        if not CHINESE.search(text.zh):
            yield Text(f"{path.name}.{name}.zh is not Chinese", f"{path.name}.{name}.zh 不是中文")
    if not playbook.references:
        yield Text(
            f"{path.name}.references is empty: name a public thread", f"{path.name}.references 为空：请给出公开的讨论"
        )
    if playbook.reproduction is None:
        yield Text(
            f"{path.name}.reproduction is missing: a playbook is tested by falling ill",
            f"缺少 {path.name}.reproduction：手册以重现疾病来测试",
        )
    if not any(isinstance(c, (ErrorIs, TextHas, VariableIs)) for c in conditions(playbook.when)):
        yield Text(
            f"{path.name}.when asks for no error, text or variable: versions alone are no disease",
            f"{path.name}.when 没有 error、text 或 variable 条件：仅有版本不构成疾病",
        )
    for condition in conditions(playbook.when):
        for pattern in _patterns(condition):
            if catastrophic(pattern):
                yield _endless(f"{path.name}.when", pattern)


def _loaded(path: Path, load: Callable[[], T]) -> T | Text:
    """What `load` makes of the file, or what is wrong with it."""
    try:
        return load()
    except PlaybookError as error:
        return Text(error.en, error.zh)
    except (OSError, UnicodeDecodeError) as error:
        return Text(f"{path.name} cannot be read: {error}", f"{path.name} 无法读取：{error}")


def _check_deployment(path: Path) -> Iterator[Text]:
    playbook = _loaded(path, lambda: load_deployment(path))
    if isinstance(playbook, Text):
        yield playbook
        return
    for text in (playbook.title, playbook.cause, *(remedy.title for remedy in playbook.remedies)):
        if not CHINESE.search(text.zh):
            yield Text(f"{path.name}: {text.zh!r} is not Chinese", f"{path.name}：{text.zh!r} 不是中文")
    for pattern in playbook.signs.text:
        if catastrophic(pattern):
            yield _endless(f"{path.name}.signs", pattern)


def _endless(place: str, pattern: str) -> Text:
    return Text(
        f"{place} has a repeat inside a repeat, which can take for ever: {pattern}",
        f"{place} 的重复中又有重复，匹配可能永不结束：{pattern}",
    )


def conditions(condition: Condition) -> Iterator[Condition]:
    """The condition and every part of it."""
    yield condition
    if isinstance(condition, (AllOf, AnyOf, NoneOf)):
        for part in condition.parts:
            yield from conditions(part)


def _patterns(condition: Condition) -> tuple[str, ...]:
    if isinstance(condition, ErrorIs):
        return condition.message, condition.frame
    if isinstance(condition, TextHas):
        return (condition.pattern,)
    return (condition.matches,) if isinstance(condition, VariableIs) else ()


def new_playbook(name: str, where: str = ".") -> Path:
    """Write a scaffold that checks well but for what must be filled in. Raises UsageError: bad id, file exists."""
    if not re.fullmatch(ID, name):
        raise UsageError(
            f"{name!r} is no id",
            f"{name!r} 不是合法的 id",
            hint_en="use words joined by hyphens, such as flask-json",
            hint_zh="请用连字符连接单词，例如 flask-json",
        )
    target = Path(where) / f"{name}.yaml"
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(SCAFFOLD.format(id=name, mark=TO_FILL_IN))
    except FileExistsError:
        raise UsageError(f"{target} exists already", f"{target} 已存在") from None
    except OSError as error:
        raise cannot_write(target, error) from None
    return target


def generated() -> dict[Path, str]:
    """The files that are computed from the playbooks, with what they should hold. Raises PlaybookError."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A playbook of tts-doctor: one disease as data",
        **json_schema(PLAYBOOK),
    }
    place = folder("playbooks")
    return {
        place / SCHEMA: json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
        place / COMPILED: compile_library(),
    }


def write_generated() -> tuple[Path, ...]:
    """Bring the generated files up to date; returns those that changed."""
    changed = []
    for path, text in generated().items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return tuple(changed)
