FROM python:3.7-buster
MAINTAINER speech team <speech@example.org>
RUN apt-get update
RUN apt-get upgrade -y
RUN apt-get install -y build-essential libsndfile1-dev espeak wget
WORKDIR app
ADD . .
RUN pip install -U pip setuptools wheel
RUN pip install -r requirements.txt
EXPOSE 5002
CMD ["python", "server.py"]
