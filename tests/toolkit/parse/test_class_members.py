"""What the text of a class tells of its members and its ancestors."""

from __future__ import annotations

import pytest

from tts_doctor.parse.class_members import ClassFacts, read_class


@pytest.mark.parametrize(
    ("source", "members", "bases", "is_open"),
    [
        ("class A:\n    x = 1\n    y: int\n    def f(self): self.z, other.w = 1, 2\n", "f x y z", (), False),
        ("class A(object):\n    if True:\n        def f(self): pass\n", "f", (), False),
        ("class B: pass\nclass A(B): pass\n", "", ("top.pkg.mod.B",), False),
        ("from ..up import far\nclass A(far.B): pass\n", "", ("top.up.far.B",), False),
        ("from . import near\nclass A(near.B): pass\n", "", ("top.pkg.near.B",), False),
        ("import a.b as c\nclass A(c.B[int]): pass\n", "", ("a.b.B",), False),
        ("import a.b\nclass A(a.b.B): pass\n", "", ("a.b.B",), False),
        ("try:\n    from n import B\nexcept Error:\n    from o import B\nclass A(B): pass\n", "", ("o.B",), False),
        ("from x import meta, M, B\nclass A(meta(M, B)): pass\n", "", ("x.M", "x.B"), False),
        ("class A:\n    def __getattr__(self, name): pass\n", "__getattr__", (), True),
        ("class A(make()['x']()): pass\n", "", (), True),
        ("class A(lambda: 1): pass\n", "", (), True),
    ],
)  # fmt: skip
def test_a_class_is_read(source: str, members: str, bases: tuple[str, ...], is_open: bool) -> None:
    found = read_class(source.encode(), "A", "top.pkg.mod", False)
    assert ClassFacts(frozenset(members.split()), bases, is_open) == found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from .core import A\n", "pkg.core.A"),
        ("from elsewhere import B as A\n", "elsewhere.B"),
        ("def A(): pass\n", None),
        ("not python(\n", None),
        ("", None),
    ],
)
def test_a_class_that_lies_elsewhere_is_named(source: str, expected: str | None) -> None:
    assert expected == read_class(source.encode(), "A", "pkg", True)
