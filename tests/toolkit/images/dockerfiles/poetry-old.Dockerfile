FROM python:3.12-slim-bookworm
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN pip install --no-cache-dir poetry==1.1.13 && poetry install --no-dev
COPY serve.sh ./
USER 1000
ENTRYPOINT ["/app/serve.sh"]
CMD ["--port", "$PORT"]
