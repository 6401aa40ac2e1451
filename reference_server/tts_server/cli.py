"""`tts-server`: serve, say one text into a file, prepare and check the voice. The engines are the server's own.

What only one verb needs is imported there: `serve` becomes another program, and the user waits for that one.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

from tts_server import __version__, engines
from tts_server.audio import FORMATS, encode
from tts_server.engines.base import BOUNDS, EMOTIONS, Engine, Manner
from tts_server.errors import ApiError, EngineError
from tts_server.script import plain

CONFIGURATION = Path(__file__).parent / "gunicorn.conf.py"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 the voice failed, 2 usage."""
    wanted = _parser().parse_args(argv)
    try:
        if wanted.verb == "serve":
            return serve(wanted.host, wanted.port, wanted.engine)
        if wanted.verb == "worker":
            return worker(wanted.broker, wanted.engine, wanted.metrics)
        if wanted.verb == "say":
            manner = Manner(wanted.emotion, voice=wanted.voice, **{name: getattr(wanted, name) for name in BOUNDS})
            return say(wanted.text, wanted.output, manner, wanted.engine, wanted.format, wanted.like)
        if wanted.verb == "warmup":
            return warmup(wanted.in_environment)
        return {"voices": voices, "check": check}[wanted.verb](wanted.engine)
    except (EngineError, ApiError) as error:
        print(f"tts-server: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tts-server", description="Chinese speech with emotions over HTTP.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    server = verbs.add_parser("serve", help="answer HTTP requests with gunicorn until stopped")
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--port", type=int, default=8000)
    jobber = verbs.add_parser("worker", help="speak the items of batch jobs until stopped")
    jobber.add_argument("--broker", default=os.environ.get("TTS_SERVER_BROKER", ""), metavar="redis://HOST:6379/0")
    jobber.add_argument("--metrics", type=int, default=0, metavar="PORT", help="answer Prometheus there")
    speaker = verbs.add_parser("say", help="write one text's speech into a file")
    speaker.add_argument("text", help="plain, or SSML: <speak>...</speak>")
    speaker.add_argument("-o", "--output", required=True, metavar="FILE", help="a file, or - for standard output")
    speaker.add_argument("--emotion", choices=EMOTIONS, default="neutral")
    speaker.add_argument("--format", choices=tuple(FORMATS), default="wav")
    speaker.add_argument("--voice", default="", help="one of the engine's, see: tts-server voices")
    speaker.add_argument("--like", type=Path, metavar="FILE", help="speak with its pitch, tempo, loudness and pauses")
    for name, (low, high) in BOUNDS.items():
        default = getattr(Manner, name)
        said = f"{low:g} to {high:g}, default {default:g}"
        option = f"--{name.replace('_', '-')}"
        speaker.add_argument(option, type=_within(low, high), default=default, help=said, metavar="NUMBER")
    warmer = verbs.add_parser("warmup", help="fetch and prepare the embedded voice: later starts need no network")
    warmer.add_argument(
        "--in-environment", action="store_true", help="put it beside the installed distributions, as images need it"
    )
    others = [
        warmer,
        verbs.add_parser("voices", help="list the installed engines"),
        verbs.add_parser("check", help="load the voice and say a word"),
    ]
    for verb in (server, jobber, speaker, *others):
        verb.add_argument("--engine", default=os.environ.get("TTS_SERVER_ENGINE", engines.DEFAULT))
    return parser


def serve(host: str, port: int, engine: str) -> int:
    """Become gunicorn; returns only where it cannot be started."""
    # Sixty threads with a heap each keep for ever what each needed once.
    environment = {"MALLOC_ARENA_MAX": "2", **os.environ, "TTS_SERVER_ENGINE": engine}
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), "--bind", f"{host}:{port}"]
    os.execve(sys.executable, command, environment)


def worker(broker: str, engine: str, metrics: int) -> int:
    """Needs a broker and the distributions of tts-server[jobs]; returns 2 with a sentence where either is missing."""
    from tts_server import logs, settings

    wanted = settings.read()
    logs.configure(wanted.log_file)
    if not broker:
        print("tts-server: which broker? --broker redis://HOST:6379/0, or TTS_SERVER_BROKER", file=sys.stderr)
        return 2
    try:
        from tts_server.jobs.worker import work
    except ImportError as error:
        print(f"tts-server: pip install 'tts-server[jobs]' ({error})", file=sys.stderr)
        return 2
    return work(broker, engine, wanted, metrics)


def _within(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return number


def say(text: str, output: str, manner: Manner, engine: str, format: str, like: Optional[Path]) -> int:
    from tts_server.request import read_script
    from tts_server.speech import speak

    loaded, fallback = engines.load(engine)
    if fallback:
        print(f"tts-server: speaking with {loaded.name} instead; {fallback}", file=sys.stderr)
    if manner.voice not in ("", *loaded.voices):
        raise EngineError(f"no voice of that name; there are: {', '.join(loaded.voices)}")
    if like is not None:
        manner = _like(loaded, manner, like)
    speech = speak(loaded, read_script({"text": text}, "text", manner, sys.maxsize))
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


def _like(engine: Engine, manner: Manner, recording: Path) -> Manner:
    from tts_server import style
    from tts_server.speech import speak

    try:
        wanted = style.measure(recording.read_bytes())
        neutral = speak(engine, plain(style.CALIBRATION, Manner(voice=manner.voice)))
        own = style.measure(encode(neutral.samples.tobytes(), neutral.sample_rate))
    except OSError as error:
        raise EngineError(f"{recording}: {error.strerror}") from error
    except style.StyleError as error:
        raise EngineError(str(error)) from error
    like, beyond = style.imitate(wanted, own)
    if beyond:
        print(f"tts-server: beyond this voice, held at its bounds: {', '.join(beyond)}", file=sys.stderr)
    return replace(manner, **{name: getattr(like, name) for name in style.TAKEN})


def warmup(in_environment: bool) -> int:
    """Make the voice, and the word list that its text front end reads, in the user's cache or in the environment."""
    from tts_server.text import syllables
    from tts_server.voice import prepare

    made = prepare.prepare(prepare.installed() if in_environment else None, patient=True)
    syllables.keep_words(made)
    print(made)
    return 0


def voices(engine: str) -> int:
    for name in sorted(engines.available()):
        print(name)
    return 0


def check(engine: str) -> int:
    """Load the voice and speak; prints what it is, and what kept a better one away."""
    from tts_server.speech import speak

    loaded, fallback = engines.load(engine)
    speech = speak(loaded, plain("你好", Manner()))
    print(f"{loaded.name}: {loaded.model}, {loaded.sample_rate} Hz, {speech.seconds:.2f} s of speech")
    if fallback:
        print(f"tts-server: {fallback}", file=sys.stderr)
    return 0 if not speech.silent and not fallback else 1
