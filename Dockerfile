# The hosted demo: docker build -t gliascope . && docker run -p 5006:5006 gliascope
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS dependencies

# Dependencies in a layer of their own, exactly as tested; it is rebuilt only when they change. What no page of ours loads is left
# out: the libraries' tests and source maps, and what Panel brings along for editors, maps and other plotting libraries.
COPY requirements.lock pyproject.toml /tmp/build/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/python -c "import tomllib; print(*tomllib.load(open('/tmp/build/pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > /tmp/build/wanted.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile -q -c /tmp/build/requirements.lock -r /tmp/build/wanted.txt \
    && /opt/venv/bin/pip uninstall -q -y pip \
    && find /opt/venv -type d \( -name tests -o -name __pycache__ \) -path '*/site-packages/*' -prune -exec rm -rf {} + \
    && find /opt/venv -type f \( -name '*.map' -o -name '*.pyi' \) -delete \
    && cd /opt/venv/lib/python3*/site-packages/panel/dist/bundled \
    && rm -rf aceplot font-awesome perspective deckglplot plotlyplot abstractvtkplot bootstrap[45] reveal.js* @microsoft echarts

FROM ${BASE_IMAGE}
COPY --from=dependencies /opt/venv /opt/venv
COPY core /srv/gliascope/core
COPY app /srv/gliascope/app
WORKDIR /srv/gliascope

# The file system may be read-only: nothing is written but the cache of computed maps and of short links, in a folder that can be mounted,
# and what processes leave for one another in /dev/shm, which is writable in every container.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    TMPDIR=/dev/shm \
    HOME=/var/cache/gliascope \
    GLIASCOPE_ADDRESS=0.0.0.0 \
    GLIASCOPE_PORT=5006 \
    GLIASCOPE_CACHE=/var/cache/gliascope
# The bytecode of all that a server and its health check load, libraries included: the file system may be read-only later, and
# without it each start would compile it anew. HoloViews is loaded late, by what a start makes, so that is made once here.
RUN python3 -m compileall -q app core \
    && PYTHONDONTWRITEBYTECODE= python3 -c "import app.__main__, app.health, app.hosting.lifecycle, app.hosting.options, app.site; app.site.site(app.hosting.options.Options(cache=None))" \
    && install -d -o 10001 -g 10001 /var/cache/gliascope
USER 10001:10001
EXPOSE 5006
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-m", "app.health"]
CMD ["python3", "-m", "app", "--no-browser"]
