# What compose.yaml asks of redis:7-alpine, from Debian: its user's numbers, its folder, and that it answers other
# containers without a password, as the published image is made to.
FROM debian:bookworm-slim
RUN groupadd --gid 1000 redis && useradd --no-log-init --uid 999 --gid redis redis && install -d -o redis -g redis /data
RUN apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
RUN printf '#!/bin/sh\nexec /usr/bin/redis-server "$@" --protected-mode no\n' >/usr/local/bin/redis-server \
    && chmod 755 /usr/local/bin/redis-server
WORKDIR /data
VOLUME ["/data"]
