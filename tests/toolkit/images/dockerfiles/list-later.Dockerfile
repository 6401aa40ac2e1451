FROM python:3.12-slim-bookworm
WORKDIR /app
RUN pip install --no-cache-dir -r requirements.txt
COPY requirements.txt ./
COPY . .
USER 1000
CMD ["python", "main.py"]
