"""The ports that an image listens on, as far as EXPOSE, the start command and variables tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.image.model import StageImage
from dockerfix.programs.starts import Program, Start
from dockerfix.regexes import regex
from dockerfix.shell import ShellWord
from dockerfix.text import is_number

__all__ = ["filled", "low_port"]

# Variables that name the port a program listens on. Source: documentation of the programs.
_PORT_VARIABLES = (
    "PORT FLASK_RUN_PORT UVICORN_PORT STREAMLIT_SERVER_PORT GRADIO_SERVER_PORT HTTP_PORT HTTPS_PORT SERVER_PORT "
    "APP_PORT LISTEN_PORT WEB_PORT CHAINLIT_PORT ASPNETCORE_HTTP_PORTS HYPERCORN_PORT GRANIAN_PORT".split()
)
_PORT_OPTION = regex(r"(?:--?[\w.-]*port|-p|-b|-l|--bind|--http|--https|--http-socket|--listen|-lk?p?)\Z")
_PORT_WORDS = frozenset({"runserver", "http.server", "SimpleHTTPServer"})  # the port is their operand
_ADDRESS = regex(r"(?:--?[\w.-]+=)?(?:\w+://|tcp:)?[\w.\-*\[\]:]*:(\d{1,5})/?\Z")
_ATTACHED = regex(r"-[pl](\d{1,5})\Z")  # `-p80`
_LISTENER = regex(r"(?:-LISTEN:|(?:tcp|ssl|udp)\w*:port=)(\d{1,5})\b")  # of socat, of Twisted
_VARIABLE = regex(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}]*))?\})")
_OWN_PORT_FAMILIES = {"uvicorn-gunicorn": 80}


def low_port(stage: StageImage, start: Start | None, environment: Mapping[str, str | None] | None = None) -> int | None:
    """A port below 1024 that an image listens on, as far as EXPOSE, the start command and variables tell.

    Args:
        environment: the variables that it is started with; None for the image's own.
    """
    variables = stage.final.env if environment is None else environment
    ports = [*_exposed(stage), *_environment_ports(variables)]
    for program in start.programs if start is not None else ():
        ports += _argument_ports(program, variables)
    if stage.facts is not None and stage.facts.family in _OWN_PORT_FAMILIES and not ports:
        ports.append(_OWN_PORT_FAMILIES[stage.facts.family])
    return next((port for port in ports if 0 < port < 1024), None)


def _exposed(stage: StageImage) -> Iterator[int]:
    for port in stage.ports:
        number = port.partition("/")[0].partition("-")[0]
        if is_number(number):
            yield int(number)


def _environment_ports(variables: Mapping[str, str | None]) -> Iterator[int]:
    for name in _PORT_VARIABLES:
        value = variables.get(name) or ""
        if is_number(value):
            yield int(value)


def _argument_ports(program: Program, variables: Mapping[str, str | None]) -> Iterator[int]:
    previous = ""
    for word in program.command.words:
        text = filled(word, variables)
        name, equals, given = text.partition("=")
        if is_number(text) and (_PORT_OPTION.match(previous) or previous in _PORT_WORDS):
            yield int(text)
        elif equals and is_number(given) and _PORT_OPTION.match(name):
            yield int(given)
        elif attached := _ATTACHED.match(text):
            yield int(attached[1])
        elif address := _ADDRESS.match(text) or _LISTENER.search(text):
            yield int(address[1])
        previous = text


def filled(word: ShellWord, variables: Mapping[str, str | None]) -> str:
    """A word with the variables that are known put in: `0.0.0.0:${WEB_PORT:-80}`."""
    if word.value is not None and not word.expands:
        return word.value
    text = _VARIABLE.sub(lambda match: variables.get(match[1] or match[2]) or match[3] or "", word.raw)
    return text.replace('"', "").replace("'", "")
