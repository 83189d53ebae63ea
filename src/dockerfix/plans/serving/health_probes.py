"""Health checks that call a program which nothing brings into the image, and the same question in another one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.model import StageImage
from dockerfix.image.package_work import installed_by
from dockerfix.programs.installers.arguments import arguments
from dockerfix.shell import Command, exec_commands, parse_script
from dockerfix.syntax import Healthcheck

__all__ = ["LostProbe", "lost_probe"]

_CLIENTS = frozenset({"curl", "wget"})
_VALUED = frozenset(
    "-o --output -O -m --max-time --connect-timeout -T --timeout -t --tries --retry -H --header".split()
)
# Options that leave the question what it is: one request, whose answer is thrown away, failing on an error of HTTP.
_PLAIN = frozenset(
    "-f --fail -s --silent -S --show-error -L --location -q --quiet --spider -O- -qO- -nv --no-verbose -o --output -O "
    "-m --max-time --connect-timeout -T --timeout -t --tries -I --head -fs -sf -fsS -sS -fL -fsSL -fSs -sSf -4".split()
)
_URL = re.compile(r"(?:http://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?(?:/[\w./?=&%-]*)?\Z")


@frozen(eq=False)
class LostProbe:
    """`program` is what the check calls; `url` what it asks, None where the question cannot be put in other words."""

    check: Healthcheck
    program: str
    url: str | None


def lost_probe(stage: StageImage) -> LostProbe | None:
    """The check of a stage whose program is not in the base image and that nothing in the file installs."""
    checks = [one for one in stage.stage.instructions if isinstance(one, Healthcheck)]
    if not checks or checks[-1].type.upper() != "CMD" or stage.facts is None:
        return None
    commands = [*_commands(checks[-1])]
    name = next((one.name for one in commands if one.name in _CLIENTS), None)
    if name is None or stage.facts.has_tool(name) is not False or _may_be_there(stage, name):
        return None
    return LostProbe(checks[-1], name, _question(checks[-1], commands))


def _commands(check: Healthcheck) -> Iterator[Command]:
    if check.form == "json":
        yield from exec_commands(tuple((word.value, word.mapped) for word in check.words[1:]), check.span)
    else:
        yield from parse_script(check.command).commands


def _may_be_there(stage: StageImage, name: str) -> bool:
    """Whether a step may bring the program: an install that names it, a script, a copy to where programs lie."""
    for step in stage.all_steps:
        if step.commands is None or any(item.command.opaque for item in step.commands):
            return True
        words = [value for item in step.commands for value in item.program.argv[1:]]
        if any(value is None or name in value for value in words if value is None or "http" not in value):
            return True
        if any(package is None for apt in installed_by(step) for package in apt.names):
            return True
        item = step.transfer
        if item is not None and any(source.kind != "context" for source in item.sources):
            place = item.destination or "/"
            if posixpath.basename(place) == name or place.rstrip("/") in (
                "",
                "/usr",
                "/usr/bin",
                "/bin",
                "/usr/local/bin",
            ):
                return True
    return False


def _question(check: Healthcheck, commands: list[Command]) -> str | None:
    """The address that one plain call asks; what may follow it is `|| exit 1`."""
    rest = [command.argv for command in commands[1:]]
    if not commands or rest not in ([], [("exit", "1")], [("false",)]) or commands[0].redirects:
        return None
    given = arguments(commands[0].words[1:], _VALUED)
    if len(given.operands) != 1 or given.operands[0] is None or not {name for name, _ in given.options} <= _PLAIN:
        return None
    url = given.operands[0]
    if not _URL.match(url):
        return None
    return url if url.startswith("http") else f"http://{url}"
