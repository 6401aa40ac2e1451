"""tts-doctor: finds why a Python environment is broken, repairs it in a transaction and proves the repair."""

__version__ = "0.1.0"
