"""Write knowledge/data/compiled.json from the tables beside it: run it after changing one."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "toolkit"))

from tts_doctor.knowledge.load_data import COMPILED, compile_data

COMPILED.write_text(compile_data(), encoding="utf-8")
print(f"wrote {COMPILED.name}")
