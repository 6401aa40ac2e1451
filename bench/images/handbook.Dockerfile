# The handbook's Dockerfile, word for word where it decides something, for the service that is measured here.
ARG BASE_IMAGE=python:3.10-slim-bookworm
FROM ${BASE_IMAGE}

WORKDIR /app

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_DISABLE_JIT=1

RUN apt-get update && apt-get install -y \
    build-essential \
    libsndfile1 \
    ffmpeg \
    wget \
    && rm -rf /var/lib/apt/lists/*

COPY . .

RUN pip install --upgrade pip && pip install --only-binary=all -r requirements.txt && tts-server warmup --in-environment

EXPOSE 5000
CMD ["gunicorn", "-w", "4", "-k", "gevent", "-b", "0.0.0.0:5000", "server:app"]
