FROM debian:buster
RUN apt-get update && apt-get install -y curl sudo \
 && curl -fsSL https://example.com/install.sh | sh
RUN mkdir -p /data && chmod -R 777 /data
ADD https://example.com/model.bin /data/model.bin
ADD weights.tar.gz /data/
RUN sudo pip3 install pydub
EXPOSE 80
HEALTHCHECK CMD curl -f http://localhost:80/ || exit 1
CMD ["python3", "/data/serve.py"]
