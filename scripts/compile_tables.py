"""Write the compiled forms of the tables in knowledge/data beside them: run it after changing one."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "toolkit"))

from tts_doctor.knowledge.load_data import COMPILED, COMPILED_MESSAGES, compile_data, files_of

COMPILED.write_text(compile_data(), encoding="utf-8")
COMPILED_MESSAGES.write_text(compile_data(files_of("messages")), encoding="utf-8")
print(f"wrote {COMPILED.name} and {COMPILED_MESSAGES.name}")
