"""What the system gives to root alone: a suggestion that names the line, never a safe repair."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired, repaired

RAW = "user-raw-socket"  # uvicorn serves main:app, whose main.py each test replaces
HOME = "user-downloads-in-root-home"
VOLUME = "user-volume-of-docker-run"

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
HEAD = (
    "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
)
SERVE = 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n'


def assert_suggested(found: Repaired, *texts: str) -> None:
    assert "DF501" not in found.applied
    assert found.offered("DF501") == "suggestion", found.because("DF501")
    for text in texts:
        assert text in found.because("DF501")


def assert_safe(found: Repaired) -> None:
    assert "DF501" in found.applied, found.because("DF501")


def served(tmp_path: Path, code: str, **files: str) -> Repaired:
    """The app with other code in front of it."""
    return repaired("user-raw-socket", tmp_path, {"main.py": code + APP, **files})


def run(tmp_path: Path, code: str, command: str = 'CMD ["python", "main.py"]\n') -> Repaired:
    """A script that the image runs."""
    return repaired("user-raw-socket", tmp_path, {"main.py": code, "Dockerfile": HEAD + command})


# Raw sockets


def test_raw_socket_of_a_library(tmp_path: Path) -> None:
    assert_suggested(repaired("user-raw-socket", tmp_path), "main.py:1 imports icmplib for raw sockets")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\n", "main.py:2 opens a raw socket"),
        ("from socket import AF_PACKET, SOCK_RAW, socket\ns = socket(AF_PACKET, SOCK_RAW)\n", "main.py:2 opens a raw"),
        ("from scapy.all import sniff\nsniff(count=1)\n", "main.py:1 imports scapy"),
        ("import ping3\n", "main.py:1 imports ping3"),
        ("try:\n    import pcapy\nexcept ImportError:\n    pcapy = None\n", "main.py:2 imports pcapy"),
        ("import os\nos.setuid(1000)\n", "main.py:2 changes its user"),
    ],
)
def test_raw_socket_other_ways(tmp_path: Path, code: str, said: str) -> None:
    assert_suggested(served(tmp_path, code), said)


def test_raw_socket_of_a_module_that_is_imported(tmp_path: Path) -> None:
    tools = {"tools.py": "import icmplib\n\n\ndef up(host):\n    return icmplib.ping(host).is_alive\n"}
    assert_suggested(served(tmp_path, "import tools\n", **tools), "tools.py:1 imports icmplib")


@pytest.mark.parametrize(
    "code",
    [
        "import icmplib\nicmplib.ping('1.1.1.1', privileged=False)\n",  # an ICMP datagram socket, for everybody
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 5353))\n",
    ],
)
def test_socket_for_everybody_is_no_reason(tmp_path: Path, code: str) -> None:
    assert "raw" not in served(tmp_path, code).because("DF501")
    assert "listens" not in served(tmp_path / "again", code).because("DF501")


def test_module_of_the_project_is_no_library(tmp_path: Path) -> None:
    assert_safe(served(tmp_path, "import serial\n", **{"serial.py": "NUMBER = 1\n"}))


# Ports below 1024


def test_port_below_1024_of_a_plain_server(tmp_path: Path) -> None:
    assert_suggested(repaired("user-low-port-other-ways", tmp_path), "main.py:2 listens on port 80")


@pytest.mark.parametrize(
    "call",
    [
        "asyncio.run(asyncio.start_server(print, port=25))",
        "loop.create_server(Protocol, '', 21)",
        "sock.bind(('0.0.0.0', 53))",
        "sock.bind(('', PORT))",
        "HTTPServer(ADDRESS, Handler)",
        "HTTPServer(server_address=ADDRESS, RequestHandlerClass=Handler)",
        "socketserver.TCPServer(('', 80), Handler)",
        "socketserver.TCPServer(server_address=('', 80), RequestHandlerClass=Handler)",
        "web.run_app(app, port=80)",
        "Controller(handler, hostname='0.0.0.0', port=25).start()",
        "reactor.listenTCP(80, factory)",
        "websockets.serve(handler, '0.0.0.0', 443)",
        "server.add_insecure_port('[::]:80')",
        "start_http_server(80)",
        "trio.serve_tcp(handler, 80)",
        "eventlet.listen(('', 80))",
        "cherrypy.config.update({'server.socket_port': 80})",
    ],
)
def test_port_below_1024_other_ways(tmp_path: Path, call: str) -> None:
    found = run(tmp_path, f"import asyncio\nPORT, ADDRESS = 53, ('', 80)\n{call}\n")
    assert_suggested(found, "main.py:3 listens on port")


@pytest.mark.parametrize(
    "call",
    [
        "smtplib.SMTP('mail', 25)",
        "smtplib.SMTP_SSL(host='mail', port=465)",
        "requests.get('http://x:80/')",
        "sock.connect(('10.0.0.1', 80))",
        "asyncio.open_connection('10.0.0.1', 80)",
        "redis.Redis(host='localhost', port=80)",
        "sock.listen(5)",
        "anyio.to_thread.run_sync(find, text, 5)",
        "pool.start(work, 80)",
        "text.replace('a', '', 1)",
        "await_mail(sender='', smtp_port=587)",
        "asyncio.run(main(80))",
        "HTTPServer(('', 8000), Handler)",
    ],
)
def test_port_that_is_connected_to_is_no_reason(tmp_path: Path, call: str) -> None:
    assert "listens" not in run(tmp_path, f"import asyncio\n{call}\n").because("DF501")


def test_port_that_env_gives_to_the_code(tmp_path: Path) -> None:
    code = "import os\nfrom http.server import HTTPServer\nHTTPServer(('', int(os.environ['WEB']))).serve_forever()\n"
    assert_suggested(run(tmp_path, code, "ENV WEB=80\nCMD python main.py\n"), "main.py:3 listens on port 80")


def test_port_that_compose_gives_to_the_code(tmp_path: Path) -> None:
    code = (
        "import os\nfrom http.server import HTTPServer\nHTTPServer(('', int(os.getenv('WEB', 8000)))).serve_forever()\n"
    )
    compose = "services:\n  a:\n    build: .\n    environment:\n      WEB: 80\n"
    files = {"main.py": code, "compose.yaml": compose, "Dockerfile": HEAD + "CMD python main.py\n"}
    assert_suggested(repaired("user-raw-socket", tmp_path, files), "main.py:3 listens on port 80")


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("CMD python -m http.server 80\n", {}),
        ("CMD hypercorn main:app --bind 0.0.0.0:80\n", {}),
        ("ENV WEB_PORT=80\nCMD gunicorn -b 0.0.0.0:$WEB_PORT main:app\n", {}),
        ("CMD gunicorn main:app\n", {"gunicorn.conf.py": 'bind = ["0.0.0.0:80"]\n'}),
        ("CMD hypercorn -c hypercorn.toml main:app\n", {"hypercorn.toml": 'bind = ["0.0.0.0:80"]\n'}),
        ("CMD daphne -e ssl:port=443:privateKey=a main:app\n", {}),
        ("CMD streamlit run main.py\n", {".streamlit/config.toml": "[server]\nport = 80\n"}),
    ],
)
def test_port_below_1024_of_a_command(tmp_path: Path, command: str, files: dict[str, str]) -> None:
    changes = {"main.py": APP, "Dockerfile": HEAD + command, **files}
    assert_suggested(repaired("user-raw-socket", tmp_path, changes), "listens on port")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("const p = 80;\nBun.serve({ port: p, fetch() {} });\n", "server.js:2 listens on port 80"),
        ("require('dgram').createSocket('udp4').bind(53);\n", "server.js:1 listens on port 53"),
        ("require('raw-socket');\n", "server.js:1 imports raw-socket for raw sockets"),
        ("const { SerialPort } = require('serialport');\n", "server.js:1 imports serialport for devices"),
        ("require('net').createServer().listen('/run/app.sock');\n", "server.js:1 writes to /run, which belongs"),
        ("require('fs').readFileSync('/dev/ttyUSB0');\n", "server.js:1 names /dev/ttyUSB0"),
        ("process.setuid('app');\n", "server.js:1 changes its user"),
    ],
)
def test_javascript(tmp_path: Path, code: str, said: str) -> None:
    dockerfile = 'FROM node:22-slim\nWORKDIR /srv\nCOPY . .\nCMD ["node", "server.js"]\n'
    found = repaired("user-raw-socket", tmp_path, {"server.js": code, "Dockerfile": dockerfile})
    assert_suggested(found, said)


# Sockets in the file system


def test_socket_in_run(tmp_path: Path) -> None:
    assert_suggested(repaired("user-unix-socket-in-run", tmp_path), "CMD writes to /run, which belongs to the system")


@pytest.mark.parametrize(
    ("command", "files", "said"),
    [
        ("CMD gunicorn -b unix:///var/run/g.sock main:app\n", {}, "CMD writes to /var/run"),
        ('CMD ["gunicorn", "main:app"]\n', {"gunicorn.conf.py": 'bind = "unix:/run/g.sock"\n'}, "gunicorn.conf.py:1"),
        (
            'CMD ["gunicorn", "-c", "conf/g.py", "main:app"]\n',
            {"conf/g.py": 'bind = ["unix:/run/g.sock"]\n'},
            "conf/g.py:1",
        ),
        ("ENV GUNICORN_CMD_ARGS=--bind=unix:/run/g.sock\nCMD gunicorn main:app\n", {}, "ENV GUNICORN_CMD_ARGS writes"),
        ("CMD uvicorn main:app --uds /run/app.sock\n", {}, "CMD writes to /run"),
        ("CMD hypercorn --bind unix:/run/h.sock main:app\n", {}, "CMD writes to /run"),
        ("CMD waitress-serve --unix-socket=/run/w.sock main:app\n", {}, "CMD writes to /run"),
        ("ENV S=/run/s.sock\nCMD gunicorn -b unix:$S main:app\n", {}, "CMD writes to /run"),
        ("CMD daphne -u /run/daphne.sock main:app\n", {}, "CMD writes to /run"),
        (
            "CMD python serve.py\n",
            {"serve.py": "import uvicorn\nuvicorn.run('main:app', uds='/run/u.sock')\n"},
            "serve.py:2",
        ),
        (
            "CMD python serve.py\n",
            {"serve.py": "import socket\ns = socket.socket()\ns.bind('/run/u.sock')\n"},
            "serve.py:3",
        ),
    ],
)
def test_socket_other_ways(tmp_path: Path, command: str, files: dict[str, str], said: str) -> None:
    changes = {"Dockerfile": HEAD + command, **files}
    assert_suggested(repaired("user-unix-socket-in-run", tmp_path, changes), said, "which belongs to the system")


@pytest.mark.parametrize("path", ["/tmp/g.sock", "/app/run/g.sock", "g.sock"])
def test_socket_in_a_folder_of_the_app_is_safe(tmp_path: Path, path: str) -> None:
    dockerfile = f"{HEAD}CMD gunicorn --bind unix:{path} main:app\n"
    assert_safe(repaired("user-unix-socket-in-run", tmp_path, {"Dockerfile": dockerfile}))


# Devices and capabilities


def test_device_of_a_compose_file(tmp_path: Path) -> None:
    found = repaired("user-devices-and-capabilities", tmp_path)
    assert_suggested(found, "main.py:1 imports serial for devices", "main.py:2 names /dev/ttyUSB0")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("    devices:\n      - /dev/video0:/dev/video0\n", "docker-compose.yml:5 hands over the device /dev/video0"),
        ("    device_cgroup_rules:\n      - 'c 188:* rmw'\n", "docker-compose.yml:5 opens devices"),
        ("    cap_add: [NET_ADMIN]\n", "docker-compose.yml:4 adds the capability NET_ADMIN"),
        ("    privileged: true\n", "the service a is privileged"),
        ("    volumes:\n      - /dev:/dev\n", "docker-compose.yml:5 mounts /dev"),
        ("    environment:\n      TOKENS: /root/tokens\n", "docker-compose.yml:2 sets TOKENS to /root/tokens"),
        ("    volumes:\n      - ~/.aws:/root/.aws:ro\n", "docker-compose.yml:5 mounts ~/.aws at /root/.aws"),
        ("    volumes:\n      - ./tokens.json:/root/tokens.json:ro\n", "docker-compose.yml:5 mounts tokens.json"),
        (
            "    volumes:\n      - /etc/letsencrypt:/certs:ro\n",
            "docker-compose.yml:5 mounts /etc/letsencrypt at /certs",
        ),
        (
            "    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n",
            "docker-compose.yml:5 mounts /var/run",
        ),
    ],
)
def test_compose_gives_what_root_needs(tmp_path: Path, lines: str, said: str) -> None:
    compose = f"services:\n  a:\n    build: .\n{lines}"
    changes = {"main.py": APP, "docker-compose.yml": compose}
    assert_suggested(repaired("user-devices-and-capabilities", tmp_path, changes), said)


@pytest.mark.parametrize(
    "lines",
    [
        "    volumes:\n      - /etc/localtime:/etc/localtime:ro\n      - ./config:/config:ro\n",
        "    devices:\n      - /dev/nvidia0:/dev/nvidia0\n",
        "    cap_drop: [ALL]\n    ports: ['80:8000']\n",
    ],
)
def test_compose_that_gives_nothing_of_root_s(tmp_path: Path, lines: str) -> None:
    compose = f"services:\n  a:\n    build: .\n{lines}"
    assert_safe(repaired("user-devices-and-capabilities", tmp_path, {"main.py": APP, "docker-compose.yml": compose}))


def test_capability_of_another_image_is_no_matter(tmp_path: Path) -> None:
    compose = "services:\n  a:\n    build: .\n  vpn:\n    image: linuxserver/wireguard\n    cap_add: [NET_ADMIN]\n"
    assert_safe(repaired("user-devices-and-capabilities", tmp_path, {"main.py": APP, "docker-compose.yml": compose}))


# What else starts the image


def test_volume_of_docker_run(tmp_path: Path) -> None:
    assert_suggested(repaired("user-volume-of-docker-run", tmp_path), "Makefile:3 mounts data over /data")


DATABASE = 'import sqlite3\nc = sqlite3.connect("/data/x.db")\n' + APP
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: notes}
spec:
  template:
    spec:
      containers:
        - name: notes
          image: ghcr.io/me/notes:1
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim: {claimName: notes-data}
"""


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("run.sh", "#!/bin/sh\ndocker run --rm -v notes:/data notes\n", "run.sh:2 mounts the volume notes at /data"),
        ("run.sh", "podman run -dv ./d:/data:Z \\\n  $IMAGE\n", "run.sh:1 mounts d over /data"),
        ("run.sh", "docker run --mount type=bind,src=/srv/d,dst=/data notes\n", "run.sh:1 mounts /srv/d over /data"),
        ("bin/up", "#!/usr/bin/env bash\ndocker run -v notes:/data notes\n", "bin/up:2 mounts the volume notes"),
        (
            "notes.service",
            "[Service]\nExecStart=/usr/bin/docker run --rm \\\n    -v notes:/data notes\n",
            "notes.service:2 mounts the volume notes",
        ),
        ("justfile", "run:\n    docker run -v notes:/data notes\n", "justfile:2 mounts the volume notes"),
        ("package.json", '{"scripts": {"up": "docker run -v notes:/data notes"}}', "package.json:1 mounts"),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          docker run -v $PWD/d:/data notes\n",
            ".github/workflows/ci.yml:5 mounts d over /data",
        ),
        ("k8s/app.yaml", POD, "k8s/app.yaml:12 mounts the volume notes-data at /data"),
        (
            "chart/templates/app.yaml",
            POD.replace("ghcr.io/me/notes:1", '"{{ .Values.image }}"').replace("metadata", "{{- if .x }}\nmetadata"),
            "chart/templates/app.yaml:13 mounts the volume notes-data at /data",
        ),
    ],
)
def test_volume_of_who_starts_it(tmp_path: Path, path: str, text: str, said: str) -> None:
    changes = {"main.py": DATABASE, "Makefile": None, path: text}
    assert_suggested(repaired("user-volume-of-docker-run", tmp_path, changes), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docker run --device=/dev/ttyUSB0 notes\n", "run.sh:1 hands over the device /dev/ttyUSB0"),
        ("docker run --cap-add NET_RAW notes\n", "run.sh:1 adds the capability NET_RAW"),
        ("docker run --privileged notes\n", "run.sh:1: docker run is privileged"),
        ("docker run --user root notes\n", "run.sh:1 starts docker run as root"),
        ("docker run -v ~/.aws:/root/.aws:ro notes\n", "run.sh:1 mounts ~/.aws at /root/.aws, in root's home"),
        ("docker run -p 80:80 notes\n", "it listens on port 80"),
    ],
)
def test_docker_run_gives_what_root_needs(tmp_path: Path, text: str, said: str) -> None:
    changes = {"main.py": APP, "Makefile": None, "run.sh": text}
    assert_suggested(repaired("user-volume-of-docker-run", tmp_path, changes), said)


