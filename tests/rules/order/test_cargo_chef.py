"""DF202 offers cargo-chef for a build of Cargo, and applies nothing."""

from __future__ import annotations

import pytest
from ordering import Files, findings, repaired, written

from dockerfix.rule import Applicability
from dockerfix.rules.order.install_with_source import InstallWithSource
from dockerfix.syntax import check, parse
from dockerfix.text import apply_edits

RUST = {"Cargo.toml": '[package]\nname = "app"\n\n[dependencies]\nserde = "1"\n', "Cargo.lock": "", "src/main.rs": ""}


def _offered(text: str, files: Files = RUST) -> str | None:
    """The file with what is offered; None where nothing is."""
    (finding,) = findings(text, files, InstallWithSource)
    assert "cargo-chef" in finding.because
    if finding.fix is None:
        return None
    assert finding.fix.applicability is Applicability.SUGGESTION
    after = parse(apply_edits(parse(written(text)).source, finding.fix.edits))
    check(after)
    assert not findings(after.text, files, InstallWithSource)
    return after.text


def test_stages_of_its_readme() -> None:
    before = """
        FROM rust:1.80 AS builder
        RUN apt-get update && apt-get install -y libssl-dev
        WORKDIR /app

        # the source
        COPY . .
        RUN cargo build --release --locked

        FROM debian:12-slim
        COPY --from=builder /app/target/release/app /usr/local/bin/
        """
    after = """
        FROM rust:1.80 AS chef
        RUN cargo install cargo-chef --locked
        RUN apt-get update && apt-get install -y libssl-dev
        WORKDIR /app

        FROM chef AS planner
        COPY . .
        RUN cargo chef prepare --recipe-path recipe.json

        FROM chef AS builder
        COPY --from=planner /app/recipe.json recipe.json
        RUN cargo chef cook --release --locked --recipe-path recipe.json
        # the source
        COPY . .
        RUN cargo build --release --locked

        FROM debian:12-slim
        COPY --from=builder /app/target/release/app /usr/local/bin/
        """
    assert _offered(before) == written(after)


def test_stage_without_a_name_in_lower_case() -> None:
    before = "from rust:1\nworkdir /app\ncopy . .\nrun cargo install --path .\n"
    after = (
        "from rust:1 as chef\nrun cargo install cargo-chef --locked\nworkdir /app\n\n"
        "from chef as planner\ncopy . .\nrun cargo chef prepare --recipe-path recipe.json\n\n"
        "from chef as builder\ncopy --from=planner /app/recipe.json recipe.json\n"
        "run cargo chef cook --release --recipe-path recipe.json\ncopy . .\nrun cargo install --path .\n"
    )
    assert _offered(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "FROM rust:1 AS b\nWORKDIR /app\nCOPY . .\nRUN cargo build\nFROM scratch\nCOPY --from=0 /app/target /x\n",
        "FROM rust:1 AS chef\nWORKDIR /app\nCOPY . .\nRUN cargo build\n",
        "FROM rust:1\nARG FEATURES\nWORKDIR /app\nCOPY . .\nRUN cargo build\n",
        "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN echo x > y\nRUN cargo build\n",
    ],
)
def test_what_does_not_fit_is_only_told(text: str) -> None:
    assert _offered(text) is None


def test_nothing_is_applied() -> None:
    text = "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo build\n"
    assert repaired(text, RUST, unsafe=True) == text
