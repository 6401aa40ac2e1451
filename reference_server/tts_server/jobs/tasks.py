"""The items of jobs as Celery's messages: a message says which item, all else is in the store."""

from __future__ import annotations

from typing import Iterable

from celery import Celery

QUEUE = "tts"
TASK = "tts_server.speak"


def make(url: str) -> Celery:
    """Acknowledged when done, not when received: what a worker held when it died comes again."""
    app = Celery("tts_server", broker=url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_publish_retry=False,
        # Celery before 5.6 asks Redis once a second: with one at hand that is all a thread gets to do.
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_connect_timeout": 2, "socket_keepalive": True, "health_check_interval": 10},
    )
    return app


def send(app: Celery, number: str, items: Iterable[int]) -> None:
    """Raises kombu's OperationalError where the broker is away."""
    with app.connection_for_write(connect_timeout=2) as connection:
        for index in items:
            app.send_task(TASK, (number, index), connection=connection)
