FROM ubuntu:22.04
ENV TZ=Asia/Shanghai
RUN ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone
RUN apt-get update
RUN apt-get install -y python3.10 python3-pip
RUN apt-get install -y ffmpeg libsndfile1-dev
RUN pip3 config set global.index-url http://mirrors.aliyun.com/pypi/simple/
RUN pip3 config set install.trusted-host mirrors.aliyun.com
ADD ./ /data/tts
WORKDIR /data/tts
RUN pip3 install torch==1.13.1+cpu torchaudio==0.13.1+cpu -f https://download.pytorch.org/whl/torch_stable.html
RUN pip3 install "modelscope[audio]" -f https://modelscope.oss-cn-beijing.aliyuncs.com/releases/repo.html
RUN export LC_ALL=C.UTF-8
CMD gunicorn server:app -b 0.0.0.0:8080 -w 4 --log-level=debug > /data/log.txt
