"""What a Dockerfile means: per stage the base, environment, user, files, commands, start command, layers."""

from dockerfix.image.aspects import Aspect
from dockerfix.image.commands import RunCommand, run_commands, script_of
from dockerfix.image.compare import Difference, differences
from dockerfix.image.model import Image, StageImage, Step, image
from dockerfix.image.rebuild import rerun_steps
from dockerfix.image.start import Process1, StartCommand, process_1, shell_text
from dockerfix.image.state import State, expand, is_root
from dockerfix.image.steps import Source, Transfer
from dockerfix.image.summary import changes
from dockerfix.image.transfers import placed_files, source_files

__all__ = [
    "Aspect",
    "Difference",
    "Image",
    "Process1",
    "RunCommand",
    "Source",
    "StageImage",
    "StartCommand",
    "State",
    "Step",
    "Transfer",
    "changes",
    "differences",
    "expand",
    "image",
    "is_root",
    "placed_files",
    "process_1",
    "rerun_steps",
    "run_commands",
    "script_of",
    "shell_text",
    "source_files",
]
