"""Whether NODE_ENV=production would change more than a Node program's speed and what it tells strangers of errors."""

from __future__ import annotations

import posixpath
import re
import tomllib
from functools import cache
from importlib.resources import files

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.memo import memoised
from dockerfix.programs.node_packages import built_from
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import is_test_path, own_paths
from dockerfix.project.javascript.modules import ENDINGS
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.manifests.pyproject import table

__all__ = ["NodeEnvironment", "node_environment"]

_NAME = "NODE_ENV"
_FOR_TESTS = re.compile(r"""NODE_ENV['"\]]*\s*[!=]==?\s*['"]test['"]""")  # true or false of both alike
_RUNNERS = frozenset({"node", "nodejs"})
_INITS = frozenset({"tini", "dumb-init", "catatonit", "docker-init"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm"})


@frozen
class NodeEnvironment:
    """What a Node program makes of NODE_ENV.

    `gain` is a library that does better with it; `branch` the place in the project's code that asks for it, and its
    text; `unknown` a dependency that nobody looked into.
    """

    gain: str
    branch: tuple[str, int, str] | None
    unknown: str | None


def node_environment(model: Image, stage: StageImage) -> NodeEnvironment | None:
    """What a stage's program makes of it; None where it runs no plain `node`, or where something else sets it."""
    start = start_of(model, stage)
    if start is None or start.problems or not model.context.known:
        return None
    own = (
        {posixpath.basename(word) for word in (stage.facts.entrypoint or ())[:1]} if stage.facts is not None else set()
    )
    passing = POSIX_SHELLS | _INITS | own
    names = [program.name for program in start.programs if program.name not in passing]
    if not any(name in _RUNNERS for name in names) or not all(name in _RUNNERS | _MANAGERS for name in names):
        return None
    if _is_said(model.context):
        return None
    place = posixpath.join(stage.final.workdir or "/", "package.json")
    origin = built_from(model, stage, place)
    folder = origin.folder if origin is not None else None
    if folder is None:
        return None
    wanted = table(package_json(model.context, posixpath.join(folder, "package.json")).data, "dependencies")
    gain = next((name for name in wanted if name in _record("gains")), None)
    if gain is None:
        return None
    unknown = next((name for name in wanted if name not in _record("gains") | _record("none")), None)
    return NodeEnvironment(gain, _branch(model.context, folder), unknown)


@memoised
def _is_said(context: BuildContext) -> bool:
    """Whether another file than code sets the variable: scripts, compose and env files, manifests of platforms."""
    ends = (".env", ".yml", ".yaml", ".toml", ".sh", "package.json", ".npmrc", "Procfile", "ecosystem.config.js", ".tf")
    paths = (path for path in own_paths(context) if path.endswith(ends) or "/.env" in f"/{path}")
    return any(_NAME in (context.text(path) or "") for path in paths)


@memoised
def _branch(context: BuildContext, folder: str) -> tuple[str, int, str] | None:
    """The first line of a package's code, tests left out, for which production differs from no value at all."""
    top = f"{folder}/" if folder else ""
    for path in own_paths(context):
        is_code = path.startswith(top) and path.endswith(ENDINGS) and not is_test_path(path)
        text = context.text(path) if is_code else None
        if text is None or _NAME not in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if _NAME in _FOR_TESTS.sub("", line):
                return path, number, line.strip()
    return None


@cache
def _record(key: str) -> frozenset[str]:
    text = files("dockerfix.project").joinpath("data/node_env.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)[key].split())
