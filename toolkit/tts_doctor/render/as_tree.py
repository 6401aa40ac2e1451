"""One finding -> its chain of evidence as a tree: what was seen, why it is the cause, what it breaks and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tts_doctor.model.finding import Action, Culprit, Diagnosis, Finding, Kind, Verdict
from tts_doctor.model.text import Text
from tts_doctor.render.as_text import action_words
from tts_doctor.render.page import Line, line

KINDS = {
    Kind.DISTRIBUTION: Text("distribution", "发行包"),
    Kind.SYSTEM_LIBRARY: Text("system library", "系统库"),
    Kind.INTERPRETER: Text("interpreter", "解释器"),
    Kind.VARIABLE: Text("environment variable", "环境变量"),
    Kind.FILE: Text("file", "文件"),
    Kind.DRIVER: Text("driver", "驱动"),
    Kind.BASE_IMAGE: Text("base image", "基础镜像"),
    Kind.APPLICATION: Text("application", "应用程序"),
    Kind.RESOURCE: Text("resource", "资源"),
    Kind.NETWORK: Text("network", "网络"),
}
VERDICTS = {
    Verdict.PRESENT: Text("present", "存在"),
    Verdict.UNKNOWN: Text("unknown", "未知"),
    Verdict.ABSENT: Text("absent", "不存在"),
}


@dataclass(frozen=True)
class Node:
    """A line of the tree and what hangs below it."""

    words: str
    below: tuple[Node, ...] = ()


def chosen(diagnosis: Diagnosis, wanted: str) -> tuple[Finding, ...]:
    """The findings that `wanted` names: by number as the report counts them, or all of one id; none where none fits."""
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.ABSENT]
    if wanted.isdecimal():
        return tuple(shown[int(wanted) - 1 : int(wanted)]) if 0 < int(wanted) <= len(shown) else ()
    return tuple(f for f in shown if f.id == wanted)


def finding_tree(finding: Finding, lang: str) -> list[Line]:
    """The tree, drawn with box characters."""
    root = _root(finding, lang)
    return [line((root.words, "strong")), *_drawn(root.below, "")]


def _drawn(nodes: tuple[Node, ...], margin: str) -> Iterator[Line]:
    for place, node in enumerate(nodes):
        last = place == len(nodes) - 1
        mark = margin + ("└─ " if last else "├─ ")
        yield line((mark, "dim"), node.words, hang=len(mark))
        yield from _drawn(node.below, margin + ("   " if last else "│  "))


def _root(finding: Finding, lang: str) -> Node:
    def say(en: str, zh: str) -> str:
        return Text(en, zh).say(lang)

    verdict = f"{VERDICTS[finding.verdict].say(lang)}, {finding.severity.value}, {finding.confidence:.0%}"
    reasons = [part for part in finding.cause.say(lang).splitlines() if part.strip()]
    branches = [
        Node(f"{say('verdict', '判断')}: {verdict}  [{finding.id}]"),
        Node(say("because", "依据"), tuple(map(Node, reasons))),
        Node(say("seen", "所见"), _evidence(finding, lang)),
        Node(say("parties", "相关各方"), tuple(_party(culprit, lang) for culprit in finding.culprits)),
        Node(say("breaks", "受影响"), tuple(Node(name) for name in finding.breaks)),
        Node(say("repairs", "修复"), tuple(_repair(actions, lang) for actions in finding.treatment.repairs)),
        Node(say("told of at", "参考"), tuple(Node(url) for url in finding.references)),
    ]
    return Node(finding.title.say(lang), tuple(b for n, b in enumerate(branches) if b.below or n == 0))


def _evidence(finding: Finding, lang: str) -> tuple[Node, ...]:
    """By the sign that saw it, in the order of the finding."""
    found: dict[str, list[Node]] = {}
    for item in finding.evidence:
        wanted = (Node(f"{Text('expected', '应为').say(lang)}: {item.expected}"),) if item.expected else ()
        where = f"{item.where}: " if item.where else ""
        found.setdefault(item.sign, []).append(Node(where + " ".join(item.observed.split()), wanted))
    return tuple(Node(sign, tuple(nodes)) for sign, nodes in found.items())


def _party(culprit: Culprit, lang: str) -> Node:
    installed = f" {culprit.installed}" if culprit.installed else ""
    wanted = f", {Text('wanted', '需要').say(lang)} {culprit.wanted}" if culprit.wanted else ""
    return Node(f"{culprit.name}{installed} ({KINDS[culprit.kind].say(lang)}{wanted})")


def _repair(actions: tuple[Action, ...], lang: str) -> Node:
    steps = tuple(Node(action_words(a, lang), (Node(a.why.say(lang)),) if a.why.en else ()) for a in actions)
    if len(steps) == 1:
        return steps[0]
    return Node(Text(f"{len(steps)} steps", f"{len(steps)} 步").say(lang), steps)