def test_capability_of_kubernetes(tmp_path: Path) -> None:
    capabilities = "          securityContext:\n            capabilities:\n              add: [NET_ADMIN]\n"
    pod = POD.replace("          volumeMounts:\n", capabilities + "          volumeMounts:\n")
    changes = {"main.py": APP, "Makefile": None, "deploy.yaml": pod}
    assert_suggested(repaired("user-volume-of-docker-run", tmp_path, changes), "deploy.yaml:12 adds the capability")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("run.sh", "docker run --rm -v $PWD:/work hadolint/hadolint hadolint Dockerfile\n"),
        ("run.sh", "docker run -d -v pg:/data postgres:16\n"),
        ("run.sh", "docker run --rm notes pytest\n"),
        ("run.sh", "docker run --user 1000:1000 -v notes:/data notes\n"),
        ("k8s/app.yaml", POD.replace("persistentVolumeClaim: {claimName: notes-data}", "emptyDir: {}")),
        (
            "k8s/app.yaml",
            POD.replace("      containers:", "      securityContext: {fsGroup: 10001}\n      containers:"),
        ),
        ("k8s/db.yaml", POD.replace("ghcr.io/me/notes:1", "postgres:16")),
    ],
)
def test_start_that_is_no_matter(tmp_path: Path, path: str, text: str) -> None:
    changes = {"main.py": DATABASE, "Makefile": None, path: text}
    assert_safe(repaired("user-volume-of-docker-run", tmp_path, changes))


