"""Bounded HTTP and file: reading for the package index.

Decides about time-outs, retries, sizes, certificates, proxies and credentials. Raises only IndexUnavailable; never
prints an address with its credentials. A host that could not be reached is not asked again in this run.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import requests.utils
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from tts_doctor.effects.index_config import IndexConfig, local_path, redact
from tts_doctor.errors import IndexUnavailable
from tts_doctor.model.system_words import system_words
from tts_doctor.model.text import Text
from tts_doctor.parse.simple_page import JSON_TYPE

CONNECT, READ, TOTAL = 5.0, 15.0, 60.0
RETRIES = 2
PAGE_LIMIT = 64 * 1024 * 1024
USER_AGENT = "tts-doctor (+https://pypi.org/project/tts-doctor/)"
PASSING = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Answer:
    """What a server, or a local file, answered. `headers` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    url: str


CHECK = Text(
    "check the network, the index settings of pip and uv, and proxy variables, then run it again",
    "请检查网络、pip 与 uv 的索引设置以及代理变量，然后重试",
)


def status_words(status: int) -> Text:
    """`HTTP status 500`."""
    return Text(f"HTTP status {status}", f"HTTP 状态 {status}")


def unavailable(url: str, why: Text, hint: Text | None = None) -> IndexUnavailable:
    """The error for an address that gave nothing usable."""
    shown = redact(url)
    way = hint or CHECK
    return IndexUnavailable(
        f"The package index {shown} is not available: {why.en}",
        f"软件包索引 {shown} 不可用：{why.zh}",
        hint_en=way.en,
        hint_zh=way.zh,
    )


class _NoAuth(AuthBase):
    """Keeps requests from reading netrc by itself."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class Http:
    """One configured client, usable from several threads."""

    def __init__(self, config: IndexConfig, environ: Mapping[str, str]) -> None:
        self.config = config
        self.dead: dict[str, IndexUnavailable] = {}
        self.session = requests.Session()
        # Our own process' variables may differ from the caller's, so nothing is read from them implicitly.
        self.session.trust_env = False
        self.session.verify = config.certificates or True
        self.session.headers["User-Agent"] = USER_AGENT
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=16)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self._proxies = _proxies(config, environ)
        self._no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""

    def get(self, url: str, headers: Mapping[str, str] | None = None, limit: int = PAGE_LIMIT) -> Answer:
        """Fetch `url`. A status such as 404 or 416 is an answer; no answer at all is IndexUnavailable."""
        path = local_path(url)
        if path is not None:
            return _read_local(path, headers or {}, limit, url)
        host = urlsplit(url).netloc.rsplit("@", 1)[-1]
        if host in self.dead:
            raise self.dead[host]
        for attempt in range(RETRIES + 1):
            try:
                answer = self._ask(url, headers or {}, limit)
            except (requests.RequestException, OSError) as error:
                if self._proxies and _of_proxy(error):
                    self._proxies = {}  # a dead proxy is often part of the illness: the index may be reached without
                    continue
                if attempt < RETRIES and _passing(error):
                    time.sleep(0.2 * 3**attempt)
                    continue
                self.dead[host] = self._explain(url, error)
                raise self.dead[host] from error
            if answer.status not in PASSING or attempt == RETRIES:
                return answer
            time.sleep(0.3 * 3**attempt)
        raise AssertionError("unreachable")

    def _ask(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        host = urlsplit(url).hostname or ""
        credentials = requests.utils.get_auth_from_url(url)
        auth = credentials if any(credentials) else requests.utils.get_netrc_auth(url)
        bypass = self._no_proxy and requests.utils.should_bypass_proxies(url, self._no_proxy)
        deadline = time.monotonic() + TOTAL
        with self.session.get(
            url,
            headers=dict(headers),
            stream=True,
            timeout=(CONNECT, READ),
            auth=auth or _NoAuth(),
            proxies={} if bypass else self._proxies,
            verify=False if self._insecure(host, urlsplit(url).port) else self.session.verify,
        ) as response:
            chunks, size = [], 0
            for chunk in response.iter_content(1 << 17):
                chunks.append(chunk)
                size += len(chunk)
                if size > limit:
                    raise unavailable(url, _too_large(limit))
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout(f"no complete answer within {TOTAL:.0f} s")
            found = {k.lower(): v for k, v in response.headers.items()}
            return Answer(response.status_code, b"".join(chunks), found, response.url)

    def _insecure(self, host: str, port: int | None) -> bool:
        return any(h in (host, f"{host}:{port}") for h in self.config.insecure_hosts)

    def _explain(self, url: str, error: Exception) -> IndexUnavailable:
        if isinstance(error, IndexUnavailable):
            return error
        if isinstance(error, requests.exceptions.SSLError) or "certificate" in str(error).lower():
            source = f" ({self.config.certificates_from})" if self.config.certificates_from else ""
            hint = Text(
                f"check the certificate bundle{source}, or set PIP_CERT to one that signs this index",
                f"请检查证书文件{source}，或把 PIP_CERT 设为能验证此索引的证书",
            )
            return unavailable(url, Text("its certificate cannot be verified", "其证书无法验证"), hint)
        if isinstance(error, requests.exceptions.ProxyError):
            return unavailable(url, Text("the proxy does not answer", "代理没有应答"))
        if isinstance(error, requests.exceptions.Timeout):
            return unavailable(url, Text("no answer in time", "未及时应答"))
        return unavailable(url, Text(f"no connection ({type(error).__name__})", f"无法连接（{type(error).__name__}）"))


def _too_large(limit: int) -> Text:
    return Text(f"the answer is larger than {limit >> 20} MiB", f"应答大于 {limit >> 20} MiB")


def _of_proxy(error: Exception) -> bool:
    """Whether the proxy, not the index, is what does not answer (or is of a kind that needs an extra)."""
    return isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.InvalidSchema)) or any(
        word in str(error) for word in ("SOCKS", "proxy")
    )


def _passing(error: Exception) -> bool:
    """Whether trying again may help: an unknown host or certificate stays so."""
    return not isinstance(error, (requests.exceptions.SSLError, requests.exceptions.InvalidURL)) and not any(
        sign in str(error) for sign in ("Name or service not known", "name resolution", "refused", "CERTIFICATE")
    )


def _proxies(config: IndexConfig, environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for scheme in ("http", "https"):
        names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
        value = config.proxy or next((environ[n] for n in names if environ.get(n)), "")
        if value:
            found[scheme] = value
    return found


def _read_local(path: Path, headers: Mapping[str, str], limit: int, url: str) -> Answer:
    if path.is_dir():
        path = path / "index.html"
    kind = JSON_TYPE if path.suffix == ".json" else "text/html"
    try:
        size = path.stat().st_size
        start, end = _range(headers.get("Range", ""), size)
        if end - start > limit:
            raise unavailable(url, _too_large(limit))
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(end - start)
    except FileNotFoundError:
        return Answer(404, b"", {}, url)
    except OSError as error:
        raise unavailable(url, system_words(error)) from error
    found = {"content-type": kind}
    if "Range" not in headers:
        return Answer(200, body, found, path.as_uri())
    return Answer(206, body, {**found, "content-range": f"bytes {start}-{max(end - 1, 0)}/{size}"}, path.as_uri())


def _range(value: str, size: int) -> tuple[int, int]:
    """Start and end (exclusive) of a `bytes=a-b` header."""
    if not value.startswith("bytes="):
        return 0, size
    first, _, last = value[6:].partition("-")
    if not first:
        return max(0, size - int(last)), size
    return min(int(first), size), min(int(last) + 1, size) if last else size
