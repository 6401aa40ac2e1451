#!/bin/sh
# tox on every Python that is present here, wherever find_python.py finds it; none of those may then be missing.
# Arguments go to tox: `run_tox.sh -p 2`. `run_tox.sh --only probe --only server-py312` for the environments whose names
# begin so.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
[ -x "$uv" ] || uv=uv
only=
while [ "${1:-}" = --only ]; do only="$only $2"; shift 2; done
present=' '
for minor in 6 7 8 9 10 11 12 13 14; do
    found=$(python3 scripts/find_python.py --installed --uv "$uv" "3.$minor" 2>/dev/null) || continue
    present="$present$minor "
    PATH="$(dirname "$found"):$PATH"
done
export PATH TTS_DOCTOR_SKIP_MISSING=false UV_PYTHON_DOWNLOADS=never
wanted() {
    for prefix in ${only:-$1}; do
        case $1 in "$prefix"*) return 0 ;; esac
    done
    return 1
}
chosen=
for name in $("$uv" tool run --quiet --with tox-uv tox list --no-desc --quiet); do
    wanted "$name" || continue
    minor=$(printf %s "$name" | sed -n 's/.*-py3\([0-9]*\).*/\1/p')
    case "$present" in *" ${minor:-none} "*) ;; *) [ -z "$minor" ] || continue ;; esac
    chosen="$chosen${chosen:+,}$name"
done
echo "tox -e $chosen"
[ -n "$chosen" ] || exit 1
exec "$uv" tool run --quiet --with tox-uv tox run -e "$chosen" "$@"
