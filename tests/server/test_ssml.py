"""SSML: what each element does to the script, what is refused, and that no document of any kind breaks it."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies

from tts_server import ssml
from tts_server.engines.base import BOUNDS, Manner
from tts_server.errors import ApiError
from tts_server.script import Part

SAID = [
    ("<speak>你好</speak>", [("你好", {}, 0.0)]),
    (' <?xml version="1.0"?><speak version="1.1" xml:lang="zh-CN"> 你\n好 </speak>', [("你 好", {}, 0.0)]),
    ('<speak xmlns="http://www.w3.org/2001/10/synthesis">你好</speak>', [("你好", {}, 0.0)]),
    ('<speak>一<break time="500ms"/>二</speak>', [("一", {}, 0.5), ("二", {}, 0.0)]),
    ('<speak>一<break time="1.5s"/><break strength="weak"/>二</speak>', [("一", {}, 1.7), ("二", {}, 0.0)]),
    ('<speak>一。<break strength="none"/>二</speak>', [("一。", {}, 0.0), ("二", {}, 0.0)]),
    ('<speak><break time="1s"/>一</speak>', [("", {}, 1.0), ("一", {}, 0.0)]),
    ('<speak>一。<prosody rate="120%">二</prosody></speak>', [("一。", {}, None), ("二", {"speed": 1.2}, 0.0)]),
    ('<speak><prosody rate="-20%">一</prosody></speak>', [("一", {"speed": 0.8}, 0.0)]),
    ('<speak><prosody rate="slow">一</prosody></speak>', [("一", {"speed": 0.75}, 0.0)]),
    ('<speak><prosody rate="9">一</prosody></speak>', [("一", {"speed": 2.0}, 0.0)]),
    ('<speak><prosody pitch="+2st">一</prosody></speak>', [("一", {"pitch": 2.0}, 0.0)]),
    ('<speak><prosody volume="-6dB">一</prosody></speak>', [("一", {"volume": 0.5012}, 0.0)]),
    ('<speak><prosody pitch="+12%">一</prosody></speak>', [("一", {"pitch": 1.962}, 0.0)]),
    ('<speak><prosody range="+50%">一</prosody></speak>', [("一", {"pitch_range": 1.5}, 0.0)]),
    (
        '<speak><prosody rate="1.2"><prosody rate="0.5">一</prosody>二</prosody></speak>',
        [("一", {"speed": 0.6}, None), ("二", {"speed": 1.2}, 0.0)],
    ),
    (
        '<speak><emotion category="happy" intensity="0.5">一</emotion></speak>',
        [("一", {"emotion": "happy", "intensity": 0.5}, 0.0)],
    ),
    ("<speak>一 &lt; 二 &#x4E09; &amp;</speak>", [("一 < 二 三 &", {}, 0.0)]),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_elements_become_parts(text, said):
    script = ssml.parse(text, Manner())
    assert [(part.text, part.pause) for part in script] == [(text, pytest.approx(pause)) for text, _, pause in said]
    for part, (_, figures, _) in zip(script, said):  # noqa: B905 (Python 3.8)
        expected = {**vars(Manner()), **figures}
        assert {**vars(part.manner)} == {
            name: pytest.approx(value, abs=1e-3) if isinstance(value, float) else value
            for name, value in expected.items()
        }


def test_what_the_document_says_comes_on_top_of_the_request():
    script = ssml.parse('<speak>一<prosody rate="2">二</prosody></speak>', Manner("sad", speed=0.5))
    assert [(part.manner.emotion, part.manner.speed) for part in script] == [("sad", 0.5), ("sad", 1.0)]


REFUSED = [
    "<speak>一", "<speak></p></speak>", "<speak><audio src='a.wav'/></speak>", "<speak><speak>一</speak></speak>",
    '<speak>一<break time="11s"/></speak>', '<speak>一<break time="-1s"/></speak>', "<speak><break>一</break></speak>",
    '<speak><prosody rate="quick">一</prosody></speak>', '<speak><prosody pitch="200Hz">一</prosody></speak>',
    '<speak><prosody pitch="-100%">一</prosody></speak>', '<speak><prosody contour="(0%,+20Hz)">一</prosody></speak>',
    '<speak><emotion category="happy" intensity="much">一</emotion></speak>', "<speak>&nbsp;</speak>",
    "<speak>" + "<prosody>" * 30 + "一" + "</prosody>" * 30 + "</speak>",
    "<speak>" + '一<break time="9s"/>' * 7 + "</speak>", "<speak>" + '一<break time="1ms"/>' * 201 + "</speak>",
    '<speak><!-- --><?xml-stylesheet href="a"?><x/></speak>',
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_known_is_refused_with_a_reason(text):
    with pytest.raises(ApiError) as caught:
        ssml.parse(text, Manner())
    assert (caught.value.status, caught.value.code) == (400, "bad_ssml")


@pytest.mark.parametrize("head", ['<!DOCTYPE speak [<!ENTITY a "a">]>', '<!DOCTYPE speak SYSTEM "file:///etc/passwd">'])
def test_document_types_and_entities_are_refused(head):
    with pytest.raises(ApiError, match="document type"):
        ssml.parse(f"{head}<speak>&a;</speak>", Manner())


def test_an_unknown_emotion_names_the_known_ones():
    with pytest.raises(ApiError) as caught:
        ssml.parse('<speak><emotion category="furious">一</emotion></speak>', Manner())
    assert caught.value.code == "unknown_emotion" and "happy" in caught.value.more["emotions"]


@pytest.mark.parametrize("text", ["你好", "<speakers>", "我说<speak>你好</speak>", "<p>你好</p>"])
def test_other_texts_are_plain(text):
    assert not ssml.is_ssml(text)


ATTRIBUTES = strategies.dictionaries(
    strategies.sampled_from(["rate", "pitch", "range", "volume", "time", "strength", "category", "intensity"]),
    strategies.one_of(
        strategies.sampled_from(["fast", "+10%", "+2st", "happy", "500ms", "1", "weak", "-6dB", "1e9", "٣%", "+999%"]),
        strategies.text(alphabet="0123456789.+-%stmdBe", max_size=6),
    ),
    max_size=2,
)


def element(children):
    names = strategies.sampled_from(["break", "prosody", "emotion", "speak", "p"])
    return strategies.builds(
        lambda name, attributes, inner, text: "<{}{}>{}{}</{}>".format(
            name, "".join(f' {key}="{value}"' for key, value in attributes.items()), text, "".join(inner), name
        ),
        names, ATTRIBUTES, strategies.lists(children, max_size=3), strategies.text(alphabet="一二。 &<", max_size=3),
    )  # fmt: skip


@hypothesis.settings(max_examples=200, deadline=None)
@hypothesis.given(strategies.recursive(strategies.just("一"), element, max_leaves=8))
def test_any_document_is_a_script_within_bounds_or_refused(inner):
    try:
        script = ssml.parse(f"<speak>{inner}</speak>", Manner())
    except ApiError as error:
        assert (error.status, error.code) in ((400, "bad_ssml"), (400, "unknown_emotion"))
        return
    for part in script:
        assert isinstance(part, Part)
        assert all(low <= getattr(part.manner, name) <= high for name, (low, high) in BOUNDS.items())
