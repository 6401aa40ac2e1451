"""`tts-server`: serve, say one text into a file, prepare and check the voice. The engines are the server's own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Callable

from tts_server import __version__, engines
from tts_server.audio import FORMATS, encode
from tts_server.engines.base import EMOTIONS, PITCHES, SPEEDS, VOLUMES, Manner
from tts_server.errors import EngineError
from tts_server.speech import speak
from tts_server.voice import prepare

CONFIGURATION = Path(__file__).parent / "gunicorn.conf.py"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 the voice failed, 2 usage."""
    wanted = _parser().parse_args(argv)
    try:
        if wanted.verb == "serve":
            return serve(wanted.host, wanted.port, wanted.engine)
        if wanted.verb == "say":
            manner = Manner(wanted.emotion, wanted.speed, wanted.pitch, wanted.volume)
            return say(wanted.text, wanted.output, manner, wanted.engine, wanted.format)
        return {"warmup": warmup, "voices": voices, "check": check}[wanted.verb](wanted.engine)
    except EngineError as error:
        print(f"tts-server: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tts-server", description="Chinese speech with emotions over HTTP.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    server = verbs.add_parser("serve", help="answer HTTP requests with gunicorn until stopped")
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--port", type=int, default=8000)
    speaker = verbs.add_parser("say", help="write one text's speech into a file")
    speaker.add_argument("text")
    speaker.add_argument("-o", "--output", required=True, metavar="FILE", help="a file, or - for standard output")
    speaker.add_argument("--emotion", choices=EMOTIONS, default="neutral")
    speaker.add_argument("--format", choices=tuple(FORMATS), default="wav")
    for name, bounds, default in (("speed", SPEEDS, 1.0), ("pitch", PITCHES, 0.0), ("volume", VOLUMES, 1.0)):
        said = f"{bounds[0]:g} to {bounds[1]:g}, default {default:g}"
        speaker.add_argument(f"--{name}", type=_within(*bounds), default=default, help=said, metavar="NUMBER")
    others = [
        verbs.add_parser("warmup", help="fetch and prepare the embedded voice, so that later starts need no network"),
        verbs.add_parser("voices", help="list the installed engines"),
        verbs.add_parser("check", help="load the voice and say a word"),
    ]
    for verb in (server, speaker, *others):
        verb.add_argument("--engine", default=os.environ.get("TTS_SERVER_ENGINE", engines.DEFAULT))
    return parser


def serve(host: str, port: int, engine: str) -> int:
    """Become gunicorn; returns only where it cannot be started."""
    environment = dict(os.environ, TTS_SERVER_ENGINE=engine)
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), "--bind", f"{host}:{port}"]
    os.execve(sys.executable, command, environment)


def _within(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return number


def say(text: str, output: str, manner: Manner, engine: str, format: str) -> int:
    loaded, fallback = engines.load(engine)
    if fallback:
        print(f"tts-server: speaking with {loaded.name} instead; {fallback}", file=sys.stderr)
    speech = speak(loaded, text, manner)
    if speech.silent:
        print("tts-server: the voice finds nothing to say in this text", file=sys.stderr)
        return 1
    data = encode(speech.samples.tobytes(), speech.sample_rate, format)
    if output == "-":
        sys.stdout.buffer.write(data)
    else:
        Path(output).write_bytes(data)
        print(f"{output}: {speech.seconds:.2f} s, {speech.sample_rate} Hz", file=sys.stderr)
    return 0


def warmup(engine: str) -> int:
    print(prepare.prepare())
    return 0


def voices(engine: str) -> int:
    for name in sorted(engines.available()):
        print(name)
    return 0


def check(engine: str) -> int:
    """Load the voice and speak; prints what it is, and what kept a better one away."""
    loaded, fallback = engines.load(engine)
    speech = speak(loaded, "你好", Manner())
    print(f"{loaded.name}: {loaded.model}, {loaded.sample_rate} Hz, {speech.seconds:.2f} s of speech")
    if fallback:
        print(f"tts-server: {fallback}", file=sys.stderr)
    return 0 if not speech.silent and not fallback else 1
