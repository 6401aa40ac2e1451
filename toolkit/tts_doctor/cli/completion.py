"""Completion of the command line for bash, zsh and fish, written from the parser itself: nothing to keep in step."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

SHELLS = ("bash", "zsh", "fish")
FILES = frozenset({"FILE", "DIR", "EXE", "OUT"})


@dataclass(frozen=True)
class Word:
    """One verb, with its options and what may follow them."""

    name: str
    help: str
    options: tuple[argparse.Action, ...]
    choices: tuple[str, ...]


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The text to be sourced by that shell."""
    verbs = tuple(_verbs(parser))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](verbs)


def _verbs(parser: argparse.ArgumentParser) -> Iterator[Word]:
    sub = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    summaries = {choice.dest: choice.help or "" for choice in sub._choices_actions}
    for name, verb in sub.choices.items():
        options = [a for a in verb._actions if a.option_strings]
        inner = [a for a in verb._actions if isinstance(a, argparse._SubParsersAction)]
        choices = tuple(inner[0].choices) if inner else ()
        for below in inner[0].choices.values() if inner else ():
            options += [a for a in below._actions if a.option_strings]
        choices += tuple(c for a in verb._actions if not a.option_strings and not inner for c in a.choices or ())
        unique = {a.option_strings[-1]: a for a in reversed(options)}
        yield Word(name, summaries.get(name, ""), tuple(reversed(unique.values())), choices)


def _values(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices)) if action.choices else ()


def _takes_file(action: argparse.Action) -> bool:
    names = action.metavar if isinstance(action.metavar, tuple) else (action.metavar,)
    return any(name in FILES for name in names)


def _bash(verbs: tuple[Word, ...]) -> str:
    cases = []
    for verb in verbs:
        words = [word for action in verb.options for word in action.option_strings]
        cases.append(f'        {verb.name}) words="{" ".join((*verb.choices, *words))}" ;;')
    values: dict[str, str] = {}
    for verb in verbs:
        for action in verb.options:
            found = " ".join(_values(action)) or ("<file>" if _takes_file(action) else "")
            if found:
                values[f"{verb.name}:{action.option_strings[-1]}"] = found
    options = [
        f"        {key}) " + ('COMPREPLY=($(compgen -f -- "$word"))' if v == "<file>" else _reply(v)) + "; return ;;"
        for key, v in values.items()
    ]
    names = " ".join(verb.name for verb in verbs)
    return "\n".join(
        [
            "# bash completion for tts-doctor: source <(tts-doctor completion bash)",
            "_tts_doctor() {",
            '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="" words="" each',
            '    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            '        [ "$each" = -- ] && { compopt -o default 2>/dev/null; COMPREPLY=(); return; }',
            '        case $each in -*) ;; *) [ -z "$verb" ] && verb="$each" ;; esac',
            "    done",
            "    case $verb:$before in",
            *options,
            "    esac",
            "    case $verb in",
            f'        "") words="{names} --help --version" ;;',
            *cases,
            "    esac",
            "    " + _reply("$words").replace("'", '"'),
            '    [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word"))',
            "}",
            "complete -o filenames -F _tts_doctor tts-doctor",
            "",
        ]
    )


def _reply(words: str) -> str:
    return f"COMPREPLY=($(compgen -W '{words}' -- \"$word\"))"


def _zsh(verbs: tuple[Word, ...]) -> str:
    lines = ["#compdef tts-doctor", "# zsh completion for tts-doctor: source <(tts-doctor completion zsh)"]
    lines += ["_tts_doctor() {", "    local -a verbs", "    verbs=("]
    lines += [f"        {_quoted(_colon(verb.name) + ':' + verb.help)}" for verb in verbs]
    lines += ["    )", "    if (( CURRENT == 2 )); then", "        _describe verb verbs", "        return", "    fi"]
    lines += ["    case $words[2] in"]
    for verb in verbs:
        lines.append(f"        {verb.name})")
        lines.append("            _arguments -s \\")
        lines += [f"                {_quoted(_zsh_option(action))} \\" for action in verb.options]
        rest = f"*:word:({' '.join(verb.choices)})" if verb.choices else "*:file:_files"
        lines += [f"                {_quoted(rest)} ;;"]
    lines += ["    esac", "}", "compdef _tts_doctor tts-doctor", ""]
    return "\n".join(lines)


def _zsh_option(action: argparse.Action) -> str:
    told = (action.help or "").replace("[", "(").replace("]", ")").replace(":", "\\:")
    name = action.option_strings[-1]
    if action.nargs == 0:
        return f"{name}[{told}]"
    label = action.metavar if isinstance(action.metavar, str) else "value"
    values = f"({' '.join(_values(action))})" if action.choices else "_files" if _takes_file(action) else ""
    return f"*{name}[{told}]:{label}:{values}"


def _fish(verbs: tuple[Word, ...]) -> str:
    lines = ["# fish completion for tts-doctor: tts-doctor completion fish | source"]
    lines.append("complete -c tts-doctor -n __fish_use_subcommand -f -l help -l version")
    for verb in verbs:
        lines.append(f"complete -c tts-doctor -n __fish_use_subcommand -f -a {verb.name} -d {_quoted(verb.help)}")
        seen = f"'__fish_seen_subcommand_from {verb.name}'"
        if verb.choices:
            lines.append(f"complete -c tts-doctor -n {seen} -f -a {_quoted(' '.join(verb.choices))}")
        for action in verb.options:
            name = action.option_strings[-1].lstrip("-")
            values = _quoted(" ".join(_values(action)))
            end = "" if action.nargs == 0 else f" -x -a {values}" if action.choices else " -r"
            lines.append(f"complete -c tts-doctor -n {seen} -l {name} -d {_quoted(action.help or '')}{end}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''").replace("\n", " ") + "'"


def _colon(text: str) -> str:
    return text.replace(":", "\\:")
