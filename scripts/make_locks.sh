#!/bin/sh
# Computes the locks in constraints/ anew: the handbook's list, changed as little as resolves, and what the server needs,
# one lock for each Python, as of one day. Arguments: handbook or server, to make only those.
# modelscope stays because the handbook is about it; the sdists allowed have no wheel in any version. Builds no torch.
set -eu
cd "$(dirname "$0")/.."
doctor=${TTS_DOCTOR:-.venv/bin/tts-doctor}
day=${AS_OF:-2026-11-15}
for list in ${*:-handbook server}; do
    case $list in
    handbook) set -- --nearest --keep modelscope --allow-sdist oss2 --allow-sdist crcmod --allow-sdist aliyun-python-sdk-core
        pythons="3.8 3.9 3.10 3.11" ;;
    server) set -- --allow-sdist jieba
        pythons="3.8 3.9 3.10 3.11 3.12 3.13" ;;
    *) echo "make_locks.sh: no list $list" >&2; exit 2 ;;
    esac
    for python in $pythons; do
        "$doctor" lock "constraints/$list.txt" "$@" --python "$python" --as-of "$day" -o "constraints/$list-{python}.txt"
    done
done
