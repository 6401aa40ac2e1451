"""Mapping -> deployment playbook. Says, with a dotted path, what a file breaks; reads no file."""

from __future__ import annotations

import re
from typing import Any

from tts_doctor.model.deployment import HOW, DeploymentPlaybook, Remedy, Signs
from tts_doctor.model.text import Text
from tts_doctor.parse.playbook_shape import IDENTIFIER, TEXT, mapping
from tts_doctor.parse.shape import BOOLEAN, STRINGS, Shape, broken, check

STATES = ("oom-killed", "restarting", "unhealthy", "exited", "silent", "ill")
EVIDENCE = ("listeners", "room", "memory", "found", "cache")
PLAIN = ("port", "host", "workers", "timeout", "engine", "worker-tmp-dir", "patience", "limit memory", "limit shm",
         "limit tmpfs")  # fmt: skip
PATTERN = "|".join(PLAIN) + "|variable (named|[A-Z][A-Z0-9_]*)"
DEPLOYMENT = mapping(
    "id title cause signs remedies references",
    "evidence general",
    id=IDENTIFIER,
    title=TEXT,
    cause=TEXT,
    signs=mapping(
        "", "messages text states", messages=STRINGS, text=STRINGS,
        states=Shape("list", item=Shape("string", choices=STATES)),
    ),
    evidence=Shape("list", item=Shape("string", choices=EVIDENCE)),
    general=BOOLEAN,
    remedies=Shape(
        "list",
        item=mapping(
            "title settings how",
            "values",
            title=TEXT,
            settings=Shape("list", item=Shape("string", pattern=PATTERN)),
            how=Shape("string", choices=HOW),
            values=STRINGS,
        ),
    ),
    references=Shape("list", item=Shape("string", pattern=r"https://\S+")),
)  # fmt: skip


def read_deployment_playbook(data: Any, where: str) -> DeploymentPlaybook:
    """Raises PlaybookError with a dotted path."""
    check(data, DEPLOYMENT, where)
    signs = {key: tuple(value) for key, value in data["signs"].items()}
    for number, pattern in enumerate(signs.get("text", ())):
        try:
            re.compile(pattern)
        except re.error as error:
            path = f"{where}.signs.text[{number}]"
            raise broken(path, f"is no expression: {error}", "不是合法的正则表达式") from None
    return DeploymentPlaybook(
        id=data["id"],
        title=Text(**data["title"]),
        cause=Text(**data["cause"]),
        signs=Signs(**signs),
        evidence=tuple(data.get("evidence", ())),
        remedies=tuple(
            Remedy(Text(**each["title"]), tuple(each["settings"]), each["how"], tuple(each.get("values", ())))
            for each in data["remedies"]
        ),
        references=tuple(data["references"]),
        general=data.get("general", False),
    )
