"""A codemod: `apt-get install` gets `--no-install-recommends` wherever it stands. Usage: codemod.py DOCKERFILE…"""

import sys
from pathlib import Path

from dockerfix.shell import add_option, commands_of, unwrapped
from dockerfix.syntax import Editor, Run, parse

OPTION = "--no-install-recommends"


def without_recommends(source: bytes) -> bytes:
    """The Dockerfile with each `apt-get install` asked for just what it names."""
    editor = Editor(parse(source))
    for run in editor.dockerfile.find(Run):
        for command in map(unwrapped, commands_of(run) or ()):
            if command.name == "apt-get" and "install" in command.argv and OPTION not in command.argv:
                edit = add_option(command, command.words[command.argv.index("install")], OPTION)
                editor.add(*[edit] if edit else [])
    return editor.result().source


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_bytes(without_recommends(path.read_bytes()))
