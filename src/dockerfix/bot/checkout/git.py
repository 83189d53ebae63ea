"""`git`, run so that neither the repository nor this machine's configuration can make it do more than it is told.

No hook, filter, file system monitor, template, credential helper, alias, bundle or submodule is used, and one protocol
is allowed: that of the address. The token travels in the environment of the git process that fetches, for its host.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from dockerfix.bot.forge_errors import ForbiddenError, NotFoundError, TransientError
from dockerfix.bot.secret import Secret
from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen

__all__ = ["CheckoutError", "Credentials", "Git", "Limits", "Running"]

MIB = 1024 * 1024


class CheckoutError(DockerfixError):
    """A repository that is not checked out, with the reason: too large, too slow, names that no folder may have."""


@frozen
class Limits:
    """How much one repository may take.

    Attributes:
        fetched: bytes of the pack that the server sends.
        written: bytes of all files together.
        file: bytes of one file; a larger one is not written, as if it were not there.
        files: how many files, links and submodules.
        seconds: for everything together, wall clock.
        memory: bytes of address space for git; not held on systems without `ulimit -v`.
    """

    fetched: int = 1024 * MIB
    written: int = 2048 * MIB
    file: int = 200 * MIB
    files: int = 200_000
    seconds: float = 300.0
    memory: int = 4096 * MIB


@frozen
class Credentials:
    """A token, the server that alone may see it, and the user name that the forge wants beside it.

    Attributes:
        host: with the port where an address has one.
        user: every forge takes the default one.
    """

    token: Secret
    host: str
    user: str = "x-access-token"

    def are_for(self, url: str) -> bool:
        """Whether an address lies on that server: what a forge's answer names may lie elsewhere."""
        return urlsplit(url).netloc.lower() == self.host.lower()

    @property
    def header(self) -> str:
        """The HTTP header that carries them."""
        return "Authorization: Basic " + base64.b64encode(f"{self.user}:{self.token.reveal()}".encode()).decode()

    def without(self, text: str) -> str:
        """A text in which neither the token nor the header can be read."""
        return self.token.kept_out_of(text.replace(self.header.rpartition(" ")[2], "***"))


_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.askPass": "",
    "credential.helper": "",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",  # one pack, so that a limit on the size of one file holds for all of it
    "fetch.writeCommitGraph": "false",
    "transfer.bundleURI": "false",
    "transfer.credentialsInUrl": "die",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
_PASSED_ON = (
    "PATH TMPDIR HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy "
    "SSL_CERT_FILE SSL_CERT_DIR GIT_SSL_CAINFO GIT_EXEC_PATH LD_LIBRARY_PATH SYSTEMROOT"
).split()
_FETCHED_FROM = ("https", "http", "file")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# dash takes one option at a time; a limit that the system does not know is left out.
_LIMITED = 'ulimit -v "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; ulimit -c 0; shift 2; exec "$@"'
_PASSING = re.compile(
    r"Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out)|Operation (?:too slow|timed out)"
    r"|early EOF|hung up|transfer closed|unexpected disconnect|gnutls|SSL_|error: (?:5\d\d|429|408)|Empty reply"
)


