FROM python:3.10-slim-bookworm
RUN apt-get update && \
    apt-get install -y --no-install-recommends libsndfile1 && \
# RUN pip install -r requirements.txt \

CMD ["python", "speak.py"]
