FROM library/python:3.7-alpine3.9

LABEL maintainer="W M <x@example.org>"
ENV PYTHONUNBUFFERED=1 LANG=C.UTF-8

WORKDIR /tmp

RUN set -ex \
    && apk update \
    # Adding some basic useful things for Docker, and OpenBLAS for Numpy stuff
    && apk --update add --no-cache \
        bash \
        curl \
        # libstdc++ needed for python-libsbml
        libstdc++ \
        openblas \
        tini \
    # build tools to compile Numpy stuff
    && apk add --virtual .build-deps \
        g++ \
        gcc \
        libc-dev \
    && pip install numpy scipy \
    && apk del .build-deps
ENTRYPOINT ["/sbin/tini", "--"]
CMD ["python", "-m", "server"]
