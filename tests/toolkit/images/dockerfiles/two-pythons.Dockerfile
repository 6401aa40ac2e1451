FROM python:3.11-slim-bookworm AS builder
COPY requirements.txt .
RUN pip install --no-cache-dir --prefix=/install -r requirements.txt
FROM python:3.12-slim-bookworm
COPY --from=builder /install /usr/local
WORKDIR /app
COPY . .
USER 1000
CMD ["python", "main.py"]
