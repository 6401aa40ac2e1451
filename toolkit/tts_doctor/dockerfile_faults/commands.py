"""What the container runs and how its health is asked: forms, ports, addresses."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator, Sequence

from tts_doctor.dockerfile_faults.users import place_of_command
from tts_doctor.dockerfile_faults.words import AT_ROOT, apt_packages, image_of, named_requirements, runs
from tts_doctor.knowledge.images import table
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit, Instruction

COMMANDS = ("CMD", "ENTRYPOINT")
REDIRECTED = (
    r"^(?:exec\s+)?nohup\s+"
    r"|(?:(?<!\s)\s+)?(?:\d?>{1,2}\s*[^\s&|;>][^\s&|;]{0,300}\s*)?2>&1\s*&?\s*$|(?:(?<!\s)\s+)?&\s*$"
)
PORT = re.compile(r"(?:--port[= ]|--bind[= ]\S{0,99}?:|-b[= ]\S{0,99}?:|-p )(\d{2,5})\b")
RELOAD = re.compile(r"\s--reload\b")
URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\d{1,5}))?(/[^\s\"'|]*)?")


def not_json(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ['python', 'app.py']`."""
    for place, one in enumerate(file.instructions):
        if one.keyword in (*COMMANDS, "SHELL") and one.value.startswith("[") and one.exec_form is None:
            try:
                words = ast.literal_eval(one.value)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                words = None
            good = isinstance(words, list) and all(isinstance(word, str) for word in words)
            edits = (Edit(place, _line(one.keyword, words)),) if good and words else ()
            yield Hit("not-json", place, edits, one.keyword)


