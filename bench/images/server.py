"""The handbook's server with the voice that is measured here, which the design itself leaves to its default."""

import os

from tts_server import engines

engines.DEFAULT = os.environ["TTS_SERVER_ENGINE"]

from designs.whole_answer import app  # noqa: E402, F401
