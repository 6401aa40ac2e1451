"""Signs: each module looks for one observable thing and yields findings.

A sign is a function `find(case: Examination) -> Iterator[Finding]`, pure: it looks at values, never at files, the
clock or the network. Its module's docstring is its page of documentation. To add one: the module, one line in `SIGNS`,
one test module with present, absent and unknown rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from tts_doctor.model.examination import Examination
from tts_doctor.model.finding import Finding

Sign = Callable[[Examination], Iterable[Finding]]


def _always(_: Examination) -> bool:
    return True


def _complained(case: Examination) -> bool:
    return case.symptom is not None


def _failed(case: Examination) -> bool:
    return case.symptom is not None and case.symptom.failed


def _shows(*names: str) -> Callable[[Examination], bool]:
    """Whether any of these fields of the facts holds anything."""
    return lambda case: any(getattr(case.facts, name) for name in names)


@dataclass(frozen=True)
class Listed:
    """The sign of one module, which is loaded when the sign first has something to look at: loading all of them costs
    more than asking them.
    """

    module: str
    needs: Callable[[Examination], bool] = _always
    """Without this the sign sees nothing."""

    def __call__(self, case: Examination) -> Iterable[Finding]:
        if not self.needs(case):
            return ()
        find: Sign = import_module(f"{__name__}.{self.module}").find
        return find(case)


SIGNS: tuple[tuple[str, Listed], ...] = (
    ("playbook", Listed("playbook_match")),
    ("variable-at-fault", Listed("variable_at_fault", lambda case: bool(case.counterfactuals))),
    ("local-shadow", Listed("local_shadow", _failed)),
    ("foreign-copy", Listed("foreign_copy", _shows("foreign_copies"))),
    ("hidden-folder", Listed("hidden_folder", _failed)),
    ("bad-bytecode", Listed("bad_bytecode", _failed)),
    ("interpreter-gone", Listed("interpreter_gone", lambda case: not case.facts.interpreter.alive)),
    ("lost-config", Listed("lost_config", _shows("lost_config"))),
    ("fatal-variables", Listed("fatal_variables", _shows("fatal_variables", "stdlib_shadows"))),
    ("user-site", Listed("user_site")),
    ("damaged-metadata", Listed("damaged_metadata")),
    ("lost-metadata", Listed("lost_metadata", _failed)),
    ("moved-project", Listed("moved_project", _shows("moved_projects"))),
    ("damaged-files", Listed("damaged_files")),
    ("foreign-binary", Listed("foreign_binary")),
    ("numpy-abi", Listed("numpy_abi", _shows("shared_objects"))),
    ("missing-shared-library", Listed("missing_library", _shows("shared_objects"))),
    ("impostor-installed", Listed("impostor_installed")),
    ("unmet-requirement", Listed("unmet_requirement")),
    ("unresolved-import", Listed("unresolved_import", _shows("missing_imports"))),
    ("invalid-syntax", Listed("invalid_syntax", _complained)),
    ("known-bound", Listed("known_bound", _failed)),
    ("known-message", Listed("known_message", _complained)),
    ("linkage", Listed("linkage", _shows("linkage"))),
    ("loader-refusal", Listed("loader_refusal", lambda case: bool(case.symptom or case.facts.linkage))),
    ("loader-message", Listed("loader_message", _complained)),
    ("torch-library", Listed("torch_library", _complained)),
    ("missing-module", Listed("missing_module", _complained)),
    ("missing-name", Listed("missing_name", _complained)),
    ("missing-member", Listed("missing_member", _complained)),
    ("named-library", Listed("named_library", _complained)),
    ("missing-program", Listed("missing_program", _complained)),
    ("missing-development", Listed("missing_development", _complained)),
    ("numpy-abi-message", Listed("numpy_abi_message", _complained)),
    ("openmp-runtimes", Listed("openmp_runtimes", _complained)),
    ("shadowing-message", Listed("shadowing_message", _complained)),
    ("unexpected-keyword", Listed("unexpected_keyword", _complained)),
    ("version-guard", Listed("version_guard", _complained)),
    ("foreign-artefact", Listed("foreign_artefact", _failed)),
    ("misencoded-file", Listed("misencoded_file", _shows("misencoded_files"))),
    ("unreadable-file", Listed("unreadable_file", _complained)),
    ("other-platform", Listed("other_platform", _failed)),
    ("unknown-option", Listed("unknown_option", _failed)),
    ("warning-as-error", Listed("warning_as_error", _failed)),
    ("variable-not-set", Listed("variable_not_set", _complained)),
    ("advice-in-message", Listed("advice_in_message", _failed)),
    ("advised-step", Listed("advised_step", _failed)),
    ("missing-extra", Listed("missing_extra", _failed)),
    ("missing-plugin", Listed("missing_plugin", _failed)),
)
"""Name and function of every sign, in the order in which they are asked."""

UNEXPLAINED = Listed("unexplained", _failed)
"""Asked where all others are silent."""
