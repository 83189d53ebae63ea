"""What the rules of this package do, and that dockerfix finds them."""

from __future__ import annotations

from acme_rules.internal_registry import InternalRegistry

import dockerfix
from dockerfix.testing import assert_examples, assert_fixed, assert_unchanged, findings


def test_every_example_holds() -> None:
    assert_examples(InternalRegistry)


def test_the_tag_stays() -> None:
    assert_fixed(
        """
        FROM python:3.12-slim
        RUN true
        """,
        """
        FROM public.ecr.aws/docker/library/python:3.12-slim
        RUN true
        """,
        only=InternalRegistry,
    )


def test_a_quiet_file_stays_quiet() -> None:
    assert_unchanged("FROM public.ecr.aws/docker/library/python:3.12-slim", only=InternalRegistry)


def test_the_reason_says_whom_to_ask() -> None:
    assert "platform team" in findings("FROM bitnami/redis:8", InternalRegistry)[0].because


def test_dockerfix_runs_the_rule_where_the_package_is_installed() -> None:
    outcome = dockerfix.fix_source("FROM node:22\n", select=["ACME101"])
    assert outcome.after.text == "FROM public.ecr.aws/docker/library/node:22\n"
