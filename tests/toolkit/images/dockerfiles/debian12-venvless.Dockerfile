FROM debian:12
RUN apt-get update && apt-get install -y python3 python3-pip python3-numpy ffmpeg git curl
RUN rm /usr/lib/python3.11/EXTERNALLY-MANAGED
RUN pip install fastapi uvicorn[standard] edge-tts
RUN curl -fsSL https://deb.nodesource.com/setup_18.x | bash - && apt-get install -y nodejs
WORKDIR /app
COPY . .
CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]
