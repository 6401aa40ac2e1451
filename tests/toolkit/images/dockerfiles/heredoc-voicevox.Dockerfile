# syntax=docker/dockerfile:1.3-labs
ARG BASE_IMAGE=python:3.8.12-bullseye
FROM ${BASE_IMAGE} AS download-core-env
WORKDIR /work
ARG CORE_VERSION=0.11.1
RUN <<EOF
    wget -nv -O ./core.zip "https://github.com/VOICEVOX/voicevox_core/releases/download/${CORE_VERSION}/core.zip"
    unzip ./core.zip
    mv ./core /opt/voicevox_core
    rm ./core.zip
EOF

FROM ${BASE_IMAGE}
COPY --from=download-core-env /opt/voicevox_core /opt/voicevox_core
RUN <<EOF
    apt-get update
    apt-get install -y cmake libsndfile1
    apt-get clean
    rm -rf /var/lib/apt/lists/*
EOF
WORKDIR /opt/engine
ADD requirements.txt /tmp/
RUN pip install -r /tmp/requirements.txt
ADD run.py /opt/engine/
CMD ["python3", "./run.py", "--host", "0.0.0.0"]
