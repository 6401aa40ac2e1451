"""Rules that find one fault each in a Dockerfile and say how it is mended. Pure; the texts are in the knowledge.

A rule gets the file as mended so far; RULES is their order: what others rely on comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tts_doctor.dockerfile_faults import bases, commands, copies, installs, libraries, processes, secrets, users
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Hit

Rule = Callable[[Dockerfile, BuildContext], Iterator[Hit]]

RULES: tuple[Rule, ...] = (
    processes.swallowed,
    processes.syntax_line,
    commands.not_json,
    commands.one_word,
    commands.second_command,
    bases.debian_ended,
    bases.unpinned,
    bases.ended,
    secrets.secret_in_image,
    processes.dead_process_patch,
    processes.dead_shell_state,
    copies.add_url,
    copies.add_local,
    copies.no_dockerignore,
    copies.before_install,
    installs.stale_list,
    libraries.missing_library,
    installs.lists_kept,
    installs.pep_668,
    installs.compilers_kept,
    installs.pip_unpinned,
    processes.no_bytecode,
    processes.jit_disabled,
    commands.shell_form,
    commands.own_loopback,
    commands.development_server,
    commands.port_mismatch,
    commands.health_tool,
    commands.no_healthcheck,
    users.root_user,
    libraries.numba_cache,
)
"""After the rules that are data alone (`knowledge.dockerfile_faults.text_rules`)."""
