"""The shapes that the data of playbooks and bounds must have; what they mean is `playbook`'s business."""

from __future__ import annotations

import re

from tts_doctor.model.finding import ACTIONS, Kind, Severity
from tts_doctor.parse.shape import BOOLEAN, NUMBER, STRING, STRINGS, TABLE, Shape

GROUP = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
ID = r"[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*"


def mapping(required: str, optional: str = "", single: bool = False, name: str = "", **fields: Shape) -> Shape:
    """A mapping whose fields are strings unless given."""
    names = (*required.split(), *optional.split())
    return Shape(
        "mapping",
        fields=tuple((key, fields.get(key, STRING)) for key in names),
        required=tuple(required.split()),
        single=single,
        name=name,
    )


TEXT = mapping("en zh")
IDENTIFIER = Shape("string", pattern=ID)
CONDITIONS = Shape("list", item=Shape("ref", name="condition"))
CONDITION = mapping(
    "",
    "error text installed missing python variable at_rest all any none",
    single=True,
    name="condition",
    error=mapping("message", "type frame literal"),
    text=Shape("string", either=(STRING, mapping("pattern", "literal"))),
    installed=mapping("name", "spec as"),
    variable=mapping("name", "matches unset", unset=BOOLEAN),
    at_rest=BOOLEAN,
    all=CONDITIONS,
    any=CONDITIONS,
    none=CONDITIONS,
)
ACTION = mapping(
    "action target",
    "spec bound value why",
    action=Shape("string", choices=ACTIONS),
    value=Shape("string", either=(STRING, Shape("mapping"))),
    why=TEXT,
)
STEP = mapping("requirements", "no_deps options", requirements=STRINGS, no_deps=BOOLEAN, options=STRINGS)
REPRODUCTION = mapping(
    "python expect",
    "requirements no_deps options then_install seed setup run command env",
    requirements=STRINGS,
    no_deps=BOOLEAN,
    options=STRINGS,
    then_install=Shape("list", item=STEP),
    seed=BOOLEAN,
    env=TABLE,
)
PLAYBOOK = mapping(
    "id title cause when treatment references",
    "severity confidence culprits beside specimens reproduction",
    id=IDENTIFIER,
    title=TEXT,
    cause=TEXT,
    when=CONDITION,
    treatment=Shape(
        "list",
        item=mapping("actions", "when", actions=Shape("list", item=ACTION), when=Shape("ref", name="condition")),
    ),
    references=Shape("list", item=Shape("string", pattern=r"https://\S+")),
    severity=Shape("string", choices=tuple(s.value for s in Severity)),
    confidence=NUMBER,
    culprits=Shape(
        "list", item=mapping("name", "kind wanted bound", kind=Shape("string", choices=tuple(k.value for k in Kind)))
    ),
    beside=Shape("list", item=IDENTIFIER),
    specimens=Shape("list", item=mapping("", "text python packages environment", packages=TABLE, environment=TABLE)),
    reproduction=REPRODUCTION,
)
BOUNDS = Shape(
    "list",
    item=mapping(
        "id consumer versions provider bound file name date",
        "reason evidence differs",
        id=IDENTIFIER,
        reason=TEXT,
        differs=mapping("file text"),
    ),
)
