"""Text in while it is written, speech out while it is made: a real WebSocket client against a served server."""

from __future__ import annotations

import json
import time
import urllib.request

import numpy as np
import pytest

RATE = 24000
websocket = pytest.importorskip("websocket")


@pytest.fixture
def connect(server):
    sockets = []

    def make(**more):
        sockets.append(websocket.create_connection(server.replace("http", "ws") + "/v1/stream", timeout=30, **more))
        return sockets[-1]

    yield make
    for socket in sockets:
        socket.close()


def send(socket, kind, **members):
    socket.send(json.dumps({"type": kind, **members}))


def receive(socket, until):
    """Messages and samples up to a message of that type, in order."""
    found, sound = [], b""
    while not found or found[-1]["type"] != until:
        data = socket.recv()
        assert data != "", found
        if isinstance(data, bytes):
            sound += data
        else:
            found.append(json.loads(data))
    return found, np.frombuffer(sound, np.int16)


def test_a_text_in_pieces_becomes_speech(connect):
    socket = connect()
    send(socket, "start", emotion="happy", speed=1.2)
    for piece in ("今天天", "气很好，", "我们出去", "玩吧。", "再见"):
        send(socket, "text", text=piece)
    send(socket, "end")
    messages, samples = receive(socket, "ended")
    assert messages[0] == {"type": "started", "format": "pcm_s16le", "channels": 1, "sample_rate": RATE}
    assert sum(message.get("characters", 0) for message in messages) == 16
    assert 1.5 < len(samples) / RATE < 6
    assert np.abs(samples.astype(int)).max() > 3000


def test_one_clause_is_spoken_while_the_next_is_written(connect):
    socket = connect()
    send(socket, "text", text="床前明月光。疑是")
    messages, samples = receive(socket, "spoken")
    # The second clause has not come whole: only the first was said.
    assert messages[-1]["characters"] == 6 and len(samples) > RATE // 2
    send(socket, "text", text="地上霜。")
    messages, samples = receive(socket, "spoken")
    assert messages[-1]["characters"] == 6 and len(samples) > RATE // 2


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (["圆周率是3", ".", "14，对", "吗？"], [9, 3]),
        (["一共1,", "000元。"], [9]),
        (["Hello, ", "world"], [6]),
        (["第一行\n第二"], [4]),
    ],
)
def test_clauses_are_cut_where_a_voice_may_pause(connect, pieces, said):
    socket = connect()
    for piece in pieces:
        send(socket, "text", text=piece)
        time.sleep(0.15)
    found = [receive(socket, "spoken")[0][-1]["characters"] for _ in said]
    assert sum(found) == sum(said)


def test_flush_says_what_has_no_end_yet(connect):
    socket = connect()
    send(socket, "text", text="你好")
    send(socket, "flush")
    assert len(receive(socket, "spoken")[1]) > 5000
    send(socket, "end")
    assert receive(socket, "ended")[0][-1] == {"type": "ended"}


def test_clear_silences_at_once_and_the_stream_goes_on(connect):
    socket = connect()
    send(socket, "text", text="春江潮水连海平，海上明月共潮生。" * 20)
    while not isinstance(socket.recv(), bytes):
        pass
    send(socket, "clear")
    _, samples = receive(socket, "spoken")
    assert len(samples) / RATE < 60
    send(socket, "text", text="再见。")
    send(socket, "end")
    _, samples = receive(socket, "ended")
    assert 0.2 < len(samples) / RATE < 3


REFUSED = [
    ("not json", "bad_message"), ("[]", "bad_message"), ('{"type": "shout"}', "bad_message"),
    ('{"type": "text", "text": 5}', "bad_text"), ('{"type": "start", "emotion": "furious"}', "unknown_emotion"),
    ('{"type": "start", "speed": 9}', "bad_speed"),
    (json.dumps({"type": "text", "text": "长" * 1001}), "text_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code"), REFUSED)
def test_bad_messages_are_told_a_code_and_end_the_stream(connect, message, code):
    socket = connect()
    socket.send(message)
    messages, _ = receive(socket, "error")
    assert messages[-1]["code"] == code
    assert "furious" not in json.dumps(messages)
    assert socket.recv() == ""


def test_a_page_of_another_site_is_refused(connect):
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        connect(origin="https://elsewhere.example")
    assert caught.value.status_code == 403


def test_a_stream_is_counted_when_it_has_ended(server, connect):
    def counted():
        with urllib.request.urlopen(server + "/metrics", timeout=10) as answer:
            lines = [line for line in answer.read().decode().splitlines() if '"/v1/stream",status="101"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("tts_requests_created"))

    before = counted()
    socket = connect()
    send(socket, "end")
    receive(socket, "ended")
    until = time.monotonic() + 10
    while counted() == before and time.monotonic() < until:
        time.sleep(0.1)
    assert counted() > before


def test_a_client_that_goes_away_leaves_a_server_that_speaks(connect):
    for _ in range(3):
        socket = connect()
        send(socket, "text", text="春江潮水连海平。" * 50)
        socket.recv()
        socket.shutdown()
    socket = connect()
    send(socket, "text", text="你好。")
    assert len(receive(socket, "spoken")[1]) > 5000
