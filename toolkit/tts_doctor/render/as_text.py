"""Diagnosis -> lines for a person: title, cause, evidence, repair, what to type next. Decides what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tts_doctor.model.finding import Action, Diagnosis, Evidence, Finding, Severity, Verdict
from tts_doctor.model.gap import Gap
from tts_doctor.model.text import Text
from tts_doctor.render.commands import requirement, shell_commands, treat_command
from tts_doctor.render.page import Line, line, paragraph

IN_FULL = 3
"""So many findings are told with their evidence; the rest by title."""
EVIDENCE = 6
ALTERNATIVES = 3
NOTES = 8
GAPS = 5

UNREAD = {
    "interpreter": Text("interpreter", "解释器"),
    "log": Text("log", "日志"),
    "package index": Text("package index", "软件包索引"),
}
"""What a gap may be of, but for paths."""
MARKS = {Severity.ERROR: ("✗", "bad"), Severity.WARNING: ("!", "warn"), Severity.NOTE: ("·", "dim")}
VERBS = {
    "pin": Text("install", "安装"),
    "install": Text("install", "安装"),
    "uninstall": Text("uninstall", "卸载"),
    "reinstall": Text("reinstall", "重新安装"),
    "rebuild": Text("rebuild", "重新编译"),
    "system-package": Text("install the system package", "安装系统软件包"),
    "env-var": Text("set", "设置"),
    "rename": Text("rename", "重命名"),
    "patch": Text("patch", "打补丁"),
    "code-change": Text("change the code of", "修改代码"),
    "change-python": Text("change Python to", "更换 Python 为"),
    "change-base-image": Text("change the base image to", "更换基础镜像为"),
    "upgrade-driver": Text("upgrade the driver", "升级驱动"),
    "resource-limit": Text("raise the limit of", "提高资源上限"),
}


def diagnosis_lines(
    diagnosis: Diagnosis, lang: str, python: str = "", command: Sequence[str] = (), everything: bool = False
) -> list[Line]:
    """The page. `python` (empty for a log) and `command` make up the command to type next.

    With `everything` each finding is told in full, notes too, with what it breaks.
    """
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.ABSENT]
    main = shown if everything else [f for f in shown if f.severity is not Severity.NOTE]
    notes = [] if everything else [f for f in shown if f.severity is Severity.NOTE]
    in_full = len(main) if everything else IN_FULL
    lines = [line(("tts-doctor", "strong"), " · ", diagnosis.target), Line()]
    if not any(f.severity is not Severity.NOTE for f in main):
        lines += _conclusion(diagnosis, lang)
    for number, finding in enumerate(main[:in_full], 1):
        lines += _finding(finding, number, lang, python, command if number == 1 else None)
        if everything and finding.breaks:
            lines[-1:] = [*_breaks(finding, lang), Line()]
    lines += [line(*_heading(f, n, lang)) for n, f in enumerate(main[in_full:], in_full + 1)]
    if len(main) > in_full:
        lines.append(Line())
    if notes:
        lines.append(line((Text("notes", "备注").say(lang), "label")))
        lines += [line("· ", f.title.say(lang), indent=2, hang=2) for f in notes[:NOTES]]
        lines += _more(len(notes) - NOTES, lang)
        lines.append(Line())
    if diagnosis.gaps:
        lines.append(line((Text("not examined", "未能检查").say(lang), "label")))
        lines += [line("· ", *told_gap(gap, lang), indent=2, hang=2) for gap in diagnosis.gaps[:GAPS]]
        lines += _more(len(diagnosis.gaps) - GAPS, lang)
    while lines and not lines[-1].spans:
        lines.pop()
    return lines


def told_gap(gap: Gap, lang: str) -> tuple[str, str, str]:
    """What could not be examined, a colon, and why."""
    return UNREAD[gap.what].say(lang) if gap.what in UNREAD else gap.what, Text(": ", "：").say(lang), gap.why.say(lang)


def action_words(action: Action, lang: str) -> str:
    """`install numpy<2`."""
    verb = VERBS[action.action].say(lang)
    if action.action == "env-var":
        if action.value is None:
            return f"{Text('unset', '取消设置').say(lang)} {action.target}"
        return f"{verb} {action.target}={action.value}"
    if action.action == "rename" or (action.action == "reinstall" and action.value):
        return f"{verb} {action.target} → {action.value}" if action.value else f"{verb} {action.target}"
    if action.action in ("change-python", "change-base-image"):
        return f"{verb} {action.spec or action.value or action.target}"
    if action.action == "resource-limit":
        return f"{verb} {action.target}" + (f" → {action.value}" if action.value else "")
    return f"{verb} {action.target if action.action == 'patch' else requirement(action)}"


def _heading(finding: Finding, number: int, lang: str) -> tuple[str | tuple[str, str], ...]:
    if finding.verdict is Verdict.UNKNOWN:
        mark, style = "?", "warn"
    else:
        mark, style = MARKS[finding.severity]
    sure = f"  {finding.confidence:.0%}" if finding.verdict is Verdict.PRESENT else ""
    return (f"{mark} {number}. ", style), (finding.title.say(lang), "strong"), (sure, "dim")


def _finding(finding: Finding, number: int, lang: str, python: str, command: Sequence[str] | None) -> Iterator[Line]:
    yield line(*_heading(finding, number, lang), hang=5)
    yield from paragraph(finding.cause.say(lang), indent=5)
    if finding.evidence:
        yield line((Text("evidence", "证据").say(lang), "label"), indent=5)
        yield from (_evidence(item, lang) for item in finding.evidence[:EVIDENCE])
        yield from _more(len(finding.evidence) - EVIDENCE, lang, indent=7)
    yield from _repair(finding, lang, python, command)
    for url in finding.references[:2]:
        yield line((url, "dim"), indent=5)
    yield Line()


def _breaks(finding: Finding, lang: str) -> Iterator[Line]:
    yield line((Text("breaks", "受影响").say(lang), "label"), indent=5)
    yield line(", ".join(finding.breaks), indent=7, hang=2)


def _evidence(item: Evidence, lang: str) -> Line:
    wanted = f" ({Text('expected', '应为').say(lang)} {item.expected})" if item.expected else ""
    where = f"{item.where}: " if item.where else ""
    return line("· ", (where, "dim"), _clip(item.observed), (_clip(wanted), "dim"), indent=7, hang=2)


def _repair(finding: Finding, lang: str, python: str, command: Sequence[str] | None) -> Iterator[Line]:
    treatment = finding.treatment
    if not treatment.actions:
        words = Text("no repair is known", "尚无已知的修复方法").say(lang)
        yield line((words, "dim"), indent=5)
        return
    yield line((Text("repair", "修复").say(lang), "label"), indent=5)
    for action in treatment.actions:
        why = f"  {action.why.say(lang)}" if action.why.en else ""
        yield line(("→ ", "good"), (action_words(action, lang), "strong"), (why, "dim"), indent=7, hang=2)
    for repair in treatment.alternatives[:ALTERNATIVES]:
        steps = ", ".join(action_words(action, lang) for action in repair)
        yield line((Text("or: ", "或者：").say(lang), "dim"), steps, indent=7, hang=4)
    yield from _more(len(treatment.alternatives) - ALTERNATIVES, lang, indent=7)
    if command is None:
        return
    if python:
        commands: tuple[str, ...] = (treat_command(treatment.actions, python, command),)
    else:
        commands = shell_commands(treatment.actions, "python")
    if commands:
        yield line((Text("next", "下一步").say(lang), "label"), indent=5)
        yield from (line((typed, "code"), indent=7, hang=2) for typed in commands)


def _conclusion(diagnosis: Diagnosis, lang: str) -> Iterator[Line]:
    unknown = diagnosis.verdict is Verdict.UNKNOWN
    if unknown:
        verdict = Text("the cause could not be determined", "未能确定原因")
    elif diagnosis.command_succeeded:
        verdict = Text("the command succeeds; nothing found that will break it", "命令成功，没有发现会使它出错的问题")
    else:
        verdict = Text("nothing found that breaks an import", "没有发现会使导入失败的问题")
    yield line(("? ", "warn") if unknown else ("✓ ", "good"), (verdict.say(lang), "strong"))
    if unknown:
        yield line(_more_to_go_on(diagnosis.target).say(lang), indent=2, hang=2)
    yield Line()


def _more_to_go_on(target: str) -> Text:
    if target == "log":
        return Text(
            "name the environment with --python, or its versions with --context FILE",
            "请用 --python 指明环境，或用 --context FILE 给出其中的版本",
        )
    return Text(
        "give the whole output: run the failing command itself after --, or save it and add --log FILE",
        "请给出完整的输出：在 -- 之后运行失败的命令，或把输出保存后加上 --log FILE",
    )


def _more(count: int, lang: str, indent: int = 2) -> Iterator[Line]:
    if count > 0:
        words = Text(f"… and {count} more (--format json has all)", f"……还有 {count} 项（--format json 可查看全部）")
        yield line((words.say(lang), "dim"), indent=indent)


def _clip(text: str, limit: int = 240) -> str:
    flat = " ".join(text.split()) if "\n" in text else text
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
