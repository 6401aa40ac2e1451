# What compose.yaml asks of redis:7-alpine, from Debian: its user's numbers, its folder.
FROM debian:bookworm-slim
RUN groupadd --gid 1000 redis && useradd --no-log-init --uid 999 --gid redis redis && install -d -o redis -g redis /data
RUN apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
WORKDIR /data
VOLUME ["/data"]
