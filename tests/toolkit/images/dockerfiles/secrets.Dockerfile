FROM python:3.11-slim-bookworm
ARG GITHUB_TOKEN=ghp_0123456789
ENV OPENAI_API_KEY="sk-test" MODEL=small TOKENIZERS_PARALLELISM=false
WORKDIR /srv
COPY .env requirements.txt ./
COPY id_rsa /root/.ssh/id_rsa
RUN pip install --no-cache-dir --index-url https://bob:hunter2@pypi.example.com/simple -r requirements.txt
COPY src ./src
CMD ["python", "-u", "src/main.py"]
