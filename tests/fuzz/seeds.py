"""Real inputs that fuzzing starts from, for each reader of `targets.py`."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import wave
import zipfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST_SEED = 48 << 10


@cache
def binaries() -> list[bytes]:
    folder = Path(json.__file__).parents[1] / "lib-dynload"
    files = sorted(folder.glob("*.so"), key=lambda p: p.stat().st_size)[:4]
    return [p.read_bytes() for p in files] or [b"\x7fELF\x02\x01\x01" + bytes(57)]


def playbooks() -> list[bytes]:
    return [p.read_bytes() for p in sorted((ROOT / "playbooks").glob("*.yaml"))[:40]]


def logs() -> list[bytes]:
    folder = ROOT / "tests/toolkit/specimens"
    return [json.loads(p.read_text()).get("text", "").encode() for p in sorted(folder.glob("*.json"))[:40]]


def sources() -> list[bytes]:
    folder = ROOT / "toolkit/tts_doctor"
    own = [p.read_bytes() for p in sorted(folder.glob("parse/*.py"))[:10]]
    return [*own, SOURCE]


METADATA = b"""Metadata-Version: 2.1
Name: a-b
Version: 1.0rc1.post2+cpu
Requires-Python: >=3.8,<4
Requires-Dist: numpy (>=1.2,!=1.5.*) ; python_version < "3.9" and (extra == 'x' or sys_platform != "win32")
Requires-Dist: b[c,d] @ https://pypi.org/b.whl ; implementation_name == "cpython"
Provides-Extra: x

text
"""
SOURCE = b"try:\n    import a\nexcept ImportError:\n    a = None\nfrom .b import (c,\n  d as e)\n__all__ = ['x'] + b\n"
RECORD = b"""a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
"a,b.py",,
../../bin/a,,12
a-1.dist-info/RECORD,,
"""
LIST = b"""-r other.txt
--index-url https://pypi.org/simple
numpy==1.23.5 \\
    --hash=sha256:abc  # why
b[c]>=1,<2; python_version < "3.9"
-e ./x
./y.whl
"""
PASTED = b"""Install these:
* scipy 1.2
- `numpy>=1.2,<2` (not 1.3)
    $ pip install -U torch==2.0 "x<3"  # comment
