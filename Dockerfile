# The bar in a container: the web server and, with REDIS_URL, Celery's workers and beat (docs/how-to/deploy.md).
FROM python:3.11-slim-bookworm AS packages
WORKDIR /packages
COPY requirements.txt .
# The list is complete and pinned by hashes: nothing is resolved, and nothing else gets in.
RUN python -m venv /opt/venv && \
    /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
# Names in scripts that a ticket printer has no letters for are drawn with these (docs/how-to/extensions.md).
RUN apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends fonts-dejavu-core fonts-droid-fallback fonts-noto-core libfribidi0 && \
    rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin coffee && install -d -o coffee -g coffee -m 700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /bar
COPY . .
RUN /opt/venv/bin/python -m compileall -q .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
# By number: Kubernetes' runAsNonRoot cannot tell whether a name is root's.
USER 10001
VOLUME /data
EXPOSE 8000
# "ready" asks database, broker and sweep too; a container is not to be blamed for those.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve"]
