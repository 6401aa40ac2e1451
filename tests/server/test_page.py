"""The page in a real browser: what a visitor sees, hears, keeps and reaches, in two languages and on a phone."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest
from tests.server.debian import program

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.slow
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
WAIT = 30_000


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    path = program("chromium", "chromium", "fonts-noto-cjk")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def visit(browser, server):
    """visit(language, width): the page; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(language="zh-CN", width=1280):
        context = browser.new_context(locale=language, viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type in ("error", "warning") and complaints.append(line.text))
        page.goto(server)
        page.wait_for_selector("#state[data-state=ready]", timeout=WAIT)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if "the server responded with a status of" not in text] == []


def spoken(page):
    """Wait until the speech has come whole."""
    page.wait_for_selector("#download:visible", timeout=WAIT)


def told(page, sentence):
    page.wait_for_selector(f"#message:text-is('{sentence}')", timeout=WAIT)


def test_it_plays_while_the_speech_still_comes(visit):
    page = visit()
    page.fill("#text", "床前明月光，疑是地上霜。举头望明月，低头思故乡。" * 4)
    page.click("#speak")
    told(page, "正在播放…")
    assert not page.is_visible("#download")
    page.wait_for_timeout(200)
    assert page.evaluate("[...wave.getContext('2d').getImageData(0, 0, 300, 90).data].some(Boolean)")
    spoken(page)


def test_the_download_is_the_speech(visit, tmp_path):
    page = visit()
    page.fill("#text", "你好")
    page.click("#speak")
    spoken(page)
    with page.expect_download() as download:
        page.click("#download")
    target = tmp_path / "speech.wav"
    download.value.save_as(target)
    with wave.open(str(target)) as file:
        assert 0.3 < file.getnframes() / file.getframerate() < 3
    assert page.evaluate("document.getElementById('player').duration") > 0.3


def test_wishes_go_out_and_come_back_from_history(visit):
    page = visit("en-US")
    page.fill("#text", "我太高兴了")
    page.get_by_label("Happy", exact=True).check()
    page.evaluate("speed.value = 1.5; speed.dispatchEvent(new Event('input'))")
    with page.expect_request("**/v1/audio/speech") as sent:
        page.click("#speak")
    wish = json.loads(sent.value.post_data)
    assert (wish["input"], wish["emotion"], wish["speed"], wish["pitch"]) == ("我太高兴了", "happy", 1.5, 0)
    spoken(page)
    page.reload()
    page.fill("#text", "别的")
    with page.expect_request("**/v1/audio/speech") as again:
        page.click("#history button")
    assert json.loads(again.value.post_data) == wish
    spoken(page)
    page.click("#forget")
    assert not page.is_visible("#past")


@pytest.mark.parametrize(
    ("language", "title"), [("zh-CN", "中文情感语音合成"), ("de-DE", "Chinese speech with emotions")]
)
def test_the_language_is_the_visitors_until_another_is_chosen(visit, language, title):
    page = visit(language)
    assert (page.title(), page.inner_text("h1")) == (title, title)
    page.click("#language")
    other = page.inner_text("h1")
    assert other != title
    page.reload()
    assert page.inner_text("h1") == other
    missing = page.evaluate(
        "import('/static/words.js').then(({WORDS}) => Object.keys(WORDS.zh).filter((name) => !(name in WORDS.en))"
        ".concat(Object.keys(WORDS.en).filter((name) => !(name in WORDS.zh))))"
    )
    assert missing == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "请输入文本。"),
        ("。", "这段文本里没有可以朗读的内容。"),
        ("好" * 1001, "文本太长，请缩短。"),
        ("<speak>", "SSML 标记有误。"),
    ],
)
def test_what_cannot_be_said_is_told_kindly(visit, text, said):
    page = visit()
    page.fill("#text", text)
    page.click("#speak")
    page.wait_for_selector("#message.bad", timeout=WAIT)
    assert page.inner_text("#message") == said


def test_a_full_server_says_when_to_come_again(visit):
    page = visit("en-US")
    refusal = {"error": {"code": "too_busy", "message": "no matter"}}
    wait = {"Retry-After": "2"}
    page.route("**/v1/audio/speech", lambda route: route.fulfill(status=429, headers=wait, json=refusal))
    page.click("#speak")
    page.wait_for_selector("#message.bad")
    assert page.inner_text("#message") == "Many people are speaking just now. Try again in 2 s."
    page.unroute("**/v1/audio/speech")
    page.route("**/v1/audio/speech", lambda route: route.fulfill(status=401, json={"error": {"code": "unauthorized"}}))
    page.click("#speak")
    page.wait_for_selector("#token:visible")
    assert page.evaluate("document.activeElement.id") == "token"


def test_everything_can_be_done_by_keyboard(visit):
    page = visit()
    page.focus("#text")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('input[name=emotion]:checked').value") == "happy"
    seen = []
    while "reset" not in seen and len(seen) < 20:
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id"))
    assert seen == ["voice", "speed", "pitch", "volume", "speak", "reset"]
    page.focus("#text")
    page.keyboard.press("Control+Enter")
    spoken(page)


def test_stop_falls_silent(visit):
    page = visit()
    page.fill("#text", "床前明月光，疑是地上霜。" * 20)
    page.click("#speak")
    told(page, "正在播放…")
    page.click("#stop")
    told(page, "已停止。")
    assert page.is_disabled("#stop")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_every_screen(visit, language, width, tmp_path, request):
    page = visit(language, width)
    page.click("#speak")
    spoken(page)
    page.wait_for_selector("#stop[disabled]", timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, .emotions label')].filter((part) => part.offsetParent"
        " && part.getBoundingClientRect().height < 44).map((part) => part.id)"
    )
    assert small == []
    page.screenshot(path=str(Path(tmp_path) / f"page-{width}-{language}.png"), full_page=True)