class Git:
    """git in one folder for one repository, until one deadline."""

    def __init__(self, folder: Path, url: str, credentials: Credentials | None, limits: Limits) -> None:
        """Nothing is run yet.

        Args:
            url: where the repository lies: https, http (on this machine, or without credentials) or file.
        Raises:
            CheckoutError: it is no such address.
        """
        self._folder = folder
        self._credentials = credentials
        self._limits = limits
        self._environment = _environment(folder, url, credentials)
        self._deadline = _Deadline(limits.seconds)

    def __enter__(self) -> Git:
        return self

    def __exit__(self, *_: object) -> None:
        self._deadline.stop()

    def run(self, *words: str) -> str:
        """The output of one command.

        Raises:
            CheckoutError, NotFoundError, ForbiddenError, TransientError: it failed.
        """
        with self.started(words) as running:
            return running.output.read().decode(errors="replace")

    @contextmanager
    def started(self, words: Sequence[str], given: IO[bytes] | None = None) -> Iterator[Running]:
        """One command whose output is read in the block; it is killed where the block ends early.

        Args:
            given: a file for its standard input.
        """
        memory, size = self._limits.memory // 1024, self._limits.fetched // 512
        command = ["/bin/sh", "-c", _LIMITED, "sh", str(memory), str(size), "git", *words]
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdin=given or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a group of its own, which can be killed with all its children
        )
        running = Running(process)
        try:
            with self._deadline.over(process):
                yield running
                running.finish()
        finally:
            running.kill()
        self._judge(words[0], process.returncode, running.complaint)

    def _judge(self, command: str, code: int, complaint: str) -> None:
        if self._deadline.is_over:
            raise CheckoutError(f"git {command} took longer than {self._limits.seconds:g} seconds")
        if code == 0:
            return
        told = self._credentials.without(complaint) if self._credentials else complaint
        lines = [line for line in told.splitlines() if line.strip()]
        raise _failure(f"git {command}: {lines[-1] if lines else f'exit code {code}'}", told)


class Running:
    """A command under way."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # both are pipes
        assert process.stderr is not None
        self.output: IO[bytes] = process.stdout
        self._process = process
        self._complaints: list[bytes] = []
        self._reader = threading.Thread(target=self._read, args=(process.stderr,), daemon=True)
        self._reader.start()

    @property
    def complaint(self) -> str:
        """The end of what it wrote on standard error."""
        return b"".join(self._complaints)[-4000:].decode(errors="replace")

    def finish(self) -> None:
        """Wait for its end; what is left of its output is not read."""
        self.output.close()
        self._process.wait()
        self._reader.join(5)

    def kill(self) -> None:
        """End it and all its children, if it still runs."""
        _kill(self._process)
        self.output.close()
        self._process.wait()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while part := pipe.read1(8192):  # type: ignore[attr-defined]  # a BufferedReader
                self._complaints = [*self._complaints[-3:], part]


class _Deadline:
    """Kills the command under way when the time is over."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @contextmanager
    def over(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        with self._lock:
            self._process = process
            if self.is_over:
                _kill(process)
        try:
            yield
        finally:
            with self._lock:
                self._process = None

    def stop(self) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            if self._process is not None:
                _kill(self._process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(folder: Path, url: str, credentials: Credentials | None) -> dict[str, str]:
    parts = urlsplit(url)
    if parts.scheme not in _FETCHED_FROM or parts.username is not None or any(c in url for c in "\r\n\0"):
        raise CheckoutError("a repository is fetched from an https address without credentials")
    settings = {**_SETTINGS, f"protocol.{parts.scheme}.allow": "always", "safe.directory": str(folder)}
    if credentials is not None and parts.scheme != "file":
        if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
            raise CheckoutError(f"a token is not sent to {parts.hostname} without https")
        if credentials.are_for(url):
            settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = credentials.header
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, **_FIXED, "GIT_ALLOW_PROTOCOL": parts.scheme, **_as_variables(settings)}


_FIXED = {
    "HOME": os.devnull,
    "XDG_CONFIG_HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PROTOCOL_FROM_USER": "0",
}


def _as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings that git reads from its environment, with more weight than those of any file."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def _failure(message: str, told: str) -> DockerfixError:
    if _PASSING.search(told):
        return TransientError(message)
    if re.search(r"not found|error: 404|does not (?:appear|exist)", told):
        return NotFoundError(message)
    if re.search(r"Authentication failed|could not read Username|error: 40[13]", told):
        return ForbiddenError(message)
    if re.search(r"File too large|invalid index-pack output", told):  # the kernel ends what writes too large a file
        return CheckoutError("the server sends more than the limit, or what is no pack")
    return CheckoutError(message)
