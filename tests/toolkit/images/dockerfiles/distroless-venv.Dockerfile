FROM python:3.12-slim-bookworm AS build
COPY . /app
WORKDIR /app
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt
FROM gcr.io/distroless/python3-debian12
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENTRYPOINT ["/venv/bin/python", "main.py"]
