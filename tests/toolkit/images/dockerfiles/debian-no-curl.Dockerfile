FROM debian:bookworm
RUN apt-get update && apt-get install -y python3 python3-pip espeak-ng
RUN pip3 install piper-tts flask waitress
RUN python3 -m pip install --break-system-packages onnxruntime
RUN mkdir -p /models; cd /models; curl -LO https://example.org/voice.onnx
COPY ["server.py", "templates", "/app/"]
WORKDIR app
EXPOSE 5000/tcp
STOPSIGNAL SIGKILL
CMD ["sh", "-c", "waitress-serve --port=5000 server:app"]
