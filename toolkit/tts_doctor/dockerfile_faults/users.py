"""Who the service runs as."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tts_doctor.dockerfile_faults.words import folder_at, image_of
from tts_doctor.model.dockerfile import BuildContext, Dockerfile, Edit, Hit

UID = "10001"
KNOWN = {"root": "0", "nobody": "65534:65534"}
"""The same on Debian, Ubuntu and Alpine."""
HOME = "/home/app"
SYSTEM = re.compile(
    r"^/(?:bin|boot|dev|etc|home|lib|media|mnt|opt|proc|run|sbin|srv|sys|tmp|usr(?:/local)?(?:/s?bin)?|var)?/?$"
)
WORDS = r"(?:\s{1,99}[^\s&|;]{1,99}){0,40}?"
ROOT_HOME = r"(?<![\w./-])/root(?=[/\s:\"',]|$)"


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
    last = "" if place is None else " ".join(i.source for i in stage if i.keyword in ("CMD", "ENTRYPOINT"))
    bound = re.search(r"\bservice\s|supervisord|\bnginx\b|\bsshd\b|systemctl|/sbin/init|\bcron\b", last)
    if re.search(r"(?:^|/)(?:aws-)?lambda[/:-]", image):
        return  # Lambda runs it as a user of its own and asks for no USER
    if image in ("", "scratch") or "distroless" in image or "windows" in image or place is None or bound:
        yield Hit("root-user", first if place is None else place)
        return
    others = [i.value for i in stage if i.keyword == "USER" and i.value.partition(":")[0].strip() not in ("root", "0")]
    if others:
        yield Hit("root-user", place, (Edit(place, f"USER {others[-1]}\n", "before"),))
        return
    folder = folder_at(file, place)
    folder = "" if folder.startswith(("/root", "/home/app")) or SYSTEM.match(folder) else folder.rstrip("/")
    own = f"chown -R app:app {HOME}" + (f" && chown app:app {folder}" if folder else "")
    make = f"adduser -D -u {UID} app" if "alpine" in image else _useradd()
    edits = [Edit(first, f"RUN {make}\nENV HOME={HOME}\n", "after")]
    edits += [Edit(place, f"RUN {own}\nUSER {UID}:{UID}\n", "before"), *_moved_home(file, first)]
    yield Hit("root-user", place, tuple(edits))


def user_by_name(file: Dockerfile, context: BuildContext) -> Iterator[Hit]:
    """`USER app` of a user that the file makes itself: by number, which needs no look into the image."""
    for place, one in enumerate(file.instructions):
        name = one.value.partition(":")[0].strip()
        if one.keyword != "USER" or not re.fullmatch(r"[a-z_][\w-]*", name):
            continue
        if name in KNOWN:
            yield Hit("user-by-name", place, (Edit(place, f"USER {KNOWN[name]}\n"),), name)
            continue
        first = file.stage_of(place)[0]
        made = [
            (n, i, m)
            for n, i in enumerate(file.instructions[first:place], first)
            if (m := re.search(rf"\b(useradd|adduser)\b({WORDS})\s+{name}(?=\s|$)", i.source))
        ]
        if len(made) != 1 or made[0][1].keyword != "RUN":
            yield Hit("user-by-name", place, detail=name)
            continue
        at, made_by, match = made[0]
        told = re.search(r"(?:--uid|-u)[=\s]+(\d+)", match[2])
        number = told[1] if told else UID
        edits = [Edit(place, re.sub(rf"\b{name}\b", number, one.source, count=1))]
        if not told and not any(e.keyword == "USER" and e.value == one.value for e in file.instructions[first:place]):
            option = "-u" if "-D" in match[2].split() else "--uid"
            edits.append(Edit(at, made_by.source.replace(match[1], f"{match[1]} {option} {UID}", 1)))
        yield Hit("user-by-name", place, tuple(edits), name)


def _moved_home(file: Dockerfile, first: int) -> Iterator[Edit]:
    """What the stage keeps in root's home goes to the user's; what it copies from other stages stays where that is."""
    for place, one in enumerate(file.instructions[first:], first):
        if one.keyword == "USER":
            yield Edit(place, "")
        elif one.keyword in ("COPY", "ADD") and any(flag.startswith("--from") for flag in one.flags):
            mended = re.sub(r"/root(?=(?:/\S{0,500})?\s{0,99}$)", HOME, one.source)
            yield from [Edit(place, mended)] if mended != one.source else []
        elif one.keyword and one.keyword != "FROM" and re.search(ROOT_HOME, one.source):
            yield Edit(place, re.sub(ROOT_HOME, HOME, one.source))


def _useradd() -> str:
    return (
        f"groupadd --gid {UID} app \\\n"
        f"    && useradd --no-log-init --uid {UID} --gid app --create-home --shell /usr/sbin/nologin app"
    )
