"""One running container, and what can be asked of its process 1."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Docker = Callable[..., subprocess.CompletedProcess[str]]

# Runs beside the container, in its network: nothing else on this machine can answer in its place, and its image needs
# no Python of its own.
_ASKER = "python:3.12-slim"
_ASK = """
import json, sys, time, urllib.error, urllib.request
method, url, body, seconds = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=body.encode() or None,
                                 headers={"Content-Type": "application/json"})
deadline = time.monotonic() + float(seconds)
while True:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            status, text = answer.status, answer.read().decode()
        break
    except urllib.error.HTTPError as refusal:
        status, text = refusal.code, refusal.read().decode()
        break
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.05)
print(json.dumps([status, text]))
"""


@dataclass(frozen=True)
class Response:
    """An HTTP answer: status code and body."""

    status: int
    body: str


@dataclass(frozen=True)
class Stopped:
    """How a container ended: seconds from SIGTERM to the end of process 1, and its exit code (137: it was killed)."""

    seconds: float
    exit_code: int


class NoAnswer(Exception):
    """The container did not answer; the message carries its log."""


class Container:
    """A running container with a network of its own, in which only its own processes can be reached."""

    def __init__(self, docker: Docker, identity: str) -> None:
        self._docker = docker
        self.identity = identity

    def uid(self) -> int:
        """The effective user id of process 1."""
        status = self.execute("cat", "/proc/1/status")
        uids = next(line for line in status.splitlines() if line.startswith("Uid:"))
        return int(uids.split()[2])

    def argv(self) -> tuple[str, ...]:
        """The argument vector of process 1, as the kernel has it."""
        return tuple(self.execute("cat", "/proc/1/cmdline").rstrip("\0").split("\0"))

    def files(self, folder: str) -> frozenset[str]:
        """Absolute paths of all that lies below `folder`, folders included."""
        return frozenset(self.execute("find", folder, "-mindepth", "1").splitlines())

    def http_get(self, port: int, path: str = "/", *, within: float = 30) -> Response:
        """`request("GET", …)`."""
        return self.request("GET", port, path, within=within)

    def request(self, method: str, port: int, path: str, body: str = "", *, within: float = 30) -> Response:
        """Ask the server inside, waiting until it listens.

        Args:
            within: seconds to wait for the port to open.
        Raises:
            NoAnswer: it did not open in time, or the container ended.
        """
        url = f"http://127.0.0.1:{port}{path}"
        beside = ("run", "--rm", f"--network=container:{self.identity}", _ASKER, "python3", "-c", _ASK)
        asked = self._docker(*beside, method, url, body, str(within), check=False)
        if asked.returncode != 0:
            raise NoAnswer(f"{method} {url}: {asked.stderr}\nits log:\n{self.log()}")
        status, text = json.loads(asked.stdout)
        return Response(status, text)

    def stop(self, *, grace: int = 10) -> Stopped:
        """SIGTERM to process 1, SIGKILL after `grace` seconds, as `docker stop` does.

        The seconds are counted up to the time at which the daemon saw process 1 end: what it then cleans up is its own.
        """
        asked = datetime.now(UTC)
        self._docker("stop", "--time", str(grace), self.identity)
        state = json.loads(self._docker("inspect", "--format", "{{json .State}}", self.identity).stdout)
        # Nanoseconds, which Python 3.11 cuts to microseconds.
        ended = datetime.fromisoformat(state["FinishedAt"])
        return Stopped((ended - asked).total_seconds(), state["ExitCode"])

    def log(self) -> str:
        """All that its processes printed."""
        printed = self._docker("logs", self.identity, check=False)
        return printed.stdout + printed.stderr

    def execute(self, *command: str) -> str:
        """Standard output of a command run inside, as the container's own user.

        Raises:
            NoAnswer: the command failed, or the container ended.
        """
        done = self._docker("exec", self.identity, *command, check=False)
        if done.returncode != 0:
            raise NoAnswer(f"{' '.join(command)}: {done.stderr}\nits log:\n{self.log()}")
        return done.stdout

    def remove(self) -> None:
        """Stop it at once and forget it."""
        self._docker("rm", "--force", "--volumes", self.identity, check=False)
