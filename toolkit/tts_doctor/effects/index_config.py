"""The package index as the user configured it for pip and uv: variables, pip.conf, uv.toml.

Decides which addresses, folders, certificates and proxies are used; asks no network. Credentials stay in the values and
are never printed: show an address only through `redact`.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from tts_doctor.effects.read_bounded import read_text
from tts_doctor.parse.plain_data import toml_of

PYPI = "https://pypi.org/simple"
SETTINGS_LIMIT = 32 << 10
"""Bytes; configparser's time grows with the square of the lines that it cannot read."""
CERT_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class IndexConfig:
    """Where distributions come from."""

    indexes: tuple[str, ...] = (PYPI,)
    """Simple-repository addresses (https:, file:), the first has priority; empty with --no-index."""
    find_links: tuple[str, ...] = ()
    """Local folders and pages of links."""
    certificates: str = ""
    """An existing bundle or folder; empty for the built-in one."""
    certificates_from: str = ""
    """What named it, for messages."""
    insecure_hosts: tuple[str, ...] = ()
    proxy: str = ""


def redact(url: str) -> str:
    """The address without user name and password."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc="***@" + parts.netloc.rsplit("@", 1)[1]))


def local_path(url: str) -> Path | None:
    """The path of a file: address or a plain path, None for anything else."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(url) if url.startswith(("/", "./", "../", "~")) else None


def read_index_config(environ: Mapping[str, str], prefix: str = "", cwd: str = "") -> IndexConfig:
    """Configuration for one patient: `prefix` is its environment's folder (it may hold a pip.conf)."""
    pip = _pip_settings(environ, prefix)
    uv = _uv_settings(environ, cwd)
    no_index = any(_true(v) for v in (environ.get("UV_NO_INDEX", ""), pip.get("no-index", "")))
    extra = [*_uv_extra(environ, uv), *_words(pip.get("extra-index-url", ""))]
    default = (
        environ.get("UV_DEFAULT_INDEX")
        or environ.get("UV_INDEX_URL")
        or _uv_default(uv)
        or pip.get("index-url", "").strip()
        or PYPI
    )
    links = [*re.split(r"[,\s]+", environ.get("UV_FIND_LINKS", "")), *_strings(uv.get("find-links"))]
    links += _words(pip.get("find-links", ""))
    certificates, named_by = _certificates(environ, pip)
    hosts = [*_words(environ.get("UV_INSECURE_HOST", "")), *_words(pip.get("trusted-host", ""))]
    return IndexConfig(
        indexes=() if no_index else tuple(dict.fromkeys(_bare(u) for u in (*extra, default) if u)),
        find_links=tuple(dict.fromkeys(link for link in links if link)),
        certificates=certificates,
        certificates_from=named_by,
        insecure_hosts=tuple(dict.fromkeys(hosts)),
        proxy=pip.get("proxy", ""),
    )


def _bare(url: str) -> str:
    # uv allows `name=https://…`
    return re.sub(r"^[A-Za-z0-9._-]+=(?=\w+:)", "", url.strip()).rstrip("/")


def _words(value: str) -> list[str]:
    return value.split()


def _strings(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _true(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on", "y", "t")


def _pip_files(environ: Mapping[str, str], prefix: str) -> Iterator[Path]:
    """In pip's order: later ones override."""
    own = environ.get("PIP_CONFIG_FILE", "")
    if own == os.devnull:
        return
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    home = environ.get("HOME", "")
    if home:
        yield Path(home, ".pip", "pip.conf")
        yield Path(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip", "pip.conf")
    if prefix:
        yield Path(prefix, "pip.conf")
    if own:
        yield Path(own)


def _pip_settings(environ: Mapping[str, str], prefix: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for path in _pip_files(environ, prefix):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(read_text(str(path), SETTINGS_LIMIT) or "")
        except configparser.Error:
            continue
        for section in ("global", "download", "install"):
            if parser.has_section(section):
                values.update({k.replace("_", "-"): v for k, v in parser.items(section)})
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            values[name[4:].lower().replace("_", "-")] = value
    return values


def _uv_settings(environ: Mapping[str, str], cwd: str) -> dict[str, Any]:
    if _true(environ.get("UV_NO_CONFIG", "")):
        return {}
    home = environ.get("HOME", "")
    config = environ.get("XDG_CONFIG_HOME") or (os.path.join(home, ".config") if home else "")
    named = environ.get("UV_CONFIG_FILE", "")
    folders = [cwd, *(str(p) for p in Path(cwd).parents)] if cwd else []
    places = [named] if named else [os.path.join(f, "uv.toml") for f in folders]
    if not named:
        places += [os.path.join(config, "uv", "uv.toml")] if config else []
        places += ["/etc/xdg/uv/uv.toml", "/etc/uv/uv.toml"]
    merged: dict[str, Any] = {}
    for place in places:
        try:
            found = toml_of(read_text(place, SETTINGS_LIMIT) or "")
        except ValueError:
            continue
        pip = found.get("pip")
        for key, value in {**found, **(pip if isinstance(pip, dict) else {})}.items():
            merged.setdefault(key, value)
    return merged


def _uv_extra(environ: Mapping[str, str], uv: Mapping[str, Any]) -> list[str]:
    extra = [*environ.get("UV_INDEX", "").split(), *environ.get("UV_EXTRA_INDEX_URL", "").split()]
    for item in uv.get("index", []) if isinstance(uv.get("index"), list) else []:
        if isinstance(item, dict) and item.get("url") and not item.get("default") and not item.get("explicit"):
            extra.append(str(item["url"]))
    return extra + _strings(uv.get("extra-index-url"))


def _uv_default(uv: Mapping[str, Any]) -> str:
    for item in uv.get("index", []) if isinstance(uv.get("index"), list) else []:
        if isinstance(item, dict) and item.get("default") and item.get("url"):
            return str(item["url"])
    return str(uv.get("index-url") or "")


def _certificates(environ: Mapping[str, str], pip: Mapping[str, str]) -> tuple[str, str]:
    """The first bundle that exists: a variable that names a missing file is a disease of many patients, not ours."""
    named = [(environ.get(v, ""), v) for v in CERT_VARIABLES] + [(pip.get("cert", ""), "pip's cert setting")]
    return next(((path, source) for path, source in named if path and os.path.exists(path)), ("", ""))
