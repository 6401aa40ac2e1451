"""Locks what is installed: the versions that lie there, with the index's hashes. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import canonicalize_name

from tts_doctor.effects.lock import compute_lock
from tts_doctor.effects.shim import is_shim
from tts_doctor.errors import DoctorError
from tts_doctor.model.facts import Facts
from tts_doctor.model.lock import ListLine, LockRequest, RequirementList, ResolverSettings
from tts_doctor.ports import Reporter

TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""What every environment holds; kept only where something installed asks for it, which the resolver sees."""


def lock_installed(
    facts: Facts, python: str, environ: Mapping[str, str], cwd: str, say: Reporter
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(text, pins), without what came from files and folders. Raises DoctorError where the index has not all of it."""
    lines: list[ListLine] = []
    for dist in facts.distributions:
        name = canonicalize_name(dist.name)
        if is_shim(name) or not dist.version or dist.editable or dist.direct_url or name in TOOLS:
            continue
        lines.append(
            ListLine(
                f"{name}=={dist.version}", name, written=name, specifier=f"=={dist.version}", number=len(lines) + 1
            )
        )
    if not lines:
        raise DoctorError("nothing is installed there that could be locked", "该环境中没有可锁定的内容")
    settings = ResolverSettings(allow_sdist=(":all:",), seconds=100.0)
    listed = RequirementList(tuple(lines), pythons=(python,))
    found = compute_lock(LockRequest(listed, (python,), settings, bounds=False, cwd=cwd), environ, say)
    if not found.text:
        raise DoctorError(
            "what is installed cannot be locked: " + "; ".join(c.why.en for c in found.nearest.conflicts),
            "已安装的内容无法锁定：" + "；".join(c.why.say("zh") for c in found.nearest.conflicts),
            hint_en="repair the environment first: tts-doctor diagnose",
            hint_zh="请先修复环境：tts-doctor diagnose",
        )
    return found.text, found.nearest.pins
