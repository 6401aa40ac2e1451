"""What lies where when an image's layers are put on top of each other."""

from __future__ import annotations

import pytest

from tts_doctor.model.layers import Layer, Member
from tts_doctor.parse.image_layers import Tree, plain_path

FILE, FOLDER = ("file", ""), ("folder", "")


def tree(*layers: dict[str, tuple[str, str]]) -> Tree:
    return Tree(
        Layer("", tuple(Member(path, kind, target=target, layer=number) for path, (kind, target) in one.items()))
        for number, one in enumerate(layers)
    )


def paths(made: Tree) -> list[str]:
    return [member.path for member in made.walk()]


MERGED = {
    "a file that only the upper one has": (({"a/b": FILE}, {"a/c": FILE}), ["a", "a/b", "a/c"]),
    "a whiteout": (({"a/b": FILE, "a/c": FILE}, {"a/.wh.b": FILE}), ["a", "a/c"]),
    "a whiteout of a folder": (({"a/b/c": FILE}, {".wh.a": FILE}), []),
    "a whiteout and the same name again": (({"a/b": FOLDER, "a/b/c": FILE}, {"a/b": FILE, "a/.wh.b": FILE}),
                                           ["a", "a/b"]),
    "an opaque folder, whatever comes first": (({"a/b": FILE}, {"a/c": FILE, "a/.wh..wh..opq": FILE}), ["a", "a/c"]),
    "a file in a folder's place": (({"a/b": FILE}, {"a": FILE}), ["a"]),
    "a folder in a link's place": (({"a": ("symlink", "b"), "b/x": FILE}, {"a": FOLDER}), ["a", "b", "b/x"]),
    "a file below a linked folder": (({"usr/lib": FOLDER, "lib": ("symlink", "usr/lib")}, {"lib/x": FILE}),
                                     ["lib", "usr", "usr/lib", "usr/lib/x"]),
    "a file below a link that leads out": (({"out": ("symlink", "../../etc")}, {"out/x": FILE}),
                                           ["etc", "etc/x", "out"]),
    "a file below a circle": (({"a": ("symlink", "b"), "b": ("symlink", "a")}, {"a/x": FILE}), ["a", "b"]),
    "a hard link": (({"a": FILE, "b": ("hardlink", "a")},), ["a", "b"]),
    "a hard link to nothing": (({"b": ("hardlink", "a")},), []),
    "a whiteout of nothing": (({"a": FILE}, {"x/y/.wh.z": FILE}), ["a"]),
}  # fmt: skip


@pytest.mark.parametrize("layers, expected", MERGED.values(), ids=MERGED)
def test_merging(layers: tuple[dict[str, tuple[str, str]], ...], expected: list[str]) -> None:
    assert paths(tree(*layers)) == expected


def test_a_hard_link_is_the_file_of_its_layer() -> None:
    """Later layers replace one name without the other."""
    made = tree({"a": FILE, "b": ("hardlink", "a")}, {"a": FILE})
    assert [(m.path, m.layer) for m in made.walk()] == [("a", 1), ("b", 0)]


RESOLVED = {
    "plain": ("usr/lib/x", "usr/lib/x"),
    "a link": ("lib/x", "usr/lib/x"),
    "an absolute link": ("etc/alt/python", "usr/bin/python3"),
    "above the root": ("../../usr/./bin//python3", "usr/bin/python3"),
    "a link above the root": ("escape/usr", "usr"),
    "what is missing": ("usr/lib/none/at/all", "usr/lib/none/at/all"),
    "a circle": ("round/x", None),
    "below a file": ("usr/bin/python3/x", None),
}


@pytest.mark.parametrize("path, expected", RESOLVED.values(), ids=RESOLVED)
def test_where_a_path_leads(path: str, expected: str | None) -> None:
    made = tree({
        "usr/lib/x": FILE, "usr/bin/python3": FILE, "lib": ("symlink", "usr/lib"), "round": ("symlink", "round"),
        "etc/alt/python": ("symlink", "/usr/bin/python3"), "escape": ("symlink", "../../.."),
    })  # fmt: skip
    assert made.resolve(path) == expected


NAMES = {"./a/b/": "a/b", "/a": "a", "a//b": "a/b", ".": "", "../a": None, "a/../../b": None, "a\0b": None}


@pytest.mark.parametrize("name, expected", NAMES.items())
def test_names_of_members(name: str, expected: str | None) -> None:
    assert plain_path(name) == expected
