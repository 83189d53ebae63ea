FROM python:3.13-slim AS build

WORKDIR /src
COPY locks locks
RUN pip install --no-cache-dir --require-hashes -r locks/uv.txt
RUN uv venv /opt/dockerfix
ENV VIRTUAL_ENV=/opt/dockerfix UV_SYSTEM_CERTS=1
RUN uv pip install --no-cache --require-hashes -r locks/bot.txt

COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN uv build --no-cache --wheel --build-constraints locks/build.txt --require-hashes --out-dir dist && \
    uv pip install --no-cache --no-deps dist/dockerfix-*.whl

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
