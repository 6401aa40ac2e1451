FROM ubuntu:24.04
ENV DEBIAN_FRONTEND=noninteractive
RUN apt update && apt install python3 python3-pip espeak -y
RUN pip3 install phonemizer==3.2.1
COPY run.py /run.py
CMD ["python3 /run.py"]
