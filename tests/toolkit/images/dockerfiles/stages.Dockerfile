# syntax=docker/dockerfile:1
ARG PY=3.12
FROM python:${PY}-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
RUN --mount=type=cache,target=/root/.cache/pip pip install --prefix=/install TTS==0.22.0
FROM python:${PY}-slim
COPY --from=build /install /usr/local
COPY --chmod=0755 start.sh /start.sh
EXPOSE 5002
HEALTHCHECK --interval=1m CMD curl -f http://localhost:5002/health || exit 1
CMD /start.sh --port $PORT
