"""Writes shims: small wheels that give removed names back to one consumer, and to nobody else.

Decides what the wheel holds; never installs it and never looks at the patient. Uninstalling takes all back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from tts_doctor import __version__
from tts_doctor.effects.read_bounded import read_text
from tts_doctor.errors import InstallError, UsageError
from tts_doctor.knowledge.shims import HELPERS, PREFIX, replacement, restorable
from tts_doctor.model.facts import Distribution, Facts
from tts_doctor.model.finding import Action

EPOCH = (2020, 1, 1, 0, 0, 0)
HOOK = '''"""Gives removed names back to {consumer}, and to nobody else. Written by tts-doctor {version}.

Uninstall {wheel} to take it back. Nothing happens in programs that do not import {packages}.
"""
import importlib
import sys

CONSUMERS = {packages!r}
NAMES = {names}
{helpers}

def _value(spec):
    if spec.startswith("="):
        return eval(spec[1:], globals())
    module, _, attribute = spec.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _wanted_by(frame):
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in CONSUMERS


def _restore(module, names):
    kind = type(module)

    def __getattr__(self, name):
        if name in names and _wanted_by(sys._getframe(1)):
            return _value(names[name])
        parent = getattr(kind, "__getattr__", None)
        if parent is not None:
            return parent(self, name)
        raise AttributeError("module %r has no attribute %r" % (module.__name__, name))

    module.__class__ = type(kind.__name__, (kind,), {{"__getattr__": __getattr__, "__module__": __name__}})


class _Finder(object):
    """Looks on while a consumer is imported for the first time; finds nothing itself."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname in CONSUMERS:
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            for provider, names in NAMES.items():
                try:
                    module = importlib.import_module(provider)
                except Exception:  # the consumer shall meet the provider's own error
                    continue
                _restore(module, names)
        return None


def install():
    sys.meta_path.insert(0, _Finder())
'''
PTH = "import {module}; {module}.install()\n"
METADATA = """Metadata-Version: 2.1
Name: {wheel}
Version: {number}
Summary: Gives {modules} back to {consumer}; written by tts-doctor, uninstall to take it back
Home-page: https://pypi.org/project/tts-doctor/
Keywords: shim,compatibility,tts-doctor
Requires-Python: >=3.6

{consumer} uses names that {modules} no longer has, and no version of either was found to fit this environment.
This distribution gives them back when code of {packages} asks for them; all other code sees what is really there.
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: tts-doctor\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
NUMBER = "1"
WRITTEN_BY_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")


def build_shim(
    consumer: str, names: Sequence[str], python: tuple[int, int], folder: str | Path, packages: Sequence[str] = ()
) -> Path:
    """Write the wheel into `folder` and return its path.

    `consumer` is a distribution, `packages` its import names (guessed from it where empty). `names` are modules such as
    `scipy.misc` (all of their restorable names) or single names such as `scipy.misc:logsumexp`. Raises InstallError
    where none of them can be given back or the Python is too old.
    """
    if python < (3, 6):
        raise InstallError("shims need Python 3.6 or newer", "兼容垫片需要 Python 3.6 或更新版本")
    table = _table(names)
    if not table:
        raise InstallError(
            f"nothing is known to stand for {', '.join(names)}",
            f"没有可替代 {', '.join(names)} 的实现",
            hint_en="look for a version of the consumer that no longer uses them",
            hint_zh="请寻找不再使用它们的版本",
        )
    wheel = PREFIX + canonicalize_name(consumer)
    stem = wheel.replace("-", "_").replace(".", "_")
    roots = tuple(packages) or (canonicalize_name(consumer).replace("-", "_"),)
    words = {
        "consumer": consumer,
        "wheel": wheel,
        "version": __version__,
        "number": NUMBER,
        "packages": roots,
        "modules": ", ".join(table),
        "names": json.dumps(table, indent=4),
        "helpers": HELPERS,
        "module": stem,
    }
    info = f"{stem}-{NUMBER}.dist-info"
    files = {
        f"{stem}.py": HOOK.format(**words),
        f"{stem}.pth": PTH.format(**words),
        f"{info}/METADATA": METADATA.format(**{**words, "packages": ", ".join(roots)}),
        f"{info}/WHEEL": WHEEL,
    }
    target = Path(folder) / f"{stem}-{NUMBER}-py3-none-any.whl"
    _write(target, files, f"{info}/RECORD")
    return target


def build_for(action: Action, facts: Facts, folder: str | Path) -> Path:
    """Write the wheel that an `install` step with a shim as target asks for. Raises InstallError."""
    consumer = canonicalize_name(action.target).removeprefix(PREFIX)
    dist = facts.get(consumer)
    packages = tuple(name for name in dist.top_level if name.isidentifier()) if dist else ()
    return build_shim(consumer, (action.value or "").split(","), facts.interpreter.minor, folder, packages)


def pack_installed(dist: Distribution, folder: str | Path) -> Path:
    """Write the wheel of an installed shim anew, from its files. Raises InstallError where it is damaged."""
    files: dict[str, str] = {}
    for entry in dist.records:
        name = entry.path.rpartition("/")[2]
        if "__pycache__" in entry.path or name in WRITTEN_BY_INSTALLERS:
            continue
        text = read_text(os.path.join(dist.site, entry.path))
        if text is None or entry.path.startswith((".", "/")):
            raise InstallError(f"{dist.name} is damaged: {entry.path}", f"{dist.name} 已损坏：{entry.path}")
        files[entry.path] = text
    stem = dist.key.replace("-", "_")
    target = Path(folder) / f"{stem}-{dist.version}-py3-none-any.whl"
    _write(target, files, f"{stem}-{dist.version}.dist-info/RECORD")
    return target


def parse_wish(text: str) -> tuple[str, tuple[str, ...]]:
    """`old_package=scipy.misc:logsumexp,numpy` as (consumer, names). Raises UsageError."""
    consumer, _, names = text.partition("=")
    found = tuple(part.strip() for part in names.split(",") if part.strip())
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", consumer.strip()) or not found:
        raise UsageError(
            f"--shim takes CONSUMER=MODULE or CONSUMER=MODULE:NAME, not {text!r}",
            f"--shim 接受 使用者=模块 或 使用者=模块:名称，不接受 {text!r}",
            hint_en="for example: --shim old_package=scipy.misc:logsumexp",
            hint_zh="例如：--shim old_package=scipy.misc:logsumexp",
        )
    return consumer.strip(), found


def is_shim(name: str) -> bool:
    return canonicalize_name(name).startswith(PREFIX)


def _table(names: Sequence[str]) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for each in names:
        module, _, name = each.strip().partition(":")
        for wanted in [name] if name else restorable(module):
            spec = replacement(module, wanted)
            if spec:
                table.setdefault(module, {})[wanted] = spec
    return table


def _write(target: Path, files: dict[str, str], record: str) -> None:
    lines = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            data = text.encode()
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
            hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={hashed},{len(data)}")
        archive.writestr(zipfile.ZipInfo(record, EPOCH), "\n".join([*lines, f"{record},,"]) + "\n")
