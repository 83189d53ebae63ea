"""Image references, as FROM, COPY --from and compose files write them.

Source: the grammar and the Docker Hub rules of github.com/distribution/reference (regexp.go, normalize.go).
"""

from __future__ import annotations

import re
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

__all__ = ["ImageReference"]

_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = regex(rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?", re.ASCII)
_PATH_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_TAG = r"\w[\w.-]{0,127}"
_REMOTE = regex(
    rf"(?P<repository>{_PATH_PART}(?:/{_PATH_PART})*)(?::(?P<tag>{_TAG}))?(?:@(?P<digest>[^@]+))?", re.ASCII
)
_DIGEST = regex(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_IDENTIFIER = regex(r"[a-f0-9]{64}")
_MAX_REPOSITORY = 255

_DOCKER_HUB = frozenset({"", "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
# copies of Docker Hub that keep its repository names
_HUB_MIRRORS = ("mirror.gcr.io/", "public.ecr.aws/docker/", "mcr.microsoft.com/mirror/docker/")


@frozen
class ImageReference:
    """An image reference that passed the grammar, in the parts as they are written.

    `registry` is "" where none is written; `repository` is what follows it ("python", "library/python",
    "astral-sh/uv"); `tag` and `digest` ("sha256:…") are None where not written.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference | None:
        """Read a reference; None where the text is none, or still holds a variable (`$`).

        A stage name reads as a reference too: whether it names a stage is for the caller to ask first.
        """
        registry, remote = _split(text)
        found = _REMOTE.fullmatch(remote)
        if found is None or _IDENTIFIER.fullmatch(text) or (registry and not _REGISTRY.fullmatch(registry)):
            return None
        repository, tag, digest = found["repository"], found["tag"], found["digest"]
        if digest is not None and not _DIGEST.fullmatch(digest):
            return None
        on_hub = registry in _DOCKER_HUB and "/" not in repository
        if len(repository) + len("library/") * on_hub > _MAX_REPOSITORY:
            return None
        return cls(registry, repository, tag, digest)

    @property
    def name(self) -> str:
        """The reference as written, without tag and digest."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def familiar_name(self) -> str:
        """The name as people say it: "python" for each way to write Docker's official image.

        Docker Hub and the public mirrors that keep its names lose their host, official images also `library/`.
        Any other name stays as written.
        """
        repository = self.repository
        if self.registry not in _DOCKER_HUB:
            mirror = next((prefix for prefix in _HUB_MIRRORS if self.name.startswith(prefix)), None)
            if mirror is None:
                return self.name
            repository = self.name.removeprefix(mirror)
        official = repository.removeprefix("library/")
        return repository if "/" in official else official

    @property
    def is_scratch(self) -> bool:
        """Whether this is `FROM scratch`, the empty image; BuildKit knows it under this one spelling only."""
        return str(self) == "scratch"

    def is_official(self, name: str) -> bool:
        """Whether this is Docker's official image of that name, from Docker Hub or a public mirror of it."""
        return self.familiar_name == name and "/" not in name

    def with_tag(self, tag: str) -> str:
        """The reference as written, with this tag in place of its own; a digest is dropped: it names other content.

        Raises:
            ValueError: `tag` is none that the grammar allows.
        """
        if not re.fullmatch(_TAG, tag, re.ASCII):
            raise ValueError(f"not an image tag: {tag!r}")
        return str(replace(self, tag=tag, digest=None))

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return self.name + tag + digest


def _split(text: str) -> tuple[str, str]:
    """Registry and the rest: the part before the first slash is a registry if it can't be a Docker Hub namespace."""
    first, slash, rest = text.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        return first, rest
    return "", text
