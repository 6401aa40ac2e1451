FROM python:3.6-stretch
RUN apt-get update && apt-get install -y libav-tools libopenblas-dev liblapack-dev
RUN pip install numpy==1.16.4
RUN pip install scipy==1.2.1 librosa==0.6.3 numba==0.43
RUN pip install tensorflow==1.14.0
RUN pip install flask
COPY . /tacotron
WORKDIR /tacotron
EXPOSE 9000
ENTRYPOINT python demo_server.py --checkpoint /models/model.ckpt
