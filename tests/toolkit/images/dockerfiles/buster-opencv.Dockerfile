FROM python:3.9-slim-buster
RUN apt-get update
RUN apt-get install -y libsm6 libxext6
COPY requirements.txt requirements.txt
RUN pip3 install -r requirements.txt opencv-python==4.8.0.76
COPY . .
EXPOSE 5000
CMD [ "python3", "-m", "flask", "run" ]
