"""The satisfiable list nearest to a published one: fewest lines changed, then fewest releases away, with a proof.

Pure but for the questions that it asks of the `Resolver` port. A core is a set of lines that cannot be met together
whatever the others' versions; any solution changes a line of every core, so the cheapest set that meets all cores
bounds the answer from below, and where that very set resolves it is the optimum.
"""

from __future__ import annotations

from tts_doctor.nearest.search import Wish, search

__all__ = ["Wish", "search"]
