#!/bin/sh
# tox on every Python that is present here, wherever find_python.py finds it; none of those may then be missing.
# Arguments go to tox: `run_tox.sh -p 2`, `run_tox.sh --only server` for the environments whose names begin so.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
[ -x "$uv" ] || uv=uv
only=
if [ "${1:-}" = --only ]; then only=$2; shift 2; fi
present=' '
for minor in 6 7 8 9 10 11 12 13 14; do
    found=$(python3 scripts/find_python.py --installed "3.$minor" 2>/dev/null) || continue
    present="$present$minor "
    PATH="$(dirname "$found"):$PATH"
done
export PATH TTS_DOCTOR_SKIP_MISSING=false UV_PYTHON_DOWNLOADS=never
chosen=
for name in $("$uv" tool run --quiet --with tox-uv tox list --no-desc --quiet); do
    case $name in "$only"*) ;; *) continue ;; esac
    minor=$(printf %s "$name" | sed -n 's/.*-py3\([0-9]*\).*/\1/p')
    case "$present" in *" ${minor:-none} "*) ;; *) [ -z "$minor" ] || continue ;; esac
    chosen="$chosen${chosen:+,}$name"
done
echo "tox -e $chosen"
exec "$uv" tool run --quiet --with tox-uv tox run -e "$chosen" "$@"
