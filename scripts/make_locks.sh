#!/bin/sh
# Computes constraints/handbook-3.*.txt anew: the handbook's list, changed as little as resolves, one lock for each Python.
# modelscope stays because the handbook is about it; the three sdists have no wheel in any version. Builds no torch.
set -eu
cd "$(dirname "$0")/.."
doctor=${TTS_DOCTOR:-.venv/bin/tts-doctor}
for python in 3.8 3.9 3.10 3.11; do
    "$doctor" lock constraints/handbook.txt --nearest --keep modelscope --python "$python" --as-of 2026-11-15 \
        --allow-sdist oss2 --allow-sdist crcmod --allow-sdist aliyun-python-sdk-core -o 'constraints/handbook-{python}.txt'
done
