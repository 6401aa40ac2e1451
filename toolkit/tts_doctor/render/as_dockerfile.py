"""An image's plan as the text of a Dockerfile and of the `.dockerignore` beside it. Decides nothing but the layout."""

from __future__ import annotations

from tts_doctor.model.image import ImagePlan, Step


def dockerfile_text(plan: ImagePlan) -> str:
    """The file: a comment above whatever has a reason, stages apart by an empty line."""
    rows = [f"# {line}".rstrip() for line in plan.head]
    for step in plan.steps:
        if step.keyword == "FROM" or rows[-1].startswith("#"):
            rows.append("")
        rows += [f"# {line}" for line in step.why]
        rows += _instruction(step)
    return "\n".join(rows) + "\n"


def dockerignore_text(plan: ImagePlan) -> str:
    """What the build is not sent."""
    return "".join(f"{line}\n" for line in plan.ignored)


def _instruction(step: Step) -> list[str]:
    first, *others = step.lines
    rows = [f"{step.keyword} {first}"]
    for line in others:
        rows[-1] += " \\"
        rows.append(f"    {step.joint.strip()} {line}" if step.joint.strip() else f"    {line}")
    return rows
