"""Who may ask how often, and who is believed to ask."""

from __future__ import annotations

import pytest

from tts_server import rate
from tts_server.errors import ApiError
from tts_server.rate import Rate


@pytest.fixture
def clock(monkeypatch):
    moments = [100.0]
    monkeypatch.setattr(rate.time, "monotonic", lambda: moments[0])
    return moments


def taken(bucket, client, count):
    """How many of so many requests at once are admitted."""
    admitted = 0
    for _ in range(count):
        try:
            bucket.take(client)
            admitted += 1
        except ApiError:
            pass
    return admitted


def test_a_bucket_holds_a_minute_and_fills_again(clock):
    bucket = Rate(6)
    assert taken(bucket, "a", 10) == 6
    clock[0] += 20
    assert taken(bucket, "a", 10) == 2
    clock[0] += 3600
    assert taken(bucket, "a", 10) == 6


def test_clients_do_not_pay_for_each_other(clock):
    bucket = Rate(2)
    assert [taken(bucket, client, 3) for client in "abab"] == [2, 2, 0, 0]


def test_the_refusal_says_when_to_come_again_and_that_is_true(clock):
    bucket = Rate(2)
    taken(bucket, "a", 2)
    with pytest.raises(ApiError) as caught:
        bucket.take("a")
    assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
    clock[0] += caught.value.more["retry_after"]
    bucket.take("a")


def test_no_limit_is_no_limit_and_strangers_are_forgotten(clock, monkeypatch):
    assert taken(Rate(0), "a", 1000) == 1000
    monkeypatch.setattr(rate, "CLIENTS", 10)
    bucket = Rate(1)
    for number in range(100):
        bucket.take(str(number))
    assert len(bucket._buckets) == 10


def ask(client, forwarded):
    headers = {"X-Forwarded-For": forwarded}
    return client.post("/api/tts", json={"text": "。"}, headers=headers)


def test_an_answer_429_carries_retry_after(make_app):
    client = make_app(rate=1).test_client()
    assert ask(client, "203.0.113.1").status_code == 400
    refused = ask(client, "203.0.113.2")
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/health").status_code == 200


def test_a_trusted_proxy_says_who_asks(make_app):
    client = make_app(rate=1, proxies=1).test_client()
    assert [ask(client, f"6.6.6.6, 203.0.113.{number}").status_code for number in (1, 2, 2, 1)] == [400, 400, 429, 429]
