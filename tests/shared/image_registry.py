"""A real registry on this machine, Debian's `docker-registry`, with small images made by hand."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

_OCI = "application/vnd.oci.image"
_DOCKER = "application/vnd.docker"
_CONFIG = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
{auth}
"""


@dataclass
class ImageRegistry:
    """Where it listens, and how to put images there; `headers` authorize whoever pushes."""

    host: str
    headers: dict[str, str] = field(default_factory=dict)

    def push(self, repository: str, *tags: str, says: str, platforms: tuple[str, ...] = (), kind: str = "oci") -> str:
        """Put an image under tags; the digest of what they name.

        Args:
            says: text inside the image: two images with the same text are the same.
            platforms: with these an index of one image for each ("linux/amd64"), else a single image.
            kind: "oci" or "docker".
        """
        if not platforms:
            return self._manifest(repository, self._image(repository, says, "linux/amd64", kind), tags)
        of_each = []
        for platform in platforms:
            manifest = self._image(repository, says, platform, kind)
            digest = self._manifest(repository, manifest, ())
            system, _, processor = platform.partition("/")
            of_each.append(
                {
                    "mediaType": manifest["mediaType"],
                    "digest": digest,
                    "size": len(json.dumps(manifest).encode()),
                    "platform": {"os": system, "architecture": processor},
                }
            )
        index = f"{_OCI}.index.v1+json" if kind == "oci" else f"{_DOCKER}.distribution.manifest.list.v2+json"
        return self._manifest(repository, {"schemaVersion": 2, "mediaType": index, "manifests": of_each}, tags)

    def _image(self, repository: str, says: str, platform: str, kind: str) -> dict[str, Any]:
        layer, (system, _, processor) = _layer(says), platform.partition("/")
        config = {
            "os": system,
            "architecture": processor,
            "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(layer))]},
        }
        names = (f"{_OCI}.manifest.v1+json", f"{_OCI}.config.v1+json", f"{_OCI}.layer.v1.tar+gzip")
        if kind == "docker":
            names = (
                f"{_DOCKER}.distribution.manifest.v2+json",
                f"{_DOCKER}.container.image.v1+json",
                f"{_DOCKER}.image.rootfs.diff.tar.gzip",
            )
        return {
            "schemaVersion": 2,
            "mediaType": names[0],
            "config": self._blob(repository, json.dumps(config).encode(), names[1]),
            "layers": [self._blob(repository, layer, names[2])],
        }

    def _blob(self, repository: str, content: bytes, kind: str) -> dict[str, Any]:
        with self._client() as client:
            begun = client.post(f"/v2/{repository}/blobs/uploads/")
            begun.raise_for_status()
            place = httpx.URL(begun.headers["location"]).copy_merge_params({"digest": _digest(content)})
            client.put(place, content=content).raise_for_status()
        return {"mediaType": kind, "digest": _digest(content), "size": len(content)}

    def _manifest(self, repository: str, manifest: dict[str, Any], tags: tuple[str, ...]) -> str:
        content = json.dumps(manifest).encode()
        with self._client() as client:
            for name in tags or (_digest(content),):
                path, kind = f"/v2/{repository}/manifests/{name}", manifest["mediaType"]
                client.put(path, content=content, headers={"Content-Type": kind}).raise_for_status()
        return _digest(content)

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://{self.host}", headers=self.headers, timeout=20)


@contextmanager
def image_registry(folder: Path, auth: str = "") -> Iterator[ImageRegistry]:
    """A registry that lives as long as the block; the test is skipped where there is none to start."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    port = free_port()
    settings = folder / "registry.yml"
    settings.write_text(_CONFIG.format(folder=folder / "images", port=port, auth=auth))
    with (folder / "registry.log").open("wb") as log:
        running = subprocess.Popen([program, "serve", settings], stdout=log, stderr=log)
    try:
        _wait(port, folder / "registry.log")
        yield ImageRegistry(f"localhost:{port}")
    finally:
        running.terminate()
        running.wait(10)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def basic(name: str, password: str) -> str:
    """What `auth` in Docker's configuration is for a name and a password."""
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def _wait(port: int, log: Path) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/v2/", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the registry does not start: {log.read_text()[-500:]}")


def _layer(says: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("says")
        entry.size = len(says.encode())
        archive.addfile(entry, io.BytesIO(says.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
