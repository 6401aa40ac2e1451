#!/bin/bash
# test_images.sh [--if-possible] MINOR...   e.g. test_images.sh 3.12
# Builds, runs, checks and removes images for these Pythons, with the engine that answers, or with one of its own that is
# gone afterwards (Debian's docker.io; installed where that is missing and root may). Base images are made where they are
# missing. With --if-possible a machine that can have no engine is told and is no failure; without it, 3.12 also starts the
# stack of deploy/compose, where there is a client of compose.
set -euo pipefail
cd "$(dirname "$0")/.."
cannot=1
if [ "${1:-}" = --if-possible ]; then
    cannot=0
    shift
fi
leave() {
    echo "No images are tested here: $1" >&2
    exit "$cannot"
}

folder=$(mktemp -d)
stop() {
    if [ -f "$folder/pid" ]; then
        kill "$(cat "$folder/pid")"
        while kill -0 "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null; do sleep 0.5; done
    fi
    rm -rf "$folder"
}
trap stop EXIT

install() {
    [ "$(id -u)" = 0 ] || leave "$1 is missing, and only root can install it"
    command -v apt-get >/dev/null || leave "$1 is missing, and there is no apt-get"
    echo "Installing $2" >&2
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $2; } \
        >"$folder/apt.log" 2>&1 || leave "$1 could not be installed: $(tail -n 1 "$folder/apt.log")"
}

if ! docker info >/dev/null 2>&1; then
    command -v dockerd >/dev/null || install dockerd "docker.io iptables"
    DOCKER_HOST=$(sh scripts/start_docker.sh "$folder") || leave "no engine starts"
    export DOCKER_HOST
fi

for minor in "$@"; do
    if ! docker image inspect "python:$minor-slim-bookworm" >/dev/null 2>&1; then
        command -v mmdebstrap >/dev/null || install mmdebstrap "mmdebstrap binutils"
        python=$(find "${PYENV_ROOT:-$HOME/.pyenv}/versions" -maxdepth 1 -name "$minor.*" 2>/dev/null | sort -V | tail -n 1)
        [ -n "$python" ] || leave "there is neither a base image for Python $minor nor a pyenv Python to make one of"
        bash scripts/make_base_images.sh "$(basename "$python")" 2>/dev/null
    fi
    echo "== Python $minor"
    TTS_DOCTOR_IMAGE_PYTHON=$minor .venv/bin/python -m pytest -rs tests/toolkit/images/test_image_build.py \
        tests/toolkit/images/test_image_check.py
    if [ "$minor" = 3.12 ] && [ "$cannot" = 1 ]; then
        .venv/bin/python -m pytest -rs tests/deploy/test_stack.py
    fi
done
