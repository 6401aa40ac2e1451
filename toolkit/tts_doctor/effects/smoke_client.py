"""Sends the requests of a smoke test, each bounded in time and size, and keeps what came back.

Decides nothing about what an answer means. Follows no redirection, so a token goes to the named host alone; reads
neither netrc nor the proxies of our own process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import requests
import requests.utils

from tts_doctor.effects.http import USER_AGENT
from tts_doctor.model.smoke import Answer, Ask

MOST = 16 * 1024 * 1024
HEADER = 64
"""A sound file's header is shorter than this; what goes beyond is sound."""
CONNECT = 5.0
CHUNK = 8192
LOCAL = ("localhost", "127.0.0.1", "::1")


class _Bearer(requests.auth.AuthBase):
    """Sends the token, or nothing; either way requests looks for no other credentials."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            r.headers["Authorization"] = f"Bearer {self.token}"
        return r


class _Call:
    """One request on its way; what has come so far can be read while it still hangs."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = bytearray()
        self.first_audio = 0.0
        self.problem = ""
        self.given_up = threading.Event()

    def receive(self, response: requests.Response) -> None:
        self.headers = tuple((name.lower(), value) for name, value in response.headers.items())
        self.status = response.status_code
        for chunk in response.iter_content(CHUNK):
            self.body += chunk
            if not self.first_audio and len(self.body) > HEADER:
                self.first_audio = time.monotonic() - self.begun
            if len(self.body) > MOST:
                self.problem = "large"
                return
            if self.given_up.is_set():
                return

    def answer(self, problem: str = "") -> Answer:
        seconds = time.monotonic() - self.begun
        return Answer(
            self.status, self.headers, bytes(self.body), seconds, self.first_audio, problem or self.problem
        )


class SmokeClient:
    """Asks one service until its time is up; `limit` are the seconds of one request. Never raises for an answer."""

    def __init__(self, url: str, token: str, timeout: float, environ: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.limit = max(timeout / 4, 1.0)
        self.end = time.monotonic() + timeout
        self.proxies = _proxies(url, environ)

    def ask(self, ask: Ask, limit: float | None = None) -> Answer:
        """The answer, or what had come of it after `limit` seconds."""
        return self.ask_together([ask], limit)[0]

    def ask_together(self, asks: Sequence[Ask], limit: float | None = None) -> list[Answer]:
        """The answers in order, asked at the same time."""
        left = min(limit or self.limit, self.end - time.monotonic())
        if left <= 0:
            return [Answer(problem="late") for _ in asks]
        calls = [_Call() for _ in asks]
        # A thread that a hostile server holds on to does not keep the process from ending.
        threads = [
            threading.Thread(target=self._send, args=(ask, call, left), daemon=True)
            for ask, call in zip(asks, calls, strict=True)
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + left
        answers = []
        for thread, call in zip(threads, calls, strict=True):
            thread.join(max(0.0, until - time.monotonic()))
            call.given_up.set()
            answers.append(call.answer("timeout" if thread.is_alive() else ""))
        return answers

    def _send(self, ask: Ask, call: _Call, left: float) -> None:
        session = requests.Session()
        session.trust_env = False
        try:
            with session, session.request(
                ask.method, self.url + ask.path,
                data=ask.body or None, stream=True, allow_redirects=False, proxies=self.proxies,
                headers={"User-Agent": USER_AGENT, **({"Content-Type": "application/json"} if ask.body else {})},
                auth=_auth(self.url, self.token if ask.authorized else ""), timeout=(min(CONNECT, left), left),
            ) as response:  # fmt: skip
                call.receive(response)
        except requests.exceptions.SSLError:
            call.problem = "certificate"
        except requests.exceptions.Timeout:
            call.problem = "timeout"
        except (requests.RequestException, OSError, ValueError) as error:
            call.problem = _problem(call, error)


def _problem(call: _Call, error: Exception) -> str:
    if call.status:
        return "timeout" if "timed out" in str(error).lower() else "broken"
    words = ("refused", "resolve", "resolution", "unreachable", "not known", "proxy")
    return "refused" if any(word in str(error).lower() for word in words) else "broken"


def _auth(url: str, token: str) -> requests.auth.AuthBase:
    parts = urlsplit(url)
    if parts.username and not token:
        user, password = requests.utils.get_auth_from_url(url)
        return requests.auth.HTTPBasicAuth(user, password)
    return _Bearer(token)


def _proxies(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's own, and none for this machine."""
    parts = urlsplit(url)
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if parts.hostname in LOCAL or requests.utils.should_bypass_proxies(url, exempt):
        return {}
    names = (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    value = next((environ[name] for name in names if environ.get(name)), "")
    return {parts.scheme: value} if value else {}
