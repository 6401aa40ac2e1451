"""Mangled C++ names, read as far as their namespaces."""

from __future__ import annotations

import pytest

from tts_doctor.parse.mangled import family, readable


@pytest.mark.parametrize(
    ("symbol", "name", "kin"),
    [
        ("_ZN2at4_ops10zeros_like4callERKNS_6TensorE", "at::_ops::zeros_like::call", "at::"),
        ("_ZNK3c1010TensorImpl4sizeEv", "c10::TensorImpl::size", "c10::"),
        ("_ZTIN3c105ErrorE", "c10::Error", "c10::"),
        ("_Z3fooi", "foo", ""),
        ("_ZSt4cout", "std::cout", ""),
        ("_ZNSt7__cxx1112basic_stringIcE", "std::__cxx11::basic_string", ""),
        ("__nvJitLinkAddData_12_1", "__nvJitLinkAddData_12_1", "__nv"),
        ("ncclCommRegister", "ncclCommRegister", "nccl"),
        ("sqlite3_deserialize", "sqlite3_deserialize", "sqlite3_"),
        ("_PyObject_GC_IsTracked", "_PyObject_GC_IsTracked", "_Py"),
        ("foo", "foo", ""),
        ("_ZN99truncated", "_ZN99truncated", ""),
        ("_Z", "_Z", ""),
    ],
)
def test_reads_the_namespaces(symbol: str, name: str, kin: str) -> None:
    assert (name, kin) == (readable(symbol), family(symbol))
