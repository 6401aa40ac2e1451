FROM python:3.10-slim-bookworm

ENV PIP_NO_CACHE_DIR=off

RUN pip install \
      numpy>=1.21 \
      scipy \
      # audio
      librosa==0.9.2 \
      soundfile \
      "flask<3" \
      gunicorn

RUN python -m pip install --only-binary=all pandas==1.5.3
WORKDIR /app
COPY . .
RUN python patch_scipy.py
CMD gunicorn -w 4 -k gevent -t 30 -b :8000 'app:create_app()'
