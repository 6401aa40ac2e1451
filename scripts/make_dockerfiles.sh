#!/bin/sh
# Writes dockerfiles/ anew: one for the reference server on each Python that it is locked for. Asks the index what its
# wheels need. Build them from the checkout: docker build -f dockerfiles/server-3.12.Dockerfile .
set -eu
cd "$(dirname "$0")/.."
doctor=${TTS_DOCTOR:-.venv/bin/tts-doctor}
for python in ${*:-3.8 3.9 3.10 3.11 3.12 3.13}; do
    "$doctor" dockerfile --lock "constraints/server-$python.txt" --project reference_server \
        --prepare 'tts-server warmup --in-environment' -o "dockerfiles/server-$python.Dockerfile" -- tts-server serve --host 0.0.0.0 --port 8000
done
