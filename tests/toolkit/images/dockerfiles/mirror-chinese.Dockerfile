# 语音合成服务
FROM python:3.8-slim
RUN sed -i 's/deb.debian.org/mirrors.aliyun.com/g' /etc/apt/sources.list
RUN apt-get update && apt-get install -y gcc g++ make cmake vim
RUN mkdir ~/.pip && echo "[global]\nindex-url = http://mirrors.aliyun.com/pypi/simple/" > ~/.pip/pip.conf
WORKDIR /home/tts
COPY . /home/tts
RUN pip install -r requirements.txt -i http://pypi.douban.com/simple --trusted-host pypi.douban.com
RUN cp /usr/share/zoneinfo/Asia/Shanghai /etc/localtime
RUN chmod -R 777 /home/tts
EXPOSE 8888
CMD ["sh", "-c", "nohup python app.py > log.txt 2>&1"]
