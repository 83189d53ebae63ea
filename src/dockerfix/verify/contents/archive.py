"""Reads an image as `docker save` streams it: its configuration, and what is in each layer."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from dockerfix.frozen import frozen
from dockerfix.verify.contents.kinds import kind_of, secret_in
from dockerfix.verify.engine import EngineError

__all__ = ["ImageContents", "Layer", "Part", "Secret", "read_archive"]

_HASHED = re.compile(r"\b(?:dir|file|multi):[0-9a-f]{64} in ")  # Buildah names the content, not the source
_LONGEST_CONFIG = 16 * 1024 * 1024  # bytes, of one text and of all together
_LONGEST_HEADER = 1024 * 1024  # bytes of a name or of extended attributes
_MANY = 1000  # kinds of files, and secrets, of one layer


@frozen
class Part:
    """Files of one kind in a layer, and their bytes together."""

    kind: str
    size: int


@frozen
class Secret:
    """A file that should not be in an image, why it is taken for one, and the layer (1-based) that holds it."""

    path: str
    why: str
    layer: int


@frozen
class Layer:
    """One layer: the instruction that made it, the bytes of its files, and what kinds of files these are."""

    made_by: str
    size: int
    parts: tuple[Part, ...]
    of_base: bool = False


@frozen
class ImageContents:
    """An image: the bytes of all its layers, what each holds, and what its configuration says."""

    layers: tuple[Layer, ...]
    secrets: tuple[Secret, ...]
    user: str
    ports: tuple[str, ...]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all files of all layers."""
        return sum(layer.size for layer in self.layers)


class _Member(tarfile.TarInfo):
    """A member whose headers are read only when they fit: Python reads those of any size into memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > _LONGEST_HEADER:
            raise tarfile.ReadError("a header of more than a megabyte")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


@dataclass
class _Content:
    """What one layer of the archive holds, before it is known which instruction made it."""

    sizes: dict[str, int] = field(default_factory=dict)
    secrets: list[tuple[str, str]] = field(default_factory=list)


def read_archive(stream: IO[bytes], base_layers: int, limit: int) -> ImageContents:
    """What an image archive holds; nothing of it is written to disk.

    Args:
        stream: the archive, as `docker save`, `podman save` and `buildah push docker-archive:` write it.
        base_layers: how many of the lowest layers come from the base image; secrets are not looked for in them.
        limit: bytes of all layers together.
    Raises:
        EngineError: it is larger than that, or no such archive.
    """
    try:
        return _read(stream, base_layers, limit)
    except (tarfile.TarError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise EngineError(f"the engine's image archive cannot be read ({error})") from error


def _read(stream: IO[bytes], base_layers: int, limit: int) -> ImageContents:
    contents: dict[str, _Content] = {}
    texts: dict[str, bytes] = {}
    links: dict[str, str] = {}
    room = _LONGEST_CONFIG
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive:
        for member in archive:
            if member.issym():  # podman names a layer that is there already
                links[member.name] = member.linkname.removeprefix("../")
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            if member.name.endswith(".json") or _looks_like_json(member, file):
                texts[member.name] = file.read(room)
                room -= len(texts[member.name])
            elif member.size > 1024:
                limit -= member.size
                if limit < 0:
                    raise EngineError("the image is larger than --size-limit allows")
                contents[member.name] = _layer_content(file)
    return _contents(texts, contents, links, base_layers)


def _looks_like_json(member: tarfile.TarInfo, file: IO[bytes]) -> bool:
    """Whether a blob of the OCI layout is a configuration or a manifest: only the start of it is looked at."""
    if not member.name.startswith("blobs/") or member.size > _LONGEST_CONFIG:
        return False
    peek = getattr(file, "peek", None)
    return bool(peek is not None and peek(1)[:1] == b"{")


def _layer_content(file: IO[bytes]) -> _Content:
    found = _Content()
    try:
        with tarfile.open(fileobj=file, mode="r|*", tarinfo=_Member) as layer:
            for member in layer:
                _note(found, layer, member)
    except tarfile.ReadError:
        return found  # a small file of the archive that is no layer
    return found


def _note(found: _Content, layer: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = f"/{member.name.removeprefix('./').lstrip('/')}"
    if not member.isfile():
        return
    kind = kind_of(path)
    if kind not in found.sizes and len(found.sizes) >= _MANY:
        kind = "other files"
    found.sizes[kind] = found.sizes.get(kind, 0) + member.size
    why = secret_in(path, member.size, lambda: _head(layer, member))
    if why is not None and len(found.secrets) < _MANY:
        found.secrets.append((path, why))


def _head(layer: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = layer.extractfile(member)
    return file.read(4096) if file is not None else b""


def _contents(
    texts: dict[str, bytes], contents: dict[str, _Content], links: dict[str, str], base_layers: int
) -> ImageContents:
    try:
        manifest = json.loads(texts["manifest.json"])[0]
        config = json.loads(texts[manifest["Config"]])
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"not an image archive: {error}") from error
    made = [*_made_by(config)]
    layers: list[Layer] = []
    secrets: list[Secret] = []
    for number, name in enumerate(manifest["Layers"], 1):
        content = contents.get(name) or contents.get(links.get(name, "")) or _Content()
        parts = tuple(Part(*item) for item in sorted(content.sizes.items(), key=lambda item: -item[1]))
        words = made[number - 1] if number <= len(made) else ""
        of_base = number <= base_layers
        layers.append(Layer(words, sum(content.sizes.values()), parts, of_base))
        if not of_base:
            secrets += (Secret(path, why, number) for path, why in content.secrets)
    inner: dict[str, Any] = config.get("config") or {}
    return ImageContents(
        tuple(layers),
        tuple(secrets),
        inner.get("User") or "",
        tuple(sorted(inner.get("ExposedPorts") or ())),
        tuple(inner.get("Entrypoint") or ()),
        tuple(inner.get("Cmd") or ()),
    )


def _made_by(config: dict[str, Any]) -> Iterator[str]:
    """The instruction of each layer, as the history tells it, without what the builder writes around it."""
    for entry in config.get("history") or ():
        if not entry.get("empty_layer"):
            words = " ".join(str(entry.get("created_by") or "").split())
            words = words.removesuffix(" # buildkit").removeprefix("/bin/sh -c #(nop) ").strip()
            words = words.replace("RUN /bin/sh -c ", "RUN ", 1)
            words = _HASHED.sub("… ", words)
            yield f"RUN {words.removeprefix('/bin/sh -c ')}" if words.startswith("/bin/sh -c ") else words
