"""DF202: the comment above a RUN that is parted goes with what it describes."""

from __future__ import annotations

import pytest
from ordering import assert_becomes

GO = {"go.mod": "module app\n\nrequire example.org/x v1.0.0\n", "go.sum": "", "main.go": ""}


def test_comment_about_the_build_goes_with_the_build() -> None:
    before = """
        FROM golang:1.22
        WORKDIR /src
        COPY . .

        # Build the binary
        RUN go build -o /app .
        """
    after = """
        FROM golang:1.22
        WORKDIR /src
        COPY go.mod go.sum ./

        RUN go mod download

        COPY . .

        # Build the binary
        RUN go build -o /app .
        """
    assert_becomes(before, after, GO)


@pytest.mark.parametrize("comment", ["# Install dependencies and build", "# download modules, then build"])
def test_comment_about_dependencies_stays_with_them(comment: str) -> None:
    before = f"""
        FROM golang:1.22
        WORKDIR /src
        COPY . .

        {comment}
        RUN go build -o /app .
        """
    after = f"""
        FROM golang:1.22
        WORKDIR /src
        COPY go.mod go.sum ./

        {comment}
        RUN go mod download

        COPY . .

        RUN go build -o /app .
        """
    assert_becomes(before, after, GO)


def test_manifests_stand_above_the_download_where_something_parts_them() -> None:
    before = """
        FROM golang:1.22
        WORKDIR /src
        COPY . .
        RUN apt-get update

        # Build the binary
        RUN go build -o /app .
        """
    after = """
        FROM golang:1.22
        WORKDIR /src
        RUN apt-get update

        COPY go.mod go.sum ./
        RUN go mod download
        COPY . .

        # Build the binary
        RUN go build -o /app .
        """
    assert_becomes(before, after, GO)


def test_indentation_is_kept() -> None:
    before = "FROM golang:1.22\nWORKDIR /src\n  COPY . .\n  # Build\n  RUN go build -o /app .\n"
    after = (
        "FROM golang:1.22\nWORKDIR /src\n  COPY go.mod go.sum ./\n  RUN go mod download\n"
        "  COPY . .\n  # Build\n  RUN go build -o /app .\n"
    )
    assert_becomes(before, after, GO)
