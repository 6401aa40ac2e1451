FROM python:3.6-onbuild
RUN pip install uwsgi==2.0.18
EXPOSE 3031
CMD ["uwsgi", "--socket", "0.0.0.0:3031", "--wsgi-file", "app.py"]
