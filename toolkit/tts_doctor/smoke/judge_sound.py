"""Judges the sound of answers: is it what it says it is, is anything to be heard, does it last as long as the text.

Bounds are wide: a smoke test finds what is broken, not what is ugly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tts_doctor.model.smoke import Answer, Check, Row, State
from tts_doctor.model.text import Text
from tts_doctor.parse.sound import read_sound
from tts_doctor.parse.wav import Wav, WavError, measure, pcm, read_wav
from tts_doctor.smoke.words import check, excerpt, no_answer, said

FASTEST, SLOWEST, PAUSES = 0.09, 0.65, 3.0
"""Seconds for a syllable, and for all pauses together: nobody speaks faster or slower than these."""
HALF = 0.5
"""A text that takes less than so much of the service's own pace has lost a part."""
RATES = range(8000, 48001)
QUIETEST, MOSTLY, CLIPPED, OFFSET = 0.003, 0.9, 0.002, 0.03
OPENAI_PCM_RATE = 24000


@dataclass(frozen=True)
class Heard:
    """A judged answer; `seconds` and `rate` are 0 where it is no sound that can be measured."""

    check: Check
    seconds: float = 0.0
    rate: int = 0


def hear(name: str, answer: Answer, syllables: int, title: Text | None = None) -> Heard:
    """Judge a WAV answer to a text of so many syllables."""
    if answer.problem and answer.body[:4] != b"RIFF":
        return Heard(no_answer(name, answer, title))
    if answer.status and answer.status != 200:
        if not syllables and 400 <= answer.status < 500:
            words = (f"refused ({answer.status})", f"已拒绝（{answer.status}）")
            return Heard(check(name, State.PASSED, *words, seconds=answer.seconds, title=title))
        return Heard(check(name, State.FAILED, said(answer), "", answer.seconds, title))
    if answer.problem:
        return Heard(no_answer(name, answer, title))
    try:
        wav = read_wav(answer.body)
    except WavError as error:
        shown = excerpt(answer.body)
        words = (f"200, but {error}: {shown}", f"状态为 200，但不是可读的 WAV（{error}）：{shown}")
        return Heard(check(name, State.FAILED, *words, seconds=answer.seconds, title=title))
    faults = _header_faults(wav, answer) + (_sound_faults(wav) + _length_faults(wav, syllables) if syllables else [])
    if faults:
        en, zh = "; ".join(fault.en for fault in faults), "；".join(fault.zh for fault in faults)
        return Heard(check(name, State.FAILED, en, zh, answer.seconds, title), rate=wav.rate)
    return Heard(_passed(name, wav, answer, title), wav.seconds, wav.rate)


def _passed(name: str, wav: Wav, answer: Answer, title: Text | None) -> Check:
    en = f"{wav.seconds:.1f} s of sound in {answer.seconds:.1f} s"
    zh = f"{answer.seconds:.1f} 秒内得到 {wav.seconds:.1f} 秒音频"
    return check(name, State.PASSED, en, zh, answer.seconds, title)


def _header_faults(wav: Wav, answer: Answer) -> list[Text]:
    faults = []
    if wav.missing:
        faults.append(Text(
            f"truncated: the header promises {wav.declared} bytes of sound, {len(wav.samples)} came",
            f"音频被截断：文件头声明 {wav.declared} 字节，实际只有 {len(wav.samples)} 字节",
        ))  # fmt: skip
    if wav.rate not in RATES:
        faults.append(Text(f"a sample rate of {wav.rate} Hz", f"采样率为 {wav.rate} Hz"))
    if wav.byte_rate != wav.rate * wav.frame:
        faults.append(Text("the header contradicts itself (bytes for each second)", "文件头自相矛盾（每秒字节数）"))
    told = _told_rate(answer)
    if told and told != wav.rate:
        faults.append(Text(
            f"wrong sample rate: {wav.rate} Hz in the file, {told} Hz in X-Sample-Rate",
            f"采样率不符：文件为 {wav.rate} Hz，X-Sample-Rate 为 {told} Hz",
        ))  # fmt: skip
    return faults


def _told_rate(answer: Answer) -> int:
    """The sample rate that the answer's header names, 0 where it names none that could be."""
    told = answer.header("x-sample-rate")
    return int(told) if told.isdecimal() and len(told) < 6 and int(told) in RATES else 0


def _sound_faults(wav: Wav) -> list[Text]:
    loud = measure(wav)
    if loud is None:
        return [] if wav.samples else [Text("there are no samples in it", "其中没有任何采样")]
    if loud.peak - abs(loud.offset) < QUIETEST or loud.rms < QUIETEST / 10:
        return [Text("nothing is to be heard: silence", "听不到任何声音：全为静音")]
    faults = []
    if loud.silent > MOSTLY:
        faults.append(Text(f"{loud.silent:.0%} of it is silence", f"其中 {loud.silent:.0%} 是静音"))
    if loud.clipped > CLIPPED:
        faults.append(Text(
            f"clipped: {loud.clipped:.1%} of the samples are cut off at the top",
            f"削波：{loud.clipped:.1%} 的采样被削顶",
        ))  # fmt: skip
    if abs(loud.offset) > OFFSET:
        faults.append(Text(f"a DC offset of {loud.offset:+.0%}", f"直流偏移 {loud.offset:+.0%}"))
    return faults


