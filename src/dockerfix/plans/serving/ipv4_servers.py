"""Servers of an image that listen on IPv4 alone, as far as its settings tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import absolute
from dockerfix.programs.node_packages import built_from
from dockerfix.programs.servers import server_of
from dockerfix.programs.starts import Start, start_of
from dockerfix.project.manifests.package_json import package_json
from dockerfix.regexes import regex

__all__ = ["Ipv4Server", "ipv4_server"]

_COMMENT = regex(r"#[^\n]*")
_LISTEN = regex(r"\blisten\s+([^;]+);")
_SERVER = regex(r"\bserver\s*\{")
_ANYWHERE = "0.0.0.0"
_NGINX_FOLDER = "/etc/nginx/"


@frozen
class Ipv4Server:
    """What says that the server listens on IPv4 alone: a file of the context, None for the Dockerfile itself."""

    text: str
    path: str | None = None


def ipv4_server(model: Image, stage: StageImage) -> Ipv4Server | None:
    """The one server of an image, where it is known to listen on IPv4 and not on IPv6."""
    start = start_of(model, stage)
    if start is None or start.problems:
        return None
    return next(
        (found for found in (*_nginx(model, stage, start), *_of_words(start), *_next(model, stage, start))), None
    )


def _nginx(model: Image, stage: StageImage, start: Start) -> Iterator[Ipv4Server]:
    """nginx with settings of the project's own.

    The image's entry point adds `listen [::]:80` to the packaged default.conf only, as long as that is unchanged.
    Source: nginx/docker-nginx, 10-listen-on-ipv6-by-default.sh.
    """
    if not any(program.name == "nginx" for program in start.programs):
        return
    files = {place: path for place, path in context_files(model, stage).items() if place.startswith(_NGINX_FOLDER)
             and place.endswith((".conf", ".template"))}  # fmt: skip
    texts = {path: _COMMENT.sub("", model.context.text(path) or "") for path in files.values()}
    replaced = {"/etc/nginx/conf.d/default.conf", "/etc/nginx/nginx.conf", "/etc/nginx/templates/default.conf.template"}
    if not replaced & files.keys() or any("include" in text and "conf.d" in text for text in texts.values()):
        return
    servers = sum(len(_SERVER.findall(text)) for text in texts.values())
    listens = [(path, found.split()[0]) for path, text in texts.items() for found in _LISTEN.findall(text)]
    if servers == 1 and listens and all(_is_ipv4(place) for _, place in listens):
        yield Ipv4Server(f"nginx listens on {listens[0][1]} there, and on no IPv6 address", listens[0][0])


def _is_ipv4(place: str) -> bool:
    """Whether the operand of `listen` is a port, or an IPv4 address; `*` stands for all of IPv4."""
    return re.fullmatch(r"(?:(?:\*|\d+(?:\.\d+){3}):)?\d+", place) is not None


def _of_words(start: Start) -> Iterator[Ipv4Server]:
    """A Python server whose command line says so."""
    for program in start.programs:
        server = server_of(program.command)
        if server is None:
            continue
        words = [word or "" for word in program.argv]
        said = [
            word
            for word in words
            if word == _ANYWHERE or word.startswith(f"{_ANYWHERE}:") or word.endswith(f"={_ANYWHERE}")
        ]
        if said and not any("::" in word for word in words):
            yield Ipv4Server(f"{program.name} is told to listen on {_ANYWHERE}")


def _next(model: Image, stage: StageImage, start: Start) -> Iterator[Ipv4Server]:
    """The server that Next.js builds, which listens where HOSTNAME says. Source: Next.js, "output: standalone"."""
    if stage.final.env.get("HOSTNAME") != _ANYWHERE:
        return
    for program in start.programs:
        if program.name == "node" and program.argv[1:2] and (program.argv[1] or "").endswith("server.js"):
            place = absolute(program.argv[1] or "", program.workdir)
            found = built_from(model, stage, place) if place is not None else None
            path = f"{found.folder}/package.json".lstrip("/") if found is not None else ""
            if (
                found is not None
                and "next" in package_json(model.context, path).dependencies
                and place not in context_files(model, stage)
            ):
                yield Ipv4Server("HOSTNAME tells the server of Next.js to listen on 0.0.0.0")
