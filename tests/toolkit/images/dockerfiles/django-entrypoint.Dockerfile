FROM python:3.8.10-slim-buster as builder
RUN apt-get update \
    && apt-get -y install libpq-dev gcc netcat
COPY requirements.txt .
RUN pip wheel --wheel-dir=/wheels -r requirements.txt

FROM python:3.8.10-slim-buster
COPY --from=builder /wheels /wheels
COPY requirements.txt .
RUN pip install --no-index --find-links=/wheels -r requirements.txt
ENV SECRET_KEY=django-insecure-x1y2z3 DEBUG=1
COPY . /code
WORKDIR /code
RUN python manage.py collectstatic --noinput
ENTRYPOINT ["/code/entrypoint.sh"]
CMD python manage.py runserver 0.0.0.0:8000
