FROM python:3.8-slim-buster
LABEL maintainer=ml
RUN apt-get update && apt-get install -y libsndfile1 unzip && rm -rf /var/lib/apt/lists/*
ADD https://example.org/models/sambert.zip /models/
ADD http://example.org/models/vocoder.tar.gz /models/
RUN cd /models && unzip sambert.zip && tar xzf vocoder.tar.gz
COPY requirements.txt /
RUN pip3 install --no-cache-dir -r /requirements.txt \
 && python -c "import nltk; nltk.download('punkt')"
COPY src/ /src
WORKDIR /src
CMD ["python", "-u", "main.py"]
