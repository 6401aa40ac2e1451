FROM python:3.9
WORKDIR /code
COPY ./requirements.txt /code/requirements.txt
RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt
RUN useradd -m user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH
WORKDIR $HOME/app
COPY . $HOME/app
USER root
RUN apt-get update; apt-get install -y libgl1-mesa-glx libglib2.0-0; apt-get clean
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "7860"]
