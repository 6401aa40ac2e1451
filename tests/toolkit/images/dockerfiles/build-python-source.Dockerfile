FROM centos:7
RUN yum install -y gcc make wget openssl-devel bzip2-devel libffi-devel
RUN cd /opt && wget https://www.python.org/ftp/python/3.8.12/Python-3.8.12.tgz && tar xzf Python-3.8.12.tgz && cd Python-3.8.12 && ./configure && make altinstall
RUN python3.8 -m pip install -r https://example.org/team/requirements.txt
COPY app /app
WORKDIR /app
CMD ["python3.8", "app.py"]
