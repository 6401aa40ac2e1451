"""Receipt -> text, JSON, Markdown: what was done, what changed, how it was proven, how to take it back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from tts_doctor.model.finding import Action
from tts_doctor.model.receipt import Changed, Receipt, to_json
from tts_doctor.model.text import Text
from tts_doctor.render.as_json import SCHEMA_VERSION, action_object
from tts_doctor.render.as_markdown import block, code
from tts_doctor.render.as_text import action_words
from tts_doctor.render.commands import shell_commands
from tts_doctor.render.page import Line, line
from tts_doctor.render.visible import visible

OUTCOMES = {
    "repaired": ("✓", "good", Text("repaired: the command succeeds", "已修复：命令成功")),
    "works": ("✓", "good", Text("nothing to do: the command succeeds", "无需修复：命令已经成功")),
    "undone": ("✓", "good", Text("taken back: the environment is as before", "已撤销：环境与之前一致")),
    "not-repaired": ("✗", "bad", Text("not repaired; everything is as before", "未能修复；一切已还原")),
    "dry-run": ("·", "warn", Text("this works in a copy; nothing was changed", "在副本中有效；未做任何更改")),
    "declined": ("·", "warn", Text("declined; nothing was changed", "已拒绝；未做任何更改")),
}


def receipt_object(receipt: Receipt, lang: str) -> dict[str, Any]:
    """The published JSON object (docs/schema/receipt.schema.json)."""
    steps = [{**action_object(item.action, lang), "applied": item.applied} for item in receipt.actions]
    return {"schema_version": SCHEMA_VERSION, **to_json(receipt), "actions": steps}


def receipt_lines(receipt: Receipt, lang: str) -> list[Line]:
    """The page."""
    mark, style, words = OUTCOMES.get(receipt.outcome, ("·", "", Text(receipt.outcome)))
    lines = [
        line(("tts-doctor", "strong"), " · ", receipt.patient),
        Line(),
        line((f"{mark} ", style), (words.say(lang), "strong")),
    ]
    lines += _actions(receipt, lang)
    if receipt.changed or receipt.system:
        lines.append(line((Text("changed", "变更").say(lang), "label"), indent=2))
        lines += [line(f"{item.name}  ", (versions(item), "strong"), indent=4) for item in receipt.changed]
        lines += [line(f"{name}  ", ("Debian", "dim"), indent=4) for name in receipt.system]
    lines += _verification(receipt, lang)
    exports = exports_of(receipt)
    if exports and receipt.outcome == "repaired":
        words = Text(
            "set this in your own shell or service: the repair needs it", "请在你自己的 shell 或服务中设置：修复依赖它"
        )
        lines.append(line((words.say(lang), "label"), indent=2))
        lines += [line((command, "code"), indent=4) for command in exports]
    if receipt.undo:
        lines.append(line((Text("undo", "撤销").say(lang), "label"), indent=2))
        lines.append(line((receipt.undo, "code"), indent=4))
    return lines


def receipt_to_markdown(receipt: Receipt, lang: str) -> str:
    """A document that ends in a line break."""
    return visible("\n".join(_document(receipt, lang))).rstrip() + "\n"


def history_lines(receipts: Sequence[Receipt], lang: str) -> list[Line]:
    """One line for each repair, as given."""
    if not receipts:
        return [line(Text("no repair was made here yet", "这里还没有做过修复").say(lang))]
    found = []
    for receipt in receipts:
        mark, style, _ = OUTCOMES.get(receipt.outcome, ("·", "", Text("")))
        steps = ", ".join(action_words(item.action, lang) for item in receipt.actions if item.applied)
        found.append(
            line((f"{mark} ", style), (receipt.id, "strong"), f"  {receipt.time}  {receipt.patient}  ", steps, hang=2)
        )
    return found


def versions(item: Changed) -> str:
    """`1.26.4 → 2.0.1`; a missing side is a dash."""
    return f"{item.before or '-'} → {item.after or '-'}"


def exports_of(receipt: Receipt) -> tuple[str, ...]:
    """The shell commands that set and unset the variables which the verification used."""
    used: list[Action] = [item.action for item in receipt.actions if item.applied and item.action.action == "env-var"]
    return shell_commands(used, "python")


def _actions(receipt: Receipt, lang: str) -> Iterator[Line]:
    for item in receipt.actions:
        mark = ("→ ", "good") if item.applied else ("· ", "dim")
        skipped = "" if item.applied else Text("  (not applied)", "（未执行）").say(lang)
        why = f"  {item.action.why.say(lang)}" if item.action.why.en else ""
        yield line(mark, (action_words(item.action, lang), "strong"), (skipped + why, "dim"), indent=4, hang=2)


def _verification(receipt: Receipt, lang: str) -> Iterator[Line]:
    if not receipt.command or receipt.verification.exit_after is None:
        return
    yield line((Text("verified with", "验证命令").say(lang), "label"), indent=2)
    yield line((shlex.join(receipt.command), "code"), indent=4, hang=2)
    yield line(_exits(receipt, lang), indent=4)


def _exits(receipt: Receipt, lang: str) -> str:
    before, after = receipt.verification.exit_before, receipt.verification.exit_after
    seconds = f"{receipt.verification.seconds:.1f} s"
    return Text(
        f"exit status before: {_status(before)}, now: {_status(after)} ({seconds})",
        f"退出状态：之前 {_status(before)}，现在 {_status(after)}（{seconds}）",
    ).say(lang)


def _status(value: int | None) -> str:
    return "-" if value is None else str(value)


def _document(receipt: Receipt, lang: str) -> Iterator[str]:
    words = OUTCOMES.get(receipt.outcome, ("", "", Text(receipt.outcome)))[2]
    yield f"### tts-doctor: {words.say(lang)}"
    yield ""
    yield f"{Text('Target', '对象').say(lang)}: {code(receipt.patient)}"
    yield ""
    for item in receipt.actions:
        step = f"{code(action_words(item.action, lang))} {item.action.why.say(lang)}".rstrip()
        yield f"- [{'x' if item.applied else ' '}] {step}"
    if receipt.actions:
        yield ""
    if receipt.changed:
        yield f"| {Text('distribution', '发行包').say(lang)} | {Text('versions', '版本').say(lang)} |"
        yield "|---|---|"
        yield from (f"| {code(item.name)} | {versions(item)} |" for item in receipt.changed)
        yield ""
    if receipt.command and receipt.verification.exit_after is not None:
        yield from block(shlex.join(receipt.command))
        yield ""
        yield _exits(receipt, lang)
        yield ""
    if receipt.undo:
        yield f"{Text('Undo', '撤销').say(lang)}: {code(receipt.undo)}"
