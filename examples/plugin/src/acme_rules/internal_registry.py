"""Base images that do not come by way of the mirror that Acme pulls from."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile
from dockerfix.text import Edit, encode

_MIRROR = "public.ecr.aws/docker/library"
_RUN = "RUN true\n"
_WHY = "the mirror has each official image"


class InternalRegistry(Rule):
    """A base image comes from Docker Hub, and not by way of its mirror at Amazon.

    Why: builds stop where Docker Hub's limit is reached.
    Fix: the same image, tag and digest from the mirror.
    Safety: safe for official images, which the mirror has; others are reported.
    """

    code = "ACME101"
    name = "internal-registry"
    message = "the base image comes from Docker Hub"
    sources = ("Acme's handbook: Images",)
    may_change = frozenset({Aspect.BASE_IMAGE})
    examples = (
        Example("an official image", "FROM python:3.12\n", f"FROM {_MIRROR}/python:3.12\n"),
        Example("with a digest", f"FROM a@sha256:{'0' * 64}\n", f"FROM {_MIRROR}/a@sha256:{'0' * 64}\n"),
        Example("a name", "FROM node:22 AS web\n" + _RUN, f"FROM {_MIRROR}/node:22 AS web\n" + _RUN),
        Example("a platform", "FROM --platform=linux/amd64 go:1\n", f"FROM --platform=linux/amd64 {_MIRROR}/go:1\n"),
        Example("lower case, CRLF", "from redis:8\r\n", f"from {_MIRROR}/redis:8\r\n"),
        Example(
            "each stage",
            "FROM golang:1.27 AS b\nFROM alpine:3.24\nCOPY --from=b /x /x\n",
            f"FROM {_MIRROR}/golang:1.27 AS b\nFROM {_MIRROR}/alpine:3.24\nCOPY --from=b /x /x\n",
        ),
        Example("a comment above", "# the base\nFROM debian:13\n", f"# the base\nFROM {_MIRROR}/debian:13\n"),
        Example.reported("somebody's image", "FROM bitnami/redis:8\n"),
        Example.unchanged("it does", f"FROM {_MIRROR}/python:3.12\n"),
        Example.unchanged("another registry", "FROM ghcr.io/astral-sh/uv:latest\n"),
        Example.unchanged("an earlier stage", f"FROM {_MIRROR}/node:22 AS base\nFROM base\n"),
        Example.unchanged("nothing", "FROM scratch\n"),
        Example.unchanged("known at build time only", "ARG BASE\nFROM $BASE\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for stage in image(dockerfile, context).stages:
            start, reference = stage.stage.start, stage.reference
            word = start.image
            if stage.base is not None or reference is None or reference.is_scratch or word is None or "$" in word.value:
                continue
            if reference.registry:
                continue
            if "/" in reference.repository:
                yield self.finding(start, because="ask the platform team to mirror it")
                continue
            edit = Edit(word.span, encode(f"{_MIRROR}/{word.value}"))
            yield self.finding(
                start, Fix.safe("Take it from the mirror", edit, because="the mirror has official images")
            )
