"""XML that other people wrote, read without entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["local_name", "xml"]


@memoised_on("code")
def xml(context: BuildContext, path: str) -> Element | None:
    """The root of an XML file of the context; None where it cannot be read, or declares entities of its own."""
    from xml.etree import ElementTree

    content = context.read(path)
    if content is None or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
