"""The ports that an image listens on, as far as EXPOSE, the start command and variables tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.model import StageImage
from dockerfix.image.programs import Program, Start

__all__ = ["low_port"]

# Variables that name the port a program listens on. Source: documentation of the programs.
_PORT_VARIABLES = (
    "PORT FLASK_RUN_PORT UVICORN_PORT STREAMLIT_SERVER_PORT GRADIO_SERVER_PORT HTTP_PORT HTTPS_PORT SERVER_PORT "
    "APP_PORT LISTEN_PORT WEB_PORT CHAINLIT_PORT ASPNETCORE_HTTP_PORTS HYPERCORN_PORT GRANIAN_PORT".split()
)
_PORT_OPTION = re.compile(r"(?:--?[\w.-]*port|-p|-b|--bind|--http|--listen)\Z")
_ADDRESS = re.compile(r"(?:--?[\w.-]+=)?(?:https?://|tcp:)?[\w.\-*\[\]:]*:(\d{1,5})\Z")
_OWN_PORT_FAMILIES = {"uvicorn-gunicorn": 80}


def low_port(stage: StageImage, start: Start | None) -> int | None:
    """A port below 1024 that an image listens on, as far as EXPOSE, the start command and variables tell."""
    ports = [*_exposed(stage), *_environment_ports(stage)]
    for program in start.programs if start is not None else ():
        ports += _argument_ports(program)
    if stage.facts is not None and stage.facts.family in _OWN_PORT_FAMILIES and not ports:
        ports.append(_OWN_PORT_FAMILIES[stage.facts.family])
    return next((port for port in ports if 0 < port < 1024), None)


def _exposed(stage: StageImage) -> Iterator[int]:
    for port in stage.ports:
        number = port.partition("/")[0].partition("-")[0]
        if number.isdigit():
            yield int(number)


def _environment_ports(stage: StageImage) -> Iterator[int]:
    for name in _PORT_VARIABLES:
        value = stage.final.env.get(name) or ""
        if value.isdigit():
            yield int(value)


def _argument_ports(program: Program) -> Iterator[int]:
    previous = ""
    for value in program.argv:
        text = value or ""
        name, equals, given = text.partition("=")
        if text.isdigit() and (_PORT_OPTION.match(previous) or previous == "runserver"):
            yield int(text)
        elif equals and given.isdigit() and _PORT_OPTION.match(name):
            yield int(given)
        elif address := _ADDRESS.match(text):
            yield int(address[1])
        previous = text
