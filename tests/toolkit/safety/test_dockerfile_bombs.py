"""Dockerfiles of 200 kB on which a pattern that goes back over what it has read would not end: all are judged."""

from __future__ import annotations

import pytest
from tests.guards import ends_within

from tts_doctor.mend_dockerfile import mend
from tts_doctor.model.dockerfile import BuildContext

SIZE = 200_000
HEAD = "FROM python:3.12-slim\n"


def row(keyword: str, part: str, end: str = "") -> str:
    """One instruction of so many parts."""
    return f"{HEAD}{keyword} {part * (SIZE // len(part))}{end}\n"


FILES = {
    "options of apt": row("RUN", "apt-get -y "),
    "apt in options of apt": row("RUN", "apt -apt "),
    "installations without an answer": row("RUN", "apt-get install "),
    "installations of one name": row("RUN", "pip install a "),
    "white space": row("RUN a", " ", "b"),
    "removals": row("RUN apt-get update;", "rm -r "),
    "an option that goes on": row("RUN apt-get update; rm", "-rrrrrrr"),
    "a name without a value": row("ENV", "a"),
    "as many secrets": row("ENV", "A_TOKEN=1 "),
    "addresses without a port": f"{HEAD}EXPOSE 8000\n" + row("CMD", "-b="),
    "redirections": row('CMD ["sh", "-c", "', ">", '"]'),
    "a command of white space": row('CMD ["sh", "-c", "', " ", 'x"]'),
    "quotation marks that are escaped": row("RUN", '\\"') + "RUN a\n",
    "line ends in an echo that does not end": row('RUN echo "', "\\n"),
    "yum that is not alone": row("RUN", "yum install ", "&"),
    "users that are made": row("RUN", "useradd ") + "USER app\n",
    "pipes": row("RUN", "curl | "),
    "comments behind an operator": row("RUN a && ", "\\\n# a\n"),
    "a heredoc of empty lines": row("RUN <<EOF\n", "\n", "EOF"),
    "flags": row("RUN", "--a "),
    "a port without end": row("HEALTHCHECK CMD curl", "http://localhost:" + "9" * 9000),
    "backslashes before an instruction": row("RUN a", "\\ \n") + "CMD x y\n",
    "volumes": row("VOLUME", "/a ") + "COPY x y\nCMD a\n",
    "stages": "ARG B=a\nFROM $B\nRUN pip install x\n" * 600,
    "neighbours": HEAD + "RUN apt-get install gcc\n" * 1900,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_it_is_judged_to_its_end(text: str) -> None:
    with ends_within(20):
        mend(text, BuildContext(today="2026-11-23"))
