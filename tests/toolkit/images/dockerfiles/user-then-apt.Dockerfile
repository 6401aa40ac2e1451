FROM python:3.12-slim-bookworm
RUN useradd -m appuser
USER appuser
WORKDIR /home/appuser
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
COPY ../common /home/appuser/common
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
CMD ["python", "main.py"]
