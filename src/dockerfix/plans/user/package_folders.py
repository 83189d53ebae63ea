"""Where an install of the build leaves packages as root, beside which Node's tools keep their caches."""

from __future__ import annotations

import posixpath

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.transfers import Origin, lay_over, placed_files
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.table import install_of, is_known

__all__ = ["package_folders"]

_PACKAGES = "node_modules"
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})


def package_folders(model: Image, stage: StageImage) -> tuple[str, ...]:
    """The `node_modules` that RUNs of a stage fill: what is in them, and the folder itself, is root's.

    Vite keeps its packages in `node_modules/.vite`, and others theirs in `node_modules/.cache`: run with vite 6.3.2,
    which ends a request with EACCES where it cannot make that folder.
    """
    placed: dict[str, Origin] = {}
    found: dict[str, None] = {}
    for step in stage.all_steps:
        if step.transfer is not None:
            lay_over(placed, step.transfer, placed_files(step.transfer, model.context) or {})
        for item in step.commands or ():
            found.update(dict.fromkeys(_filled(item, step, placed, model)))
    return tuple(found)


def _filled(item: RunCommand, step: Step, placed: dict[str, Origin], model: Image) -> list[str]:
    if item.program.name not in _MANAGERS or not is_known(item.program):
        return []
    install = install_of(Call(item, item.program, step, placed, model.context))
    if install is None or install.by_name:
        return []
    folders = [folder for folder in install.fills if posixpath.basename(folder) == _PACKAGES]
    here = [posixpath.join(item.workdir, _PACKAGES)] if item.workdir is not None else []
    return folders or here
