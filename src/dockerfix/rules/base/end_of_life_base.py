"""Base images whose release gets no fixes any more."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.plans.base.end_of_life import EndOfLife, ended_bases
from dockerfix.project.releases.stated import successor
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Dockerfile

_CI = {".github/workflows/ci.yml": "jobs:\n  a:\n    strategy:\n      matrix:\n        node-version: [18, 20, 22]\n"}


class EndOfLifeBase(Rule):
    """The base image is of a release that its makers have given up.

    Why: faults that are found in it stay there.
    Fix: the release that the project itself names elsewhere (`.nvmrc`, `engines`, CI), else the one with long-term
    support, or the next that is kept up; in all stages at once, as modules that one stage compiles must fit the other.
    Safety: a suggestion, never made: another release has to be tried. Reported where the tag names a suite of the
    distribution too. The dates are those of the data file, and are told once for each image of a file.
    """

    code = "DF102"
    name = "end-of-life-base"
    message = "the release of the base image gets no fixes any more"
    sources = ("endoflife-date/endoflife.date", "Python Developer's Guide: Status of Python versions")
    may_change = frozenset({Aspect.BASE_IMAGE})
    worth = Worth.security()
    examples = (
        Example.suggested("Node, the next that is kept up", "FROM node:18\n", "FROM node:22\n", {}),
        Example.suggested(
            "every stage",
            "FROM node:18-alpine AS build\nRUN npm ci\nFROM node:18-alpine\nCOPY --from=build /a /a\n",
            "FROM node:22-alpine AS build\nRUN npm ci\nFROM node:22-alpine\nCOPY --from=build /a /a\n",
            {},
        ),
        Example.suggested("what CI tries", "FROM node:18-slim\n", "FROM node:22-slim\n", _CI),
        Example.suggested("what .nvmrc says", "FROM node:16.20.2\n", "FROM node:22\n", {".nvmrc": "22\n"}),
        Example.suggested("Python", "FROM python:3.8-slim\n", "FROM python:3.10-slim\n".replace("3.10", "3.11"), {}),
        Example.suggested("Go", "FROM golang:1.21-alpine AS b\n", "FROM golang:1.27-alpine AS b\n", {}),
        Example.suggested("Alpine", "FROM alpine:3.15\n", "FROM alpine:3.22\n", {}),
        Example.suggested(
            "in an ARG, lower case, CRLF",
            "arg V=18\r\nfrom node:${V}-slim\r\n",
            "arg V=22\r\nfrom node:${V}-slim\r\n",
            {},
        ),
        Example.reported("with a suite", "FROM node:16-bullseye\n", {}),
        Example.reported("Debian itself, by its name", "FROM debian:buster\n", {}),
        Example.unchanged("kept up", "FROM node:24-slim\n", {}),
        Example.unchanged("a floating tag is another matter", "FROM node:latest\n", {}),
        Example.unchanged("a private image", "FROM corp.example.com/node:14\n", {}),
        Example.unchanged("an earlier stage", "FROM node:24 AS node16\nFROM node16\n", {}),
        Example.unchanged("a release of which nothing is known", "FROM python:3.99\n", {}),
        Example.unchanged("known at build time only", "ARG V\nFROM node:$V\n", {}),
        Example.unchanged("nothing", "FROM scratch\n", {}),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for found in ended_bases(image(dockerfile, context)):
            yield self._judged(found)

    def _judged(self, found: EndOfLife) -> Finding:
        start, name = found.stage.stage.start, found.reference.familiar_name
        message = f"{name} {found.version} has had no fixes since {found.end}"
        if found.edits:
            title = f"Start from {name} {found.other}"
            fix = Fix.suggestion(title, *found.edits, because=f"{message}; {found.because}")
            return self.finding(start, fix, message=message)
        follower = successor(name)
        because = f"{follower} continues it" if follower else found.because or "choose a release that is kept up"
        return self.finding(start, because=because, message=message)
