"""`tts-server`: serve, or say one text into a file. Speaks through the same engines as the web application."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tts_server import __version__, engines
from tts_server.engines.base import EMOTIONS
from tts_server.errors import EngineError
from tts_server.wav import encode

CONFIGURATION = Path(__file__).parent / "gunicorn.conf.py"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 the voice failed, 2 usage."""
    wanted = _parser().parse_args(argv)
    if wanted.verb == "serve":
        return serve(wanted.host, wanted.port, wanted.engine)
    return say(wanted.text, wanted.output, wanted.emotion, wanted.engine)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tts-server", description="Chinese speech with emotions over HTTP.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    server = verbs.add_parser("serve", help="answer HTTP requests with gunicorn until stopped")
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--port", type=int, default=8000)
    speaker = verbs.add_parser("say", help="write one text's speech into a WAV file")
    speaker.add_argument("text")
    speaker.add_argument("-o", "--output", required=True, metavar="FILE", help="a WAV file, or - for standard output")
    speaker.add_argument("--emotion", choices=EMOTIONS, default="neutral")
    for verb in (server, speaker):
        verb.add_argument("--engine", default=os.environ.get("TTS_SERVER_ENGINE", engines.DEFAULT))
    return parser


def serve(host: str, port: int, engine: str) -> int:
    """Become gunicorn; returns only where it cannot be started."""
    environment = dict(os.environ, TTS_SERVER_ENGINE=engine)
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), "--bind", f"{host}:{port}"]
    os.execve(sys.executable, command, environment)


def say(text: str, output: str, emotion: str, engine: str) -> int:
    try:
        speech = engines.load(engine).speak(text, emotion)
    except EngineError as error:
        print(f"tts-server: {error}", file=sys.stderr)
        return 1
    if speech.silent:
        print("tts-server: the voice finds nothing to say in this text", file=sys.stderr)
        return 1
    data = encode(speech)
    if output == "-":
        sys.stdout.buffer.write(data)
    else:
        Path(output).write_bytes(data)
        print(f"{output}: {speech.seconds:.2f} s, {speech.sample_rate} Hz", file=sys.stderr)
    return 0