# Root's home


def test_corpora_in_root_s_home(tmp_path: Path) -> None:
    assert_suggested(
        repaired("user-downloads-in-root-home", tmp_path),
        "runs textblob.download_corpora, which may keep something in root's home",
    )


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        ("RUN argospm install translate-en_de", "import argostranslate.translate\n", "line 6 runs argospm"),
        ("RUN aws configure set region eu-west-1", "import boto3\n", "line 6 runs aws"),
        ("RUN python -c \"import whisper; whisper.load_model('base')\"", "import whisper\n", "runs code of whisper"),
        ("RUN python -c \"import stanza; stanza.download('en')\"", "import stanza\n", "runs code of stanza"),
        (
            "RUN python -c 'from keras.applications import VGG16; VGG16()'",
            "import keras\n",
            "runs code of keras",
        ),
        ("RUN docling-tools models download", "import docling\n", "line 6 runs docling-tools"),
        ("RUN pyppeteer-install", "import pyppeteer\n", "line 6 runs pyppeteer-install"),
        ("RUN python -m scripts.fetch", "import stanza\n", "line 6 runs scripts/fetch.py"),
        ("RUN python scripts/fetch.py", "import stanza\n", "line 6 runs scripts/fetch.py"),
        ("RUN sh fetch.sh", "import stanza\n", "line 6 runs fetch.sh"),
        ("RUN chmod +x fetch.sh && ./fetch.sh", "import stanza\n", "line 6 runs fetch.sh"),
        ("RUN prisma generate", "import prisma\n", "runs prisma"),
        ('RUN python -c "import main"', "import stanza\nstanza.download('en')\n", "line 6 runs main.py"),
        ("RUN npx puppeteer browsers install chrome", "import pyppeteer\n", "puppeteer's browsers lie"),
    ],
)
def test_what_a_run_fetched(tmp_path: Path, run: str, code: str, said: str) -> None:
    changes = {
        "main.py": code + APP,
        "scripts/fetch.py": "import stanza\n\nstanza.download('en')\n",
        "fetch.sh": "#!/bin/sh\npython -m argostranslate.fetch\n",
        "Dockerfile": f"{HEAD}{run}\n{SERVE}",
    }
    assert_suggested(repaired("user-downloads-in-root-home", tmp_path, changes), said, "root's home")


