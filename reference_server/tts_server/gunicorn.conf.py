"""gunicorn's settings; the command line overrides them.

One web process: it holds no model, so its threads answer in milliseconds while the engine processes speak. Several
(WEB_CONCURRENCY) have engine processes of their own each, and tell Prometheus their sum through a folder. The engine
processes start in the worker, after the fork: their threads and pipes are its own.
"""

import os
import shutil
import tempfile
from typing import Any

# prometheus_client reads it when it is first imported: nothing of it may be imported here before the fork.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

wsgi_app = "tts_server.start:application()"
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = 64
timeout = 60
graceful_timeout = 20
# The application logs its requests itself, as JSON, without what was spoken.
accesslog = None
limit_request_line = 2048


def on_starting(server: Any) -> None:
    if server.cfg.workers > 1 and not os.environ.get(FOLDER):
        server.figures = os.environ[FOLDER] = tempfile.mkdtemp(prefix="tts-server-")


def on_exit(server: Any) -> None:
    shutil.rmtree(getattr(server, "figures", ""), ignore_errors=True)


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get(FOLDER):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def worker_exit(server: Any, worker: Any) -> None:
    worker.wsgi.config["POOL"].stop()
