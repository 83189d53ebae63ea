"""A health check that calls a program which the image lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import StageImage, image
from dockerfix.plans.serving.health_probes import LostProbe, lost_probe
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, exec_form
from dockerfix.text import Edit, encode

_SLIM = "FROM python:3.12-slim\nRUN pip install flask\n"
_NODE = "FROM node:22-slim\n"
_PYTHON = 'CMD ["python", "-c", "import urllib.request; urllib.request.urlopen(\'http://localhost:8000/health\')"]\n'
_NODES = (
    'CMD ["node", "-e", "fetch(\'http://localhost:3000/\').then((r) => process.exit(r.ok ? 0 : 1), '
    '() => process.exit(1))"]\n'
)


class HealthCheckWithoutProgram(Rule):
    """HEALTHCHECK calls `curl` or `wget`, and neither the base image nor a line of the file brings it.

    Why: the check fails each time, so that the container is unhealthy from the start, and is restarted or gets no
    visitors.
    Fix: the same question asked by the Python or Node that the image has, which needs no package more.
    Safety: a suggestion: installing the program is the other way. Reported where the check does more than one plain
    request, and in images that have neither Python nor Node.
    """

    code = "DF407"
    name = "health-check-without-program"
    message = "the health check calls a program that the image lacks"
    sources = ("Docker reference: HEALTHCHECK", "Debian's and docker-library's images (data/base_images.toml)")
    may_change = frozenset({Aspect.HEALTHCHECK})
    examples = (
        Example.suggested(
            "curl in slim Python",
            _SLIM + "HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1\n",
            _SLIM + "HEALTHCHECK " + _PYTHON,
        ),
        Example.suggested(
            "flags stay, lower case, CRLF, several lines",
            "from python:3.12-slim\r\nhealthcheck --interval=5s --timeout=3s \\\r\n"
            "  cmd curl --fail -s localhost:8000/health\r\n",
            "from python:3.12-slim\r\nhealthcheck --interval=5s --timeout=3s \\\r\n  "
            + _PYTHON.strip().replace("CMD", "cmd")
            + "\r\n",
        ),
        Example.suggested(
            "exec form",
            _SLIM + 'HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/health"]\n',
            _SLIM + "HEALTHCHECK " + _PYTHON,
        ),
        Example.suggested(
            "wget in slim Node",
            _NODE + "HEALTHCHECK CMD wget -q --spider http://localhost:3000/ || exit 1\n",
            _NODE + "HEALTHCHECK " + _NODES,
        ),
        Example.suggested(
            "curl in slim Node, with a limit of its own",
            _NODE + "HEALTHCHECK CMD curl -fsS --max-time 3 http://localhost:3000/\n",
            _NODE + "HEALTHCHECK " + _NODES,
        ),
        Example.suggested(
            "other packages are installed",
            _SLIM + "RUN apt-get update && apt-get install -y libpq5\nHEALTHCHECK CMD curl -f localhost:8000/health\n",
            _SLIM + "RUN apt-get update && apt-get install -y libpq5\nHEALTHCHECK " + _PYTHON,
        ),
        Example.reported("a question of its own", _SLIM + "HEALTHCHECK CMD curl -s localhost | grep ok\n"),
        Example.reported("neither Python nor Node", "FROM debian:12-slim\nHEALTHCHECK CMD curl -f localhost\n"),
        Example.unchanged(
            "it is installed", _SLIM + "RUN apt-get install -y curl\nHEALTHCHECK CMD curl -f localhost\n"
        ),
        Example.unchanged("the full image has it", "FROM python:3.12\nHEALTHCHECK CMD curl -f localhost\n"),
        Example.unchanged("a base image that is not known", "FROM corp/x\nHEALTHCHECK CMD curl -f localhost\n"),
        Example.unchanged("Python asks", _SLIM + 'HEALTHCHECK CMD ["python", "check.py"]\n'),
        Example.unchanged("none", _SLIM + "HEALTHCHECK NONE\n"),
        Example.unchanged(
            "another stage has it",
            "FROM curlimages/curl AS c\n"
            + _SLIM
            + "COPY --from=c /usr/bin/curl /usr/bin/\nHEALTHCHECK CMD curl -f localhost\n",
        ),
        Example.unchanged(
            "a script that may install it", _SLIM + 'RUN sh -c "$SETUP"\nHEALTHCHECK CMD curl -f localhost\n'
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        stage = image(dockerfile, context).final
        found = lost_probe(stage) if stage is not None else None
        if stage is None or found is None:
            return
        message = f"the health check calls {found.program}, which nothing brings into the image"
        words = _words(stage, found)
        if words is None:
            because = f"install {found.program}, or ask by a program that the image has"
            yield self.finding(found.check, because=because, message=message)
            return
        edit = Edit(found.check.command.whole, encode(exec_form(words)))
        fix = Fix.suggestion(f"Ask by {words[0]}", edit, because=f"{words[0]} is there; or install {found.program}")
        yield self.finding(found.check, fix, message=message)


def _words(stage: StageImage, found: LostProbe) -> list[str] | None:
    """The same question in Python or Node; None where the image has neither."""
    family = stage.facts.family if stage.facts is not None else ""
    if found.url is None:
        return None
    if family == "python":
        return ["python", "-c", f"import urllib.request; urllib.request.urlopen('{found.url}')"]
    if family == "node":
        ends = "(r) => process.exit(r.ok ? 0 : 1), () => process.exit(1)"
        return ["node", "-e", f"fetch('{found.url}').then({ends})"]
    return None
