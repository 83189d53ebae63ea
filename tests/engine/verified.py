"""What the tests of `dockerfix verify` share: an example with secrets, the command, and what an engine holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base_images import DEFAULT_SUITE
from docker_engine import Engine, base_references

from dockerfix.api import fix_file

EXAMPLES = Path(__file__).parents[2] / "examples"
SECONDS = 400.0


@dataclass(frozen=True)
class Bench:
    """An engine of the tests' own, as environment variables; `words` are those of `--engine`.

    `docker` reaches the Docker engine that base images come from.
    """

    name: str
    environment: dict[str, str]
    docker: Engine
    folder: Path

    def command(self, *words: str | Path) -> list[str]:
        """The words that start `dockerfix verify`."""
        return [sys.executable, "-m", "dockerfix", "verify", f"--engine={self.name}", *map(str, words)]

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Call it and wait."""
        return subprocess.run(
            self.command(*words), check=False, capture_output=True, text=True, env=self.environment, timeout=SECONDS
        )

    def proof(self, *words: str | Path) -> dict[str, Any]:
        """The one proof of a call, as JSON tells it."""
        done = self.run("--format=json", *words)
        assert done.stdout, done.stderr
        proof: dict[str, Any] = json.loads(done.stdout)["proofs"][0]
        return proof

    def provide_bases(self, folder: Path) -> None:
        """Have ready what the Dockerfile of a folder builds on, before and after its repairs."""
        repaired = self.folder / "repaired.Dockerfile"
        repaired.write_text(fix_file(folder / "Dockerfile", write=False).after.text)
        references = {*base_references(folder / "Dockerfile"), *base_references(repaired)}
        for reference in references:
            self.docker.bases.provide(reference, DEFAULT_SUITE)
        if self.name != "docker":
            self._hand_over(references)

    def _hand_over(self, references: set[str]) -> None:
        archive = self.folder / "bases.tar"
        self.docker.docker("save", "--output", str(archive), *references)
        for reference in references:
            source = f"docker-archive:{archive}:docker.io/library/{reference}"
            subprocess.run(
                [self.name, "pull", "--quiet", source], check=True, capture_output=True, env=self.environment
            )
        archive.unlink()

    def holdings(self) -> dict[str, list[str]]:
        """Everything that a run may leave behind: images, containers, caches, records and folders."""
        return {
            "images": self._lines("images", "--all", "--quiet"),
            "containers": self._lines(*_CONTAINERS[self.name]),
            "caches": self._caches(),
            "records": sorted(map(str, self.state.glob("*.json"))),
            "folders": sorted(map(str, self.temporary.iterdir())),
        }

    @property
    def state(self) -> Path:
        """The folder of records and logs."""
        return Path(self.environment["XDG_STATE_HOME"], "dockerfix", "verify")

    @property
    def temporary(self) -> Path:
        """The folder in which temporary files are made."""
        return Path(self.environment["TMPDIR"])

    def _caches(self) -> list[str]:
        if self.name != "docker":
            return []
        listed = self.docker.docker("system", "df", "-v", "--format", "{{json .BuildCache}}").stdout
        return sorted(entry["ID"] for entry in json.loads(listed) or ())

    def _lines(self, *words: str) -> list[str]:
        program = self.environment["DOCKERFIX_DOCKER"] if self.name == "docker" else self.name
        command = [program, *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment)
        return sorted(done.stdout.split())


_CONTAINERS = {
    "docker": ("ps", "--all", "--quiet"),
    "podman": ("ps", "--all", "--quiet"),
    "buildah": ("containers", "--all", "--quiet"),
}


def bench_environment(folder: Path, engine: Engine, driver: str = "overlay") -> dict[str, str]:
    """Variables for a run that writes nothing outside `folder`; `driver` is the storage of Podman and Buildah."""
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    storage = folder / "storage.conf"
    storage.write_text(
        f'[storage]\ndriver = "{driver}"\nrunroot = "{folder}/runroot"\ngraphroot = "{folder}/graphroot"\n'
    )
    assert engine.daemon is not None  # the fixture skips without
    return os.environ | {
        "DOCKER_HOST": engine.daemon.host,
        "CONTAINERS_STORAGE_CONF": str(storage),
        "DOCKERFIX_DOCKER": engine.client,
        "DOCKERFIX_VERIFY_NETWORK": "host",
        "TMPDIR": str(temporary),
        "XDG_STATE_HOME": str(folder / "state"),
    }


def example(name: str, folder: Path) -> Path:
    """A copy of an example with what a developer's folder holds besides: a repository and a file of secrets."""
    place = folder / name
    shutil.copytree(EXAMPLES / name, place)
    subprocess.run(["git", "init", "--quiet", str(place)], check=True)
    (place / ".env").write_text("DATABASE_PASSWORD=secret\n")
    return place


def row(proof: dict[str, Any], key: str) -> dict[str, Any]:
    """One line of the comparison."""
    found: dict[str, Any] = next(row for row in proof["rows"] if row["key"] == key)
    return found


def numbers(proof: dict[str, Any], key: str) -> tuple[float, float]:
    """What one line measured, before and after."""
    before, after = row(proof, key)["numbers"]
    return before, after


def words_of(proof: dict[str, Any]) -> dict[str, str]:
    """The verdict of each rule."""
    return {verdict["code"]: verdict["word"] for verdict in proof["verdicts"]}


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wrong(predictions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the image model foretold wrongly."""
    return [item for item in predictions if not item["agrees"]]
