FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What seldom changes first, so that a change in the code does not fetch the packages anew.
COPY requirements.lock requirements-setup.lock ./
RUN python -m venv --without-pip /opt/dialogforum \
    && pip --python /opt/dialogforum/bin/python install --no-deps --require-hashes --only-binary :all: -r requirements.lock \
    && pip install --no-deps --require-hashes --only-binary :all: -r requirements-setup.lock
COPY pyproject.toml build_assets.py package.json package-lock.json alembic.ini README.md LICENSE ./
COPY app app
COPY templates templates
COPY migrations migrations
RUN DIALOGFORUM_ASSETS=required pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/dialogforum/bin/python install --no-deps --no-index /wheels/*.whl


FROM python:3.11-slim-bookworm
# LibreOffice makes exact pictures of PPTX and ODP, Tesseract reads words off pages that are only pictures; the
# fonts are those that slides ask for.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libreoffice-impress-nogui tesseract-ocr tesseract-ocr-dan tesseract-ocr-eng \
       fonts-dejavu-core fonts-crosextra-carlito fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /var/lib/dialogforum --shell /usr/sbin/nologin dialogforum
COPY --from=build /opt/dialogforum /opt/dialogforum
ENV PATH=/opt/dialogforum/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DIALOGFORUM_DATA=/var/lib/dialogforum \
    DIALOGFORUM_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/dialogforum
VOLUME /var/lib/dialogforum
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('DIALOGFORUM_PORT', '8000') + '/healthz', timeout=4)"]
CMD ["dialogforum", "serve"]
