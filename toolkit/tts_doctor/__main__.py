"""`python -I -m tts_doctor`."""

from __future__ import annotations

import gc
import sys

from tts_doctor.cli.main import main

if __name__ == "__main__":
    code = main()
    gc.freeze()  # else the interpreter looks for cycles in all that was read before it goes: a tenth of a diagnosis
    sys.exit(code)
