"""Shell text read by tree-sitter-bash: commands, words, operators, their places in the file, and their edits."""

from dockerfix.shell.editing import add_option, append_words, insert_words, remove_word, replace_word
from dockerfix.shell.pip import PipCommand, pip_command
from dockerfix.shell.process import commands_of, exec_command, exec_commands
from dockerfix.shell.reader import parse_script
from dockerfix.shell.runners import runner, started_at, unwrapped
from dockerfix.shell.script import Command, Script
from dockerfix.shell.words import ShellWord, quoted

__all__ = [
    "Command",
    "PipCommand",
    "Script",
    "ShellWord",
    "add_option",
    "append_words",
    "commands_of",
    "exec_command",
    "exec_commands",
    "insert_words",
    "parse_script",
    "pip_command",
    "quoted",
    "remove_word",
    "replace_word",
    "runner",
    "started_at",
    "unwrapped",
]
