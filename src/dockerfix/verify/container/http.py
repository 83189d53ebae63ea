"""Asks a server inside its container, by whatever the image has that can ask."""

from __future__ import annotations

import time

from dockerfix.text import is_number
from dockerfix.verify.engine import Running
from dockerfix.verify.measured import HttpAnswer

__all__ = ["ask_http"]

_PYTHON = (
    "import http.client, sys\n"
    "asked = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=5)\n"
    "asked.request('GET', '/')\n"
    "print(asked.getresponse().status)\n"
)
_NODE = (
    "require('http').get({host: '127.0.0.1', port: process.argv[1], timeout: 5000}, a => {console.log(a.statusCode);"
    " process.exit(0)}).on('error', () => process.exit(1))"
)
_BASH = 'exec 3<>/dev/tcp/127.0.0.1/$0; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; read -r _ code _ <&3; echo "$code"'
_MISSING = (126, 127)  # exit codes for a program that is not there


def ask_http(running: Running, ports: tuple[int, ...], begun: float, seconds: float) -> tuple[HttpAnswer | None, str]:
    """The first HTTP answer to `GET /` of a container, asked from inside: nothing else can answer in its place.

    Args:
        ports: those that are listened on, in the order in which they are asked.
        begun: `time.monotonic()` at the start of the container; `seconds` from then it must have answered.
    Returns:
        None with the reason, where nothing answers as an HTTP server does or the image has nothing to ask with.
    """
    reason = "nothing answered as an HTTP server does"
    for port in ports:
        for command in _clients(port):
            answer = running.execute(*command, seconds=max(1.0, begun + seconds - time.monotonic()))
            if answer.exit_code in _MISSING or "executable file not found" in answer.output:
                reason = "the image has no python3, curl, node, bash or wget to ask with"
                continue
            reason = "nothing answered as an HTTP server does"
            status = answer.output.split()[-1] if answer.output.split() else ""
            if is_number(status) and 100 <= int(status) < 600:
                return HttpAnswer(port, int(status), round(time.monotonic() - begun, 2)), ""
            break
    return None, reason


def _clients(port: int) -> tuple[tuple[str, ...], ...]:
    url = f"http://127.0.0.1:{port}/"
    return (
        ("python3", "-c", _PYTHON, str(port)),
        ("python", "-c", _PYTHON, str(port)),
        ("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}", url),
        ("node", "-e", _NODE, str(port)),
        ("bash", "-c", _BASH, str(port)),
        ("sh", "-c", f"wget -S -T 5 -q -O /dev/null {url} 2>&1 | sed -n 's,^ *HTTP/[0-9.]* \\([0-9]*\\).*,\\1,p'"),
    )
