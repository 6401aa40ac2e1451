"""Builds images with the container engine that the caller's variables name, through its own SDK.

Decides nothing about what is in an image. Everything that the engine refuses ends as an error with its words.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

from tts_doctor.effects.image_archive import CHUNK, check_room
from tts_doctor.errors import DoctorError, UsageError
from tts_doctor.model.text import Text
from tts_doctor.ports import Reporter

STEP = re.compile(r"^Step (\d+)/(\d+) : (.{0,90})")
MADE = re.compile(r"^ ---> ([0-9a-f]{12})$")
SOCKET = "unix:///var/run/docker.sock"
"""Where the engine listens unless DOCKER_HOST says otherwise."""
TAIL = 20
"""Lines of the builder's output that an error shows."""


def connect(environ: Mapping[str, str]) -> Any:
    """The engine's client. Raises DoctorError where the SDK or the engine is missing."""
    try:
        import docker  # type: ignore[import-untyped]
    except ImportError:
        raise DoctorError(
            "the SDK of the container engine is not installed",
            "未安装容器引擎的 SDK",
            hint_en="uv tool install 'tts-doctor[images]'",
            hint_zh="uv tool install 'tts-doctor[images]'",
        ) from None
    try:
        client = docker.from_env(environment=dict(environ), timeout=600)
        client.ping()
    except (docker.errors.DockerException, OSError) as error:
        raise _unanswered(error, environ.get("DOCKER_HOST") or SOCKET) from None
    return client


def _unanswered(error: Exception, address: str) -> DoctorError:
    """In the system's own words; the SDK wraps them several times."""
    inner: BaseException | None = error
    while inner is not None and not (isinstance(inner, OSError) and inner.strerror):
        nested = next((arg for arg in inner.args if isinstance(arg, BaseException)), None)
        inner = nested or inner.__cause__ or inner.__context__
    why = f"{address}: {inner.strerror}" if isinstance(inner, OSError) else _short(error)
    refused = isinstance(inner, PermissionError)
    mine = "your user may not talk to it: join the group docker, or name another engine with DOCKER_HOST"
    mine_zh = "当前用户无权访问：请加入 docker 组，或用 DOCKER_HOST 指明其他引擎"
    return DoctorError(
        f"no container engine answers: {why}",
        f"没有可用的容器引擎：{why}",
        hint_en=mine if refused else "start one (Debian: apt-get install docker.io) or name it with DOCKER_HOST",
        hint_zh=mine_zh if refused else "请启动容器引擎（Debian：apt-get install docker.io），或用 DOCKER_HOST 指明",
    )


def build_image(client: Any, context: str | IO[bytes], dockerfile: str, fresh: bool, say: Reporter) -> str:
    """The image's id. `context`: a folder, or a tar file; `dockerfile` lies in it; `fresh`: nothing is taken from a
    cache. Raises DoctorError.
    """
    import docker

    place = {"path": context} if isinstance(context, str) else {"fileobj": context, "custom_context": True}
    try:
        rows = client.api.build(**place, dockerfile=dockerfile, nocache=fresh, rm=True, forcerm=True, decode=True)
        image, steps = _follow(rows, say)
    except (docker.errors.DockerException, OSError, TypeError) as error:
        raise DoctorError(f"the build failed: {_short(error)}", f"构建失败：{_short(error)}") from None
    for step in reversed(steps):  # earlier stages; what is built anew serves no later build
        if fresh and step not in image:
            discard(client, step)
    return image


def save_image(client: Any, name: str, path: str, say: Reporter) -> None:
    """Write the image as `docker save` does. Raises UsageError where there is none of that name, DoctorError."""
    import docker

    say.step(Text(f"saving {name}", f"正在导出 {name}"))
    try:
        image = client.images.get(name)
        check_room(int(image.attrs["Size"]), os.path.dirname(path))
        with open(path, "wb") as file:
            for chunk in image.save(chunk_size=CHUNK, named=bool(image.tags)):
                file.write(chunk)
    except docker.errors.ImageNotFound:
        raise UsageError(
            f"the engine has no image {name}, and there is no such file",
            f"引擎中没有镜像 {name}，也没有此文件",
            hint_en="docker images lists what there is",
            hint_zh="可用 docker images 查看现有镜像",
        ) from None
    except (docker.errors.DockerException, OSError) as error:
        raise DoctorError(f"the image cannot be saved: {_short(error)}", f"无法导出镜像：{_short(error)}") from None


def load_image(client: Any, path: str, say: Reporter) -> None:
    """Give the engine the image in this archive. Raises DoctorError."""
    import docker

    say.step(Text("loading the image", "正在载入镜像"))
    try:
        with open(path, "rb") as file:
            client.images.load(file)
    except (docker.errors.DockerException, OSError) as error:
        raise DoctorError(f"the image cannot be loaded: {_short(error)}", f"无法载入镜像：{_short(error)}") from None


def discard(client: Any, image: str) -> None:
    """Remove an image that nobody has named and nobody uses; what cannot be removed stays."""
    import docker

    with contextlib.suppress(docker.errors.DockerException):
        if not client.images.get(image).tags:
            client.images.remove(image)


def _follow(rows: Iterable[Mapping[str, Any]], say: Reporter) -> tuple[str, list[str]]:
    """The image's id, at the end of the builder's stream, and those of all steps."""
    steps: list[str] = []
    said: list[str] = []
    image = ""
    for row in rows:
        text = str(row.get("stream", ""))
        said = [*said, *text.splitlines()][-TAIL:]
        if match := MADE.match(text):
            steps.append(match[1])
        if match := STEP.match(text):
            say.step(Text(f"{match[1]}/{match[2]} {match[3]}"))
        if "error" in row:
            told = "\n".join((*said, str(row["error"])))
            raise DoctorError(
                f"the build failed:\n{told}",
                f"构建失败：\n{told}",
                hint_en="save these lines and ask: tts-doctor diagnose --log FILE",
                hint_zh="可保存以上内容后运行：tts-doctor diagnose --log 文件",
            )
        image = str(row.get("aux", {}).get("ID", image))
    if not image:
        raise DoctorError("the builder ended without an image", "构建结束但没有得到镜像")
    return image, steps


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
