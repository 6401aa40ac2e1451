#!/bin/bash
# make_base_images.sh VERSION...   e.g. make_base_images.sh 3.10.13 3.12.1; what is there already is left as it is
# Makes debian:bookworm-slim and python:3.X-slim-bookworm (also named python:3.X-slim) on a machine that reaches no registry: a Debian root by mmdebstrap
# from the machine's own package sources, and on it CPython as pyenv built it. The machine's certificates and the settings
# of pip and uv go into the base, so that the files under test need no line about them.
# Needs root, a running engine (DOCKER_HOST), mmdebstrap, strip and pyenv's Pythons.
set -euo pipefail
pythons=${PYENV_ROOT:-$HOME/.pyenv}/versions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOCKER_BUILDKIT=0

make_root() {
    # What the official image has: CPython's libraries, and the package lists' sources; no manuals, no translations.
    local packages=usr-is-merged,ca-certificates,netbase,tzdata,libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,zlib1g
    packages+=,libreadline8,libncursesw6,libuuid1,libnsl2,libtirpc3,libexpat1
    mmdebstrap --quiet --variant=apt --mode=root --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$packages" \
        --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-include=/usr/share/locale/locale.alias' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/info/*' bookworm "$work/root.tar" - </etc/apt/sources.list.d/debian.sources
    docker import -c 'CMD ["bash"]' "$work/root.tar" local/bookworm >/dev/null
    rm "$work/root.tar"
}

add_settings() {
    mkdir -p "$work/base/ca" "$work/base/apt"
    cp /usr/local/share/ca-certificates/*.crt "$work/base/ca/" 2>/dev/null || true
    cp /etc/apt/sources.list.d/debian.sources "$work/base/apt/"
    { grep -l '^Acquire::' /etc/apt/apt.conf.d/99* 2>/dev/null || true; } | xargs -r -I{} cp {} "$work/base/apt/"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$work/base/pip.conf"
    pip config get global.index-url 2>/dev/null | sed 's/^/index-url = /' >>"$work/base/pip.conf" || true
    printf 'system-certs = true\n' >"$work/base/uv.toml"
    # The official image keeps nothing that apt has fetched, nor its caches.
    cat >"$work/base/docker-clean" <<'END'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
    cat >"$work/base/Dockerfile" <<'END'
FROM local/bookworm
COPY ca/ /usr/local/share/ca-certificates/
COPY apt/ /tmp/apt/
COPY docker-clean /etc/apt/apt.conf.d/
COPY pip.conf /etc/pip.conf
COPY uv.toml /etc/uv/uv.toml
RUN rm -f /etc/apt/sources.list /etc/apt/sources.list.d/* \
 && mv /tmp/apt/debian.sources /etc/apt/sources.list.d/ \
 && { mv /tmp/apt/99* /etc/apt/apt.conf.d/ 2>/dev/null || true; } \
 && update-ca-certificates >/dev/null 2>&1 \
 && rm -rf /tmp/apt /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/cache/ldconfig/aux-cache
END
    docker build -q -t local/bookworm-set "$work/base" >/dev/null
    # One layer, as the official image has it.
    local container
    container=$(docker create local/bookworm-set)
    docker export "$container" | docker import -c 'CMD ["bash"]' - debian:bookworm-slim >/dev/null
    docker rm "$container" >/dev/null
    docker rmi local/bookworm-set local/bookworm >/dev/null
}

add_python() {
    local version=$1 minor=${1%.*} from=$pythons/$1 to=$work/python
    rm -rf "$to" && mkdir -p "$to/tree"
    (
        cd "$from" && shopt -s nullglob
        tar -cf - --exclude='lib/python*/test' --exclude='lib/python*/*/test' --exclude='lib/python*/*/tests' \
            --exclude='*.a' --exclude=__pycache__ --exclude='lib/python*/site-packages/*' --exclude='bin/pip*' \
            bin/python{,3,"$minor"} bin/python3-config "bin/python$minor-config" include lib
    ) | tar -C "$to/tree" -xf -
    { find "$to/tree/bin" -type f -exec grep -lI "$from" {} + || true; } | xargs -r sed -i "s#$from#/usr/local#g"
    sed -i "s#$from#/usr/local#g" "$to/tree/lib/python$minor"/_sysconfigdata*.py "$to/tree"/lib/pkgconfig/*.pc
    find "$to/tree" -name '*.so*' -type f -exec strip --strip-unneeded {} +
    strip "$to/tree/bin/python$minor" || true
    cat >"$to/Dockerfile" <<END
FROM debian:bookworm-slim AS build
COPY tree/ /usr/local/
# The builds are shared and look for their library where they were built: the loader's cache has to know the new place.
RUN ldconfig && ln -sf python3 /usr/local/bin/python && python3 -m ensurepip --altinstall >/dev/null \\
 && ln -sf pip$minor /usr/local/bin/pip3 && ln -sf pip$minor /usr/local/bin/pip \\
 && find /usr/local -depth -name __pycache__ -exec rm -rf {} + \\
 && python3 -c 'import ssl, sqlite3, bz2, lzma, readline, ctypes, zlib, curses, uuid'
FROM debian:bookworm-slim
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 PYTHON_VERSION=$version
COPY --from=build /usr/local/ /usr/local/
RUN ldconfig
CMD ["python3"]
END
    docker build -q --target build -t local/python-build "$to" >/dev/null
    docker build -q -t "python:$minor-slim-bookworm" "$to" >/dev/null
    docker tag "python:$minor-slim-bookworm" "python:$minor-slim"
    docker rmi local/python-build >/dev/null
    rm -rf "$to"
    echo "python:$minor-slim-bookworm $(docker image inspect -f '{{.Size}}' "python:$minor-slim-bookworm")"
}

have() { docker image inspect "$1" >/dev/null 2>&1; }

have debian:bookworm-slim || { make_root && add_settings; }
for version in "$@"; do
    have "python:${version%.*}-slim-bookworm" || add_python "$version"
done
