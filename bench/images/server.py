"""The handbook's server with the voice that the others speak with too."""

from designs.whole_answer import app  # noqa: F401