@pytest.mark.parametrize(
    "run",
    [
        "RUN pip install --no-cache-dir gunicorn",
        "RUN python -m compileall .",
        "RUN alembic upgrade head",
        "RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*",
        "RUN python -c 'import sklearn; print(sklearn.__version__)'",
        "RUN python prepare.py",
        "RUN npm run build",
        "RUN make",
        "RUN argospm install x",
        "RUN HOME=/opt/models python scripts/fetch.py",
        "RUN STANZA_RESOURCES_DIR=/opt/stanza python scripts/fetch.py",
    ],
)
def test_run_that_leaves_nothing_at_home(tmp_path: Path, run: str) -> None:
    """The app has no library that could look there."""
    fetch = "import stanza\n\nstanza.download('en')\n"
    changes = {
        "main.py": APP,
        "prepare.py": "import pandas\n",
        "scripts/fetch.py": fetch,
        "Dockerfile": f"{HEAD}{run}\n{SERVE}",
    }
    assert_safe(repaired("user-downloads-in-root-home", tmp_path, changes))


def test_path_in_root_s_home(tmp_path: Path) -> None:
    assert_suggested(served(tmp_path, 'token = open("/root/.token").read()\n'), "main.py:1 names /root/.token")


@pytest.mark.parametrize(
    "code", ['@app.get("/dev/status")\ndef status():\n    return 1\n', '@app.get("/root/x")\ndef x():\n    return 1\n']
)
def test_route_is_no_path(tmp_path: Path, code: str) -> None:
    assert_safe(repaired("user-raw-socket", tmp_path, {"main.py": APP + code}))


