"""Carries out a smoke test: starts the server where it is to be started, asks, hands what is ill to a diagnosis.

What the answers mean is decided in `tts_doctor.smoke`; this module decides the order and when to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tts_doctor.effects.decode_sound import decoded_seconds, decoder
from tts_doctor.effects.index_config import redact
from tts_doctor.effects.scratch import scratch_folder
from tts_doctor.effects.serve_patient import Server, free_port
from tts_doctor.effects.smoke_client import SmokeClient
from tts_doctor.effects.watch_workers import Watching
from tts_doctor.knowledge.speech_acceptance import acceptance_rows
from tts_doctor.model.finding import Diagnosis
from tts_doctor.model.request import ExamineRequest
from tts_doctor.model.smoke import Answer, Ask, Check, Service, SmokeReport, SmokeRequest, State
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter
from tts_doctor.smoke import asks, judge_conduct, judge_sound, judge_state
from tts_doctor.smoke.words import SECRET, check, no_answer, without_secret

PATIENCE = 0.5
"""Part of the whole time that a server may take to start; one that runs and says that it starts is waited for, too."""
STEP = 0.2
NOBODY = ("refused", "certificate", "late")
"""There is nobody to ask, or nobody to be trusted."""


def smoke(request: SmokeRequest, say: Reporter) -> SmokeReport:
    """Check the service at `request.url`, or the one that `request.python` starts."""
    begun = time.monotonic()
    report = _of_python(request, say) if request.python else _of_url(request, say)
    return replace(
        report,
        checks=tuple(without_secret(one, request.token) for one in report.checks),
        seconds=time.monotonic() - begun,
        profile="full" if request.full else "quick",
    )


def hear_speech(client: SmokeClient) -> list[Check]:
    """One sentence through each interface that the service at the client's address has."""
    paths = {name: judge_state.PATHS[name] for name in ("state.models", "state.voices")}
    answers = {name: client.ask(Ask("GET", path)) for name, path in paths.items()}
    return _find_speech(client, judge_state.services(answers))[1]


def _of_url(request: SmokeRequest, say: Reporter) -> SmokeReport:
    client = SmokeClient(request.url, request.token, request.timeout, dict(request.environment))
    begun = time.monotonic()
    health = client.ask(Ask("GET", judge_state.PATHS["state.health"]))
    if health.status and judge_state.starting(health):
        say.step(Text("waiting for the service to start", "正在等待服务启动"))
        health = _wait(client, lambda: True, begun + PATIENCE * request.timeout)
    checks = tuple(_Smoke(request, client, say).run(health))
    return SmokeReport(redact(request.url), "", checks, diagnosis=_diagnose(request, judge_state.reason(health), say))


def _of_python(request: SmokeRequest, say: Reporter) -> SmokeReport:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (request.python, "-m", "tts_server", "serve", "--port", str(port))
    say.step(Text("starting the server", "正在启动服务"))
    with Server(command, dict(request.environment), request.cwd) as server:
        client = SmokeClient(url, request.token, request.timeout, {})
        begun = time.monotonic()
        health = _wait(client, lambda: server.running, begun + PATIENCE * request.timeout)
        seconds = time.monotonic() - begun
        if health.status:
            words = (f"it answers after {seconds:.1f} s", f"{seconds:.1f} 秒后开始响应")
            checks = [check("start.server", State.PASSED, *words, seconds=seconds)]
            with Watching(server.pid) as watching:
                checks += _Smoke(request, client, say).run(health, watching)
        else:
            ended = not server.running
            words = ("it did not start", "服务未能启动") if ended else ("it does not answer", "服务没有响应")
            checks = [check("start.server", State.FAILED, *words, seconds=seconds)]
        ill = not health.status or health.status >= 500 or checks[-1].state is State.FAILED
        output = server.output() + "\n" + judge_state.reason(health) if ill else ""
    return SmokeReport(request.python, "", tuple(checks), diagnosis=_diagnose(request, output, say))


def _wait(client: SmokeClient, alive: Callable[[], bool], until: float) -> Answer:
    """The first answer about the server's health that is more than a plea for time, or the last one there was."""
    while True:
        answer = client.ask(Ask("GET", judge_state.PATHS["state.health"]))
        if not judge_state.starting(answer) or not alive() or time.monotonic() > until:
            return answer
        time.sleep(STEP)


def _diagnose(request: SmokeRequest, output: str, say: Reporter) -> Diagnosis | None:
    """What an ill server's own words tell of the cause; None where it said nothing."""
    said = output.replace(request.token, SECRET) if request.token else output
    return diagnose_words(said, request.python, request.cwd, dict(request.environment), say)


