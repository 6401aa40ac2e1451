"""Lists the modules and regular packages that lie in one folder. Runs and decides nothing."""

from __future__ import annotations

import os

MOST_ENTRIES = 20_000
NO_MODULES = frozenset({"site", "test"})
"""Folders of these names are hardly ever meant to be imported."""


def module_paths(folder: str) -> dict[str, str]:
    """Import name -> path of the module, or of the package's `__init__.py`; a package wins over a module, as in Python.

    Empty where the folder cannot be read.
    """
    found: dict[str, str] = {}
    try:
        names = sorted(os.listdir(folder))[:MOST_ENTRIES]
    except OSError:
        return found
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith((".py", ".so")):
            found.setdefault(name.split(".", 1)[0], path)
        elif name.isidentifier() and name not in NO_MODULES and os.path.isfile(os.path.join(path, "__init__.py")):
            found[name] = os.path.join(path, "__init__.py")
    return found
