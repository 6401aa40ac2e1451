FROM python:3.10-slim
ARG PYPI_TOKEN
ARG GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
ENV AWS_SECRET_ACCESS_KEY=EXAMPLEKEY
WORKDIR /app
COPY requirements.txt .
RUN pip install --extra-index-url https://deploy:s3cr3t@pypi.corp.example.com/simple -r requirements.txt
RUN pip install git+https://${GITHUB_TOKEN}@github.com/corp/voices.git
COPY .env /app/.env
COPY . .
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "80"]
