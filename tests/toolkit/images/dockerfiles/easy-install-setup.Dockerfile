FROM python:3.10
WORKDIR /usr/src/app
COPY . .
RUN apt-get update && apt-get install -y portaudio19-dev libasound2-dev
RUN python setup.py install
RUN easy_install pyaudio
RUN pip install -e .[server]
VOLUME /usr/src/app
EXPOSE 8080/tcp
CMD [ "python", "./server.py" ]
