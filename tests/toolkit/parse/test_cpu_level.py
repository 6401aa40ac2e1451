"""x86-64 levels from the flags of real processors (shortened)."""

from __future__ import annotations

import pytest

from tts_doctor.parse.cpu_level import cpu_level

CORE_2 = "fpu sse sse2 ht syscall nx lm pni ssse3 cx16 lahf_lm"
NEHALEM = CORE_2 + " sse4_1 sse4_2 popcnt"
SANDY_BRIDGE = NEHALEM + " avx xsave"
HASWELL = SANDY_BRIDGE + " avx2 bmi1 bmi2 f16c fma abm movbe"
SKYLAKE_X = HASWELL + " avx512f avx512bw avx512cd avx512dq avx512vl"


@pytest.mark.parametrize(
    ("flags", "level"),
    [(CORE_2, 1), (NEHALEM, 2), (SANDY_BRIDGE, 2), (HASWELL, 3), (SKYLAKE_X, 4), ("fpu sse", 0)],
)
def test_levels(flags: str, level: int) -> None:
    assert cpu_level(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n") == level


def test_another_architecture_has_none() -> None:
    assert cpu_level("processor\t: 0\nFeatures\t: fp asimd\n") == 0
