"""A health check that asks ::1, where nobody listens."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import StageImage, image
from dockerfix.plans.serving.ipv4_servers import ipv4_server
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule
from dockerfix.shell import parse_script
from dockerfix.syntax import Dockerfile, Healthcheck
from dockerfix.text import Edit, Span

_WGET = "HEALTHCHECK CMD wget -q --spider http://localhost/ || exit 1\n"
_FIXED = _WGET.replace("localhost", "127.0.0.1")
_NGINX = "FROM nginx:1.27-alpine\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n"
_CONF = {"nginx.conf": "server {\n  listen 80;\n  root /srv;\n}\n"}
_UVICORN = 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'
_PYTHON = "FROM python:3.12-alpine\n"


class HealthCheckByLocalhost(Rule):
    """BusyBox `wget` asks `http://localhost` of a server that listens on IPv4 alone.

    Why: `localhost` is `::1` first, and BusyBox does not try the next address, so that the container is unhealthy from
    the start, and is taken out of service.
    Fix: `127.0.0.1`.
    Safety: safe where the base image is Alpine or BusyBox, no package brings another wget, and the settings say that
    the one server listens on IPv4 alone: nginx with the project's own `listen`, Python servers with `--host 0.0.0.0`,
    the server of Next.js with HOSTNAME. Everything else is left alone.
    """

    code = "DF406"
    name = "health-check-by-localhost"
    message = "the health check asks ::1, and the server listens on IPv4 alone"
    sources = ("BusyBox wget", "nginx/docker-nginx: 10-listen-on-ipv6-by-default.sh")
    may_change = frozenset({Aspect.HEALTHCHECK})
    examples = (
        Example("nginx with settings of its own", before=_NGINX + _WGET, after=_NGINX + _FIXED, files=_CONF),
        Example(
            "exec form, with a port and a path",
            before=_NGINX + 'HEALTHCHECK CMD ["wget", "-q", "-O-", "http://localhost:80/health"]\n',
            after=_NGINX + 'HEALTHCHECK CMD ["wget", "-q", "-O-", "http://127.0.0.1:80/health"]\n',
            files=_CONF,
        ),
        Example(
            "flags, continuation, lower case, CRLF",
            before=_NGINX.lower() + "healthcheck --interval=5s \\\r\n  cmd wget -qO- http://localhost || exit 1\r\n",
            after=_NGINX.lower() + "healthcheck --interval=5s \\\r\n  cmd wget -qO- http://127.0.0.1 || exit 1\r\n",
            files=_CONF,
        ),
        Example(
            "without http://",
            before=_NGINX + "HEALTHCHECK CMD wget -q --spider localhost:80\n",
            after=_NGINX + "HEALTHCHECK CMD wget -q --spider 127.0.0.1:80\n",
            files=_CONF,
        ),
        Example(
            "a quoted address",
            before=_NGINX + 'HEALTHCHECK CMD wget -q "http://localhost/a?b=1&c=2"\n',
            after=_NGINX + 'HEALTHCHECK CMD wget -q "http://127.0.0.1/a?b=1&c=2"\n',
            files=_CONF,
        ),
        Example(
            "an address of IPv4",
            before=_NGINX + _WGET,
            after=_NGINX + _FIXED,
            files={"nginx.conf": "# listen [::]:80;\nserver {\n  listen 0.0.0.0:80 default_server;\n}\n"},
        ),
        Example(
            "uvicorn",
            before=_PYTHON + _WGET + _UVICORN,
            after=_PYTHON + _FIXED + _UVICORN,
            files={"main.py": "app = 1\n"},
        ),
        Example(
            "gunicorn",
            before=_PYTHON + _WGET + 'CMD ["gunicorn", "-b", "0.0.0.0:80", "main:app"]\n',
            after=_PYTHON + _FIXED + 'CMD ["gunicorn", "-b", "0.0.0.0:80", "main:app"]\n',
            files={"main.py": "app = 1\n"},
        ),
        Example.unchanged(
            "it listens on IPv6 too", _NGINX + _WGET, files={"nginx.conf": "server { listen 80; listen [::]:80; }\n"}
        ),
        Example.unchanged(
            "the packaged settings, to which the entry point adds IPv6", "FROM nginx:1.27-alpine\n" + _WGET, {}
        ),
        Example.unchanged("Debian's wget tries both", _NGINX.replace("-alpine", "") + _WGET, files=_CONF),
        Example.unchanged("another wget", _NGINX + "RUN apk add --no-cache wget\n" + _WGET, files=_CONF),
        Example.unchanged("curl tries both", _NGINX + "HEALTHCHECK CMD curl -f http://localhost/\n", files=_CONF),
        Example.unchanged("a certificate has a name", _NGINX + _WGET.replace("http:", "https:"), files=_CONF),
        Example.unchanged(
            "several servers, told apart by name",
            _NGINX + _WGET,
            files={"nginx.conf": "server { listen 80; }\nserver { listen 80; server_name localhost; }\n"},
        ),
        Example.unchanged("no check", _NGINX + "HEALTHCHECK NONE\n", files=_CONF),
        Example.unchanged(
            "a server that is not known", "FROM alpine:3.20\nCOPY app /\n" + _WGET + 'CMD ["/app"]\n', {"app": ""}
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        if stage is None or not context.known or not _has_busybox_wget(stage):
            return
        checks = [one for one in stage.stage.instructions if isinstance(one, Healthcheck)]
        spans = [*_places(checks[-1], dockerfile.source)] if checks else []
        server = ipv4_server(model, stage) if spans else None
        if server is None:
            return
        edits = [Edit(span, b"127.0.0.1") for span in spans]
        fix = Fix.safe("Ask 127.0.0.1", *edits, because=server.text)
        yield self.finding(spans[0], fix, facts=[Fact(server.text, server.path)])


def _has_busybox_wget(stage: StageImage) -> bool:
    if stage.facts is None or stage.facts.distribution not in ("alpine", "busybox"):
        return False
    programs = (item.program for step in stage.all_steps for item in step.commands or ())
    return not any(
        "add" in program.argv and any("wget" in (word or "wget") for word in program.argv) for program in programs
    )


def _places(check: Healthcheck, source: bytes) -> Iterator[Span]:
    """Where `localhost` stands in the addresses that wget is given."""
    if check.form == "json":
        words = [word.span for word in check.words[2:]] if [word.value for word in check.words[1:2]] == ["wget"] else []
    else:
        commands = parse_script(check.command).commands
        words = [word.span for command in commands if command.name == "wget" for word in command.words[1:]]
    for span in words:
        text = source[span.start : span.end]
        for lead in (b"http://localhost", b"localhost"):
            at = text.find(lead)
            if at in (0, 1) and text[at + len(lead) : at + len(lead) + 1] in (b"", b":", b"/", b'"', b"'"):
                end = span.start + at + len(lead)
                yield Span(end - len(b"localhost"), end)
                break
