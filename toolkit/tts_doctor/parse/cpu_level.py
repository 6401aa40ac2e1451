"""Which level of x86-64 a processor has, from the flags that Linux shows (x86-64 psABI, section 3.1.1)."""

from __future__ import annotations

import re

FLAGS = re.compile(r"^flags\s*:(?P<flags>.*)$", re.M)
LEVELS = (
    frozenset(["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"]),
    frozenset(["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"]),
    frozenset(["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
)
"""What v2, v3 and v4 add, in the kernel's spelling; `pni` is SSE3, `abm` LZCNT."""


def cpu_level(cpuinfo: str) -> int:
    """1 to 4 from the text of /proc/cpuinfo; 0 where it is no x86-64 processor's."""
    match = FLAGS.search(cpuinfo)
    has = set(match["flags"].split()) if match else set()
    if "lm" not in has:
        return 0
    level = 1
    for wanted in LEVELS:
        if not wanted <= has:
            break
        level += 1
    return level
