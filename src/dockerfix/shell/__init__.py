"""Shell text read by tree-sitter-bash: commands, words and operators, with their places in the file."""

from dockerfix.shell.pip import PipCommand, pip_command
from dockerfix.shell.script import Command, Script, exec_command, parse_script
from dockerfix.shell.words import ShellWord, quoted
from dockerfix.shell.wrappers import unwrapped

__all__ = [
    "Command",
    "PipCommand",
    "Script",
    "ShellWord",
    "exec_command",
    "parse_script",
    "pip_command",
    "quoted",
    "unwrapped",
]
