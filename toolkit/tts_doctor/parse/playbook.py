"""Mapping -> playbook. Decides whether a file is a playbook and says, with a dotted path, what it breaks.

Never reads a file and never loads anything but plain data: `read_yaml` refuses tags, aliases and big files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tts_doctor.errors import PlaybookError
from tts_doctor.model.finding import Action, Culprit, Kind, Severity
from tts_doctor.model.playbook import (
    AllOf,
    AnyOf,
    AtRest,
    Bound,
    Condition,
    ErrorIs,
    Install,
    Installed,
    Missing,
    NoneOf,
    Playbook,
    PythonIs,
    Repair,
    Reproduction,
    Specimen,
    TextHas,
    VariableIs,
)
from tts_doctor.model.text import Text
from tts_doctor.parse.playbook_shape import BOUNDS, CONDITION, PLAYBOOK
from tts_doctor.parse.shape import broken, check
from tts_doctor.parse.verify_playbook import verify_playbook, verify_specifier

BIGGEST_FILE = 64_000
DEEPEST = 100
GROUPS_OF_PARTS: dict[str, type[AllOf] | type[AnyOf] | type[NoneOf]] = {"all": AllOf, "any": AnyOf, "none": NoneOf}


def read_yaml(text: str, where: str) -> Any:
    """Plain data of a YAML file. Raises PlaybookError: too big, too nested, no YAML, with tags or aliases."""
    import yaml  # costs 15 ms, and only whoever writes playbooks needs it

    if len(text) > BIGGEST_FILE:
        raise PlaybookError(f"{where}: longer than {BIGGEST_FILE} characters", f"{where}：文件过大")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_loader(yaml)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise PlaybookError(f"{where}: aliases (*name) are not allowed", f"{where}：不允许使用别名 (*name)")
            if depth > DEEPEST:  # its parser's time grows with the square
                raise PlaybookError(f"{where}: nested more than {DEEPEST} deep", f"{where}：嵌套超过 {DEEPEST} 层")
        return yaml.load(text, Loader=_loader(yaml))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PlaybookError(f"{where}: not a YAML file: {error}", f"{where}：不是合法的 YAML：{error}") from None


def _loader(yaml: Any) -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_bounds(data: Any, where: str) -> tuple[Bound, ...]:
    """The list of bounds, fully checked. Raises PlaybookError with a dotted path."""
    check(data, BOUNDS, where)
    seen: set[str] = set()
    for number, each in enumerate(data):
        for key in ("versions", "bound"):
            verify_specifier(each[key], f"{where}[{number}].{key}")
        if each["id"] in seen:
            raise broken(f"{where}[{number}].id", f"{each['id']} is there twice", "重复")
        seen.add(each["id"])
    return build_bounds(data)


def build_bounds(data: Any) -> tuple[Bound, ...]:
    """Bounds of data that was checked before. A bound without words of its own is told by its file and name."""
    return tuple(
        Bound(
            **{
                **each,
                "reason": Text(**each["reason"]) if "reason" in each else _lost(each),
                "evidence": each.get("evidence") or f"{each['file']} uses {_shown(each['name'])}",
                "differs": tuple(each["differs"].values()) if "differs" in each else ("", ""),
            }
        )
        for each in data
    )


def _shown(name: str) -> str:
    """`numpy:float` as people write it."""
    module, _, rest = name.partition(":")
    return f"{module}.{rest}" if rest else module


def _lost(each: Mapping[str, str]) -> Text:
    """Why, of a bound on one side."""
    provider, file, bound = each["provider"], each["file"], each["bound"]
    function, _, keyword = _shown(each["name"]).partition("(")
    en = f"the argument {keyword.rstrip(')')} of {function}" if keyword else function
    zh = f"{function} 的参数 {keyword.rstrip(')')}" if keyword else function
    edge = bound.lstrip("<>=!~")
    if bound.startswith("<"):
        said = f"{provider} {edge} no longer has {en}, which {file} uses"
        return Text(said, f"{provider} {edge} 移除了 {file} 所用的 {zh}")
    said = f"{provider} has {en}, which {file} uses, only since {edge}"
    return Text(said, f"{provider} 自 {edge} 才有 {file} 所用的 {zh}")


def read_playbook(data: Any, where: str, bounds: Mapping[str, Bound]) -> Playbook:
    """A playbook of plain data, with the bounds that it names filled in. Raises PlaybookError with a dotted path."""
    check(data, PLAYBOOK, where, {"condition": CONDITION})
    playbook = build_playbook(data, where, bounds)
    verify_playbook(data, playbook, where)
    return playbook


def build_playbook(data: dict[str, Any], where: str, bounds: Mapping[str, Bound]) -> Playbook:
    """A playbook of data that was checked before; compiles none of its expressions."""
    reproduction = data.get("reproduction")
    return Playbook(
        id=data["id"],
        title=Text(**data["title"]),
        cause=Text(**data["cause"]),
        when=_condition(data["when"]),
        repairs=tuple(_repair(r, f"{where}.treatment[{n}]", bounds) for n, r in enumerate(data["treatment"])),
        culprits=tuple(_culprit(c, f"{where}.culprits[{n}]", bounds) for n, c in enumerate(data.get("culprits", []))),
        severity=Severity(data.get("severity", "error")),
        confidence=float(data.get("confidence", 0.9)),
        references=tuple(data["references"]),
        beside=tuple(data.get("beside", ())),
        specimens=tuple(_specimen(s) for s in data.get("specimens", ())),
        reproduction=_reproduction(reproduction) if reproduction else None,
    )


def _condition(data: dict[str, Any]) -> Condition:
    ((kind, value),) = data.items()
    if kind in GROUPS_OF_PARTS:
        return GROUPS_OF_PARTS[kind](tuple(_condition(part) for part in value))
    if kind == "error":
        return ErrorIs(**value)
    if kind == "text":
        return TextHas(**(value if isinstance(value, dict) else {"pattern": value}))
    if kind == "installed":
        return Installed(value["name"], value.get("spec", ""), value.get("as", ""))
    if kind == "missing":
        return Missing(value)
    if kind == "python":
        return PythonIs(value)
    if kind == "variable":
        return VariableIs(**value)
    return AtRest()


def _repair(data: dict[str, Any], path: str, bounds: Mapping[str, Bound]) -> Repair:
    actions = []
    for number, each in enumerate(data["actions"]):
        here = f"{path}.actions[{number}]"
        bound = _bound(each, here, bounds, each["target"])
        spec = bound.bound if bound else each.get("spec")
        value = each.get("value")
        actions.append(
            Action(
                each["action"],
                each["target"],
                spec,
                None if isinstance(value, dict) else value,
                Text(**each["why"]) if "why" in each else bound.reason if bound else Text("", ""),
            )
        )
    return Repair(tuple(actions), _condition(data["when"]) if "when" in data else None)


def _culprit(data: dict[str, Any], path: str, bounds: Mapping[str, Bound]) -> Culprit:
    bound = _bound({**data, "spec": data.get("wanted")}, path, bounds, data["name"])
    return Culprit(
        Kind(data.get("kind", "distribution")), data["name"], wanted=bound.bound if bound else data.get("wanted")
    )


def _bound(data: Mapping[str, Any], path: str, bounds: Mapping[str, Bound], target: str) -> Bound | None:
    if "bound" not in data:
        return None
    if data.get("spec"):
        raise broken(f"{path}.bound", "stands beside a version; give one of them", "不能同时给出 bound 与版本")
    bound = bounds.get(data["bound"])
    if bound is None:
        raise broken(f"{path}.bound", f"{data['bound']} is not in constraints/bounds.yaml", "bounds.yaml 中没有它")
    if target not in (bound.provider, bound.consumer):
        raise broken(f"{path}.bound", f"{bound.id} bounds {bound.provider}, not {target}", "与目标不符")
    return bound


def _specimen(data: dict[str, Any]) -> Specimen:
    return Specimen(
        data.get("text", ""),
        data.get("python", ""),
        tuple(data.get("packages", {}).items()),
        tuple(data.get("environment", {}).items()),
    )


def _reproduction(data: dict[str, Any]) -> Reproduction:
    steps = [data] if data.get("requirements") else []
    return Reproduction(
        python=data["python"],
        expect=data["expect"],
        run=data.get("run", ""),
        command=data.get("command", ""),
        installs=tuple(
            Install(tuple(s["requirements"]), s.get("no_deps", False), tuple(s.get("options", ())))
            for s in [*steps, *data.get("then_install", ())]
        ),
        seed=data.get("seed", False),
        setup=data.get("setup", ""),
        env=tuple(data.get("env", {}).items()),
    )
