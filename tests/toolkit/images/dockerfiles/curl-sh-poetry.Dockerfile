FROM python:latest
RUN curl -sSL https://install.python-poetry.org | POETRY_HOME=/opt/poetry python3 - && \
    cd /usr/local/bin && \
    ln -s /opt/poetry/bin/poetry && \
    poetry config virtualenvs.create false
WORKDIR /app
COPY ./ /app
RUN poetry install --no-root --no-dev
CMD uvicorn app.main:app --host 0.0.0.0 --port ${PORT:-8080} --reload
