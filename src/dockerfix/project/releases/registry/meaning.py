"""Which release a floating tag means today: the tag with the same digest that says it most precisely."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from dockerfix.frozen import frozen
from dockerfix.project.bases.images import base_image, is_floating_tag
from dockerfix.project.releases.registry.address import Address, address_of
from dockerfix.project.releases.registry.candidates import Candidate, candidates, finer
from dockerfix.project.releases.registry.client import Registry
from dockerfix.project.releases.registry.failures import MissingError, RegistryError, SilentError
from dockerfix.syntax.references import ImageReference

__all__ = ["Meaning", "digest_of", "meaning_of"]

_MOST = 40  # tags that are compared with a floating one


@frozen
class Meaning:
    """What the registry said.

    `digest` is that of the tag that was asked about, `tag` another one with this digest that names a release; either
    is None where there is none, and then `because` tells why, as one clause for people. `is_missing` tells that the
    registry has no such tag.
    """

    tag: str | None
    digest: str | None
    because: str = ""
    is_missing: bool = False


@lru_cache(maxsize=512)
def meaning_of(reference: ImageReference) -> Meaning:
    """The release that an image's tag means today; the same question is asked once a process.

    No answer is one, too: no repair depends on there being a network.
    Raises:
        UsageError: httpx is not installed.
    """
    address, tag = address_of(reference), reference.tag or "latest"
    named = digest_of(reference)
    if named.digest is None:
        return named
    try:
        among = tuple(one for one in candidates(tag, _tags(address)) if _pins(reference, one))
        found = _same(_registry(address), named.digest, among)
    except RegistryError as error:
        return Meaning(None, named.digest, _kept(address, error))
    if found is None:
        return Meaning(None, named.digest, f"{address.host} has no release of {reference.name} that is {tag} today")
    return Meaning(found.tag, named.digest)


@lru_cache(maxsize=1024)
def digest_of(reference: ImageReference) -> Meaning:
    """The digest of what a tag names today: of the index, where there is one for several platforms."""
    address = address_of(reference)
    if address.url in _SILENT:
        return Meaning(None, None, _SILENT[address.url])
    try:
        return Meaning(None, _registry(address).digest(reference.tag or "latest"))
    except MissingError as error:
        return Meaning(None, None, str(error), is_missing=True)
    except RegistryError as error:
        return Meaning(None, None, _kept(address, error))


_SILENT: dict[str, str] = {}  # registries that are not asked again in this run, and why


def _kept(address: Address, error: RegistryError) -> str:
    if isinstance(error, SilentError):
        _SILENT[address.url] = str(error)
    return str(error)


@lru_cache(maxsize=64)
def _registry(address: Address) -> Registry:
    return Registry(address)


@lru_cache(maxsize=64)
def _tags(address: Address) -> tuple[str, ...]:
    return _registry(address).tags()


def _pins(reference: ImageReference, one: Candidate) -> bool:
    """Whether a tag stays on one release line; of an image that is not known, one number does not say so."""
    pinned = replace(reference, tag=one.tag)
    if base_image(pinned) is None and len(one.numbers) < 2:
        return False
    return not is_floating_tag(pinned)


def _same(registry: Registry, digest: str, among: tuple[Candidate, ...]) -> Candidate | None:
    found = next((one for one in among[:_MOST] if _has(registry, one, digest)), None)
    if found is None:
        return None
    return next((one for one in list(finer(found, among))[:_MOST] if _has(registry, one, digest)), found)


def _has(registry: Registry, one: Candidate, digest: str) -> bool:
    try:
        return registry.digest(one.tag) == digest
    except MissingError:  # the list still has a tag that was taken back
        return False
