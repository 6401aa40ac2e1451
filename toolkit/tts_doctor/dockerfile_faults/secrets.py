"""Secrets that an image would carry: in variables, arguments, copied files and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.processes import without_variable
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

NAME = re.compile(
    r"^(?=.*(?:TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL))"
    r"(?!.*(?:_FILE|_PATH|TOKENIZER|MAX_TOKENS|TOKENS|_URL)$)(?!.*TOKENIZERS?_)[A-Z_a-z]\w*$",
    re.I,
)
PAIR = re.compile(r"(?<!\w)([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^\s]*)")
FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|id_(?:rsa|ed25519|ecdsa)|\.netrc|\.pypirc|\.npmrc|\.aws|\.ssh|[\w.-]+\.(?:pem|p12|pfx))$"
)
LITERAL = re.compile(
    r"(?<![\w-])(?:hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20}|sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16})"
)
PASSWORD = re.compile(r"\|\s*chpasswd\b|\bpasswd\s+--stdin|\buseradd\s[^&;]{0,500}\s-p\s")
NETRC = "--mount=type=secret,id=netrc,target=/tmp/netrc/.netrc HOME=/tmp/netrc "
MOST_NAMES = 40
ADDRESS = re.compile(r"https?://[^\s/:@$\"']+:[^\s/@$\"']+@")


def secret_in_image(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A variable's value is taken out, a file is not copied; a secret in an address becomes one of the build."""
    for place, one in enumerate(file.instructions):
        if one.keyword in ("ENV", "ARG"):
            yield from _variables(one.keyword, one.value, one.source, place)
        elif one.keyword in ("COPY", "ADD"):
            words = list(one.exec_form or one.value.split())
            bad = [
                word for word in words[:-1] if FILE.search(word) and not word.endswith((".env.example", ".env.sample"))
            ]
            if bad:
                left = [word for word in words if word not in bad]
                head = " ".join((one.keyword, *one.flags))
                source = f"{head} {' '.join(left)}\n" if len(left) > 1 else ""
                yield Hit("secret-in-image", place, (Edit(place, source),), bad[0])
        if one.keyword in ("RUN", "ENV", "ARG", "ADD") and ADDRESS.search(one.source):
            edits: tuple[Edit, ...] = ()
            if one.keyword == "RUN" and one.exec_form is None and not one.heredocs:
                plain = re.sub(r"(https?://)[^\s/:@$\"']+:[^\s/@$\"']+@", r"\1", one.source)
                edits = (Edit(place, re.sub(r"(?i)^(\s*RUN)\s+", rf"\1 {NETRC}", plain)),)
            yield Hit("secret-in-image", place, edits, f"{one.keyword} https://...:...@")
        elif one.keyword == "RUN" and (LITERAL.search(one.source) or PASSWORD.search(one.source)):
            alone = re.fullmatch(r"(?:huggingface-cli|hf\s+auth|wandb|echo)\s[^&;]*", one.value)
            yield Hit("secret-in-image", place, (Edit(place, ""),) if alone else (), one.value.split()[0])


def secret_argument(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`ARG TOKEN`: an argument stays in the history; a RUN that uses it gets it as a build secret instead."""
    for place, one in enumerate(file.instructions):
        name = one.value.strip()
        if one.keyword != "ARG" or not re.fullmatch(r"\w+", name) or not NAME.match(name):
            continue
        use = re.compile(rf"\$\{{{name}\}}|\${name}\b")
        users = [n for n, i in enumerate(file.instructions) if n != place and use.search(i.source)]
        if any(file.instructions[n].keyword != "RUN" or file.instructions[n].heredocs for n in users):
            yield Hit("secret-argument", place, detail=name)
            continue
        edits = [Edit(place, "")]
        for n in users:
            given = f'{name}="$(cat /run/secrets/{name.lower()})" \\\n    && '
            command = re.sub(r"(?i)^\s*RUN\s+", "", file.instructions[n].source)
            command = re.sub(rf"(?<=\s)([^\s\"']*\$(?:\{{{name}\}}|{name}\b)[^\s\"']*)", r'"\1"', command)
            edits.append(Edit(n, f"RUN --mount=type=secret,id={name.lower()} {given}{command}"))
        yield Hit("secret-argument", place, tuple(edits), name)


def _variables(keyword: str, value: str, source: str, place: int) -> Iterator[Hit]:
    pairs = PAIR.findall(value)
    if not pairs and keyword == "ENV" and len(value.split(None, 1)) == 2:
        pairs = [tuple(value.split(None, 1))]
    names = [name for name, given in pairs if NAME.match(name) and given.strip("\"'") and not _harmless(given)]
    if not names:
        return
    mended = source
    if len(set(names)) > MOST_NAMES:
        yield Hit("secret-in-image", place, detail=f"{keyword} {', '.join(names[:MOST_NAMES])}, ...")
        return
    for name in dict.fromkeys(names):
        if keyword == "ARG":
            mended = re.sub(rf"\b({name})=(\"[^\"]*\"|'[^']*'|\S+)", r"\1", mended)
        elif mended:
            mended = without_variable(mended, name)
    yield Hit("secret-in-image", place, (Edit(place, mended),), f"{keyword} {', '.join(names)}")


def _harmless(value: str) -> bool:
    return value.strip("\"'").lower() in ("0", "1", "true", "false", "none", "null")
