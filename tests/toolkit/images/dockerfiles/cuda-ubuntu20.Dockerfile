FROM nvidia/cuda:11.4.0-cudnn8-runtime-ubuntu20.04
RUN apt-get update -y
RUN apt-get install -y python3-pip python3-dev build-essential git ffmpeg
ENV NVIDIA_VISIBLE_DEVICES all
ENV NVIDIA_DRIVER_CAPABILITIES compute,utility
COPY . .
RUN git clone https://github.com/NVIDIA/apex && cd apex && pip install -v --no-cache-dir ./
RUN pip install -r requirements.txt
RUN pip install torch==1.10.0+cu113 torchaudio==0.10.0+cu113 -f https://download.pytorch.org/whl/cu113/torch_stable.html
ENTRYPOINT ["python3"]
CMD ["app.py"]
