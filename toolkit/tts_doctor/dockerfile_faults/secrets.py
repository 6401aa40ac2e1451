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
PAIR = re.compile(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^\s]*)")
FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|id_(?:rsa|ed25519|ecdsa)|\.netrc|\.pypirc|\.npmrc|\.aws|\.ssh|[\w.-]+\.(?:pem|p12|pfx))$"
)
ADDRESS = re.compile(r"https?://[^\s/:@$\"']+:[^\s/@$\"']+@")


def secret_in_image(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A variable's value is taken out, a file is not copied; a secret in an address is for a person to move."""
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
            yield Hit("secret-in-image", place, detail=f"{one.keyword} https://...:...@")


def _variables(keyword: str, value: str, source: str, place: int) -> Iterator[Hit]:
    pairs = PAIR.findall(value)
    if not pairs and keyword == "ENV" and len(value.split(None, 1)) == 2:
        pairs = [tuple(value.split(None, 1))]
    names = [name for name, given in pairs if NAME.match(name) and given.strip("\"'") and not _harmless(given)]
    if not names:
        return
    mended = source
    for name in names:
        if keyword == "ARG":
            mended = re.sub(rf"\b({name})=(\"[^\"]*\"|'[^']*'|\S+)", r"\1", mended)
        elif mended:
            mended = without_variable(mended, name)
    yield Hit("secret-in-image", place, (Edit(place, mended),), f"{keyword} {', '.join(names)}")


def _harmless(value: str) -> bool:
    return value.strip("\"'").lower() in ("0", "1", "true", "false", "none", "null")
