"""Builds that ask Git about their sources."""

from __future__ import annotations

import pytest
from modelled import modelled

from dockerfix.plans.ignore.git_history import git_reader

HEAD = "FROM golang:1.24\nCOPY . /src\nWORKDIR /src\n"


@pytest.mark.parametrize(
    ("lines", "files", "reader"),
    [
        ("RUN go build -ldflags=$(git rev-parse HEAD)", {}, "line 4 asks Git"),
        ("RUN git -C /src describe --tags > version", {}, "line 4 asks Git"),
        ("RUN <<EOF\ngit describe --always\nEOF", {}, "line 4 asks Git"),
        ("RUN make build", {"Makefile": "V := $(shell git describe)\n"}, "Makefile asks Git"),
        ("RUN ./hack/version", {"hack/version": "git log -1\n"}, "hack/version asks Git"),
        (
            "RUN npm run build",
            {"package.json": '{"scripts": {"build": "git rev-parse HEAD > v"}}'},
            "package.json asks Git",
        ),
        ("RUN mvn package", {"pom.xml": "<artifactId>git-commit-id-plugin</artifactId>"}, "pom.xml asks Git"),
        ("RUN apt-get install -y git", {}, None),
        ("RUN git clone https://example.com/a && cd a && git checkout v1", {}, None),
        ("RUN git config --global user.name x", {}, None),
        ("RUN make build", {"Makefile": "build:\n\tgo build\n"}, None),
        ("RUN go build", {"Makefile": "V := $(shell git describe)\n"}, None),
    ],
)
def test_what_asks_git(lines: str, files: dict[str, str], reader: str | None) -> None:
    model = modelled(HEAD + lines + "\n", files)
    assert git_reader(model.dockerfile, model.context) == reader
