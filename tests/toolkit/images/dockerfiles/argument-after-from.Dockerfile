FROM python:${VERSION}-slim
ARG VERSION=3.11
ENV MODEL = base
ENV LANG=C.UTF-8
WORKDIR /app
COPY requirements.txt
RUN pip install -r requirements.txt
COPY . .
ENTRYPOINT ["python", "app.py"]
CMD ["python", "app.py"]
