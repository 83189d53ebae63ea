"""GitHub workflows and composite actions read for the images that their steps build."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from dockerfix.frozen import frozen
from dockerfix.project.builds.commands import Scene, named_build, uses_in_script
from dockerfix.project.builds.container_run import Use
from dockerfix.project.builds.shell_variables import REPOSITORY, UNKNOWN
from dockerfix.project.builds.use import BuildUse, below, joined, relative
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.regexes import regex

__all__ = ["workflow_uses"]

_EXPRESSION = regex(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_LITERAL = regex(r"'((?:[^']|'')*)'\Z")
_NAME = regex(r"[A-Za-z_][\w.-]*\Z")
_DEFAULT_CONTEXT = regex(r"\{\{\s*defaultContext\s*\}\}(?::(.*))?\Z")
_MOST = 100  # combinations of a matrix
_WHOLE = "matrix"  # among the values: no part of the matrix is worked out at run time, so that other names are empty

Values = Mapping[str, str]


@frozen
class _Action:
    """The inputs of an action that builds an image. `in_context`: the Dockerfile is named relative to the context."""

    context: str
    file: str
    context_default: str = "."
    args: str = "build-args"
    target: str = "target"
    in_context: bool = False


# Source: action.yml of each.
_BUILD_PUSH = _Action("context", "file")
_ACTIONS = {
    "docker/build-push-action": _BUILD_PUSH,
    "depot/build-push-action": _BUILD_PUSH,
    "useblacksmith/build-push-action": _BUILD_PUSH,
    "redhat-actions/buildah-build": _Action("context", "containerfiles"),
    "mr-smithers-excellent/docker-build-push": _Action("directory", "dockerfile", args="buildArgs"),
    "elgohr/Publish-Docker-Github-Action": _Action("context", "dockerfile", args="buildargs"),
    "whoan/docker-build-with-cache-action": _Action("context", "dockerfile", in_context=True),
    "int128/kaniko-action": _Action("context", "file", in_context=True),
}


def workflow_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What a workflow or a composite action builds, each combination of a literal matrix by itself."""
    for document in yaml_documents(text):
        if not isinstance(document, YamlMap):
            continue
        values = {"github.workspace": REPOSITORY, **_environment(document, {})}
        folder = _run_folder(document, "")
        jobs = document.get("jobs")
        for job in jobs.values() if isinstance(jobs, YamlMap) else ():
            if isinstance(job, YamlMap):
                yield from _unique(_of_job(job, scene, values, folder))
        runs = document.get("runs")
        if isinstance(runs, YamlMap):
            yield from _unique(_of_steps(runs, scene, values, folder))
            yield from _of_docker_action(runs, scene)


def _of_docker_action(runs: YamlMap, scene: Scene) -> Iterator[Use]:
    """What an action is built from: its own folder is the context, and it has to be root.

    Source: GitHub documentation, "Dockerfile support for GitHub Actions", USER.
    """
    image = runs.get("image")
    if runs.get("using") == "docker" and isinstance(image, str) and "://" not in image:
        here = replace(scene, folder=posixpath.dirname(scene.source))
        use = named_build(here, ".", image, line=runs.line_of("image"))
        if use is not None:
            yield replace(use, service="GitHub action", user="root")


def _unique(uses: Iterator[Use]) -> Iterator[Use]:
    return iter(dict.fromkeys(uses))


def _of_job(job: YamlMap, scene: Scene, values: Values, folder: str) -> Iterator[Use]:
    for combination in _combinations(job.get("strategy")):
        known = {**values, **combination}
        yield from _of_steps(job, scene, {**known, **_environment(job, known)}, _run_folder(job, folder))


def _of_steps(job: YamlMap, scene: Scene, values: Values, folder: str) -> Iterator[Use]:
    steps = [step for step in _list(job.get("steps")) if isinstance(step, YamlMap)]
    checkout = _checkout(steps, values)
    if checkout is None:
        return
    for step in steps:
        known = {**values, **_environment(step, values)}
        for use in _of_step(step, scene, known, folder):
            moved = _moved(use, checkout)
            if moved is not None:
                yield moved


def _checkout(steps: list[YamlMap], values: Values) -> str | None:
    """The folder that the repository is checked out to; None where that is another repository."""
    for step in steps:
        given = step.get("with")
        if _uses(step) == "actions/checkout" and isinstance(given, YamlMap):
            path, other = given.get("path"), given.get("repository")
            if isinstance(other, str) and "github.repository" not in other:
                if path is None:
                    return None
                continue
            return joined("", _filled(path, values)) if isinstance(path, str) else ""
        if _uses(step) == "actions/checkout":
            return ""
    return ""


def _moved(use: Use, checkout: str) -> Use | None:
    if not checkout or not isinstance(use, BuildUse):
        return use
    if use.context is None or not below(use.context, checkout) or not below(use.dockerfile, checkout):
        return None
    return replace(use, context=relative(use.context, checkout), dockerfile=relative(use.dockerfile, checkout))


