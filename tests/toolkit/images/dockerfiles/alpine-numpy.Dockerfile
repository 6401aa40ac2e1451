FROM python:3.9-alpine
ENV PYTHONDONTWRITEBYTECODE 1
ENV PYTHONUNBUFFERED 1
RUN apk update && apk add --virtual .build-deps gcc g++ musl-dev gfortran openblas-dev
RUN apk add libsndfile
WORKDIR /code
COPY requirements.txt .
RUN pip install --upgrade pip && pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD gunicorn --bind 0.0.0.0:8000 app:app
