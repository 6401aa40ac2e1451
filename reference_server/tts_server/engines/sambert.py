"""ModelScope's SAM-BERT and HiFi-GAN: Chinese speakers with emotions, 16 kHz, through ModelScope's own pipeline.

The model and its closed text front end come from ModelScope, not from the package index: see NEEDS. The pipeline knows
a speaker and, for speakers whose name ends in `_emo`, emotions as mark-up; speed and pitch are shaped afterwards.
"""

from __future__ import annotations

import importlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Tuple

import numpy as np

from tts_server.engines.base import Manner, blend
from tts_server.errors import EngineError

MODEL = "damo/speech_sambert-hifigan_tts_zh-cn_16k"
"""Its first speaker is zhitian_emo; one for each speaker is damo/speech_sambert-hifigan_tts_SPEAKER_emo_zh-cn_16k."""
NEEDS = (
    ("torch", "", "pip install torch"),
    ("modelscope", "", "pip install modelscope, then what its text-to-speech imports: transformers, librosa, …"),
    ("ttsfrd", "TtsFrontendEngine", "ttsfrd from ModelScope's own wheel page; the index's ttsfrd is a placeholder"),
)
"""Module, what it must hold, and where it comes from."""


@dataclass(frozen=True)
class Shape:
    """Speed and volume as factors, pitch in semitones."""

    speed: float
    pitch: float
    volume: float


PLAIN = {
    "neutral": Shape(1.0, 0.0, 1.0), "happy": Shape(1.12, 1.5, 1.15), "sad": Shape(0.85, -1.5, 0.7),
    "angry": Shape(1.1, 0.7, 1.5), "calm": Shape(0.92, -0.5, 0.75),
}  # fmt: skip
"""What an emotion does to a speaker that has none of its own."""


class SambertEngine:
    name = "sambert"
    capabilities: Tuple[str, ...] = ("emotions", "speed", "pitch")

    def __init__(self) -> None:
        _check()
        self.model = os.environ.get("TTS_SERVER_MODEL") or MODEL
        self._pipeline = _pipeline(self.model)
        self.voices = _voices(Path(self._pipeline.model.model_dir))
        # Only the sound itself says at which rate it comes.
        self.sample_rate = self._sound("你好", Manner())[1]

    def limit(self, manner: Manner) -> int:
        return 60

    def say(self, clause: str, manner: Manner) -> Iterator[Any]:
        yield _shaped(self._sound(clause, manner)[0], self.sample_rate, manner, self._voice(manner))

    def _voice(self, manner: Manner) -> str:
        return manner.voice or self.voices[0]

    def _sound(self, clause: str, manner: Manner) -> Tuple[Any, int]:
        voice = self._voice(manner)
        try:
            told = self._pipeline(input=marked(clause, manner, voice), voice=voice)
        except Exception as error:  # ModelScope's own exceptions share no base but Exception
            raise EngineError(f"the pipeline failed: {type(error).__name__}: {error}") from error
        return decoded(told["output_wav"])


def marked(clause: str, manner: Manner, voice: str) -> str:
    """The text in the emotion mark-up of the `_emo` speakers; for others as it is. It holds no sign that XML knows."""
    if not voice.endswith("_emo") or manner.emotion == "neutral":
        return clause
    how = f'category="{manner.emotion}" intensity="{manner.intensity:.1f}"'
    return f"<speak><emotion {how}>{clause}</emotion></speak>"


def decoded(wav: bytes) -> Tuple[Any, int]:
    """float32 samples and their rate, of 16-bit WAV (modelscope 1.11) as of floating-point WAV (1.2)."""
    import soundfile

    if not wav:
        return np.zeros(0, np.float32), 16000
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    return np.clip(samples[:, 0], -1, 1), int(rate)


def _shaped(samples: Any, rate: int, manner: Manner, voice: str) -> Any:
    import librosa

    own = PLAIN["neutral" if voice.endswith("_emo") else manner.emotion]
    shape = blend(PLAIN["neutral"], own, manner.intensity)
    if len(samples) and manner.speed * shape.speed != 1:
        samples = librosa.effects.time_stretch(samples, rate=manner.speed * shape.speed)
    if len(samples) and manner.pitch + shape.pitch != 0:
        samples = librosa.effects.pitch_shift(samples, sr=rate, n_steps=manner.pitch + shape.pitch)
    return samples * np.float32(shape.volume)


def _check() -> None:
    """Raises EngineError that names what is missing and where it comes from; before ModelScope reports half of it."""
    for module, member, source in NEEDS:
        try:
            found = importlib.import_module(module)
        except ImportError as error:
            # Python's own sentence goes first: tts-doctor and search engines know it.
            raise EngineError(f"the engine sambert cannot start: {error}; {source}") from error
        if member and not hasattr(found, member):
            raise EngineError(f"the module {module} is not the real one: {source}")


def _pipeline(model: str) -> Any:
    try:
        from modelscope.pipelines import pipeline
        from modelscope.utils.constant import Tasks

        return pipeline(task=Tasks.text_to_speech, model=model)
    except ImportError as error:
        raise EngineError(f"ModelScope does not load: {error}; install what it names") from error
    except Exception as error:  # as above; a RuntimeError where one of its lazy imports fails
        raise EngineError(f"ModelScope does not load {model}: {error}") from error


def _voices(folder: Path) -> Tuple[str, ...]:
    try:
        return tuple(json.loads((folder / "voices" / "voices.json").read_text(encoding="utf-8"))["voices"])
    except (OSError, ValueError, KeyError) as error:
        raise EngineError("the model's folder names no voices (voices/voices.json)") from error
