"""The embedded neural voice: FastSpeech2 and multi-band MelGAN on onnxruntime, one thread, 24 kHz, Mandarin.

The same clause in the same manner gives the same samples: the model's always-on dropout is fed from the clause itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List

import numpy as np
import onnxruntime

from tts_server.engines.base import Manner, blend
from tts_server.errors import EngineError
from tts_server.text.syllables import find_words, words
from tts_server.voice import prepare

FRAME = 300
"""Samples of one mel frame."""
CLAUSE = 60
FIRST_FRAMES, MORE_FRAMES, CONTEXT = 40, 256, 20
"""Frames vocoded at a time: few for the first; with CONTEXT on each side pieces equal the whole."""
EDGE_FRAMES = 4
"""Frames of the model's own silence that stay at each end of a clause: it varies, and the pauses are ours."""
WIDTH = 256
SEMITONES_OF_SHIFT = 3.85
"""What a shift of F0 by 1 does to the pitch, measured; within 4 semitones it is nearly linear."""


@dataclass(frozen=True)
class Preset:
    """The model's own controls: factors on durations and on the spread of F0 and energy, shifts of their level."""

    duration: float
    f0_ratio: float
    energy_ratio: float
    f0_shift: float
    energy_shift: float


PRESETS = {
    "neutral": Preset(1.0, 1.0, 1.0, 0.0, 0.0),
    "happy": Preset(0.88, 1.3, 1.0, 0.6, 0.3),
    "sad": Preset(1.18, 0.7, 1.0, -0.6, -0.5),
    "angry": Preset(0.9, 1.4, 1.2, 0.3, 1.2),
    "calm": Preset(1.1, 0.8, 1.0, -0.2, -0.6),
}


def _preset(manner: Manner) -> Preset:
    return blend(PRESETS["neutral"], PRESETS[manner.emotion], manner.intensity)


class FastSpeech2Engine:
    name = "fastspeech2"
    model = "fastspeech2-mb-melgan/baker"
    voices = ("baker",)
    capabilities = ("emotions", "speed", "pitch", "pitch_range")
    sample_rate = 24000

    def __init__(self) -> None:
        folder = prepare.prepare()
        find_words(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._acoustic, self._vocoder = (
                onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
                for name in (prepare.ACOUSTIC, prepare.VOCODER)
            )
            symbols = json.loads((folder / prepare.SYMBOLS).read_bytes())
        except Exception as error:  # onnxruntime's own exceptions share no base but Exception
            raise EngineError(f"the voice in {folder} does not load; remove that folder: {error}") from error
        self._ids: Dict[str, int] = symbols["symbol_to_id"]
        self._parts: Dict[str, List[str]] = symbols["pinyin_dict"]

    def limit(self, manner: Manner) -> int:
        slowness = _preset(manner).duration / manner.speed
        return max(10, int(CLAUSE / max(1.0, slowness)))

    def say(self, clause: str, manner: Manner) -> Iterator[Any]:
        ids = self._symbols(clause)
        if len(ids) <= 3:
            return
        mel = self._mel(np.array([ids], np.int32), manner)
        yield from self._sound(mel)

    def _symbols(self, clause: str) -> List[int]:
        found = ["sil"]
        for word in words(clause, self._parts):
            for syllable in word:
                initial, final = self._parts[syllable[:-1]]
                found += [initial, final + syllable[-1], "#0"]
            found[-1] = "#1"
        if len(found) > 1:
            found.pop()
        return [self._ids[symbol] for symbol in [*found, "sil", "eos"]]

    def _mel(self, ids: Any, manner: Manner) -> Any:
        preset = _preset(manner)
        seed = int.from_bytes(hashlib.sha256(ids.tobytes()).digest()[:4], "big")
        random = np.random.RandomState(seed)
        noise = [random.random_sample((1, ids.shape[1], WIDTH)).astype(np.float32) for _ in range(2)]
        single = {
            "speed": preset.duration / manner.speed,
            "f0_ratio": preset.f0_ratio * manner.pitch_range,
            "energy_ratio": preset.energy_ratio,
            "f0_shift": preset.f0_shift + manner.pitch / SEMITONES_OF_SHIFT,
            "energy_shift": preset.energy_shift,
        }
        feeds = {name: np.array([value], np.float32) for name, value in single.items()}
        feeds.update(ids=ids, f0_noise=noise[0], energy_noise=noise[1])
        try:
            mel, durations = self._acoustic.run(["mel", "durations"], feeds)
        except Exception as error:  # as above
            raise EngineError(f"the acoustic model failed: {type(error).__name__}") from error
        # The first symbol is silence, so are the last two.
        before, behind = int(durations[0, 0]), int(durations[0, -2:].sum())
        return mel[:, max(0, before - EDGE_FRAMES) : mel.shape[1] - max(0, behind - EDGE_FRAMES)]

    def _sound(self, mel: Any) -> Iterator[Any]:
        start, size, total = 0, FIRST_FRAMES, mel.shape[1]
        while start < total:
            end = min(start + size, total)
            if total - end < CONTEXT:
                end = total
            left, right = max(0, start - CONTEXT), min(total, end + CONTEXT)
            sound = self._vocoder.run(["audio"], {"mel": mel[:, left:right]})[0][0, :, 0]
            yield sound[(start - left) * FRAME : (end - left) * FRAME]
            start, size = end, MORE_FRAMES
