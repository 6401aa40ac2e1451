"""Needs in, repairs out: which versions of the provider, or of the consumer, settle a broken contract.

Pure but for the questions that it asks of the `Index` port; every repair names a specifier, no download is made.
"""

from __future__ import annotations

from tts_doctor.propose.fallbacks import fallbacks, older_series
from tts_doctor.propose.settle import settle

__all__ = ["fallbacks", "older_series", "settle"]
