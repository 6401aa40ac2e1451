"""Diagnosis -> Markdown for an issue or a chat. The same content as the text, with folding in place of colours."""

from __future__ import annotations

from collections.abc import Iterator

from tts_doctor.model.finding import Action, Diagnosis, Finding, Severity, Verdict
from tts_doctor.model.text import Text
from tts_doctor.render.as_text import action_words, told_gap
from tts_doctor.render.commands import shell_commands
from tts_doctor.render.visible import visible

VERDICTS = {
    Verdict.PRESENT: Text("cause found", "已找到原因"),
    Verdict.ABSENT: Text("nothing wrong found", "未发现问题"),
    Verdict.UNKNOWN: Text("cause unknown", "原因未知"),
}


def diagnosis_to_markdown(diagnosis: Diagnosis, lang: str, everything: bool = False) -> str:
    """A document that ends in a line break; with `everything` notes are told in full."""
    return visible("\n".join(_document(diagnosis, lang, everything))).rstrip() + "\n"


def code(text: str) -> str:
    """Inline code, whatever backticks the text has."""
    flat = " ".join(text.split())
    fence = "`"
    while fence in flat:
        fence += "`"
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def block(text: str, language: str = "sh") -> list[str]:
    """A fenced block that its content cannot close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}{language}", *text.splitlines(), fence]


def _document(diagnosis: Diagnosis, lang: str, everything: bool) -> Iterator[str]:
    yield f"### tts-doctor: {VERDICTS[diagnosis.verdict].say(lang)}"
    yield ""
    yield f"{Text('Target', '对象').say(lang)}: {code(diagnosis.target)}"
    yield ""
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.ABSENT]
    main = shown if everything else [f for f in shown if f.severity is not Severity.NOTE]
    notes = [] if everything else [f for f in shown if f.severity is Severity.NOTE]
    python = "python" if diagnosis.target == "log" else diagnosis.target
    for number, finding in enumerate(main, 1):
        yield from _finding(finding, number, python, lang)
        if everything and finding.breaks:
            yield f"**{Text('Breaks', '受影响').say(lang)}**: {', '.join(map(code, finding.breaks))}"
            yield ""
    if notes:
        yield from _folded(Text("Notes", "备注").say(lang), (f"- {_plain(f.title.say(lang))}" for f in notes))
    if diagnosis.gaps:
        lines = (f"- {_plain(''.join(told_gap(gap, lang)))}" for gap in diagnosis.gaps)
        yield from _folded(Text("Not examined", "未能检查").say(lang), lines)


def _finding(finding: Finding, number: int, python: str, lang: str) -> Iterator[str]:
    sure = f" ({finding.confidence:.0%})" if finding.verdict is Verdict.PRESENT else " (?)"
    yield f"#### {number}. {_plain(finding.title.say(lang))}{sure}"
    yield ""
    yield from (_plain(part) for part in finding.cause.say(lang).splitlines())
    yield ""
    if finding.evidence:
        heads = [Text(*pair).say(lang) for pair in (("where", "位置"), ("observed", "实际"), ("expected", "应为"))]
        yield f"| {' | '.join(heads)} |"
        yield "|---|---|---|"
        for item in finding.evidence:
            yield f"| {' | '.join(_cell(text) for text in (item.where, item.observed, item.expected))} |"
        yield ""
    if finding.treatment.actions:
        yield f"**{Text('Repair', '修复').say(lang)}**: {_steps(finding.treatment.actions, lang)}"
        yield ""
        commands = shell_commands(finding.treatment.actions, python)
        if commands:
            yield from block("\n".join(commands))
            yield ""
    if finding.treatment.alternatives:
        lines = (f"- {_steps(repair, lang)}" for repair in finding.treatment.alternatives)
        yield from _folded(Text("Other repairs", "其他修复方法").say(lang), lines)
    yield from (f"- <{url}>" for url in finding.references)
    if finding.references:
        yield ""


def _steps(actions: tuple[Action, ...], lang: str) -> str:
    return ", ".join(code(action_words(action, lang)) for action in actions)


def _folded(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _cell(text: str) -> str:
    return code(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """No accidental markup: HTML tags, and underscores or stars of names."""
    flat = " ".join(text.split())
    for character in "\\`*_[]<>":
        flat = flat.replace(character, f"\\{character}")
    return flat
