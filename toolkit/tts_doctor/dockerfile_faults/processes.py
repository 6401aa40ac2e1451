"""What a RUN does that does not outlive it, instructions that break off, and variables that only slow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import command_text, folder_at, image_of, runs
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit
from tts_doctor.parse.syntax_tree import syntax_tree

INLINE = re.compile(r"""^python[\d.]*\s+(?:-\w\s+)*-c\s+(["'])(?P<code>.*)\1\s*$""", re.S)
SCRIPT = re.compile(r"^python[\d.]*\s+(?:-u\s+)?(?P<path>[\w./-]+\.py)\s*$")
CONDA = re.compile(r"^(?:source\s+activate|conda\s+activate|\.\s+activate)\s*(?P<name>[\w.-]*)$")
CONDA_BASE = re.compile(r"^(?:continuumio/(?:mini|ana)conda3?|condaforge/\w+)(?::|$)")
WRITERS = ("RUN", "COPY", "ADD")
SUSPECT = re.compile(r"patch|compat|shim|hotfix|monkey", re.I)
WRITES = frozenset(
    {"open", "write_text", "write_bytes", "write", "replace", "copy", "copyfile", "system", "run", "call"}
)
MOST_PATHS = 100
DANGLING = re.compile(r"(&&|\|\||\|)\s*$")
NEXT = re.compile(r"^(?:CMD|ENTRYPOINT|COPY|ADD|RUN|ENV|WORKDIR|EXPOSE|USER|HEALTHCHECK|VOLUME)\s+\S")
ALONE = re.compile(
    r"^(?P<what>cd\s+(?P<folder>[^\s&|;]+)|export\s+(?P<pair>[A-Za-z_]\w*=\S+)"
    r"|(?:source|\.)\s+(?P<venv>\S+)/bin/activate|(?:service|systemctl)\s+(?:\S+\s+)?(?:start|\S+)|nohup\s.*&|[^&]*[^&]&)$"
)


def syntax_line(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN a && b &&` with nothing after it, as a left-over of an edit."""
    for place, one in runs(file):
        match = DANGLING.search(one.value)
        if match and not one.heredocs and one.exec_form is None:
            lines = _without_comments(one.source)
            mended = re.sub(r"(&&|\|\||\|)\s*$", "", lines).rstrip().rstrip("\\").rstrip() + "\n"
            yield Hit("syntax-line", place, (Edit(place, mended),), f"... {match[1]}")


def swallowed(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A backslash too many, by which the next instruction became words of this one."""
    for place, one in enumerate(file.instructions):
        rows = one.source.splitlines(keepends=True)
        later = next((n for n, row in enumerate(rows) if n and NEXT.match(row)), 0) if not one.heredocs else 0
        if later:
            own = re.sub(r"\s*&&$", "", _without_comments("".join(rows[:later]))) + "\n"
            yield Hit("syntax-line", place, (Edit(place, own + "".join(rows[later:])),), rows[later].strip()[:60])


def dead_process_patch(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN python -c "import x; x.y = z"`, `RUN python patch.py` where the script only sets attributes."""
    scripts = dict(context.scripts)
    for place, one in runs(file):
        text = command_text(one).strip()
        inline, script = INLINE.match(text), SCRIPT.match(text)
        if inline:
            if _only_patches(inline["code"].replace('\\"', '"')):
                yield Hit("dead-process-patch", place, (Edit(place, ""),), inline["code"][:60])
        elif len(one.heredocs) == 1 and re.match(r"^python[\d.]*\s*-?\s*<<", one.value):
            if _only_patches(one.heredocs[0]):
                yield Hit("dead-process-patch", place, (Edit(place, ""),), "python <<")
        elif script:
            code = scripts.get(script["path"])
            if code is not None and _only_patches(code):
                yield Hit("dead-process-patch", place, (Edit(place, ""),), script["path"])
            elif code is None and SUSPECT.search(script["path"]):
                yield Hit("dead-process-patch", place, detail=script["path"])


def dead_shell_state(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A RUN that is nothing but cd, export, activate or a process in the background."""
    for place, one in runs(file):
        match = ALONE.match(one.value.strip()) if one.exec_form is None and not one.heredocs else None
        if match is None:
            continue
        edits: tuple[Edit, ...] = ()
        if match["folder"]:  # what follows ran where it was, and goes on to
            edits = (Edit(place, ""),)
        elif match["pair"]:
            edits = (Edit(place, f"ENV {match['pair']}\n"),)
        elif match["venv"]:
            edits = (Edit(place, f"ENV VIRTUAL_ENV={match['venv']} PATH={match['venv']}/bin:$PATH\n"),)
        yield Hit("dead-shell-state", place, edits, match["what"][:60])


def heredoc_goes_on(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN <<EOF` without `set -e`: a line that fails is passed over."""
    for place, one in runs(file):
        body = one.heredocs[0] if len(one.heredocs) == 1 and re.match(r"^(?:(?:ba)?sh\s+)?<<", one.value) else ""
        if body.count("\n") > 1 and not re.search(r"^[ \t]*set[ \t]+-\w*e|^#!", body, re.M):
            head, _, rest = one.source.partition("\n")
            yield Hit("heredoc-goes-on", place, (Edit(place, f"{head}\nset -e\n{rest.rstrip()}\n\n"),))


def conda_activate(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`RUN conda activate x`: the environment's programs come first on PATH instead."""
    for place, one in runs(file):
        match = CONDA.match(one.value.strip())
        if match and one.exec_form is None:
            line = f"ENV PATH=/opt/conda/envs/{match['name']}/bin:$PATH\n" if match["name"] else ""
            edits = (Edit(place, line),) if line and CONDA_BASE.match(image_of(file, place)) else ()
            yield Hit("dead-shell-state", place, edits, match[0][:60])


def env_runs_nothing(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`ENV X=$(command)`: no shell reads it."""
    for place, one in enumerate(file.instructions):
        if one.keyword in ("ENV", "ARG", "LABEL", "WORKDIR") and re.search(r"(?<!\\)\$\(|`[^`]+`", one.value):
            yield Hit("env-runs-nothing", place, detail=one.keyword)


def volume_early(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """VOLUME before what is written there: it would be thrown away."""
    first = max(file.last_stage, 0)
    for place, one in enumerate(file.instructions[first:], first):
        if one.keyword != "VOLUME":
            continue
        paths = [word.strip("\"',") for word in (one.exec_form or one.value.split())[:MOST_PATHS]]
        later = file.instructions[place + 1 :]
        ends = [n for n, i in enumerate(later, place + 1) if i.keyword in ("CMD", "ENTRYPOINT")]
        folder = folder_at(file, place)
        named = "".join(i.source for i in later if i.keyword in WRITERS)
        inside = [path for path in paths if folder == path.rstrip("/") or path in named]
        written = any(i.keyword in WRITERS for i in file.instructions[place + 1 : ends[0]]) if ends else False
        if inside and written:
            yield Hit("volume-early", place, (Edit(place, ""), Edit(ends[0], one.source, "before")), inside[0])


def no_bytecode(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """PYTHONDONTWRITEBYTECODE leaves the final stage."""
    yield from _unset(file, "PYTHONDONTWRITEBYTECODE", "no-bytecode")


def jit_disabled(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """NUMBA_DISABLE_JIT leaves the final stage."""
    yield from _unset(file, "NUMBA_DISABLE_JIT", "jit-disabled")


def _unset(file: Dockerfile, name: str, rule: str) -> Iterator[Hit]:
    first = max(file.last_stage, 0)
    for place, one in enumerate(file.instructions[first:], first):
        if one.keyword == "ENV" and re.search(rf"\b{name}[= ]\s*[\"']?(?!0\b)\S", one.value):
            yield Hit(rule, place, (Edit(place, without_variable(one.source, name)),))


def without_variable(source: str, name: str) -> str:
    """An ENV without one of its variables; empty where it was the only one."""
    if re.match(rf"^\s*ENV\s+{name}\s", source, re.I):
        return ""
    left = re.sub(rf"(\s)\s{{0,300}}{name}=(\"[^\"]*\"|'[^']*'|\\.|[^\s\\])*(\s*\\\n)?", r"\1", source)
    left = re.sub(r"(?i)^(\s*ENV)\s+(?=\S)", r"\1 ", left).rstrip().removesuffix("\\").rstrip() + "\n"
    return "" if re.fullmatch(r"\s*ENV\s*", left, re.I) else left


def _without_comments(source: str) -> str:
    """Without the comments at its end, nor the backslashes before them."""
    rows = source.rstrip().splitlines()
    while len(rows) > 1 and (not rows[-1].strip("\\ \t") or rows[-1].lstrip().startswith("#")):
        rows.pop()
    return "\n".join(rows).rstrip("\\ \t\n")


def _only_patches(code: str) -> bool:
    """Whether it sets attributes of modules and leaves nothing behind."""
    tree = syntax_tree(code.encode("utf-8", "replace"))
    if tree is None:
        return False
    modules = {
        (a.asname or a.name).partition(".")[0]
        for n in ast.walk(tree)
        for a in getattr(n, "names", [])
        if isinstance(a, ast.alias)
    }
    sets = calls = False
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                sets = sets or _root(target) in modules
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            sets = sets or name == "setattr"
            calls = calls or name in WRITES
    return sets and not calls


def _root(node: ast.AST) -> str:
    if not isinstance(node, (ast.Attribute, ast.Subscript)):
        return ""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
