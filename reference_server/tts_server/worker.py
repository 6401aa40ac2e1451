"""The engine process: loads one voice, then answers one request after another on its pipes until they close.

Standard output is the pipe: what a library prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any, BinaryIO

from tts_server import engines, frames
from tts_server.engines.base import Engine, Manner
from tts_server.errors import EngineError
from tts_server.script import plain, unpacked
from tts_server.speech import stream

WARM_UP = "你好，一二三。"


def main(name: str) -> int:
    inbox, outbox = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)
    # Ctrl-C reaches the whole group; the server decides when its engines end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        engine, reason = engines.load(name)
        for _ in stream(engine, plain(WARM_UP, Manner())):
            pass
    except EngineError as error:
        frames.write_json(outbox, frames.FAILED, {"reason": str(error)})
        return 1
    about = {"engine": engine.name, "model": engine.model, "voices": list(engine.voices)}
    about["capabilities"] = list(engine.capabilities)
    try:
        frames.write_json(outbox, frames.READY, {**about, "sample_rate": engine.sample_rate, "fallback": reason})
        while True:
            kind, body = frames.read(inbox)
            if kind == frames.ASK:
                _answer(engine, json.loads(body), inbox, outbox)
    except (EOFError, BrokenPipeError):
        return 0  # the server has gone


def _answer(engine: Engine, wish: Any, inbox: BinaryIO, outbox: BinaryIO) -> None:
    started = time.process_time()
    try:
        for piece in stream(engine, unpacked(wish["script"])):
            frames.write(outbox, frames.AUDIO, piece.tobytes())
            # STOP is the only thing that may come now.
            if select.select([inbox], [], [], 0)[0]:
                frames.read(inbox)
                break
    except (EOFError, BrokenPipeError):
        raise
    except Exception as error:
        frames.write_json(outbox, frames.FAILED, {"reason": f"{type(error).__name__}: {error}"})
        return
    frames.write_json(outbox, frames.END, {"cpu": time.process_time() - started})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
