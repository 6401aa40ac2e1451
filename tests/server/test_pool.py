"""Engine processes that die, that take too long, that are too few; with processes that are really killed."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from tts_server.engines.base import Manner
from tts_server.errors import ApiError
from tts_server.pool import Pool
from tts_server.script import plain

LONG = "春江潮水连海平，海上明月共潮生。滟滟随波千万里，何处春江无月明。" * 20


def pids(pool):
    return [child.process.pid for child in pool._all]


def until(condition, seconds=180):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture
def make_pool():
    pools = []

    def make(processes=1, waiting=4, deadline=30.0, engine="espeak"):
        pool = Pool(engine, processes, waiting, deadline)
        pools.append(pool)
        pool.start()
        until(lambda: len(pool._ready) == processes + 1)
        return pool

    yield make
    for pool in pools:
        pool.stop()


def test_a_spare_stands_by_and_what_dies_is_replaced(make_pool):
    pool = make_pool()
    first = pids(pool)
    os.kill(first[0], signal.SIGKILL)
    until(lambda: pool.restarts == 1 and len(pool._ready) == 2)
    assert len(set(pids(pool)) & set(first)) == 1
    assert pool.state()["status"] == "ready"


def test_a_kill_in_the_middle_costs_nothing(make_pool, neural):
    pool = make_pool(engine="fastspeech2")
    whole = b"".join(pool.submit(plain(LONG[:64], Manner())).pieces())
    pieces = pool.submit(plain(LONG[:64], Manner())).pieces()
    heard = next(pieces)
    os.kill(next(child.process.pid for child in pool._all if child not in pool._ready), signal.SIGKILL)
    heard += b"".join(pieces)
    assert heard == whole
    assert pool.restarts == 1


@pytest.mark.slow
def test_requests_survive_processes_killed_all_the_time(make_pool):
    pool = make_pool(processes=2, waiting=50)
    over = threading.Event()
    jobs = [pool.submit(plain(LONG[:200], Manner())) for _ in range(30)]

    def kill():
        """One process each time that something was heard: however slow the machine, no text dies too often."""
        heard = 0
        while not over.wait(0.3):
            if heard < (heard := sum(job.delivered for job in jobs)):
                for pid in pids(pool)[:1]:
                    os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        lengths = [sum(map(len, job.pieces())) for job in jobs]
    finally:
        over.set()
        killer.join()
    assert min(lengths) > 0.9 * max(lengths)
    assert pool.restarts


def test_the_deadline_ends_the_work_and_the_spare_takes_over(make_pool):
    pool = make_pool(deadline=1.0)
    before = pids(pool)
    # A process that is stopped answers nothing: what a hung C call looks like from outside.
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(ApiError) as caught:
        list(pool.submit(plain("你好", Manner())).pieces())
    assert (caught.value.status, caught.value.code) == (504, "deadline")
    assert time.monotonic() - started < 60
    for pid in pids(pool):
        os.kill(pid, signal.SIGCONT)
    until(lambda: len(pool._ready) == 2)
    assert len(set(pids(pool)) & set(before)) == 1
    assert sum(map(len, pool.submit(plain("你好", Manner())).pieces())) > 1000


def test_a_full_queue_says_when_to_come_again(make_pool):
    pool = make_pool(waiting=2, deadline=2.0)
    for pid in pids(pool):
        os.kill(pid, signal.SIGSTOP)
    pool.submit(plain("你好", Manner()))
    until(lambda: pool.working == 1)
    jobs = [pool.submit(plain("你好", Manner())) for _ in range(2)]
    with pytest.raises(ApiError) as caught:
        pool.submit(plain("你好", Manner()))
    assert (caught.value.status, caught.value.code) == (429, "too_busy")
    assert caught.value.more["retry_after"] > 0
    assert pool.state()["status"] == "busy"
    # Those who wait too long are told in time as well, though no process ever looked at them.
    with pytest.raises(ApiError) as late:
        list(jobs[1].pieces())
    assert late.value.status == 504
    for pid in pids(pool):
        os.kill(pid, signal.SIGCONT)


@pytest.mark.slow
def test_what_nobody_hears_is_not_spoken_to_its_end(make_pool, neural):
    pool = make_pool(engine="fastspeech2")
    job = pool.submit(plain(LONG[:600], Manner()))
    next(job.pieces())
    job.cancel()
    until(lambda: pool.working == 0, seconds=5)
    assert job.delivered < 24000 * 2 * 60
    assert pool.restarts == 0


def test_stopping_leaves_no_process(make_pool):
    pool = make_pool()
    children = list(pool._all)
    pool.stop()
    assert not any(child.alive for child in children)
