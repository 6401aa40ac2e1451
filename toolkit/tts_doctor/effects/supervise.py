"""Runs one command as a supervisor, in a process of its own: mounts, starts, waits, leaves no process behind.

Executed by path with `python -I -S` of our own interpreter: it imports the standard library only and nothing of this
package. The request arrives as JSON on standard input, the outcome leaves as one JSON line on the file descriptor
that the request names. It never decides whether a run was a success.

Signals: SIGTERM asks the command to end and kills it after the grace period, SIGINT kills it at once (also sent by the
kernel when the caller dies). Every process that the command started, detached ones too, is gone when this one ends.
"""

# Every import would delay the start of the command, hence no pathlib and no contextlib.
# ruff: noqa: SIM105
from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_BIND_RECURSIVE = 0x1000 | 0x4000
MS_PRIVATE_RECURSIVE = 0x40000 | 0x4000
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """A libc function that answers 0 on success. Raises OSError."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def enter_namespace(binds: list[list[str]]) -> None:
    """A private mount namespace in which each source lies over its target."""
    try:
        call("unshare", CLONE_NEWNS)
    except OSError:
        uid, gid = os.geteuid(), os.getegid()
        call("unshare", CLONE_NEWNS | CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as stream:
                stream.write(text)
    call("mount", None, b"/", None, ctypes.c_ulong(MS_PRIVATE_RECURSIVE), None)
    for source, target in binds:
        call("mount", os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(MS_BIND_RECURSIVE), None)


def descendants(root: int) -> set[int]:
    """Every living process below `root`; empty without /proc."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as stream:
                    fields = stream.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] not in (b"Z", b"X"):
                children.setdefault(int(fields[1]), []).append(int(entry))
    found: set[int] = set()
    pending = [root]
    while pending:
        for child in children.get(pending.pop(), ()):
            if child not in found:
                found.add(child)
                pending.append(child)
    return found


def kill_all() -> None:
    """Kill what runs below this process until nothing is left; the orphans are ours, being their subreaper."""
    for _ in range(200):
        alive = descendants(os.getpid())
        for process in alive:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        if not alive:
            return
        time.sleep(0.01)


def start(request: dict[str, object], report: int) -> int:
    """Fork and execute the command; its failure to start is told as a shell would (126, 127)."""
    child = os.fork()
    if child:
        return child
    code = 126
    try:
        os.setsid()
        os.close(report)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        argv, env = request["argv"], request["env"]
        assert isinstance(argv, list) and isinstance(env, dict)
        os.chdir(str(request["cwd"]))
        os.execvpe(argv[0], argv, env)
    except BaseException as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        os.write(2, f"tts-doctor: cannot run the command: {error}\n".encode(errors="replace"))
    finally:
        os._exit(code)


def wait(child: int, grace: float) -> dict[str, object]:
    """Until the command ends by itself or by a signal to us."""
    deadline = 0.0
    stopped = False
    while True:
        left = max(0.0, deadline - time.monotonic()) if stopped else 3600.0
        info = signal.sigtimedwait(WATCHED, left)
        if info is None and not stopped:
            continue
        if info is None or info.si_signo == signal.SIGINT:
            return {"stopped": True}
        if info.si_signo == signal.SIGTERM and not stopped:
            stopped, deadline = True, time.monotonic() + grace
            try:
                os.killpg(child, signal.SIGTERM)
            except OSError:
                pass
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return {"stopped": stopped}
            if not process:
                break
            if process == child:
                return {"stopped": stopped, "code": os.waitstatus_to_exitcode(status)}


def main() -> None:
    request = json.load(sys.stdin)
    report = request["report"]
    os.set_inheritable(report, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    outcome: dict[str, object] = {}
    if os.getppid() == request["parent"]:
        try:
            if request["binds"]:
                enter_namespace(request["binds"])
        except OSError as error:
            outcome = {"namespace": str(error)}
        else:
            try:
                outcome = wait(start(request, report), request["grace"])
            finally:
                kill_all()
    try:
        os.write(report, json.dumps(outcome).encode())
    except BrokenPipeError:  # whoever asked has gone; a traceback of ours would be read as the command's own words
        pass


if __name__ == "__main__":
    main()
