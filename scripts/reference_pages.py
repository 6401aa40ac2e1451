"""The pages that are written from their sources: signs from docstrings, playbooks from YAML, benchmarks from results.

Values in, Markdown out, in English and Chinese. Decides how a source is told; never what it says. Keys of what is
returned are paths below docs/, in the languages' own file names (`page.md`, `page.zh.md`).
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tts_doctor.knowledge.deployments import deployment_playbooks
from tts_doctor.knowledge.playbooks import load_library
from tts_doctor.model.deployment import DeploymentPlaybook
from tts_doctor.model.playbook import (
    AllOf,
    AnyOf,
    AtRest,
    Condition,
    ErrorIs,
    Install,
    Installed,
    Missing,
    NoneOf,
    Playbook,
    PythonIs,
    Reproduction,
    TextHas,
    VariableIs,
)
from tts_doctor.model.text import Text
from tts_doctor.render.as_playbook import shown
from tts_doctor.render.as_text import action_words
from tts_doctor.signs import SIGNS, UNEXPLAINED

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "data"
RESULTS = ROOT / "bench" / "results.yaml"
LANGUAGES = ("en", "zh")
SUFFIX = {"en": ".md", "zh": ".zh.md"}


def all_pages() -> dict[str, str]:
    """Path below docs/ -> Markdown, of every generated page in both languages."""
    pages: dict[str, str] = {}
    playbooks = load_library().playbooks
    for lang in LANGUAGES:
        pages |= sign_pages(lang) | playbook_pages(playbooks, lang) | deployment_pages(lang)
        pages |= {f"benchmarks{SUFFIX[lang]}": benchmarks(lang)}
    return pages


def sign_files() -> dict[str, Path]:
    """Name of each sign -> its module, in the order in which they are asked."""
    folder = ROOT / "toolkit" / "tts_doctor" / "signs"
    return {name: folder / f"{sign.module}.py" for name, sign in (*SIGNS, ("unexplained", UNEXPLAINED))}


def sign_pages(lang: str) -> dict[str, str]:
    """One page for each sign, and their index. Chinese is of data/signs.zh.yaml; where it lacks one, English serves."""
    chinese = yaml.safe_load((DATA / "signs.zh.yaml").read_text("utf-8")) if lang == "zh" else {}
    pages, rows = {}, []
    for name, file in sign_files().items():
        words = chinese.get(name) or prose(ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "")
        first, _, rest = words.strip().partition("\n\n")
        test = f"tests/toolkit/signs/test_{file.stem}.py"
        where = f"{Text('Source:', '源代码：').say(lang)} `{file.relative_to(ROOT)}`" + (
            f" · {Text('Tests:', '测试：').say(lang)} `{test}`" if (ROOT / test).exists() else ""
        )
        pages[f"signs/{name}{SUFFIX[lang]}"] = f"# {name}\n\n**{_flat(first)}**\n\n{rest}\n\n---\n\n{where}\n"
        rows.append(f"| [{name}]({name}.md) | {_cell(first)} |")
    return {f"signs/index{SUFFIX[lang]}": _index("signs", rows, lang), **pages}


def playbook_pages(playbooks: Sequence[Playbook], lang: str) -> dict[str, str]:
    """One page for each playbook, and their index."""
    rows = [f"| [{p.id}]({p.id}.md) | {_cell(_escape(shown(p.title.say(lang))))} |" for p in playbooks]
    pages = {f"playbooks/{p.id}{SUFFIX[lang]}": playbook_page(p, lang) for p in playbooks}
    return {f"playbooks/index{SUFFIX[lang]}": _index("playbooks", rows, lang), **pages}


def _index(section: str, rows: Sequence[str], lang: str) -> str:
    head = (DATA / f"{section}{SUFFIX[lang]}").read_text("utf-8")
    return head.replace("{count}", str(len(rows))) + "\n".join(rows) + "\n"


def deployment_pages(lang: str) -> dict[str, str]:
    """One page for each playbook of a service that is down, and their index."""
    known = deployment_playbooks()
    rows = [f"| [{p.id}]({p.id}.md) | {_cell(_escape(p.title.say(lang)))} |" for p in known]
    pages = {f"deployments/{p.id}{SUFFIX[lang]}": _deployment_page(p, lang) for p in known}
    return {f"deployments/index{SUFFIX[lang]}": _index("deployments", rows, lang), **pages}


def _deployment_page(playbook: DeploymentPlaybook, lang: str) -> str:
    signs = playbook.signs
    has, says = Text("what it writes matches", "输出匹配"), Text("its engine says", "容器引擎报告")
    message = Text("it writes the known message", "输出中有已知消息")
    known = [f"- {has.say(lang)} {_code(pattern)}" for pattern in signs.text]
    known += [f"- {message.say(lang)} {_code(name)}" for name in signs.messages]
    known += [f"- {says.say(lang)} {_code(state)}" for state in signs.states]
    remedies = []
    for remedy in playbook.remedies:
        settings = Text(", ", "、").say(lang).join(_code(name) for name in remedy.settings)
        remedies.append(f"1. {_escape(shown(remedy.title.say(lang)))} ({settings})")
    parts = [
        f"---\ntitle: {playbook.id}\n---",
        f"# {_escape(playbook.title.say(lang))}",
        _escape(playbook.cause.say(lang)),
        Text("## Known by any of", "## 识别依据（满足其一）").say(lang),
        "\n".join(known),
        Text("## What is tried, in this order", "## 依次尝试").say(lang),
        "\n".join(remedies),
        f"```sh\ntts-doctor playbook run {playbook.id} --target settings:app.env --check -- gunicorn app:app\n```",
        *([Text("## References", "## 参考").say(lang)] if playbook.references else ()),
        "\n".join(f"- <{url}>" for url in playbook.references),
        f"---\n\n{Text('Source:', '来源：').say(lang)} `playbooks/deployments/{playbook.id}.yaml`",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def playbook_page(playbook: Playbook, lang: str) -> str:
    """Title, cause, what it is known by, repairs, reproduction, references."""
    parts = [
        f"---\ntitle: {playbook.id}\n---",
        f"# {_escape(shown(playbook.title.say(lang)))}",
        _escape(shown(playbook.cause.say(lang))),
        Text("## Known by", "## 识别依据").say(lang),
        "\n".join(_bullets(playbook.when, lang)),
        Text("## Repair", "## 修复").say(lang),
        "\n".join(_repairs(playbook, lang)),
    ]
    if playbook.reproduction:
        parts += [Text("## Reproduction", "## 重现").say(lang), _reproduction(playbook.reproduction, lang)]
    if playbook.references:
        parts += [Text("## References", "## 参考").say(lang), "\n".join(f"- <{url}>" for url in playbook.references)]
    sure = Text("Confidence where everything is known:", "信息齐全时的置信度：").say(lang)
    source = Text("Source:", "来源：").say(lang)
    parts += ["---", f"{sure} {playbook.confidence:.0%} · {source} `playbooks/{playbook.id}.yaml`"]
    return ("\n\n".join(parts) + "\n").replace("： <code>", "：<code>")


def _bullets(condition: Condition, lang: str, depth: int = 0) -> Iterator[str]:
    lead = "    " * depth + "- "
    groups = {
        AllOf: Text("all of", "同时满足"), AnyOf: Text("any of", "满足其一"), NoneOf: Text("none of", "均不满足"),
    }  # fmt: skip
    if isinstance(condition, (AllOf, AnyOf, NoneOf)):
        yield lead + groups[type(condition)].say(lang) + ("：" if lang == "zh" else ":")
        for part in condition.parts:
            yield from _bullets(part, lang, depth + 1)
    else:
        yield lead + _condition(condition, lang)


def _condition(condition: Condition, lang: str) -> str:
    match condition:
        case ErrorIs(message=message, type=kind, frame=frame):
            named = f" `{kind}`" if kind else ""
            of = Text(f"an error{named} whose message matches", f"错误{named}，其消息匹配")
            near = Text(" in a file that matches ", "，所在文件匹配 ").say(lang) + _code(frame) if frame else ""
            return f"{of.say(lang)} {_code(message)}{near}"
        case TextHas(pattern=pattern):
            return f"{Text('the output has', '输出中含有').say(lang)} {_code(pattern)}"
        case Installed(name=name, spec=spec):
            return f"{Text('installed:', '已安装：').say(lang)} {_code(name + spec)}"
        case Missing(name=name):
            return f"{Text('not installed:', '未安装：').say(lang)} {_code(name)}"
        case PythonIs(spec=spec):
            return f"Python {_code(spec)}"
        case VariableIs(name=name, unset=True):
            return f"{Text('the variable is not set:', '未设置变量：').say(lang)} {_code(name)}"
        case VariableIs(name=name, matches=matches):
            like = f"{Text(' and matches ', '，且匹配 ').say(lang)}{_code(matches)}" if matches else ""
            return f"{Text('the variable is set:', '已设置变量：').say(lang)} {_code(name)}{like}"
        case AtRest():
            return Text("neither a command nor a log was given", "既没有给出命令，也没有给出日志").say(lang)
    raise TypeError(f"no words for {type(condition).__name__}")


def _repairs(playbook: Playbook, lang: str) -> Iterator[str]:
    for repair in playbook.repairs:
        steps = Text(", then ", "，然后").say(lang).join(_code(shown(action_words(a, lang))) for a in repair.actions)
        why = "; ".join(_escape(shown(a.why.say(lang))) for a in repair.actions if a.why.en)
        yield f"1. {steps}" + (f" — {why}" if why else "")
        if repair.when:
            yield f"    - {Text('only where:', '仅当：').say(lang)}"
            yield from _bullets(repair.when, lang, 2)


def _reproduction(how: Reproduction, lang: str) -> str:
    shell = [f"uv venv --python {how.python}{' --seed' if how.seed else ''} .venv"]
    shell += [_install(install) for install in how.installs]
    shell += [how.setup.strip()] if how.setup else []
    shell += [f"export {name}={value!r}" for name, value in how.env]
    shell += [how.command.strip()] if how.command else []
    blocks = ["```bash\n" + "\n".join(shell) + "\n```"]
    if how.run:
        blocks.append("```python\n" + how.run.strip() + "\n```")
    fails = Text("fails with a message that matches", "失败，其消息匹配").say(lang)
    return "\n\n".join([*blocks, f"{fails} {_code(how.expect)}"])


def _install(install: Install) -> str:
    words = (*install.options, *(["--no-deps"] if install.no_deps else []), *(repr(r) for r in install.requirements))
    return "uv pip install " + " ".join(words)


def benchmarks(lang: str) -> str:
    """The measured figures, each with its command, date and machine."""
    data = yaml.safe_load(RESULTS.read_text("utf-8"))
    parts = [f"# {_say(data['title'], lang)}", _say(data["about"], lang)]
    for one in data["benches"]:
        parts += [f"## {_say(one['what'], lang)}", _say(one["how"], lang)]
        heads = Text("| measured | result |\n|---|---|", "| 测量项 | 结果 |\n|---|---|").say(lang)
        rows = [f"| {_say(row['of'], lang)} | {_say(row['is'], lang)} |" for row in one["rows"]]
        parts.append("\n".join([heads, *rows]))
        parts.append(f"`{one['command']}` · {one['date']} · {_say(data['machines'][one['machine']], lang)}")
    return "\n\n".join(parts) + "\n"


def _say(value: Mapping[str, str] | str, lang: str) -> str:
    return str(value) if not isinstance(value, Mapping) else str(value[lang]).strip()


def prose(docstring: str) -> str:
    """A docstring as Markdown: its paragraphs, with what Markdown or HTML would take for its own made plain."""
    parts = re.split(r"(`[^`]*`)", docstring)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<])", r"\\\1", part) for part in parts)


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _code(text: str) -> str:
    """Code in a line, whatever characters it has."""
    plain = html.escape(text, quote=False)
    return "<code>" + re.sub(r"[*_`|~\\\[]", lambda found: f"&#{ord(found[0])};", plain) + "</code>"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")


def navigation() -> dict[str, list[Any]]:
    """Index page of each generated section -> its pages, in order."""
    return {
        "signs/index.md": [f"signs/{name}.md" for name in sign_files()],
        "playbooks/index.md": [f"playbooks/{p.id}.md" for p in load_library().playbooks],
        "deployments/index.md": [f"deployments/{p.id}.md" for p in deployment_playbooks()],
    }
