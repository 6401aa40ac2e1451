"""Sees that a virtual environment has lost its pyvenv.cfg: its Python then runs as the one that it was made from.

Copies that leave out `*.cfg` do that. Looks at names only; decides nothing.
"""

from __future__ import annotations

import os

from tts_doctor.model.facts import Interpreter


def read_lost_config(interpreter: Interpreter) -> str:
    """The environment's folder, or '' where the executable is none of a virtual environment without pyvenv.cfg."""
    executable = interpreter.executable
    folder = os.path.dirname(os.path.dirname(executable))
    if not executable or not interpreter.alive or os.path.realpath(folder) == os.path.realpath(interpreter.prefix):
        return ""
    site = os.path.join(folder, "lib", f"python{'.'.join(map(str, interpreter.minor))}", "site-packages")
    is_venv = os.path.lexists(os.path.join(folder, "bin", "activate")) and os.path.isdir(site)
    return folder if is_venv and not os.path.lexists(os.path.join(folder, "pyvenv.cfg")) else ""
