"""Checks plain data (mappings, lists, strings) against a described shape, and writes that shape as JSON Schema.

Says where data breaks its shape, with a dotted path; never changes the data and never builds objects of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tts_doctor.errors import PlaybookError


@dataclass(frozen=True)
class Shape:
    """`kind` is string, number, boolean, list, mapping (of `fields`) or table (free keys, `item`s); or see `either`."""

    kind: str
    fields: tuple[tuple[str, Shape], ...] = ()
    required: tuple[str, ...] = ()
    single: bool = False
    """A mapping with exactly one of its fields."""
    item: Shape | None = None
    either: tuple[Shape, ...] = ()
    choices: tuple[str, ...] = ()
    pattern: str = ""
    name: str = ""
    """Where a shape contains itself: its name under `$defs`; a shape of kind `ref` stands for it."""


STRING = Shape("string")
BOOLEAN = Shape("boolean")
NUMBER = Shape("number")
STRINGS = Shape("list", item=STRING)
TABLE = Shape("table", item=STRING)
LONGEST_STRING = 20_000
LONGEST_LIST = 200
TYPES: dict[str, Any] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "mapping": (dict,),
    "table": (dict,),
}
JSON_TYPES = {"list": "array", "mapping": "object", "table": "object"}


def check(value: Any, shape: Shape, path: str, known: Mapping[str, Shape] | None = None) -> None:
    """Raise PlaybookError with the dotted path of the first thing that does not fit."""
    known = known or {}
    if shape.kind == "ref":
        shape = known[shape.name]
    elif shape.name:
        known = {**known, shape.name: shape}
    if shape.either:
        _check_either(value, shape, path, known)
        return
    if not isinstance(value, TYPES[shape.kind]) or (isinstance(value, bool) and shape.kind != "boolean"):
        raise broken(path, f"must be a {shape.kind}, not {type(value).__name__}", f"应为 {shape.kind}")
    if isinstance(value, str):
        _check_string(value, shape, path)
    elif isinstance(value, list) and shape.item:
        if len(value) > LONGEST_LIST:
            raise broken(path, f"has more than {LONGEST_LIST} items", "项目过多")
        for number, each in enumerate(value):
            check(each, shape.item, f"{path}[{number}]", known)
    elif shape.kind == "table" and shape.item:
        for key, each in value.items():
            check(key, STRING, path, known)
            check(each, shape.item, f"{path}.{key}", known)
    elif shape.kind == "mapping":
        _check_mapping(value, shape, path, known)


def _check_either(value: Any, shape: Shape, path: str, known: Mapping[str, Shape]) -> None:
    for option in shape.either:
        if isinstance(value, TYPES[option.kind]):
            check(value, option, path, known)
            return
    wanted = " or ".join(option.kind for option in shape.either)
    raise broken(path, f"must be a {wanted}, not {type(value).__name__}", f"应为 {wanted}")


def _check_string(value: str, shape: Shape, path: str) -> None:
    if len(value) > LONGEST_STRING:
        raise broken(path, f"is longer than {LONGEST_STRING} characters", "文本过长")
    if shape.choices and value not in shape.choices:
        raise broken(path, f"is {value!r}, not one of {', '.join(shape.choices)}", f"不在可选值之内：{value!r}")
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        raise broken(path, f"is {value!r}, which does not match {shape.pattern}", f"格式不符：{value!r}")


def _check_mapping(value: dict[Any, Any], shape: Shape, path: str, known: Mapping[str, Shape]) -> None:
    fields = dict(shape.fields)
    for key in value:
        if key not in fields:
            raise broken(f"{path}.{key}", f"is unknown; known are {', '.join(fields)}", "未知的键")
    for key in shape.required:
        if key not in value:
            raise broken(f"{path}.{key}", "is missing", "缺少此键")
    if shape.single and len(value) != 1:
        raise broken(path, f"must have exactly one of {', '.join(fields)}", "必须恰好有一个键")
    for key, each in value.items():
        check(each, fields[key], f"{path}.{key}", known)


def broken(path: str, en: str, zh: str) -> PlaybookError:
    """The error of a thing at `path`."""
    path = path.lstrip(".")
    return PlaybookError(
        f"{path} {en}",
        f"{path}：{zh}",
        hint_en="see playbooks/schema.json, or start from `tts-doctor playbook new ID`",
        hint_zh="参见 playbooks/schema.json，或用 `tts-doctor playbook new ID` 生成模板",
    )


def json_schema(shape: Shape) -> dict[str, Any]:
    """The shape as JSON Schema 2020-12 (without `$schema` and `$id`)."""
    definitions: dict[str, Any] = {}
    body = _schema(shape, definitions)
    return {**body, "$defs": definitions} if definitions else body


def _schema(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    if shape.kind == "ref":
        return {"$ref": f"#/$defs/{shape.name}"}
    if shape.either:
        return {"anyOf": [_schema(option, definitions) for option in shape.either]}
    body: dict[str, Any] = {"type": JSON_TYPES.get(shape.kind, shape.kind)}
    if shape.choices:
        body["enum"] = list(shape.choices)
    if shape.pattern:
        body["pattern"] = f"^(?:{shape.pattern})$"
    if shape.kind == "string":
        body["maxLength"] = LONGEST_STRING
    if shape.kind == "list" and shape.item:
        body["items"] = _schema(shape.item, definitions)
        body["maxItems"] = LONGEST_LIST
    if shape.kind == "table" and shape.item:
        body["additionalProperties"] = _schema(shape.item, definitions)
    if shape.kind == "mapping":
        body["properties"] = {key: _schema(field, definitions) for key, field in shape.fields}
        body["additionalProperties"] = False
        if shape.required:
            body["required"] = list(shape.required)
        if shape.single:
            body["minProperties"] = body["maxProperties"] = 1
    if shape.name:
        definitions[shape.name] = body
        return {"$ref": f"#/$defs/{shape.name}"}
    return body
