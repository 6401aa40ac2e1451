"""The catalogue and the tables are well formed, in two languages, and their patterns cannot be made to hang."""

from __future__ import annotations

import re

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.guards import ends_within

from tts_doctor.knowledge.load_data import load_data
from tts_doctor.knowledge.messages import Message, messages
from tts_doctor.knowledge.removed_names import bound_of_keyword, bound_of_name
from tts_doctor.model.finding import ACTIONS, Kind

HOSTILE = (
    "a." * 1000,
    "a" * 2000,
    "/a-b" * 500,
    "'a " * 700,
    "1.2>=" * 400,
    "libso." * 300,
    " " * 2000,
    "Because a " * 200,
)


@pytest.mark.parametrize("message", messages(), ids=[m.id for m in messages()])
def test_a_message_is_complete(message: Message) -> None:
    assert message.title.zh and message.cause.zh and message.culprits and message.repairs
    assert {kind for kind, _ in message.culprits} <= {kind.value for kind in Kind}
    steps = [dict(step) for repair in message.repairs for step in repair]
    assert {step["action"] for step in steps} <= set(ACTIONS)
    for step in steps:
        if "{" not in step.get("spec", "{") and step["action"] in ("pin", "install"):
            SpecifierSet(step["spec"])


@pytest.mark.parametrize("message", messages(), ids=[m.id for m in messages()])
def test_every_field_in_braces_is_filled_by_a_group(message: Message) -> None:
    groups = {name for pattern in message.match for name in pattern.groupindex}
    groups |= {"consumer", "built", "built_version", "installed", "python"}
    used = set(re.findall(r"\{(\w+)\}", f"{message.title}{message.cause}{message.culprits}{message.repairs}"))
    assert used <= groups


@pytest.mark.parametrize("text", HOSTILE)
def test_no_pattern_hangs_on_hostile_text(text: str) -> None:
    with ends_within(30):
        for message in messages():
            for pattern in (*message.match, *message.also):
                pattern.search(text)


@pytest.mark.parametrize("provider", load_data("removed_names.yaml"))
def test_providers_are_canonical_and_bounds_are_versions(provider: str) -> None:
    assert provider == canonicalize_name(provider)
    for row in load_data("removed_names.yaml")[provider]:
        assert row.get("removed") or row.get("added")
        SpecifierSet(",".join(f"{op}{row[key]}" for op, key in ((">=", "added"), ("<", "removed")) if key in row))


@pytest.mark.parametrize(
    ("module", "name", "spec"),
    [
        ("werkzeug.urls", "url_quote", "<3.0"),
        ("numpy", "complex", "<1.24"),
        ("numpy", "string_", "<2.0"),
        ("typing_extensions", "TypeAliasType", ">=4.6"),
        ("scipy.misc", "logsumexp", "<1.3"),
    ],
)
def test_well_known_names(module: str, name: str, spec: str) -> None:
    bound = bound_of_name(module, name)
    assert bound is not None
    assert bound.spec == spec


def test_a_bare_init_says_nothing_without_its_parties() -> None:
    assert bound_of_keyword("__init__", "proxies", frozenset()) is None
    assert bound_of_keyword("__init__", "proxies", frozenset({"openai"})) is not None
