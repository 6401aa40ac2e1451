"""`tts-doctor mcp`: the verbs as tools of the Model Context Protocol, over standard input and output.

The same examinations, transactions and undo as on the command line, with the same safety: an agent that does not say
`apply` gets a trial in a copy. It never asks the terminal, and writes nothing to standard output but the protocol.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from tts_doctor import __version__
from tts_doctor.cli.notice_unfinished import notice_unfinished
from tts_doctor.cli.report_progress import Progress
from tts_doctor.cli.resolve_names import choose_python, choose_site
from tts_doctor.cli.surroundings import offline, working_folder
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.errors import DoctorError, UsageError
from tts_doctor.model.request import ExamineRequest, TreatRequest
from tts_doctor.model.text import Text
from tts_doctor.parse.hide_secrets import hide, secrets_of, without_secrets

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

T = TypeVar("T")
Allowance = Literal["packages", "system", "files", "environment", "all"]

INSTRUCTIONS = """\
Finds why a Python environment fails and repairs it. Start with `examine`, which runs nothing, from the failure's \
output (log_text) or the files alone, or with `diagnose` and the failing command (a list of arguments). `plan` tries \
repairs in a copy and says which one makes the command run. Ask the user before you call `treat` with apply=true; \
`undo` takes the repair back byte for byte. Do not change the environment by other means between these calls."""

def serve(environ: Mapping[str, str], lang: str) -> None:
    """Answer on standard input and output until the client closes them. Raises UsageError where the SDK is missing."""
    build_server(environ, lang).run("stdio")


def build_server(environ: Mapping[str, str], lang: str) -> MCPServer[Any]:
    """The server with its tools. Raises UsageError where the SDK is missing."""
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError:
        raise UsageError(
            "the MCP server needs the official SDK, which is not installed here",
            "MCP 服务需要官方 SDK，此处尚未安装",
            hint_en="install the tool with it: uv tool install 'tts-doctor[mcp]'",
            hint_zh="请连同它一起安装：uv tool install 'tts-doctor[mcp]'",
        ) from None
    server: MCPServer[Any] = MCPServer("tts-doctor", version=__version__, instructions=INSTRUCTIONS)
    tools = Tools(environ, lang)
    reads = server.tool(annotations=ToolAnnotations(read_only_hint=True))
    # whatever command an agent gives is run, so that no client may allow these unasked
    runs = server.tool(annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True))
    changes = server.tool(annotations=ToolAnnotations(read_only_hint=False, destructive_hint=False))
    reads(tools.examine), reads(tools.history), reads(tools.playbooks)
    runs(tools.diagnose), runs(tools.plan), runs(tools.treat)
    changes(tools.undo)
    return server