def one_word(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ["python app.py"]`."""
    for place, one in enumerate(file.instructions):
        words = one.exec_form or ()
        if one.keyword not in COMMANDS or not words or not re.match(r"^[\w./-]+\s+\S", words[0]):
            continue
        first, end = file.stage_of(place)
        entries = [i.exec_form or () for i in file.instructions[first:end] if i.keyword == "ENTRYPOINT"]
        if one.keyword == "CMD" and entries and entries[-1][-1:] and entries[-1][-1] in ("-c", "-lc"):
            continue  # a shell reads it
        split = [*_split(words[0]), *words[1:]]
        yield Hit("one-word", place, (Edit(place, _line(one.keyword, split)),), words[0])


def second_command(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """All but the last of a stage."""
    for keyword in (*COMMANDS, "HEALTHCHECK"):
        places = [n for n, i in enumerate(file.instructions) if i.keyword == keyword]
        for place in places:
            end = file.stage_of(place)[1]
            if any(place < other < end for other in places):
                yield Hit("second-command", place, (Edit(place, ""),), keyword)


def shell_form(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """Words as a list; what needs a shell gets one that makes way."""
    for place, one in enumerate(file.instructions):
        if one.keyword in COMMANDS and one.exec_form is None and one.value and not one.value.startswith("["):
            first = file.stage_of(place)[0]
            shells = [i for i in file.instructions[first:place] if i.keyword == "SHELL"]
            words = _without_shell(one.value, list(shells[-1].exec_form or ()) if shells else ["sh", "-c"])
            edits = (Edit(place, _line(one.keyword, words)),) if words else ()
            yield Hit("shell-form", place, edits, one.keyword)


def shell_stays(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`CMD ["sh", "-c", "python app.py"]`: the shell makes way; output goes where the engine collects it."""
    for place, one in _effective(file):
        words = list(one.exec_form or ())
        if len(words) != 3 or words[0].rpartition("/")[2] not in ("sh", "bash") or words[1] not in ("-c", "-lc"):
            continue
        simple = re.sub(REDIRECTED, "", words[2])
        if not re.search(r"&&|\|\||[;|<>\n]|^\w+=|^(?:exec|cd)\b|[^&]&(?!&)", simple):
            simple = f"exec {simple}"
        if simple != words[2]:
            yield Hit("shell-stays", place, (Edit(place, _line(one.keyword, [*words[:2], simple])),))


def health_form(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`HEALTHCHECK CMD curl -f URL || exit 1`: without a shell; what it needs one for stays with one."""
    for place, one in enumerate(file.instructions):
        flags, command, text = one.value.partition("CMD ")
        if one.keyword != "HEALTHCHECK" or not command or text.lstrip().startswith("["):
            continue
        plain = re.sub(r"(?:(?<!\s)\s+)?\|\|\s*(?:exit\s+1|false)\s*$", "", text.strip())
        words = _without_shell(plain, ["sh", "-c"])
        if words:
            head = " ".join(filter(None, (*one.flags, flags.strip(), "CMD")))
            line = f"HEALTHCHECK {head} {json.dumps(words, ensure_ascii=False)}\n"
            yield Hit("health-form", place, (Edit(place, line),))


def own_loopback(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A server told to listen on 127.0.0.1, or that does so unless it is told otherwise."""
    for place, one in _effective(file):
        text = " ".join(one.exec_form or (one.value,))
        new = list(one.exec_form or ())
        if re.search(r"(?:--host|--bind|-b|-h|--http)[= ](?:127\.0\.0\.1|localhost)\b", text):
            new = [re.sub(r"\b(?:127\.0\.0\.1|localhost)\b", "0.0.0.0", word) for word in new]
        elif more := _default_loopback(file, new):
            new += more
        else:
            continue
        yield Hit("own-loopback", place, (Edit(place, _line(one.keyword, new)),) if one.exec_form else ())


def development_server(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`flask run`, `manage.py runserver`, `uvicorn --reload`."""
    for place, one in _effective(file):
        text = " ".join(one.exec_form or (one.value,))
        if (server := re.search(r"\b(?:uvicorn|gunicorn)\b", text)) and RELOAD.search(text, server.end()):
            line = re.sub(r',\s*"--reload"|\s--reload\b', "", one.source)
            yield Hit("development-server", place, (Edit(place, line),))
        elif re.search(r"\bflask\s+(?:--\S{1,99}\s{1,99}\S{1,99}\s{1,99}){0,9}run\b|manage\.py\s+runserver\b", text):
            yield Hit("development-server", place)


def blocked_loop(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`gunicorn -k gevent` around a model: while it computes nobody else is answered."""
    wanted = {name for name, _ in context.requirements} | {name for name, _, _ in named_requirements(file)}
    for place, one in _effective(file):
        words = list(one.exec_form or ())
        kinds = [n for n, word in enumerate(words) if word in ("-k", "--worker-class")]
        if not wanted & set(table()["models"]) or not any(word.endswith("gunicorn") for word in words) or not kinds:
            continue
        at = kinds[0] + 1
        if words[at : at + 1] in (["gevent"], ["eventlet"]):
            words[at : at + 1] = ["gthread"] if "--threads" in words else ["gthread", "--threads", "8"]
            yield Hit("blocked-loop", place, (Edit(place, _line(one.keyword, words)),), (one.exec_form or ())[at])


def port_mismatch(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """One port exposed and another one in the command."""
    first = max(file.last_stage, 0)
    exposed = [(n, i) for n, i in enumerate(file.instructions[first:], first) if i.keyword == "EXPOSE"]
    told = [m[1] for _, one in _effective(file) for m in PORT.finditer(" ".join(one.exec_form or (one.value,)))]
    if len(exposed) != 1 or len(set(told)) != 1:
        return
    place, one = exposed[0]
    if re.fullmatch(r"\d+(?:/tcp)?", one.value) and one.value.partition("/")[0] != told[0]:
        yield Hit("port-mismatch", place, (Edit(place, f"EXPOSE {told[0]}\n"),), f"{one.value} / {told[0]}")


def health_tool(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """curl or wget where nothing installs them: Python asks instead."""
    for place, one in enumerate(file.instructions):
        tool = re.search(r"\b(curl|wget)\b", one.value) if one.keyword == "HEALTHCHECK" else None
        if tool is None:
            continue
        first, end = file.stage_of(place)
        image = image_of(file, place)
        whole = re.match(r"^(?:docker\.io/)?(?:library/)?(?:python|buildpack-deps):", image) and "slim" not in image
        fetched = any(re.search(rf"\b{tool[1]}\b", i.source) for _, i in runs(file, first, end))
        if fetched or (whole and "alpine" not in image) or not AT_ROOT.match(image):
            continue
        url = URL.search(one.value)
        edits: tuple[Edit, ...] = ()
        python = "python" if image.startswith("python") else "python3"
        if url and (python in image or "python3" in apt_packages(file, first, end)):
            check = _ask(int(url[1] or 80), url[2] or "/")
            flags = " ".join((*one.flags, "CMD"))
            edits = (Edit(place, f"HEALTHCHECK {flags} {json.dumps([python, '-c', check])}\n"),)
        yield Hit("health-tool", place, edits, tool[1])


def no_healthcheck(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A service (it exposes a port) of which nobody asks; the check only connects, since its paths are not known."""
    first = max(file.last_stage, 0)
    stage = file.instructions[first:]
    ports = [i.value.split()[0].partition("/")[0] for i in stage if i.keyword == "EXPOSE" and i.value.split()]
    place = place_of_command(file)
    if any(i.keyword == "HEALTHCHECK" for i in stage) or not ports or place is None:
        return
    edits: tuple[Edit, ...] = ()
    if ports[0].isdigit() and re.search(r"python|pip", image_of(file, first) + file.text):
        program = "python" if image_of(file, first).startswith("python") or "/venv" in file.text else "python3"
        check = f"import socket; socket.create_connection(('127.0.0.1', {ports[0]}), 4).close()"
        times = "--interval=30s --timeout=5s --start-period=60s"
        edits = (Edit(place, f"HEALTHCHECK {times} CMD {json.dumps([program, '-c', check])}\n", "before"),)
    yield Hit("no-healthcheck", place, edits)


def _effective(file: Dockerfile) -> Iterator[tuple[int, Instruction]]:
    first = max(file.last_stage, 0)
    for place, one in enumerate(file.instructions[first:], first):
        if one.keyword in COMMANDS:
            yield place, one


def _default_loopback(file: Dockerfile, words: Sequence[str]) -> list[str]:
    """What such a server has to be told; nothing where its settings may come from elsewhere."""
    names = [word.rpartition("/")[2] for word in words]
    if "flask" in names and "run" in names:
        told = any(w.startswith(("--host", "-h")) for w in words) or "FLASK_RUN_HOST" in file.text
        return [] if told else ["--host=0.0.0.0"]
    if "uvicorn" in names:
        told = any(w.startswith(("--host", "--uds", "--fd")) for w in words) or "UVICORN_HOST" in file.text
        return [] if told else ["--host", "0.0.0.0"]
    if "gunicorn" in names:
        told = any(w.startswith(("--bind", "-b", "--config", "-c")) for w in words) or "GUNICORN_CMD_ARGS" in file.text
        exposed = next((i.value for i in file.instructions if i.keyword == "EXPOSE" and i.value.isdigit()), "8000")
        return [] if told or "PORT" in file.text else ["--bind", f"0.0.0.0:{exposed}"]
    return []


def _without_shell(value: str, shell: Sequence[str]) -> list[str]:
    value = re.sub(r"^exec\s+|(?<!\s)\s+(?:1?>{1,2}\s*[\w./-]{1,300}\s*)(?:2>&1\s*)?$", "", value)
    bare = re.sub(r"'[^'$`]*'|\"[^\"$`\\\\]*\"", "q", value)
    if not re.search(r"[$&|;<>*?`(){}~#!\n]|^\w+=", bare) and len(shell) in (2, 4):
        return _split(value)
    parts = re.split(r"((?:(?<!\s)\s+)?&&\s*)", value)
    if not shell or re.search(r"[|;<>`(]|[^&]&(?!&)", bare) or re.match(r"^(?:exec|cd)\b", parts[-1].strip()):
        return []
    return [*shell, "".join((*parts[:-1], "exec ", parts[-1]))]


def _split(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return []


def _ask(port: int, path: str) -> str:
    return (
        f"import http.client as h; c = h.HTTPConnection('127.0.0.1', {port}, timeout=4); "
        f"c.request('GET', '{path}'); raise SystemExit(c.getresponse().status >= 400)"
    )


def _line(keyword: str, words: Sequence[str] | None) -> str:
    return f"{keyword} {json.dumps(list(words or ()), ensure_ascii=False)}\n"