def _of_step(step: YamlMap, scene: Scene, values: Values, folder: str) -> Iterator[Use]:
    run = step.get("run")
    if isinstance(run, YamlText) and step.get("shell") not in ("pwsh", "powershell", "cmd", "python"):
        own = step.get("working-directory")
        place = joined("", _filled(own, values)) if isinstance(own, str) else joined("", folder)
        if place is not None:
            variables: dict[str, str | None] = {
                name.removeprefix("env."): None if UNKNOWN in value else value
                for name, value in values.items()
                if name.startswith("env.")
            }
            here = replace(scene, folder=place, line=run.line, variables=variables)
            yield from uses_in_script(_filled(run, values), here)
    action = _ACTIONS.get(_uses(step))
    if action is not None:
        use = _of_action(step, action, scene, values)
        if use is not None:
            yield use


def _of_action(step: YamlMap, action: _Action, scene: Scene, values: Values) -> BuildUse | None:
    given = step.get("with")
    inputs = given if isinstance(given, YamlMap) else YamlMap()

    def text(name: str) -> str | None:
        value = inputs.get(name)
        return _filled(value, values).strip() if isinstance(value, str) else None

    context, file, target = text(action.context) or action.context_default, text(action.file), text(action.target)
    default = _DEFAULT_CONTEXT.match(context)
    in_context = action.in_context or (default is not None and bool(default[1]))
    args = [line.partition("=") for line in (text(action.args) or "").splitlines() if line.strip()]
    known = target is None or UNKNOWN not in target
    return named_build(
        replace(scene, folder=""),
        (default[1] or ".") if default else context,
        (file or None) if file != "" else None,
        line=step.line_of("uses"),
        target=(target or None) if known else None,
        args=[(name.strip(), value if equals and UNKNOWN not in value else None) for name, equals, value in args],
        certain=known,
        file_in_context=in_context,
    )


def _uses(step: YamlMap) -> str:
    return str(step.get("uses") or "").partition("@")[0]


def _run_folder(holder: YamlMap, above: str) -> str:
    """The folder that `defaults.run.working-directory` gives."""
    value: Yaml = holder
    for key in ("defaults", "run", "working-directory"):
        value = value.get(key) if isinstance(value, YamlMap) else None
    return value if isinstance(value, str) else above


def _environment(holder: YamlMap, values: Values) -> dict[str, str]:
    env = holder.get("env")
    items = env.items() if isinstance(env, YamlMap) else ()
    return {f"env.{name}": _filled(value, values) for name, value in items if isinstance(value, str)}


def _list(value: Yaml) -> YamlList:
    return value if isinstance(value, YamlList) else YamlList()


def _combinations(strategy: Yaml) -> list[dict[str, str]]:
    """The combinations of a matrix, names like `matrix.image.folder` to their values; [{}] without one."""
    matrix = strategy.get("matrix") if isinstance(strategy, YamlMap) else None
    if not isinstance(matrix, YamlMap):
        return [{}]
    keys = [key for key in matrix if key not in ("include", "exclude")]
    whole = all(isinstance(matrix[key], YamlList) for key in matrix)
    lists = [[_flat(key, value) for value in _list(matrix[key])] for key in keys]
    found: list[dict[str, str]] = []
    for parts in product(*lists) if lists else ():
        found.append({name: value for part in parts for name, value in part.items()})
        if len(found) >= _MOST:
            break
    own = {name for combination in found for name in combination}
    for item in _list(matrix.get("include")):
        if isinstance(item, YamlMap):
            extra = [pair for key, value in item.items() for pair in _flat(key, value).items()]
            _include(dict(extra), found, own)
    return [{**one, _WHOLE: ""} if whole else one for one in found or [{}]]


def _include(extra: dict[str, str], found: list[dict[str, str]], own: set[str]) -> None:
    """Adds an `include` to each combination that it contradicts nowhere, or as one of its own."""
    shared = own & extra.keys()
    fits = [one for one in found if own and all(one.get(name) == extra[name] for name in shared)]
    for one in fits:
        one.update(extra)
    if not fits:
        found.append(extra)


def _flat(name: str, value: Yaml) -> dict[str, str]:
    if isinstance(value, YamlMap):
        return {path: text for key, item in value.items() for path, text in _flat(f"{name}.{key}", item).items()}
    name = name if name.startswith("matrix.") else f"matrix.{name}"
    return {name: value} if isinstance(value, str) else {}


def _filled(text: str, values: Values) -> str:
    """A text with its expressions replaced by what they are known to be, else by `UNKNOWN`."""
    return _EXPRESSION.sub(lambda match: _value(match[1], values), text) if "${{" in text else text


def _value(expression: str, values: Values) -> str:
    for part in expression.split("||"):
        value = _term(part.strip(), values)
        if value is None:
            return UNKNOWN
        if value:
            return value
    return ""


def _term(text: str, values: Values) -> str | None:
    literal = _LITERAL.match(text)
    if literal is not None:
        return literal[1].replace("''", "'")
    if text in values:
        return values[text]
    return "" if text.startswith("matrix.") and _NAME.match(text) and _WHOLE in values else None
