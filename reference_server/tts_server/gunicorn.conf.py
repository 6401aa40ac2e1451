"""gunicorn's settings; the command line overrides them.

One web process: it holds no model, so its threads answer in milliseconds while the engine processes speak, and it alone
counts for Prometheus. The engine processes start in the worker, after the fork: their threads and pipes are its own.
"""

from typing import Any

wsgi_app = "tts_server.app:create_app()"
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 1
threads = 64
timeout = 60
graceful_timeout = 20
# The application logs its requests itself, as JSON, without what was spoken.
accesslog = None
limit_request_line = 2048


def worker_exit(server: Any, worker: Any) -> None:
    worker.wsgi.config["POOL"].stop()
