"""The YAML of other services and tools read for the images that its commands and steps build.

GitLab CI, CircleCI, Azure Pipelines, Bitbucket Pipelines, Travis CI, Drone, Woodpecker, CodeBuild, Cloud Build,
Taskfile: a key such as `script` holds commands in all of them, whatever stands around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerfix.project.builds.commands import Scene, named_build, speaks_of_images, uses_in_script
from dockerfix.project.builds.container_run import Use
from dockerfix.project.builds.shell_variables import is_known
from dockerfix.project.builds.use import BuildUse, joined
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.shell import quoted

__all__ = ["ci_uses"]

_SCRIPTS = frozenset(
    "script before_script after_script run command commands bash sh cmd cmds before_install install before_deploy "
    "after_success inlineScript".split()
)
_FOLDERS = ("working_directory", "workingDirectory", "working-directory", "dir")
_VARIABLES = ("variables", "env", "environment")
_DEEPEST = 20

Variables = Mapping[str, str | None]


def ci_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What the commands in a YAML file build, and its steps that are known to build images.

    `scene.folder` is the folder that commands start in when the file names no other.
    """
    for document in yaml_documents(text):
        yield from dict.fromkeys(_walk(document, scene, 0))


def _walk(value: Yaml, scene: Scene, depth: int) -> Iterator[Use]:
    if depth > _DEEPEST:
        return
    if isinstance(value, YamlMap):
        here = _inside(value, scene)
        if here is None:
            return
        for key, item in value.items():
            commands = _commands(item) if key in _SCRIPTS else []
            if commands:
                yield from _session(commands, here)
            elif not isinstance(item, str):
                yield from _walk(item, here, depth + 1)
        yield from _steps(value, here)
    for item in value if isinstance(value, YamlList) else ():
        yield from _walk(item, scene, depth + 1)


def _inside(value: YamlMap, scene: Scene) -> Scene | None:
    """The scene with what a mapping says of folder and variables; None where the folder is not known."""
    variables = dict(scene.variables)
    for key in _VARIABLES:
        given = value.get(key)
        for name, text in given.items() if isinstance(given, YamlMap) else ():
            text = text.get("value") if isinstance(text, YamlMap) else text
            variables[name] = text if isinstance(text, str) and "$" not in text and is_known(text) else None
    folder = next((value[key] for key in _FOLDERS if isinstance(value.get(key), str)), None)
    if folder is None:
        return replace(scene, variables=variables)
    place = joined(scene.folder, str(folder)) if is_known(str(folder)) else None
    return None if place is None else replace(scene, folder=place, variables=variables)


def _commands(value: Yaml) -> list[YamlText]:
    """The commands of a `script`; none for what is no list of commands."""
    items = value if isinstance(value, YamlList) else [value]
    flat = [part for item in items for part in (item if isinstance(item, YamlList) else [item])]
    texts = [item.get("cmd") if isinstance(item, YamlMap) and "cmd" in item else item for item in flat]
    if any(isinstance(text, YamlMap) for text in texts):
        return []
    return [text for text in texts if isinstance(text, YamlText)]


def _session(commands: list[YamlText], scene: Scene) -> Iterator[Use]:
    """What commands build that one shell runs in turn."""
    if not any(map(speaks_of_images, commands)):
        return
    text = "\n".join(commands)
    lines = [command.line + number for command in commands for number in range(command.count("\n") + 1)]
    for use in uses_in_script(text, replace(scene, line=1)):
        yield replace(use, line=lines[use.line - 1])


def _steps(step: YamlMap, scene: Scene) -> Iterator[Use]:
    """Steps that build an image without a command."""
    use = None
    task, inputs = step.get("task"), step.get("inputs")
    if isinstance(task, str) and task.startswith("Docker@") and isinstance(inputs, YamlMap):
        use = _azure_task(step, inputs, scene)
    name, args = step.get("name"), step.get("args")
    if isinstance(name, str) and "/docker" in name and isinstance(args, YamlList):
        yield from _cloud_build_step(args, scene)
    image, settings = step.get("image"), step.get("settings")
    if isinstance(image, str) and _is_docker_plugin(image) and isinstance(settings, YamlMap):
        use = _plugin(step, settings, scene)
    if use is not None:
        yield use


def _azure_task(step: YamlMap, inputs: YamlMap, scene: Scene) -> BuildUse | None:
    command = _text(inputs, "command") or "buildAndPush"
    file, context = _text(inputs, "Dockerfile"), _text(inputs, "buildContext")
    if command.lower() not in ("build", "buildandpush") or file is None or "*" in file:
        return None
    if context is None or "*" in context:
        context = file.rpartition("/")[0] or "."
    root = "$(Build.SourcesDirectory)/"
    return named_build(scene, context.removeprefix(root), file.removeprefix(root), line=step.line_of("task"))


def _cloud_build_step(args: YamlList, scene: Scene) -> Iterator[Use]:
    words = [item for item in args if isinstance(item, YamlText)]
    if words and words[0] in ("build", "buildx"):
        text = "docker " + " ".join(f'"{word}"' if "$" in word else quoted(word) for word in words)
        yield from uses_in_script(text.replace("\n", " "), replace(scene, line=words[0].line))


def _is_docker_plugin(image: str) -> bool:
    name = image.partition(":")[0]
    return name.endswith(("plugins/docker", "plugin-docker-buildx", "plugins/kaniko", "plugin-kaniko", "plugins/ecr"))


def _plugin(step: YamlMap, settings: YamlMap, scene: Scene) -> BuildUse | None:
    return named_build(
        scene,
        _text(settings, "context") or ".",
        _text(settings, "dockerfile") or "Dockerfile",
        line=step.line_of("image"),
        target=_text(settings, "target"),
    )


def _text(holder: YamlMap, key: str) -> str | None:
    value = holder.get(key)
    return str(value) if isinstance(value, str) and value else None
