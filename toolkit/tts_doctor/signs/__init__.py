"""Signs: each module looks for one observable thing and yields findings.

A sign is a function `find(case: Examination) -> Iterator[Finding]`, pure: it looks at values, never at files, the
clock or the network. Its module's docstring is its page of documentation. To add one: the module, one line in `SIGNS`,
one test module with present, absent and unknown rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Finding
from tts_doctor.signs import (
    advice_in_message,
    bad_bytecode,
    damaged_files,
    damaged_metadata,
    fatal_variables,
    foreign_binary,
    hidden_folder,
    impostor_installed,
    interpreter_gone,
    invalid_syntax,
    known_bound,
    known_message,
    linkage,
    loader_message,
    loader_refusal,
    local_shadow,
    lost_metadata,
    missing_extra,
    missing_library,
    missing_member,
    missing_module,
    missing_name,
    missing_program,
    moved_project,
    named_library,
    numpy_abi,
    numpy_abi_message,
    openmp_runtimes,
    playbook_match,
    shadowing_message,
    torch_library,
    unexpected_keyword,
    unmet_requirement,
    unresolved_import,
    user_site,
    variable_at_fault,
    version_guard,
)

Sign = Callable[[Examination], Iterable[Finding]]

SIGNS: tuple[tuple[str, Sign], ...] = (
    ("playbook", playbook_match.find),
    ("variable-at-fault", variable_at_fault.find),
    ("local-shadow", local_shadow.find),
    ("hidden-folder", hidden_folder.find),
    ("bad-bytecode", bad_bytecode.find),
    ("interpreter-gone", interpreter_gone.find),
    ("fatal-variables", fatal_variables.find),
    ("user-site", user_site.find),
    ("damaged-metadata", damaged_metadata.find),
    ("lost-metadata", lost_metadata.find),
    ("moved-project", moved_project.find),
    ("damaged-files", damaged_files.find),
    ("foreign-binary", foreign_binary.find),
    ("numpy-abi", numpy_abi.find),
    ("missing-shared-library", missing_library.find),
    ("impostor-installed", impostor_installed.find),
    ("unmet-requirement", unmet_requirement.find),
    ("unresolved-import", unresolved_import.find),
    ("invalid-syntax", invalid_syntax.find),
    ("known-bound", known_bound.find),
    ("known-message", known_message.find),
    ("linkage", linkage.find),
    ("loader-refusal", loader_refusal.find),
    ("loader-message", loader_message.find),
    ("torch-library", torch_library.find),
    ("missing-module", missing_module.find),
    ("missing-name", missing_name.find),
    ("missing-member", missing_member.find),
    ("named-library", named_library.find),
    ("missing-program", missing_program.find),
    ("numpy-abi-message", numpy_abi_message.find),
    ("openmp-runtimes", openmp_runtimes.find),
    ("shadowing-message", shadowing_message.find),
    ("unexpected-keyword", unexpected_keyword.find),
    ("version-guard", version_guard.find),
    ("advice-in-message", advice_in_message.find),
    ("missing-extra", missing_extra.find),
)
"""Name and function of every sign, in the order in which they are asked."""
