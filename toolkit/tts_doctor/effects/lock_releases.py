"""Which releases a list's lines could take: the index's own pages, for a Python that need not be here."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Mapping, Sequence

from tts_doctor.effects.call_resolver import day_after
from tts_doctor.effects.disk_cache import DiskCache, cache_folder
from tts_doctor.effects.http import Http
from tts_doctor.effects.index import PackageIndex
from tts_doctor.effects.index_config import IndexConfig
from tts_doctor.model.facts import Facts, Interpreter


class LockReleases:
    """Releases by name for each minor version of Python, on a machine like this one."""

    def __init__(self, config: IndexConfig, environ: Mapping[str, str], cwd: str, as_of: str) -> None:
        self._config = config
        self._environ = environ
        self._cwd = cwd
        self._limit = day_after(as_of)
        self._indexes: dict[str, PackageIndex] = {}
        self._lock = threading.Lock()

    def of(self, name: str, python: str) -> Sequence[str]:
        """Versions that could be taken, oldest first, without yanked and later ones. Raises IndexUnavailable."""
        found = self._index(python).releases(name)
        return [
            r.version
            for r in found
            if not r.yanked and (not self._limit or not r.uploaded or r.uploaded < self._limit)
        ]

    def _index(self, python: str) -> PackageIndex:
        with self._lock:
            if python not in self._indexes:
                libc = " ".join(platform.libc_ver()).strip()
                interpreter = Interpreter(version=python, machine=platform.machine(), platform=sys.platform, libc=libc)
                facts = Facts(interpreter=interpreter, cwd=self._cwd)
                http = Http(self._config, self._environ)
                self._indexes[python] = PackageIndex(facts, self._config, http, DiskCache(cache_folder(self._environ)))
            return self._indexes[python]
