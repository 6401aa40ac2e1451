# escape=\
FROM python:3.12.7-slim-bookworm
LABEL org.opencontainers.image.title="ok"
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
FUTURE an instruction that nobody knows   
RUN apt-get update \
    # the library
    && apt-get install -y --no-install-recommends libsndfile1=1.2.* \

    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/app
COPY --link requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements.lock
COPY app ./app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-m", "app.check"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
