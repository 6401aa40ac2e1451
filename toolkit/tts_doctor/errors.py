"""Exit codes and the tree of errors that a user may see.

Every error says what happened, where, and what to do next, in English and Chinese. Anything else that escapes is a bug.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command's exit status means; documented, stable."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNKNOWN = 3
    NOT_REPAIRED = 4
    RESTORE_FAILED = 5
    DECLINED = 6


class DoctorError(Exception):
    """A problem that ends the command; `hint` is the next thing to do."""

    exit_code = ExitCode.UNKNOWN

    def __init__(self, en: str, zh: str = "", *, hint_en: str = "", hint_zh: str = "") -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh or en
        self.hint_en = hint_en
        self.hint_zh = hint_zh or hint_en


class UsageError(DoctorError):
    """The command line, or a file named on it, cannot be used."""

    exit_code = ExitCode.USAGE


class PatientError(DoctorError):
    """The environment cannot be examined: it is missing, no Python, or does not answer."""

    exit_code = ExitCode.UNKNOWN


class PlaybookError(DoctorError):
    """A playbook file breaks the schema; the message carries the dotted path."""

    exit_code = ExitCode.USAGE


class IndexUnavailable(DoctorError):
    """The package index cannot be reached or gave an unusable answer."""


class InstallError(DoctorError):
    """The installer refused a change; `output` is what it said."""

    exit_code = ExitCode.NOT_REPAIRED

    def __init__(self, en: str, zh: str = "", *, output: str = "", hint_en: str = "", hint_zh: str = "") -> None:
        super().__init__(en, zh, hint_en=hint_en, hint_zh=hint_zh)
        self.output = output


class TransactionError(DoctorError):
    """A change could not be applied; everything was put back."""

    exit_code = ExitCode.NOT_REPAIRED


class RestoreError(DoctorError):
    """Putting everything back failed; the message says where the originals lie."""

    exit_code = ExitCode.RESTORE_FAILED
