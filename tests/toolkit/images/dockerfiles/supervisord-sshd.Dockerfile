FROM ubuntu:18.04
RUN apt-get update && apt-get install -y \
    python3.7 python3-pip openssh-server supervisor nginx sudo
RUN echo 'root:toor' | chpasswd
RUN ln -s /usr/bin/python3.7 /usr/bin/python
RUN python -m pip install --upgrade pip
RUN sudo pip3 install uwsgi flask torch
COPY supervisord.conf /etc/supervisor/conf.d/supervisord.conf
COPY app /var/www/app
EXPOSE 22 80
CMD service nginx start && /usr/bin/supervisord -n