class Tools:
    """What an agent may call. Each returns the published JSON; a failure names what to do next."""

    def __init__(self, environ: Mapping[str, str], lang: str) -> None:
        self._environ = environ
        self._lang = lang
        self._secrets = secrets_of(environ)

    def examine(
        self, log_text: str = "", python: str = "", site: str = "", folder: str = "",
        packages: dict[str, str] | None = None, python_version: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Say what is wrong with a Python environment by reading it, or from a failure's output; runs none of its code.

        The arguments are those of `diagnose`, which also runs the command that fails and knows more for it.
        """
        return self.diagnose(None, log_text, python, site, folder, packages, python_version)

    def diagnose(
        self, command: list[str] | None = None, log_text: str = "", python: str = "", site: str = "", folder: str = "",
        packages: dict[str, str] | None = None, python_version: str = "", timeout: float = 300.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Say what is wrong with a Python environment and why; changes nothing.

        Give the failing `command` as a list of arguments (it is run in `folder`, with standard input closed), or the
        output of a failure as `log_text` (with `packages` {name: version} and `python_version` where known), or
        neither: then the environment is read without running any of its code. `python` is its interpreter, else
        $VIRTUAL_ENV, .venv in `folder` or python3 on PATH; `site` is a site-packages folder without an interpreter.
        """
        from tts_doctor.effects.examine import examine
        from tts_doctor.render.as_json import diagnosis_object

        def look(say: Progress) -> dict[str, Any]:
            request = self._request(command, python, site, folder, timeout, log)
            alone = not (request.python or request.site)
            request = replace(request, log=log, context=context if alone else "")
            return diagnosis_object(examine(request, say), self._lang)

        with _saved(log_text, packages, python_version) as (log, context):
            return self._run(look)

    def plan(
        self, command: list[str], python: str = "", folder: str = "",
        keep: list[str] | None = None, allow: list[Allowance] | None = None, timeout: float = 300.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Search for a repair in a copy of the environment until `command` runs; changes nothing.

        What `treat` would do, as a receipt of outcome `dry-run` (`actions`, `changed`), or `not-repaired` where no
        repair was found. `keep` and `allow` are those of `treat`.
        """
        return self._treat(command, python, folder, False, keep, allow, timeout)

    def treat(
        self, command: list[str], python: str = "", folder: str = "", apply: bool = False,
        keep: list[str] | None = None, allow: list[Allowance] | None = None, timeout: float = 300.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Repair the environment so that `command` runs, and tell it as a receipt.

        Without `apply` nothing is changed, as with `plan`. With it, the repair takes effect in one step, the
        command is run once more, and everything is put back if it fails. `keep` names distributions to leave alone;
        `allow` names what may change besides packages: system, files, environment or all.
        """
        return self._treat(command, python, folder, apply, keep, allow, timeout)

    def undo(self, receipt: str = "", python: str = "") -> dict[str, Any]:
        """Take a repair back, byte for byte: by the receipt's id, else the last one of the environment `python`."""
        from tts_doctor.effects.undo import undo
        from tts_doctor.render.as_receipt import receipt_object

        def take_back(_: Progress) -> dict[str, Any]:
            patient = choose_python(python, working_folder(), self._environ) if python else ""
            return receipt_object(undo(self._environ, receipt, patient=patient), self._lang)

        return self._run(take_back)

    def history(self) -> dict[str, Any]:
        """List the repairs that were made, oldest first."""
        from tts_doctor.effects.undo import history
        from tts_doctor.render.as_receipt import receipt_object

        return self._run(lambda _: {"receipts": [receipt_object(r, self._lang) for r in history(self._environ)]})

    def playbooks(self, search: str = "") -> dict[str, Any]:
        """List the known diseases whose id or title contains `search`, each with signs, cause and repair."""
        from tts_doctor.knowledge.playbooks import load_playbooks
        from tts_doctor.render.as_playbook import playbook_object

        wanted = search.casefold()
        known = [p for p in load_playbooks() if wanted in f"{p.id} {p.title.en} {p.title.zh}".casefold()]
        return {"playbooks": [playbook_object(p, self._lang) for p in known]}

    def _treat(
        self, command: list[str], python: str, folder: str, apply: bool,
        keep: list[str] | None, allow: list[Allowance] | None, timeout: float,
    ) -> dict[str, Any]:  # fmt: skip
        from tts_doctor.effects.treat import treat
        from tts_doctor.render.as_receipt import receipt_object

        def repair(say: Progress) -> dict[str, Any]:
            request = TreatRequest(
                examine=self._request(command, python, "", folder, timeout),
                yes=apply,
                dry_run=not apply,
                allow=frozenset({"packages", *(allow or ())}),
                keep=tuple(keep or ()),
            )
            return receipt_object(treat(request, say), self._lang)

        return self._run(repair)

    def _request(
        self, command: list[str] | None, python: str, site: str, folder: str, timeout: float, log: str = ""
    ) -> ExamineRequest:
        if log and command:
            raise UsageError("log_text and command exclude each other", "log_text 不能与 command 同时使用")
        cwd = str(Path(working_folder(), folder))
        named = bool(python) or not (site or log)
        return ExamineRequest(
            python=choose_python(python, cwd, self._environ) if named else "",
            site=choose_site(site, cwd) if site else "",
            command=tuple(command or ()),
            timeout=timeout,
            cwd=cwd,
            environment=tuple(self._environ.items()),
            offline=offline(self._environ),
        )

    def _run(self, work: Callable[[Progress], T]) -> T:
        with _told(self._lang, self._secrets), Progress(self._lang, quiet=True) as say:
            notice_unfinished(self._environ, say)
            return hide(work(say), self._secrets)


@contextmanager
def _told(lang: str, secrets: Sequence[str]) -> Iterator[None]:
    """What the user can mend becomes the tool's error text, with the way on."""
    from mcp.server.mcpserver.exceptions import ToolError

    try:
        yield
    except DoctorError as error:
        hint = Text(error.hint_en, error.hint_zh).say(lang)
        said = Text(error.en, error.zh).say(lang) + (f"\n{hint}" if hint else "")
        raise ToolError(without_secrets(said, secrets)) from None


@contextmanager
def _saved(log_text: str, packages: Mapping[str, str] | None, python_version: str) -> Iterator[tuple[str, str]]:
    """The log and its context as files, which is how an examination takes them; two empty names without a log."""
    if not log_text:
        yield "", ""
        return
    with scratch_folder() as folder:
        log, context = Path(folder, "log"), Path(folder, "context.json")
        log.write_text(log_text, "utf-8", "surrogatepass")
        known = {"packages": dict(packages or {})} | ({"python": python_version} if python_version else {})
        context.write_text(json.dumps(known), "utf-8")
        yield str(log), str(context)
