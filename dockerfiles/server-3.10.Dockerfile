# Written by `tts-doctor dockerfile --lock constraints/server-3.10.txt --project reference_server --prepare 'tts-server warmup --in-environment' -o dockerfiles/server-3.10.Dockerfile -- tts-server serve --host 0.0.0.0 --port 8000`; run that again in place of editing.

ARG BASE_IMAGE=python:3.10-slim-bookworm

FROM ${BASE_IMAGE} AS build
# a fixed hash seed makes the compiled bytecode the same in every build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONHASHSEED=0 \
    UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv==0.13.9 \
    && python -m venv --without-pip /opt/venv
COPY constraints/server-3.10.txt /tmp/requirements.lock
# only what the lock names, with its hashes; wheels, but for jieba, published as source
RUN uv pip install --python /opt/venv/bin/python --no-cache --require-hashes --only-binary=:all: --no-binary=jieba -r /tmp/requirements.lock
COPY reference_server /src
# the tests of these distributions are not needed to run them
# jieba/lac_small: a model of paddlepaddle, which is not installed
# onnx/backend/test: data of tests
# what was installed is told as it is: a file that RECORD names and nobody finds is a damage
# bytecode now, since nobody can write it at run time: the start takes half as long
# not of jieba/posseg, mpmath, pip, sympy: nothing here imports it
# status 1: a file for another Python among them, which nothing here imports
RUN uv pip install --python /opt/venv/bin/python --no-cache --no-deps /src \
    && find /opt/venv/lib/python3.10/site-packages/numpy /opt/venv/lib/python3.10/site-packages/sympy /opt/venv/lib/python3.10/site-packages/mpmath -depth -type d -name tests -exec rm -rf {} + \
    && rm -rf /opt/venv/lib/python3.10/site-packages/jieba/lac_small /opt/venv/lib/python3.10/site-packages/onnx/backend/test \
    && sed -i -E '\#^(jieba/lac_small|onnx/backend/test)/#d' /opt/venv/lib/python3.10/site-packages/*.dist-info/RECORD \
    && { python -m compileall -qq -j 0 --invalidation-mode unchecked-hash -x '/site-packages/(jieba/posseg|mpmath|pip|sympy)/' /opt/venv/lib || test $? -eq 1; }
# once, now: what this leaves in the environment's folder comes along, and no start has to fetch it
RUN PYTHONDONTWRITEBYTECODE=1 HOME=/tmp /opt/venv/bin/tts-server warmup --in-environment

FROM ${BASE_IMAGE}
ARG BASE_IMAGE
LABEL org.opencontainers.image.base.name=${BASE_IMAGE} \
    org.opencontainers.image.title="reference_server" \
    tts-doctor.profile="server"
# the base leaves Python's own library uncompiled, which would be half of every start
RUN { PYTHONHASHSEED=0 python -m compileall -qq -j 0 --invalidation-mode unchecked-hash -x '/(site-packages|dist-packages|test|tests|idlelib|lib2to3|tkinter|turtledemo|ensurepip|pydoc_data|distutils|__phello__)/' "$(python -c "import sysconfig; print(sysconfig.get_path('stdlib'))")" || test $? -eq 1; }
# a fixed user without rights; /var/cache/app and /tmp are all that it writes to
RUN groupadd --gid 10001 app \
    && useradd --no-log-init --uid 10001 --gid app --no-create-home --home-dir /var/cache/app -s /usr/sbin/nologin app \
    && install -d -o app -g app /var/cache/app \
    && rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /var/log/lastlog /var/log/faillog
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/var/cache/app \
    XDG_CACHE_HOME=/var/cache/app
WORKDIR /app
USER 10001:10001
# with these the root may be read-only: docker run --read-only
VOLUME ["/tmp", "/var/cache/app"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "-S", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["tts-server", "serve", "--host", "0.0.0.0", "--port", "8000"]
