"""Reads the files that the user names (log, context), bounded in memory. Decides what is text; interprets nothing."""

from __future__ import annotations

import codecs
import sys
from collections import deque
from pathlib import Path
from typing import BinaryIO

from tts_doctor.errors import UsageError
from tts_doctor.model.facts import Gap
from tts_doctor.model.system_words import system_words
from tts_doctor.model.text import Text

HEAD = 1 << 20
TAIL = 3 << 20
CHUNK = 1 << 16
CONTEXT_LIMIT = 16 << 20


def read_log(path: str, limits: tuple[int, int] = (HEAD, TAIL)) -> tuple[str, tuple[Gap, ...]]:
    """The log's text and, where its middle was left out, a gap. `-` is standard input. Raises UsageError."""
    if path == "-":
        stream = sys.stdin.buffer if sys.stdin is not None else None
        if stream is None:
            raise UsageError("standard input is closed", "标准输入已关闭", **_named(path))
        head, tail, skipped = _ends(stream, path, *limits)
    else:
        try:
            with Path(path).open("rb") as file:
                head, tail, skipped = _ends(file, path, *limits)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
    if not skipped:
        return _decode(head + tail), ()
    why = Text(f"{skipped} bytes in the middle of the log were not read", f"日志中间有 {skipped} 字节未读取")
    tail = tail.partition(b"\n")[2]
    return _decode(head, cut=True) + "\n" + _decode(tail), (Gap("log", why),)


def read_context_file(path: str) -> str:
    """Raises UsageError."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(CONTEXT_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(data) > CONTEXT_LIMIT:
        raise UsageError(f"{path} is larger than {CONTEXT_LIMIT >> 20} MiB", f"{path} 超过 {CONTEXT_LIMIT >> 20} MiB")
    return _decode(data)


def _ends(stream: BinaryIO, path: str, head_size: int, tail_size: int) -> tuple[bytes, bytes, int]:
    """First and last bytes of a stream, and how many lie between; holds at most the sum of both in memory.

    Raises UsageError for what is no text by its first bytes, before the rest (of /dev/zero, say) is read.
    """
    head = b""
    while len(head) < head_size and (chunk := stream.read(min(CHUNK, head_size - len(head)))):
        head += chunk
    if _is_binary(head[:CHUNK]):
        raise UsageError(
            f"{path} is binary, not text", f"{path} 是二进制文件，不是文本", **_named(path)
        )
    kept: deque[bytes] = deque()
    held = skipped = 0
    while chunk := stream.read(CHUNK):
        kept.append(chunk)
        held += len(chunk)
        while held - len(kept[0]) >= tail_size:
            first = kept.popleft()
            held -= len(first)
            skipped += len(first)
    return head, b"".join(kept), skipped


def _is_binary(sample: bytes) -> bool:
    """NUL bytes outside UTF-16, or many other control characters (colours and carriage returns are not)."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    if b"\0" in sample:
        return True
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\b\x07\x1b" for byte in sample)
    return odd * 20 > len(sample)


def _decode(data: bytes, cut: bool = False) -> str:
    """`cut`: the last character may be incomplete."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):  # the second is what a Chinese Windows console writes
        try:
            return codecs.getincrementaldecoder(encoding)().decode(data, not cut)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _unreadable(path: str, error: Exception) -> UsageError:
    why = system_words(error)
    return UsageError(f"cannot read {path}: {why.en}", f"无法读取 {path}：{why.zh}", **_named(path))


def _named(path: str) -> dict[str, str]:
    if path == "-":
        return {
            "hint_en": "pipe the failing command's output in: COMMAND 2>&1 | tts-doctor diagnose --log -",
            "hint_zh": "请把失败命令的输出用管道传入：COMMAND 2>&1 | tts-doctor diagnose --log -",
        }
    return {
        "hint_en": "give the path of a text file that you may read",
        "hint_zh": "请给出可以读取的文本文件路径",
    }
