FROM python:3.12-slim AS builder
RUN apt-get update && apt-get install -y gcc libffi-dev
COPY pyproject.toml uv.lock ./
RUN curl -LsSf https://astral.sh/uv/install.sh | sh
RUN /root/.cargo/bin/uv sync --frozen
FROM python:3.12-slim
COPY --from=builder /.venv /.venv
ENV PATH="/.venv/bin:$PATH"
ADD --chown=1000:1000 ./src /app/src
WORKDIR /app
EXPOSE 8080
HEALTHCHECK --interval=30s CMD wget -qO- http://localhost:8080/healthz || exit 1
CMD ["python", "-m", "src.main"]
