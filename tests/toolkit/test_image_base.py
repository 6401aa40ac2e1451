"""Which image a Dockerfile's last stage stands on."""

from __future__ import annotations

import pytest

from tts_doctor.image_base import base_of
from tts_doctor.parse.dockerfile import parse_dockerfile

FILES = {
    "FROM python:3.12": "python:3.12",
    "FROM --platform=linux/amd64 python:3.12 AS x": "python:3.12",
    "ARG BASE=python:3.12\nFROM ${BASE} AS build\nRUN x\nFROM $BASE": "python:3.12",
    "FROM a AS one\nFROM one AS two\nFROM Two": "a",
    "FROM ${NONE:-debian}": "debian",
    "FROM ${NONE}": "",
    "FROM a AS b\nFROM scratch\nCOPY --from=b / /": "",
    "RUN x": "",
    "ARG V=1\nFROM a\nARG V=2\nFROM b:$V": "b:1",
}


@pytest.mark.parametrize("text, expected", FILES.items())
def test_base(text: str, expected: str) -> None:
    assert base_of(parse_dockerfile(text)) == expected
