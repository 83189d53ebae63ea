"""Env files that a build reads, so that it makes something else where an ignore file hides them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dockerfix.image.model import image
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext
from dockerfix.project.package_calls import package_call
from dockerfix.project.package_json import package_json
from dockerfix.syntax import Dockerfile

__all__ = ["env_file_reader"]

_BUILD = re.compile(r"(?:build|generate|export)(?:[:-].*)?|.*[:-](?:build|generate|export)")
# Source: the documentation of each, on "env files", "environment variables" or "modes".
_BUNDLER = re.compile(
    r"\b(?:vite|next|react-scripts|react-app-rewired|craco|vue-cli-service|nuxt|nuxi|astro|gatsby|svelte-kit|remix|"
    r"react-router|rsbuild|rspack|parcel|webpack|expo|quasar|umi|ember|turbo|nx|lerna|dotenv|env-cmd)\b"
)


@memoised
def env_file_reader(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """The command of the build that reads `.env` and its like from the context, as people type it; None without one.

    A build script of a package.json that cannot be read may be one.
    """
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for command in step.commands or ():
                if _reads_env_files(command.program.argv, context):
                    return " ".join(value for value in command.program.argv if value)
    return None


def _reads_env_files(argv: Sequence[str | None], context: BuildContext) -> bool:
    words = " ".join(value or "" for value in argv)
    if _BUNDLER.search(words) and any(map(_is_build, argv[1:])):
        return True
    call = package_call(argv)
    if call is None or not _is_build(call.name):
        return False
    script = None if call.folder or call.members else package_json(context, "package.json").scripts.get(call.name)
    return script is None or bool(_BUNDLER.search(script))


def _is_build(word: str | None) -> bool:
    return word is not None and _BUILD.fullmatch(word) is not None
