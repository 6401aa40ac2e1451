# What a careful person writes: two stages, uv, the lock with its hashes, a user without rights, a health check.
ARG BASE_IMAGE=python:3.10-slim-bookworm
FROM ${BASE_IMAGE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv==0.13.9 && uv venv /app/.venv
WORKDIR /app
COPY constraints/server-3.10.txt requirements.lock
RUN uv pip install --no-cache --require-hashes -r requirements.lock
COPY reference_server reference_server
RUN uv pip install --no-cache --no-deps ./reference_server && .venv/bin/tts-server warmup --in-environment

FROM ${BASE_IMAGE}
RUN useradd --no-log-init --uid 10001 --create-home app
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
USER app
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["tts-server", "serve", "--host", "0.0.0.0", "--port", "8000"]