# Folders that only root may enter


@pytest.mark.parametrize(
    "run",
    [
        "RUN mkdir -m 700 /data",
        "RUN mkdir -pm0700 /srv/data",
        "RUN mkdir --mode=u=rwx,go= /data",
        "RUN umask 077; mkdir /data",
        "RUN umask 027 && mkdir -p data && cp main.py data/",
        "RUN install -d -m 0700 /data",
        "RUN chmod o-x /app",
        "RUN chmod 2750 /app",
        "RUN chmod -R go-rwx /app",
    ],
)
def test_folder_that_only_root_may_enter(tmp_path: Path, run: str) -> None:
    changes = {"main.py": APP, "Dockerfile": f"{HEAD}{run}\n{SERVE}"}
    assert_suggested(repaired("user-raw-socket", tmp_path, changes), "line 6")


@pytest.mark.parametrize(
    "run",
    [
        "RUN mkdir -m 755 /data",
        "RUN install -m 0755 -d /etc/apt/keyrings",
        "RUN umask 022; mkdir /data",
        "RUN umask 002 && mkdir /data",
        "RUN chmod a+rx /app",
        "RUN chmod u=rwx,go=rx /app",
    ],
)
def test_folder_that_everybody_may_enter(tmp_path: Path, run: str) -> None:
    changes = {"main.py": APP, "Dockerfile": f"{HEAD}{run}\n{SERVE}"}
    assert_safe(repaired("user-raw-socket", tmp_path, changes))
