"""Is each answer and each body what the models made from Forgejo's description allow?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyforgejo
from pydantic import BaseModel, ValidationError

__all__ = ["violations"]


def violations(name: str, content: Any) -> list[str]:
    """What the model of this name has against some content; a list is held to it item by item."""
    items = content if isinstance(content, list) else [content]
    return [f"{name}: {complaint}" for item in items for complaint in _complaints(getattr(pyforgejo, name), item)]


def _complaints(model: type[BaseModel], item: Any) -> Iterator[str]:
    try:
        read = model.model_validate(item)
    except ValidationError as error:
        yield str(error)
        return
    yield from (f"does not know {path}" for path in _unknown(read, ""))


def _unknown(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown(item, f"{path}[{number}]")
