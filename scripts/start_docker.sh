#!/bin/sh
# Starts a container engine of its own in FOLDER (Debian's docker.io, root), for machines that run none; prints the address
# for DOCKER_HOST; one that runs there already is left alone. Stop it with: kill "$(cat FOLDER/pid)"
set -eu
folder=${1:?usage: start_docker.sh FOLDER}
command -v dockerd >/dev/null || { echo "start_docker.sh: no engine here; apt-get install docker.io iptables" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "start_docker.sh: an engine needs root" >&2; exit 2; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
if DOCKER_HOST="unix://$folder/sock" docker info >/dev/null 2>&1; then
    echo "unix://$folder/sock"
    exit 0
fi
nohup dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H "unix://$folder/sock" \
    >"$folder/log" 2>&1 </dev/null &
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if DOCKER_HOST="unix://$folder/sock" docker info >/dev/null 2>&1; then
        echo "unix://$folder/sock"
        exit 0
    fi
    sleep 1
done
echo "start_docker.sh: the engine does not answer; see $folder/log" >&2
exit 1
