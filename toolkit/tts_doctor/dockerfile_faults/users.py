"""Who the service runs as."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import image_of
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

UID = "10001"
HOME = "/home/app"


def user_of(file: Dockerfile) -> str:
    """The last USER of the last stage; empty where there is none."""
    found = [i.value for i in file.instructions[max(file.last_stage, 0) :] if i.keyword == "USER"]
    return found[-1].partition(":")[0].strip() if found else ""


def place_of_command(file: Dockerfile) -> int | None:
    """Index of the first of the ENTRYPOINT and CMD that count; None without one."""
    first = max(file.last_stage, 0)
    places = [n for n, i in enumerate(file.instructions[first:], first) if i.keyword in ("CMD", "ENTRYPOINT")]
    return places[0] if places else None


def root_user(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """A user with a home of its own, made first, so that what the build downloads lands where it can be read."""
    first = file.last_stage
    if first < 0 or user_of(file) not in ("", "root", "0"):
        return
    image = image_of(file, first)
    stage = file.instructions[first:]
    place = place_of_command(file)
    rooted = any(re.search(r"/root\b|--user\b", i.source) for i in stage if i.keyword)
    if image in ("", "scratch") or "distroless" in image or "windows" in image or rooted or place is None:
        yield Hit("root-user", first if place is None else place)
        return
    folder = next(
        (i.value.strip("\"'") for i in reversed(stage) if i.keyword == "WORKDIR" and i.value.startswith("/")), ""
    )
    folder = folder if folder.strip("/") and "$" not in folder else ""
    own = " ".join(filter(None, (f"chown -R app:app {HOME}", f"chown app:app {folder}" if folder else ""))).replace(
        f"{HOME} chown", f"{HOME} && chown"
    )
    make = f"adduser -D -u {UID} app" if "alpine" in image else _useradd()
    begin = f"RUN {make}\nENV HOME={HOME}\n"
    edits = [Edit(first, begin, "after"), Edit(place, f"RUN {own}\nUSER {UID}:{UID}\n", "before")]
    edits += [Edit(n, "") for n, i in enumerate(stage, first) if i.keyword == "USER" and n < place]
    yield Hit("root-user", place, tuple(edits))


def _useradd() -> str:
    return (
        f"groupadd --gid {UID} app \\\n"
        f"    && useradd --no-log-init --uid {UID} --gid app --create-home --shell /usr/sbin/nologin app"
    )
