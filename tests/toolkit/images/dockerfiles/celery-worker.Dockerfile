FROM python:3.7-slim
ENV REDIS_PASSWORD hunter2
ENV PYTHONPATH /app
RUN apt-get -qq update && apt-get -qq -y install --no-install-recommends libpq-dev gcc && pip install psycopg2 celery[redis]==4.4.7 && apt-get -qq purge gcc
WORKDIR /app
COPY . /app
RUN pip install -r requirements.txt --no-cache
ENV C_FORCE_ROOT=1
CMD celery -A tasks worker --loglevel=info
