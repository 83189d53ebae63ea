FROM python:3.13-slim AS build

RUN pip install --no-cache-dir uv
RUN uv venv /opt/dockerfix
ENV VIRTUAL_ENV=/opt/dockerfix UV_SYSTEM_CERTS=1

WORKDIR /src
COPY pyproject.toml ./
RUN uv pip install --no-cache -r pyproject.toml --extra forgejo --extra github --extra gitlab
COPY README.md ./
COPY src src
RUN uv pip install --no-cache --no-deps .

FROM python:3.13-slim

RUN apt-get update && \
    apt-get install -y --no-install-recommends git && \
    rm -rf /var/lib/apt/lists/*

RUN groupadd --gid 10001 app && \
    useradd --uid 10001 --gid app --create-home --shell /usr/sbin/nologin app

COPY --from=build /opt/dockerfix /opt/dockerfix
ENV PATH=/opt/dockerfix/bin:$PATH

WORKDIR /work
USER app
ENTRYPOINT ["dockerfix"]
