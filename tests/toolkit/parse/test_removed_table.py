"""Tables of what a module no longer has, in the forms in which modules keep them."""

from __future__ import annotations

import pytest

from tts_doctor.parse.removed_table import removed_names

NUMPY_1 = """
_msg = "module 'numpy' has no attribute '{n}'.\\n{extended}"
_specific = "If you specifically wanted the numpy scalar type, use `np.{}` here."
_type_info = [("object", ""), ("float", _specific.format("float64")), ("int", "Use np.int_")]
__former_attrs__ = {n: _msg.format(n=n, extended=e) for n, e in _type_info}
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (NUMPY_1, {"object", "float", "int"}),
        ('__expired_attributes__ = {"geterrobj": "Use the np.errstate context manager"}', {"geterrobj"}),
        ('removed_names = ("a", "b")\n', {"a", "b"}),
        ('if True:\n    old = {"a": "b"}\n    _removed_attrs = {**old, "c": 1}\n', {"a", "c"}),
        ('_old = {"a": "b"}\nexpired_attrs = frozenset(_old)\n', {"a"}),
        ('_old = {"a": "b"}\nexpired_attrs = sorted(_old.keys())\n', {"a"}),
        ('deprecated = {"float64": "still here"}', set()),
        ("removed_names = [", set()),
    ],
    ids=["numpy-1", "numpy-2", "tuple", "merged", "of-another", "keys-of-another", "only-deprecated", "no-syntax"],
)
def test_what_is_gone(source: str, expected: set[str]) -> None:
    assert removed_names(source.encode()) == expected
