FROM python:3.10
ENV DEBIAN_FRONTEND noninteractive
ADD https://github.com/krallin/tini/releases/download/v0.19.0/tini /tini
RUN chmod +x /tini
RUN apt-get update
RUN apt-get install -y libsndfile1 ffmpeg sox
RUN useradd -m runner
COPY --chown=runner . /home/runner/app
USER runner
WORKDIR /home/runner/app
RUN pip install --user -r requirements.txt
ENV FLASK_APP=main.py FLASK_ENV=development FLASK_DEBUG=1
EXPOSE 5000
ENTRYPOINT ["/tini", "--"]
CMD flask run --host 0.0.0.0 --port 5000
