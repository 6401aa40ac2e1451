FROM python:3.10-slim-bookworm
MAINTAINER Somebody <somebody@example.com>
WORKDIR /app
COPY main.py .
RUN cd /app
RUN export MODE=fast
RUN pip install --no-cache-dir uvicorn==0.30.0
EXPOSE 8080
ENTRYPOINT ['uvicorn', 'main:app', '--port', '9090']