def diagnose_words(
    output: str, python: str, cwd: str, environ: Mapping[str, str], say: Reporter
) -> Diagnosis | None:
    """A diagnosis of what a server wrote, in the environment of `python` where that is known; None for no words."""
    if not output.strip():
        return None
    from tts_doctor.effects.examine import examine

    with scratch_folder() as folder:
        log = Path(folder, "server.log")
        log.write_text(output, encoding="utf-8")
        wanted = ExamineRequest(
            python=python, log=str(log), cwd=cwd, environment=tuple(environ.items()), offline=True
        )
        return examine(wanted, say)


def _find_speech(
    client: SmokeClient, services: tuple[Service, Service]
) -> tuple[list[tuple[Service, bool]], list[Check]]:
    """The interfaces that are there, each with whether it is down, and a check for each."""
    plain = acceptance_rows()[0]
    offered, checks = [], []
    for name, service in zip(("speech.openai", "speech.handbook"), services, strict=True):
        answer = client.ask(asks.speak(service, plain.text))
        if answer.status in (401, 403):
            words = ("it wants another token (--token-file)", "需要有效的令牌（--token-file）")
            checks.append(check(name, State.UNKNOWN, *words, seconds=answer.seconds))
        elif answer.status in (404, 405) and b"model" not in answer.body:
            checks.append(check(name, State.ABSENT, f"not offered ({answer.status})", f"未提供（{answer.status}）"))
        else:
            offered.append((service, answer.status >= 500))
            checks.append(judge_sound.hear(name, answer, plain.syllables).check)
    if all(one.state is State.ABSENT for one in checks):
        checks.append(check("speech.endpoint", State.FAILED, "none was found", "没有找到"))
    return offered, checks


class _Smoke:
    """One service being asked."""

    def __init__(self, request: SmokeRequest, client: SmokeClient, say: Reporter) -> None:
        self.request, self.client, self.say = request, client, say

    def run(self, health: Answer, watching: Watching | None = None) -> list[Check]:
        """Every check in order; ends early where there is nobody to ask."""
        if health.problem in NOBODY:
            return [replace(no_answer("state.health", health), state=State.UNKNOWN)]
        self.say.step(Text("asking what the service offers", "正在了解服务提供的功能"))
        paths = {name: path for name, path in judge_state.PATHS.items() if name != "state.health"}
        answers = {"state.health": health}
        answers.update({name: self.client.ask(Ask("GET", path)) for name, path in paths.items()})
        checks = judge_state.judge_states(answers)
        self.say.step(Text("looking for an endpoint that speaks", "正在查找语音合成接口"))
        offered, said = _find_speech(self.client, judge_state.services(answers))
        checks += said
        for service, mute in offered[:1]:
            checks += [] if mute else self._speech(service)  # one sentence is enough for a voice that is down
            checks += self._conduct(service)
        before, path = answers["state.metrics"], judge_state.PATHS["state.metrics"]
        after = self.client.ask(Ask("GET", path)) if before.status == 200 else Answer()
        return [*checks, judge_state.judge_restarts(before, after, watching.workers.ended if watching else None)]

    def _speech(self, service: Service) -> list[Check]:
        """The acceptance table, the formats, a stream, several at once."""
        self.say.step(Text("listening to the acceptance table", "正在试听验收文本"))
        rows = asks.chosen(acceptance_rows(), self.request.full)
        answers = [self.client.ask(asks.speak(service, row.text)) for row in rows]
        heard = judge_sound.hear_rows(rows, answers)
        checks = [one.check for one in heard] + judge_sound.judge_rates(heard)
        self.say.step(Text("listening to formats and streams", "正在检查各种格式与流式输出"))
        checks += self._formats(service, heard[0].seconds)
        checks.append(judge_conduct.judge_stream(self.client.ask(asks.speak_long(service)), asks.LONG_SYLLABLES))
        crowd = rows[: 4 if self.request.full else 2]
        together = self.client.ask_together([asks.speak(service, row.text) for row in crowd])
        return [*checks, judge_conduct.judge_together(crowd, together)]

    def _formats(self, service: Service, plain: float) -> list[Check]:
        command: tuple[str, ...] | None = None
        checks = []
        for form in asks.FORMATS if self.request.full else asks.FORMATS[:1]:
            answer = self.client.ask(asks.speak(service, acceptance_rows()[0].text, form))
            seconds = None
            if answer.spoke and form != "pcm":
                command = decoder(dict(self.request.environment), self.request.python) if command is None else command
                seconds = decoded_seconds(command, answer.body)
            checks.append(judge_sound.hear_format(form, answer, plain, seconds))
        return checks

    def _conduct(self, service: Service) -> list[Check]:
        self.say.step(Text("sending what must be refused", "正在发送应被拒绝的请求"))
        wanted = asks.refusals(service, self.request.full, bool(self.request.token))
        return [judge_conduct.judge_refusal(name, self.client.ask(ask)) for name, ask in wanted.items()]
