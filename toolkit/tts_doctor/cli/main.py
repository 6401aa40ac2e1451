"""The entry point: words in, exit status out. Every error that a user can cause ends here as a clear message."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from tts_doctor import __version__
from tts_doctor.cli import surroundings
from tts_doctor.errors import DoctorError, ExitCode

if TYPE_CHECKING:
    from argparse import Namespace

    Verb = Callable[[Namespace, Mapping[str, str], str], int]

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the verb that `argv` (default: the process's) names. Never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    surroundings.hold_standard_streams()
    if words in (["--version"], ["-V"]):  # before anything is imported: scripts ask for it often
        print(f"tts-doctor {__version__}")
        code: int = ExitCode.OK
    else:
        code = _run(words)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        from tts_doctor.cli.console import discard_output

        discard_output()
        code = code if isinstance(error, BrokenPipeError) else ExitCode.UNKNOWN
    return code


def _run(words: list[str]) -> int:
    from tts_doctor.cli import console

    gc.set_threshold(50_000, 20, 100)  # much is read and kept; looking for cycles in it took a tenth of a diagnosis
    warnings.simplefilter("ignore", SyntaxWarning)  # of the patients' sources and markers, which are theirs to mend
    console.prepare_streams()
    environ = surroundings.callers(os.environ)
    lang = surroundings.language(environ)
    console.guard(environ)
    try:
        from tts_doctor.cli.arguments import asked_language, parse

        lang = asked_language(words, lang)
        options = parse(words, lang)
        return _verb(options.verb)(options, environ, lang)
    except DoctorError as error:
        console.tell_error(error, lang, console.wants_colour(sys.stderr, environ))
        return error.exit_code
    except KeyboardInterrupt:
        console.tell("\ninterrupted" if lang == "en" else "\n已中断")
        return INTERRUPTED
    except BrokenPipeError:
        console.discard_output()
        return ExitCode.OK
    except SystemExit as leaving:  # argparse after --help
        return int(leaving.code or 0)
    except Exception as error:  # whatever else escapes is a bug; the user gets one line and a way on
        console.tell(console.safe(_bug(error, lang, bool(environ.get("TTS_DOCTOR_DEBUG")))))
        return ExitCode.UNKNOWN


def _verb(name: str) -> Verb:
    """The function of a verb; nothing is loaded for the others."""
    from tts_doctor.cli.arguments import OWN_MODULES

    if name in OWN_MODULES:
        from importlib import import_module

        return cast("Verb", getattr(import_module(f"tts_doctor.cli.{name}_verb"), name))
    from tts_doctor.cli.verbs import VERBS

    return VERBS[name]


def _bug(error: Exception, lang: str, debug: bool) -> str:
    details = ""
    if debug:
        import traceback

        details = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if lang == "zh":
        told = f"tts-doctor {__version__} 内部错误：{what}（设置 TTS_DOCTOR_DEBUG=1 可查看详情，请报告此问题）"
    else:
        told = f"internal error in tts-doctor {__version__}: {what} (TTS_DOCTOR_DEBUG=1 shows more; please report)"
    return details + told
