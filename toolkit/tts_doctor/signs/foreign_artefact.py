"""A saved model, a pickle or a configuration that another release of the library wrote than the one that reads it.

`Unrecognized keyword arguments: ['batch_shape']` while a model is deserialised, `node array from the pickle has an
incompatible dtype`, `rope_scaling must be a dictionary with two fields`: the loading functions of a library refuse
what a file holds. What is unknown there tells a newer writer, what does not fit any more an older one. Present where
the last error arises in such a function and speaks of the content; said of pasted texts alone, since nobody else's
releases are at hand there to try.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Action, Culprit, Evidence, Finding, Kind, Treatment
from tts_doctor.model.symptom import Error
from tts_doctor.model.text import Text
from tts_doctor.signs.parties import consumer_of, is_own, last_chain, owner_of_file, party

_LOADERS = re.compile(
    r"^(?:\w+\.)?(?:_?load\w*|from_(?:config|dict|pretrained|json|file|checkpoint)|_?deserialize\w*|_?unpickle\w*"
    r"|__setstate__|__reduce_cython__|find_class|_?restore\w*|load_state_dict|read_model|parse_config)$"
)
_UNKNOWN = re.compile(
    r"[Uu]nrecogni[sz]ed (?:keyword|argument|field|option|layer|config)|[Uu]nknown (?:layer|op\b|operator|opcode"
    r"|activation|loss|object|config|field|format|version|model|type|pre-tokenizer|normalizer|variant)"
    r"|[Uu]nsupported (?:version|format|opset|model|file|class)"
    r"|must be a dictionary with|unexpected keyword|[Nn]ot (?:recogni[sz]ed|a supported)"
    r"|did not match any variant|newer (?:version|release|format)|is not a valid \w*(?:Config|Type|Format|Class)"
    r"|Could not locate class|[Bb]ad (?:magic|version)"
)
_OUTGROWN = re.compile(
    r"incompatible (?:dtype|version|format)|from the pickle|older (?:version|release|format)|[Ll]egacy (?:format|model)"
    r"|no longer supported|deprecated format|Can't get attribute|state is not a (?:legacy|valid)|buffer dtype"
    r"|version .{0,30}(?:too old|is not supported)|does not match (?:format|version)|invalid state"
)
_NEWER = Text("the release that wrote it, or a newer one", "写入该文件的版本或更新的版本")
_OLDER = Text("the release that wrote it", "写入该文件的版本")
_AGAIN = Text("saved again with the release that reads it", "用读取它的版本重新保存")


def find(case: Examination) -> Iterator[Finding]:
    if case.symptom is None or not case.facts.from_text:
        return
    for error in reversed(last_chain(case.symptom)):
        words = _UNKNOWN.search(error.message) or _OUTGROWN.search(error.message)
        reader = _reader(case, error) if words else ""
        if words and reader:
            yield _finding(case, error, reader, words[0], newer=bool(_UNKNOWN.search(error.message)))
            return


def _reader(case: Examination, error: Error) -> str:
    """The innermost distribution at work, if a loading function of a distribution is on the way to it."""
    loads = any(
        _LOADERS.match(frame.function)
        and not is_own(case.facts, frame.file)
        and owner_of_file(case.facts, frame.file)[0]
        for frame in error.frames
    )
    return consumer_of(case.facts, error, "").name if loads else ""


def _finding(case: Examination, error: Error, reader: str, words: str, newer: bool) -> Finding:
    installed = case.facts.version(reader)
    spec = f"{'>' if newer else '<'}{installed}" if installed else None
    pin = (Action("pin" if spec else "install", reader, spec, why=_NEWER if newer else _OLDER),)
    again = (Action("code-change", "model artefact", why=_AGAIN),)
    shown = f"{reader} {installed}".strip()
    writer, writer_zh = ("a newer", "较新") if newer else ("an older", "较旧")
    return Finding(
        id="foreign-artefact",
        title=Text(f"{shown} cannot read what {writer} release wrote", f"{shown} 无法读取{writer_zh}版本写入的内容"),
        cause=Text(
            f"A saved model or configuration and {reader} are of different releases: {words}.",
            f"保存的模型或配置与 {reader} 版本不配套：{words}。",
        ),
        confidence=0.6,
        culprits=(party(case.facts, reader, spec), Culprit(Kind.FILE, "model artefact")),
        evidence=(Evidence("foreign-artefact", "output", " ".join(error.message.split())[:300]),),
        treatment=Treatment(pin, (again,)),
    )
