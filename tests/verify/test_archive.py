"""Image archives, as engines write them."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from dockerfix.verify.contents.archive import ImageContents, read_archive
from dockerfix.verify.engine import EngineError

LIMIT = 10**9
HISTORY = [
    {"created_by": "/bin/sh -c #(nop) ADD file:0 in / "},
    {"created_by": "/bin/sh -c #(nop) CMD [\"x\"]", "empty_layer": True},
    {"created_by": "COPY . . # buildkit"},
    {"created_by": "RUN /bin/sh -c pip install   flask # buildkit"},
]  # fmt: skip


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def saved(layers: list[dict[str, bytes]], *, oci: bool) -> io.BytesIO:
    """An archive of an image; newer engines name everything by its digest, without endings."""
    names = [f"blobs/sha256/{n}" if oci else f"{n}/layer.tar" for n in range(len(layers))]
    config_name = "blobs/sha256/c" if oci else "c.json"
    config = {"config": {"User": "app", "ExposedPorts": {"80/tcp": {}}, "Cmd": ["x"]}, "history": HISTORY}
    manifest = [{"Config": config_name, "Layers": names}]
    files = {name: tar(layer) for name, layer in zip(names, layers, strict=True)}
    return io.BytesIO(
        tar({**files, config_name: json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()})
    )


def read(*layers: dict[str, bytes], oci: bool = False) -> ImageContents:
    return read_archive(saved(list(layers), oci=oci), 1, LIMIT)


@pytest.mark.parametrize("oci", [False, True])
def test_each_layer_knows_its_instruction_and_its_files(oci: bool) -> None:
    pip = {"root/.cache/pip/http/x": b"12345", "usr/lib/python3/site-packages/flask.py": b"1234567890"}
    found = read({"usr/bin/sh": b"1"}, {"app/main.py": b"12"}, pip, oci=oci)
    assert [layer.made_by for layer in found.layers[1:]] == ["COPY . .", "RUN pip install flask"]
    assert [layer.size for layer in found.layers] == [1, 2, 15]
    assert [layer.of_base for layer in found.layers] == [True, False, False]
    assert [(part.kind, part.size) for part in found.layers[2].parts] == [("Python packages", 10), ("pip cache", 5)]
    assert (found.size, found.user, found.ports, found.cmd) == (18, "app", ("80/tcp",), ("x",))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("app/.env", b"A=1"),
        ("app/.env.production", b"A=1"),
        ("app/.git/config", b"[core]"),
        ("root/.netrc", b"machine x"),
        ("app/id_ed25519", b"x"),
        ("app/tls/server.key", b"-----BEGIN EC PRIVATE KEY-----\n"),
    ],
)
def test_a_secret_is_found(path: str, content: bytes) -> None:
    found = read({}, {path: content}, {})
    assert [(secret.path, secret.layer) for secret in found.secrets] == [(f"/{path}", 2)]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("app/.env.example", b"A="),
        ("app/.git/HEAD", b"ref"),
        ("etc/ssl/certs/ca.pem", b"-----BEGIN CERTIFICATE-----\n"),
        ("app/public.key", b"-----BEGIN PUBLIC KEY-----\n"),
    ],
)
def test_what_only_looks_like_a_secret_is_none(path: str, content: bytes) -> None:
    assert read({}, {path: content}, {}).secrets == ()


def test_secrets_of_the_base_image_are_not_the_projects() -> None:
    assert read({"root/.netrc": b"x"}, {}, {}).secrets == ()


def test_a_secret_that_a_later_layer_deletes_is_still_there() -> None:
    found = read({}, {"app/.env": b"A=1"}, {"app/.wh..env": b""})
    assert [secret.path for secret in found.secrets] == ["/app/.env"]


def test_an_image_above_the_limit_is_not_read() -> None:
    with pytest.raises(EngineError, match="--size-limit"):
        read_archive(saved([{}, {"x": b"1" * 20_000}, {}], oci=False), 1, 10_000)


def test_something_else_is_no_image() -> None:
    with pytest.raises(EngineError, match="not an image archive"):
        read_archive(io.BytesIO(tar({"a": b"x"})), 0, LIMIT)
