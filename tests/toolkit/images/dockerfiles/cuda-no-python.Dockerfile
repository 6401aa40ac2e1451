FROM nvidia/cuda:12.1.1-cudnn8-devel-ubuntu20.04
WORKDIR /srv/voice
RUN apt-get update && \
    apt install -y python3-pip
COPY . .
RUN pip3 install -r requirements.txt -v
RUN pip3 install torch torchaudio --index-url https://download.pytorch.org/whl/cu121
RUN wget https://example.org/espeak-ng-1.51.tar.gz && tar -xzf espeak-ng-1.51.tar.gz && cd espeak-ng-1.51 && ./configure && make && make install && cd .. && rm -rf espeak-ng-1.51*
ENV PHONEMIZER_ESPEAK_LIBRARY="/usr/local/lib/libespeak-ng.so"
CMD ["python", "app.py"]
