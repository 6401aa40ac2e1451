"""Rules that find one fault each in a Dockerfile and say how it is mended. Pure; the texts are in the knowledge.

A rule gets the file as mended so far; RULES is their order: what others rely on comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tts_doctor.dockerfile_faults import (
    apt,
    bases,
    commands,
    compilers,
    copies,
    installs,
    layout,
    libraries,
    processes,
    programs,
    secrets,
    users,
)
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Hit

Rule = Callable[[Dockerfile, BuildContext], Iterator[Hit]]

RULES: tuple[Rule, ...] = (
    processes.swallowed,
    processes.syntax_line,
    commands.not_json,
    commands.one_word,
    programs.glued_words,
    commands.second_command,
    bases.idle_stage,
    bases.on_build,
    programs.foreign_manager,
    bases.debian_ended,
    bases.unpinned,
    bases.ended,
    apt.archived,
    apt.sources_moved,
    apt.mixed_releases,
    apt.renamed,
    secrets.secret_in_image,
    secrets.secret_argument,
    processes.dead_process_patch,
    processes.dead_shell_state,
    processes.conda_activate,
    processes.heredoc_goes_on,
    processes.env_runs_nothing,
    layout.relative_workdir,
    copies.add_url,
    copies.add_local,
    copies.no_dockerignore,
    copies.before_install,
    copies.folder_wanted,
    installs.stale_list,
    libraries.missing_library,
    programs.tool_missing,
    libraries.no_musl_wheel,
    libraries.placeholder,
    installs.lists_kept,
    installs.pep_668,
    programs.python_name,
    compilers.no_headers,
    compilers.compilers_kept,
    installs.unresolvable,
    installs.unquoted,
    installs.pip_unpinned,
    processes.no_bytecode,
    processes.jit_disabled,
    commands.shell_form,
    commands.shell_stays,
    commands.own_loopback,
    commands.development_server,
    commands.blocked_loop,
    commands.port_mismatch,
    commands.health_tool,
    commands.health_form,
    commands.no_healthcheck,
    programs.scripts_off_path,
    users.root_user,
    users.user_by_name,
    processes.volume_early,
    libraries.numba_cache,
    layout.no_workdir,
    layout.changed_folder,
    apt.unversioned,
    programs.bash_wanted,
    layout.pipe_unwatched,
    layout.neighbours,
)
"""After the rules that are data alone (`knowledge.dockerfile_faults.text_rules`)."""
