"""The release, or the digest, that the registry says a base image's tag means today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.plans.base.stated_releases import ended
from dockerfix.plans.base.written_reference import WrittenReference
from dockerfix.project.bases.tags import tag_parts
from dockerfix.syntax.references import ImageReference
from dockerfix.text import Edit

if TYPE_CHECKING:
    from dockerfix.project.releases.registry.meaning import Meaning

__all__ = ["RegistryPin", "digest_pin", "is_absent", "is_present", "todays_pin"]


@frozen
class RegistryPin:
    """What to write, and the same for people; `because` is one clause either way.

    `edit` is None where nothing is to be written. `doubt` tells why the registry that was asked may not be the one that
    a build asks.
    """

    title: str
    because: str
    edit: Edit | None = None
    doubt: str | None = None
    has_digest: bool = False


def todays_pin(reference: ImageReference, written: WrittenReference, *, with_digest: bool) -> RegistryPin:
    """The release that a floating tag means today: nothing changes now, and nothing moves later.

    Args:
        with_digest: put the digest behind the tag.
    Raises:
        UsageError: httpx is not installed.
    """
    from dockerfix.project.releases.registry.meaning import meaning_of

    found = meaning_of(reference)
    if found.tag is None or found.digest is None:
        return RegistryPin("", found.because)
    new = reference.with_tag(found.tag)
    said = f"{_short(reference)} is {found.tag} today, by its digest in the registry ({found.digest[:19]}…)"
    because = "; ".join((said, *ended(reference.familiar_name, tag_parts(found.tag).version)))
    return _written(new, found.digest if with_digest else None, because, written)


def digest_pin(new: str, written: WrittenReference) -> RegistryPin | None:
    """A reference with the digest that its tag has today; None where the registry does not tell."""
    found = _asked(new)
    if found is None or found.digest is None:
        return None
    return _written(new, found.digest, f"{new} has this digest in the registry today", written)


def is_absent(new: str) -> str | None:
    """What the registry says where it has no such image; None where it has one, or does not tell."""
    found = _asked(new)
    return found.because if found is not None and found.is_missing else None


def is_present(new: str) -> bool:
    """Whether the registry says that it has such an image."""
    found = _asked(new)
    return found is not None and found.digest is not None


def _asked(new: str) -> Meaning | None:
    from dockerfix.project.releases.registry.meaning import digest_of

    reference = ImageReference.parse(new)
    return digest_of(reference) if reference is not None else None


def _written(new: str, digest: str | None, because: str, written: WrittenReference) -> RegistryPin:
    """The pin, without its digest where an ARG that supplies a part of the tag has no room for one."""
    doubt = "a build argument may name another registry than the one that was asked" if written.is_prefixed else None
    edit = written.edit(f"{new}@{digest}") if digest is not None else None
    if edit is not None:
        return RegistryPin(f"Pin {new} and its digest", because, edit, doubt, has_digest=True)
    return RegistryPin(f"Pin {new}", because, written.edit(new), doubt)


def _short(reference: ImageReference) -> str:
    return str(replace(reference, tag=reference.tag or "latest"))
