"""Structured logs: one JSON object for each line, with the request's id; never the text that was spoken."""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
import time
import uuid
from typing import List

LOG = logging.getLogger("tts_server")
MEGABYTES, FILES = 10, 5
GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        moment = f"{moment}.{int(record.msecs):03d}Z"
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line.update(getattr(record, "more", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(path: str) -> None:
    """Log to standard error, and to `path` in files of 10 MB where one is given."""
    handlers: List[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path:
        size = MEGABYTES * 1024 * 1024
        handlers.append(logging.handlers.RotatingFileHandler(path, maxBytes=size, backupCount=FILES, encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(JsonLines())
    LOG.handlers[:] = handlers
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def request_id(given: str) -> str:
    """The caller's id where it is harmless, else a new one."""
    return given if GIVEN.fullmatch(given) else uuid.uuid4().hex