```
b[c] == 1.0 -- why
"""
PROJECT = b"""[project]
name = "a"
requires-python = ">=3.8"
dependencies = ["b>=1", "c; extra == 'd'"]
[project.optional-dependencies]
d = ["e"]
"""
PAGE = b"""{"name": "a", "files": [{"filename": "a-1-py3-none-any.whl", "url": "../a.whl", "hashes": {"sha256": "ab"},
"size": 3, "upload-time": "2024-01-01T00:00:00Z", "yanked": false, "requires-python": ">=3.8", "core-metadata": true}]}
"""
HTML = b"""<!DOCTYPE html>
<a href="../a-1.tar.gz#sha256=ab" data-requires-python="&gt;=3" data-yanked="no">a-1.tar.gz</a><br>"""
NODE = '{"kind": "file", "mode": 420, "mtime": 1, "content": "ab"}'
BEGIN = b'{"version": 1, "id": "ab", "patient": "/v/bin/python", "time": "2024", "roots": [{"path": "/v", "inode": 3}]}'
CHANGES = f'[{{"path": "a", "before": {NODE}, "after": null}}]'.encode()
RECEIPT = b"""{"id": "ab", "time": "2024", "patient": "/v", "command": ["a"],
"actions": [{"action": "pin", "target": "a",
"spec": null, "value": null, "why": "", "applied": true}], "changed": [{"name": "a", "before": null, "after": "1"}],
"files": 1, "system": [], "verification": {"exit_before": 1, "exit_after": 0, "seconds": 1.0}, "outcome": "repaired",
"undo": "x", "undoes": ""}"""
CONTEXT = b'{"python": "3.10", "os": "Debian 12", "packages": {"numpy": "2.0.1"}, "environment": {"A": "b"}}'
LOCK = b"""# by tts-doctor: sha256:ab
a-b[c]==1.2 ; python_version < "3.9" \\
    --hash=sha256:ab
    # via
    #   -r list.txt
    #   b
"""
PYLOCK = b"""lock-version = "1.0"
[[packages]]
name = "a"
version = "1"
wheels = [{ name = "a.whl", hashes = { sha256 = "ab" } }]
"""
PIP_CONF = b"[global]\nindex-url = https://pypi.org/simple\nextra-index-url = https://a\n  https://b\nno-index = true\n"
UV_TOML = b"""index-url = "https://pypi.org/simple"
find-links = ["a"]
[[index]]
url = "https://pypi.org/simple"
default = true
[pip]
extra-index-url = ["b"]
"""
REFUSAL = b"""error: No solution found when resolving dependencies
  cause: Because numba==0.56.4 depends on numpy>=1.18,<1.24 and only umap{python_version < '3.9'}<=2 is available, and
because all versions of c have no usable wheels and any of:
    d==1
    e[f]>=2,<3
 need to be downloaded from a registry, g was not found in the cache, h==1 depends on Python>=3.10 and i==2 was yanked
"""
SYMBOLS = b"""_ZN2at4_ops5zeros4callEN3c108ArrayRefINS2_6SymIntEEE
_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEcm
_ZThn16_N5torch3jit6Module4evalB5cxx11Ev
PyArray_Type
ncclCommInitRank
"""
PTH = b"/v/lib\n# a\nimport os; os.x = 1\n../b\n"
STAGES = b'FROM python:3.8\nRUN apt-get update && apt-get install -y a\nRUN <<E\npip install a==1\nE\nCMD ["a", "b"]\n'


def loader_caches() -> list[bytes]:
    path = Path("/etc/ld.so.cache")
    return [path.read_bytes()[:LARGEST_SEED] if path.is_file() else b"glibc-ld.so.cache1.1" + bytes(28)]


def dockerfiles() -> list[bytes]:
    return [STAGES, *(p.read_bytes() for p in sorted((ROOT / "dockerfiles").glob("*.Dockerfile"))[:3])]


def sounds() -> list[bytes]:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(bytes(range(200)))
    opus = b"OggS\0\2" + bytes(22) + b"OpusHead\1\1\x38\1\x80\xbb\0\0\0\0\0OggS\0\4" + b"\1" * 24
    mp3 = b"ID3\4\0\0\0\0\0\4abcd" + (b"\xff\xfb\x90\x64" + bytes(413)) * 3
    flac = b"fLaC" + bytes(14) + b"\x0a\xc4\x42\xf0\0\0\xac\x44" + bytes(16)
    return [stream.getvalue(), opus, mp3, flac]


@cache
def archives() -> list[bytes]:
    """A wheel and two sdists."""
    files = {"a/__init__.py": SOURCE, "a-1.dist-info/METADATA": METADATA, "a-1.data/purelib/b.py": b"x = 1\n" * 99}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    sdist = tar({f"a-1/{name}": data for name, data in files.items()})
    return [stream.getvalue(), sdist, gzip.compress(sdist, mtime=0)]


@cache
def images() -> list[bytes]:
    """As `docker save` writes one, and an OCI layout."""
    layer = tar({"app/a.py": SOURCE, "app/.wh.b": b"", "etc/os-release": b"ID=debian\n"})
    config = {"rootfs": {"diff_ids": ["sha256:ab"]}, "config": {"Cmd": ["a"], "Env": ["A=b"]}, "architecture": "amd64"}
    saved = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l.tar"]}]
    manifest = {"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:ab"}]}
    index = {"manifests": [{"digest": "sha256:d", "platform": {"architecture": "amd64"}}]}
    layout = {
        "index.json": json.dumps(index).encode(), "blobs/sha256/c": json.dumps(config).encode(),
        "blobs/sha256/d": json.dumps(manifest).encode(), "blobs/sha256/ab": gzip.compress(layer, mtime=0),
    }  # fmt: skip
    whole = {"manifest.json": json.dumps(saved).encode(), "c.json": json.dumps(config).encode(), "l.tar": layer}
    return [tar(whole), tar(layout)]


def tar(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return stream.getvalue()
