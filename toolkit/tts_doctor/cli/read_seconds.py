"""Seconds on the command line, for every verb that takes some."""

from __future__ import annotations

import argparse
import math

from tts_doctor.cli.parser import said


def seconds(text: str) -> float:
    """A positive number, for argparse. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(said("%r is not a positive number of seconds") % text)
    return value
