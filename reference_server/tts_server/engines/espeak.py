"""eSpeak NG through ctypes, from the distribution `espeakng-loader`: robotic, tiny, reads everything.

The library keeps its state in global variables: one instance for each process, one call at a time.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass

import espeakng_loader
import numpy as np

from tts_server.engines.base import Speech
from tts_server.errors import EngineError
from tts_server.text import spell_out

# Constants and signatures of speak_lib.h
SYNCHRONOUS = 2
DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Manner:
    """Words per minute; pitch and its range 0-99; volume, 100 is eSpeak's own full level."""

    rate: int
    pitch: int
    range: int
    volume: int


MANNERS = {
    "neutral": Manner(rate=165, pitch=50, range=50, volume=70),
    "happy": Manner(rate=195, pitch=68, range=75, volume=80),
    "sad": Manner(rate=130, pitch=35, range=25, volume=52),
    "angry": Manner(rate=185, pitch=56, range=80, volume=92),
    "calm": Manner(rate=145, pitch=44, range=38, volume=55),
}


class EspeakEngine:
    name = "espeak"
    model = "espeak-ng/cmn"

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
        self._lock = threading.Lock()

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def speak(self, text: str, emotion: str) -> Speech:
        manner = MANNERS[emotion]
        # A NUL would end the text for C; what UTF-8 cannot hold (a lone surrogate) is no character.
        spoken = spell_out(text).replace("\0", " ").encode("utf-8", "ignore") + b"\0"
        with self._lock:
            self._chunks.clear()
            for parameter, value in (
                (RATE, manner.rate), (PITCH, manner.pitch), (RANGE, manner.range), (VOLUME, manner.volume)
            ):  # fmt: skip
                self._library.espeak_SetParameter(parameter, value, 0)
            failed = self._library.espeak_Synth(
                spoken, ctypes.c_size_t(len(spoken)), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
            )
            samples = np.frombuffer(b"".join(self._chunks), dtype=np.int16).copy()
            self._chunks.clear()
        if failed:
            raise EngineError(f"eSpeak NG refused the text (status {failed})")
        return Speech(samples, self.sample_rate)
