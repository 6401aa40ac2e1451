"""How somebody speaks, from a recording: pitch and its range, tempo, loudness, pauses; and the manner that comes near.

Takes no timbre and no words from it. `python -m tts_server.style` measures the sound file on its standard input:
decoding a stranger's file is no work for the process that serves.
"""

from __future__ import annotations

import io
import json
import math
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from typing import Any, Dict, Tuple

from tts_server.engines.base import BOUNDS, Manner

SHORTEST, LONGEST = 1.0, 60.0
SECONDS = 30
"""What measuring may take, of CPU and of patience."""
FLOOR, CEILING = 60.0, 600.0
SILENCE, DIP = 25.0, 2.0
"""Decibels: under the loudest for silence, between two syllables at least (de Jong and Wempe, 2009)."""
PAUSE = 0.12
FEWEST = 30
"""Voiced moments of 10 ms; under that there is no melody to measure."""
NEEDS = "praat-parselmouth"
CALIBRATION = "今天我们一起去公园玩，天气非常好，大家都很开心。春天来了，花儿都开了。你想不想和我们一起去？"
"""What a voice says to be compared with a recording."""
TAKEN = ("speed", "pitch", "pitch_range", "volume", "pauses")
"""What of a manner comes from a recording."""


class StyleError(Exception):
    """The recording cannot be measured; the message is for the caller."""


class StyleMissing(StyleError):
    """The pitch tracker is not installed."""


@dataclass(frozen=True)
class Measure:
    """`pitch`: median in Hz; `spread`: semitones from its first decile to its last; `tempo`: syllables for each second
    of speech; `level`: dBFS of the speech; `pause`: mean seconds of the silences within, 0 where there are none.
    """

    seconds: float
    pitch: float
    spread: float
    tempo: float
    level: float
    pause: float


def measure(recording: bytes) -> Measure:
    """In a process of its own, which may fail. Raises StyleError, StyleMissing."""
    command = [sys.executable, "-m", "tts_server.style"]
    try:
        done = subprocess.run(command, input=recording, stdout=subprocess.PIPE, timeout=SECONDS, cwd="/")
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise StyleError("The recording cannot be measured.") from error
    if "missing" in told:
        raise StyleMissing(f"Styles need the module {told['missing']}: pip install {NEEDS}.")
    if "error" in told:
        raise StyleError(told["error"])
    return Measure(**told)


def imitate(wanted: Measure, voice: Measure) -> Tuple[Manner, Tuple[str, ...]]:
    """The manner that makes a voice, measured in neutral speech, speak like that; and what is held at its bounds."""
    speed = wanted.tempo / voice.tempo
    figures = {
        "speed": speed,
        "pitch": 12 * math.log2(wanted.pitch / voice.pitch),
        "pitch_range": wanted.spread / voice.spread,
        "volume": 10 ** ((wanted.level - voice.level) / 20),
        "pauses": wanted.pause / voice.pause * speed if wanted.pause and voice.pause else 1.0,
    }
    held: Dict[str, Any] = {
        name: round(min(max(value, BOUNDS[name][0]), BOUNDS[name][1]), 3) for name, value in figures.items()
    }
    beyond = tuple(name for name, value in figures.items() if not BOUNDS[name][0] <= value <= BOUNDS[name][1])
    return replace(Manner(), **held), beyond


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        told: Dict[str, Any] = asdict(_measured(*_decoded(sys.stdin.buffer.read())))
    except StyleError as error:
        told = {"error": str(error)}
    except ImportError as error:
        told = {"missing": error.name}
    sys.stdout.write(json.dumps(told))
    return 0


def _decoded(recording: bytes) -> Tuple[Any, int]:
    """float64 samples of one channel, and their rate."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(recording)) as file:
            seconds = file.frames / file.samplerate
            if not SHORTEST <= seconds <= LONGEST or file.channels > 8:
                raise StyleError(f"The recording must last from {SHORTEST:g} to {LONGEST:g} seconds.")
            samples = file.read(int(LONGEST * file.samplerate), dtype="float64", always_2d=True)
            return samples.mean(axis=1), int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, ValueError, MemoryError) as error:
        raise StyleError("The body is no sound file that can be read (wav, flac, mp3, ogg).") from error


def _measured(samples: Any, rate: int) -> Measure:
    import numpy as np
    import parselmouth

    sound = parselmouth.Sound(samples, rate)
    pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=FLOOR, pitch_ceiling=CEILING)
    voiced = pitch.selected_array["frequency"]
    if (voiced > 0).sum() >= FEWEST:
        # Again within the speaker's own range, so that few octaves are mistaken (De Looze and Hirst, 2008).
        low, high = np.percentile(voiced[voiced > 0], (25, 75))
        pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=max(FLOOR, 0.75 * low), pitch_ceiling=1.5 * high)
        voiced = pitch.selected_array["frequency"]
    intensity = sound.to_intensity(minimum_pitch=FLOOR, time_step=0.01, subtract_mean=False)
    decibels, times = intensity.values[0], intensity.xs()
    spoken = decibels > np.percentile(decibels, 99) - SILENCE
    if (voiced > 0).sum() < FEWEST or not spoken.any() or not np.isfinite(decibels).all():
        raise StyleError("There is too little speech in the recording.")
    octaves = 12 * np.log2(voiced[voiced > 0])
    inside = slice(int(spoken.argmax()), len(spoken) - int(spoken[::-1].argmax()))
    syllables = [
        place for place in _peaks(decibels) if spoken[place] and not math.isnan(pitch.get_value_at_time(times[place]))
    ]
    silences = [length for length in _runs(~spoken[inside], 0.01) if length >= PAUSE]
    speech = samples[np.interp(np.arange(len(samples)) / rate, times, spoken) > 0.5]
    return Measure(
        seconds=len(samples) / rate,
        pitch=float(2 ** (np.median(octaves) / 12)),
        spread=max(0.1, float(np.percentile(octaves, 90) - np.percentile(octaves, 10))),
        tempo=max(1, len(syllables)) / (float(spoken.sum()) * 0.01),
        level=float(10 * np.log10(np.mean(speech**2))),
        pause=float(np.mean(silences)) if silences else 0.0,
    )


def _peaks(decibels: Any) -> list[int]:
    """Places of the maxima that stand DIP over the valley before and behind them."""
    found: list[int] = []
    peak, valley, rising = 0, 0, True
    for place, value in enumerate(decibels):
        if rising:
            peak = place if value > decibels[peak] else peak
            if value < decibels[peak] - DIP:
                found.append(peak)
                valley, rising = place, False
        else:
            valley = place if value < decibels[valley] else valley
            if value > decibels[valley] + DIP:
                peak, rising = place, True
    return found


def _runs(marks: Any, step: float) -> list[float]:
    """Lengths of the runs of true marks, in seconds."""
    found, length = [], 0
    for mark in [*marks, False]:
        if mark:
            length += 1
        elif length:
            found.append(length * step)
            length = 0
    return found


if __name__ == "__main__":
    sys.exit(main())