def _length_faults(wav: Wav, syllables: int) -> list[Text]:
    low, high = FASTEST * syllables, SLOWEST * syllables + PAUSES
    if low <= wav.seconds <= high or wav.missing or not wav.samples:
        return []
    if wav.seconds < low:
        why = Text("a part of the text is missing, or the sample rate is wrong", "部分文本缺失，或采样率有误")
    else:
        why = Text("the sample rate is wrong, or it stammers", "采样率有误，或重复发音")
    return [Text(
        f"{wav.seconds:.1f} s for {syllables} syllables ({low:.1f} to {high:.1f} s would be plausible): {why.en}",
        f"{syllables} 个音节却有 {wav.seconds:.1f} 秒（合理范围 {low:.1f} 至 {high:.1f} 秒）：{why.zh}",
    )]  # fmt: skip


def hear_rows(rows: Sequence[Row], answers: Sequence[Answer]) -> list[Heard]:
    """Judge the acceptance table; a row far below the table's own pace has lost a part of its text."""
    heard = [hear(f"text.{r.id}", a, r.syllables, r.title) for r, a in zip(rows, answers, strict=True)]
    paces = [h.seconds / r.syllables for r, h in zip(rows, heard, strict=True) if h.seconds and r.syllables >= 5]
    usual = median(paces) if len(paces) >= 3 else 0.0
    return [_against_pace(row, one, usual) for row, one in zip(rows, heard, strict=True)]


def _against_pace(row: Row, one: Heard, usual: float) -> Heard:
    wanted = usual * row.syllables
    if not one.seconds or row.syllables < 5 or one.seconds >= HALF * wanted:
        return one
    en = f"{one.seconds:.1f} s, where this voice needs {wanted:.1f} s: a part of the text was not said"
    zh = f"仅 {one.seconds:.1f} 秒，按此音色的语速应约 {wanted:.1f} 秒：部分文本没有读出"
    return Heard(check(one.check.id, State.FAILED, en, zh, one.check.seconds, row.title), rate=one.rate)


def judge_rates(heard: Sequence[Heard]) -> list[Check]:
    """Whether every answer has the same sample rate; nothing where none had one."""
    rates = sorted({one.rate for one in heard if one.rate})
    if not rates:
        return []
    listed = ", ".join(f"{rate} Hz" for rate in rates)
    return [check("speech.rate", State.PASSED if len(rates) == 1 else State.FAILED, listed)]


def hear_format(form: str, answer: Answer, plain: float, decoded: float | None) -> Check:
    """Judge an answer in another format by its kind and its length.

    `plain`: seconds of the same text as WAV, 0 where unknown. `decoded`: what a decoder found, None without one,
    negative where it failed.
    """
    name, title = f"format.{form}", Text(form)
    if answer.problem:
        return no_answer(name, answer, title)
    if answer.status in (400, 404, 415, 422, 501):
        words = (f"not offered ({answer.status})", f"未提供（{answer.status}）")
        return check(name, State.ABSENT, *words, seconds=answer.seconds, title=title)
    if answer.status != 200:
        return check(name, State.FAILED, said(answer), "", answer.seconds, title)
    kind, seconds = _kind_and_length(form, answer)
    if kind != form:
        shown = excerpt(answer.body)
        en, zh = f"it is {kind or 'no sound'}: {shown}", f"内容是 {kind or '非音频'}：{shown}"
        return check(name, State.FAILED, en, zh, answer.seconds, title)
    if decoded is not None and decoded < 0:
        return check(name, State.FAILED, "it cannot be decoded", "无法解码", answer.seconds, title)
    seconds = seconds if decoded is None else decoded
    if seconds is None:
        return check(name, State.PASSED, "its length was not told", "未声明时长", answer.seconds, title)
    if plain and not 0.8 * plain - 0.3 <= seconds <= 1.2 * plain + 0.3:
        en = f"{seconds:.1f} s of sound, the same text as WAV lasts {plain:.1f} s"
        zh = f"音频 {seconds:.1f} 秒，而同一文本的 WAV 为 {plain:.1f} 秒"
        return check(name, State.FAILED, en, zh, answer.seconds, title)
    return check(name, State.PASSED, f"{seconds:.1f} s of sound", f"{seconds:.1f} 秒音频", answer.seconds, title)


def _kind_and_length(form: str, answer: Answer) -> tuple[str, float | None]:
    sound = read_sound(answer.body)
    if sound is not None:
        return sound.kind, sound.seconds
    text = answer.body.lstrip()[:1] in (b"<", b"{") or "text/" in answer.header("content-type")
    if form != "pcm" or text or not answer.body or len(answer.body) % 2:
        return "", None
    bare = pcm(answer.body, _told_rate(answer) or OPENAI_PCM_RATE)
    return ("" if _sound_faults(bare) else "pcm"), bare.seconds
