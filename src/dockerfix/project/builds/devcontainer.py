"""devcontainer.json: the image that an editor builds to work in."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.project.builds.commands import Scene
from dockerfix.project.builds.use import BuildUse, joined
from dockerfix.project.formats.json import json_line, read_json

__all__ = ["devcontainer_uses"]


def devcontainer_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """What a devcontainer.json builds; its paths are relative to its own folder, `scene.folder`.

    One that names compose files is said by those.
    """
    content = read_json(text)
    if not isinstance(content, dict):
        return
    build = content.get("build")
    settings = build if isinstance(build, dict) else {}
    file = settings.get("dockerfile", content.get("dockerFile"))
    context = settings.get("context", content.get("context", "."))
    if not isinstance(file, str) or not isinstance(context, str):
        return
    dockerfile, folder = joined(scene.folder, file), joined(scene.folder, context)
    target, args, user = settings.get("target"), settings.get("args"), content.get("containerUser")
    if dockerfile is not None and folder is not None:
        yield BuildUse(
            source=scene.source,
            line=json_line(text, "dockerfile", "dockerFile"),
            dockerfile=dockerfile,
            context=folder,
            target=target if isinstance(target, str) else None,
            args=tuple((str(name), str(value)) for name, value in args.items()) if isinstance(args, dict) else (),
            service="devcontainer",
            user=user if isinstance(user, str) else None,
        )
