#!/bin/sh
# Makes .venv with the toolkit (editable), the reference server and everything that tests and linters need.
# Asks for python3 alone. Safe to run again: what is there is kept.
set -eu
cd "$(dirname "$0")/.."
say() { printf '==> %s\n' "$*" >&2; }

python3=${PYTHON3:-python3}
if ! "$python3" -I -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null; then
    say "No working $python3. Next: apt-get install python3 make"
    exit 1
fi

say "uv"
uv=$("$python3" -I scripts/get_uv.py)
if ! .venv/bin/python -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    say "Python 3.10 or newer for the toolkit"
    python=$("$python3" -I scripts/find_python.py --uv "$uv" --at-least 3.10)
    # a file of this name points to another environment, and uv replaces folders alone
    [ ! -f .venv ] || rm .venv
    "$uv" venv --quiet --clear --python "$python" .venv
fi

say "The toolkit, the server and their tools into .venv"
"$uv" pip install --python .venv/bin/python --group dev -e . -e ./reference_server
say "The embedded voice, once (40 MB)"
.venv/bin/tts-server warmup >&2 || say "No embedded voice; the server speaks with espeak until 'tts-server warmup' succeeds."
.venv/bin/python -I -c 'import tts_doctor; print("==> tts-doctor", tts_doctor.__version__, "is ready in .venv")' >&2
