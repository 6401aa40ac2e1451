"""What gunicorn calls in its worker: the voice begins to load first, in processes of its own.

The web application is imported meanwhile. Decides nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tts_server import logs, settings
from tts_server.pool import Pool

if TYPE_CHECKING:
    from flask import Flask


def application() -> Flask:
    """The application as the environment's variables want it; where no voice can start, `/health` says why."""
    wanted = settings.read()
    logs.configure(wanted.log_file)
    pool = Pool(wanted.engine, wanted.processes, wanted.queue, wanted.deadline)
    pool.start()
    from tts_server.app import create_app

    return create_app(wanted, pool)
