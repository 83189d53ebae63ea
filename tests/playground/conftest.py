"""The page, served once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Site, served

for _name in ("starlette", "uvicorn", "jinja2"):
    pytest.importorskip(_name, reason=f"{_name} is not installed")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served() as found:
        yield found
