# The hosted demo: docker build -t gliascope . && docker run -p 5006:5006 gliascope
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE}

# Dependencies in a layer of their own, exactly as tested; it is rebuilt only when they change.
COPY requirements.lock pyproject.toml /tmp/build/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/python -c "import tomllib; print(*tomllib.load(open('/tmp/build/pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > /tmp/build/wanted.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile -q -c /tmp/build/requirements.lock -r /tmp/build/wanted.txt \
    && /opt/venv/bin/pip uninstall -q -y pip \
    && rm -rf /tmp/build

COPY core /srv/gliascope/core
COPY app /srv/gliascope/app
WORKDIR /srv/gliascope

# The file system may be read-only: nothing is written but the cache of computed maps, in a folder that can be mounted.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GLIASCOPE_ADDRESS=0.0.0.0 \
    GLIASCOPE_PORT=5006 \
    GLIASCOPE_CACHE=/var/cache/gliascope
RUN install -d -o 10001 -g 10001 /var/cache/gliascope
USER 10001:10001
EXPOSE 5006
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-m", "app.health"]
CMD ["python3", "-m", "app", "--no-browser"]
