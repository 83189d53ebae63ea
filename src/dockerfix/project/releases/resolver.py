"""Asks uv's resolver whether wheels exist for all that a project installs, on one Python and platform.

Only asked for by `--online`. Nothing of the repository reaches uv but the requirements that we read from its
manifests, as text: uv runs in an empty folder, reads no configuration but the user's own, and builds nothing, so that
neither a `setup.py` nor an index of the repository's choice has a say.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dockerfix.errors import UsageError
from dockerfix.frozen import frozen
from dockerfix.regexes import regex

if TYPE_CHECKING:
    import subprocess

__all__ = ["Answer", "Platform", "find_uv", "resolve"]

Platform = Literal["linux/amd64", "linux/amd64 (musl)", "linux/arm64", "linux/arm64 (musl)"]
_TRIPLES: dict[Platform, str] = {
    "linux/amd64": "x86_64-unknown-linux-gnu",
    "linux/amd64 (musl)": "x86_64-unknown-linux-musl",
    "linux/arm64": "aarch64-unknown-linux-gnu",
    "linux/arm64 (musl)": "aarch64-unknown-linux-musl",
}
_SECONDS = 60.0
_REQUEST_SECONDS = "15"
_FLAGS = (
    *("--only-binary=:all:", "--no-sources", "--no-python-downloads", "--no-header", "--no-annotate"),
    *("--no-progress", "--color=never"),
)
_PASSED_ON = regex(
    r"(?:https?|no|all)_proxy|ssl_cert_(?:file|dir)|path|home|xdg_\w+|appdata|localappdata|systemroot|temp|tmp|tmpdir"
    r"|uv_(?:default_index|index|index_url|extra_index_url|cache_dir|native_tls|system_certs|keyring_provider)",
    re.IGNORECASE,
)


@frozen
class Answer:
    """What the resolver said.

    Attributes:
        packages: how many packages the whole closure has, each with a wheel; None without a proof.
        refused: True where the resolver worked it out that there is no set of wheels; False where it could not tell.
        because: without a proof, why, as one clause for people.
        names: the packages of the closure.
    """

    packages: int | None
    refused: bool = False
    because: str = ""
    names: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether a wheel exists for every package of the closure."""
        return self.packages is not None


def find_uv() -> str:
    """The path of the `uv` command: the one that the extra `online` installs, else one on PATH.

    Raises:
        UsageError: there is none.
    """
    from shutil import which

    try:
        from uv import find_uv_bin

        return os.fsdecode(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = which("uv")
    if found is None:
        from dockerfix.extras import install_line

        raise UsageError(f"--online asks uv, which is not installed: {install_line('online')}")
    return found


@lru_cache(maxsize=256)
def resolve(
    requirements: tuple[str, ...], constraints: tuple[str, ...], minor: str, platform: Platform = "linux/amd64"
) -> Answer:
    """Whether wheels exist for these requirements and all that they require.

    Args:
        requirements: PEP 508 texts without URLs; the caller has them from a manifest.
        constraints: the same, of versions to keep to where a package is needed.
        minor: the Python version, `"3.13"`.
    Returns:
        The answer; the same question is asked once a process. A missing network is no error but an answer.
    Raises:
        UsageError: uv is not installed.
    """
    import subprocess
    from tempfile import TemporaryDirectory

    uv = find_uv()
    with TemporaryDirectory(prefix="dockerfix-online-") as folder:
        command = [uv, "pip", "compile", "-", f"--python={sys.executable}", f"--python-version={minor}"]
        command += [f"--python-platform={_TRIPLES[platform]}", *_FLAGS, *_configuration()]
        if constraints:
            Path(folder, "constraints.txt").write_text("\n".join(constraints) + "\n", encoding="utf-8")
            command.append("--constraints=constraints.txt")
        try:
            done = subprocess.run(
                command,
                input="\n".join(requirements) + "\n",
                cwd=folder,
                env=_environment(),
                capture_output=True,
                check=False,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Answer(None, because=f"uv did not answer within {_SECONDS:.0f} seconds")
    return _read(done)


def _read(done: subprocess.CompletedProcess[str]) -> Answer:
    if done.returncode == 0:
        names = tuple(line.partition("==")[0] for line in done.stdout.splitlines() if "==" in line)
        return Answer(len(names), names=names)
    said = " ".join(done.stderr.split())
    found = re.search(r"\b([\w.-]+) was not found in the package registry", said)
    if found is not None:
        return Answer(None, because=f"{found[1]} is not on the index")
    if "No solution found" in said:
        return Answer(None, refused=True, because=_why_refused(said))
    errors = (line.removeprefix("error: ") for line in done.stderr.splitlines() if line.startswith("error: "))
    error = re.sub(r"//[^/\s]*@", "//", next(errors, "no message"))  # what a user's index URL may carry
    return Answer(None, because=f"uv could not ask the index ({error[:120]})")


def _why_refused(said: str) -> str:
    hint = re.search(r"Wheels are required for `([\w.-]+)`", said)
    if hint is None:
        return "no set of wheels satisfies the requirements"
    pinned = re.search(rf"\b{re.escape(hint[1])}==\S+(?= ha)", said)
    return f"{pinned[0] if pinned else hint[1]} has no wheel"


def _configuration() -> tuple[str, ...]:
    """The user's own configuration of uv, which may name a mirror; never one found on the way up from a folder."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    own = Path(base, "uv", "uv.toml")
    return (f"--config-file={own}",) if own.is_file() else ("--no-config",)


def _environment() -> dict[str, str]:
    """What uv gets of our environment: where the network and the user's index are, and no more."""
    passed = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    return passed | {"UV_HTTP_TIMEOUT": _REQUEST_SECONDS, "UV_PYTHON_DOWNLOADS": "never"}
