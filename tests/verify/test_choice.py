"""Which engine is taken."""

from __future__ import annotations

import pytest

from dockerfix.verify.commands import Commands
from dockerfix.verify.engine import EngineError
from dockerfix.verify.engines import choose_engine


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(EngineError, match="choose one of docker, podman, buildah"):
        choose_engine("kaniko", Commands())


def test_without_any_engine_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DOCKERFIX_DOCKER", raising=False)
    with pytest.raises(EngineError) as raised:
        choose_engine(None, Commands())
    assert str(raised.value) == (
        "no engine to verify with: docker is not installed; podman is not installed; buildah is not installed. "
        "Install or start Docker, Podman or Buildah"
    )
