"""eSpeak NG through ctypes, from the distribution `espeakng-loader`: robotic, tiny, reads everything.

The library keeps its state in global variables: one instance for each process, one call at a time.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Iterator

import espeakng_loader
import numpy as np

from tts_server.engines.base import Manner, blend
from tts_server.errors import EngineError

# Constants and signatures of speak_lib.h
SYNCHRONOUS = 2
DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Preset:
    """Words per minute; pitch and its range 0-99; volume, 100 is eSpeak's own full level."""

    rate: float
    pitch: float
    range: float
    volume: float


PRESETS = {
    "neutral": Preset(rate=165, pitch=50, range=50, volume=70),
    "happy": Preset(rate=195, pitch=68, range=75, volume=80),
    "sad": Preset(rate=130, pitch=35, range=25, volume=52),
    "angry": Preset(rate=185, pitch=56, range=80, volume=92),
    "calm": Preset(rate=145, pitch=44, range=38, volume=55),
}


class EspeakEngine:
    name = "espeak"
    model = "espeak-ng/cmn"
    voices = ("espeak",)
    capabilities = ("emotions", "speed", "pitch", "pitch_range")

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise EngineError(f"eSpeak NG does not load; reinstall espeakng-loader: {error}") from error
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, data, DONT_EXIT))
        if self.sample_rate <= 0 or self._library.espeak_SetVoiceByName(b"cmn") != 0:
            raise EngineError("eSpeak NG finds no Mandarin voice; reinstall espeakng-loader")
        self._chunks: list[bytes] = []
        # The attribute keeps the trampoline alive: the library holds a bare pointer to it.
        self._callback = CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def limit(self, manner: Manner) -> int:
        return 120

    def say(self, clause: str, manner: Manner) -> Iterator[Any]:
        preset = blend(PRESETS["neutral"], PRESETS[manner.emotion], manner.intensity)
        self._chunks.clear()
        for parameter, value in (
            (RATE, preset.rate * manner.speed), (PITCH, preset.pitch + 6 * manner.pitch),
            (RANGE, preset.range * manner.pitch_range), (VOLUME, preset.volume),
        ):  # fmt: skip
            self._library.espeak_SetParameter(parameter, max(0, int(value)), 0)
        spoken = clause.encode() + b"\0"
        failed = self._library.espeak_Synth(
            spoken, ctypes.c_size_t(len(spoken)), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
        )
        samples = np.frombuffer(b"".join(self._chunks), dtype=np.int16)
        if failed:
            raise EngineError(f"eSpeak NG refused the text (status {failed})")
        yield samples.astype(np.float32) / 32768
