"""Write playbooks/schema.json and playbooks/compiled.json from the playbooks: run it after changing one."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "toolkit"))

from tts_doctor.effects.playbooks import write_generated

for path in write_generated():
    print(f"wrote {path.name}")
