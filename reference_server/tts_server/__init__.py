"""tts-server: Chinese speech with emotions over HTTP."""

__version__ = "0.1.0"
