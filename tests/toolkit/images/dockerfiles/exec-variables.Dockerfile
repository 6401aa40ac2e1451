FROM python:3.11-slim-bookworm
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER 1000
EXPOSE 8000:8000
CMD ["gunicorn", "main:app", "-b", "0.0.0.0:$PORT", "--workers=$(nproc)"]
