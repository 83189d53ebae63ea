"""Whether somebody outside the container is meant to reach what an image serves."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image
from dockerfix.plans.serving.uses import started_otherwise, started_uses
from dockerfix.programs.servers import server_of
from dockerfix.programs.starts import Start
from dockerfix.text import is_number

__all__ = ["loopback_is_meant", "open_ports", "truthy"]

# Programs that take what comes from outside and hand it on inside the container.
_PROXIES = frozenset(
    "nginx openresty caddy traefik haproxy envoy httpd apache2 apache2ctl apachectl httpd-foreground "
    "apache2-foreground supervisord unitd varnishd cloudflared ngrok tailscaled stunnel stunnel4 ghostunnel "
    "oauth2-proxy".split()
)
# Other programs that listen, so that a server on the loopback may be there for them alone.
_LISTENERS = frozenset("streamlit node npm yarn pnpm bun deno java php php-fpm serve jupyter chainlit mlflow".split())


def loopback_is_meant(model: Image, start: Start) -> str | None:
    """Why a server that listens on 127.0.0.1 may be right, or why that cannot be told; None where it is a mistake."""
    stage = model.final
    if stage is None:
        return "the file has no stage"
    if not stage.ports and not any(use.ports for use in started_uses(model)):
        return "no port is EXPOSEd or published, so perhaps nobody outside is to reach it"
    proxy = next(_proxies(model, start), None)
    if proxy is not None:
        return f"{proxy} is there and may pass on what comes from outside"
    others = {program.name for program in start.programs if program.name in _LISTENERS}
    servers = {(server.name, server.command.argv) for p in start.programs if (server := server_of(p.command))}
    if others or len(servers) > 1:
        return "another program of the same container listens too, and may be the one that asks it"
    return started_otherwise(model)


def _proxies(model: Image, start: Start) -> Iterator[str]:
    for program in start.programs:
        named = (program.name, *program.argv[1:])  # `service nginx start` too
        yield from (word for word in named if word in _PROXIES)
    stage = model.final
    for step in stage.all_steps if stage is not None else ():
        for item in step.commands or ():
            words = (word.value or "" for word in item.program.words)
            yield from (word for word in words if word.partition("=")[0] in _PROXIES)


def open_ports(model: Image) -> frozenset[int]:
    """The TCP ports that EXPOSE names or a service publishes; ranges and unknown variables left out."""
    stage = model.final
    exposed = stage.ports if stage is not None else ()
    numbers = (port.partition("/")[0] for port in exposed if not port.lower().endswith("/udp"))
    published = (port for use in started_uses(model) for port in use.ports)
    return frozenset(int(number) for number in numbers if is_number(number)) | frozenset(published)


def truthy(value: str | None) -> bool:
    """Whether Flask and its like read a variable's value as yes."""
    return value is not None and value.lower() not in ("", "0", "false", "no", "off", "n", "f")
