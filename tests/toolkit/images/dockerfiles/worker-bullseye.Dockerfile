FROM debian:bullseye-slim
RUN echo "deb http://deb.debian.org/debian bullseye-backports main" >> /etc/apt/sources.list && apt-get update && \
    apt-get install -y --no-install-recommends python3 python3-pip python3-setuptools libssl1.1 git
RUN pip3 install 'celery[redis]' "SQLAlchemy<1.4" psycopg2-binary \
    && rm -rf /root/.cache
COPY --chown=nobody:nogroup . /opt/worker
WORKDIR /opt/worker
USER nobody
ENTRYPOINT exec celery -A worker worker
