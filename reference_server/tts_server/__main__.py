"""`python -m tts_server`."""

import sys

from tts_server.cli import main

sys.exit(main())
