"""Where a path lies for somebody who takes a folder for `/`, as a process in a container does. Looks at no disk."""

from __future__ import annotations

import posixpath


def inside(root: str, cwd: str, path: str) -> str:
    """`path` as seen from `cwd`: absolute ones begin at `root`, which is empty for this machine."""
    return posixpath.normpath(root + path if path.startswith("/") else posixpath.join(cwd, path))
