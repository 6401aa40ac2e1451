FROM continuumio/miniconda3
WORKDIR /app
COPY environment.yml .
RUN conda env create -f environment.yml
RUN conda activate tts
COPY . .
RUN pip install gunicorn flask==1.1.1
EXPOSE 5000
CMD gunicorn -b 0.0.0.0:5000 app:app
