"""`dockerfix completion SHELL`: a script that completes commands, options and rules, made from the commands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any

import typer

from dockerfix.cli.guard import guarded

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


class Shell(StrEnum):
    """The shells that a script is made for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


_EPILOG = """\b
bash:  dockerfix completion bash > ~/.local/share/bash-completion/completions/dockerfix
zsh:   dockerfix completion zsh > "${fpath[1]}/_dockerfix"
fish:  dockerfix completion fish > ~/.config/fish/completions/dockerfix.fish

A new shell then completes commands, options and rules."""


@app.command(epilog=_EPILOG)
def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="The shell that you use.")]) -> None:
    """Print a script that completes the words of dockerfix in a shell."""

    def action() -> int:
        script = {Shell.bash: _bash, Shell.zsh: _zsh, Shell.fish: _fish}[shell]
        typer.echo(script(_words()), nl=False)
        return 0

    raise typer.Exit(guarded(action, no_color=False))


Words = dict[str, list[str]]


def _words() -> Words:
    """Each command, "" for the one without a name, with the options and values that may follow it."""
    from dockerfix.cli import COMMANDS, DEFAULT

    found = {name: [*_of(module)] for name, module in {"": DEFAULT, **COMMANDS}.items()}
    found[""] = [*COMMANDS, *found[""]]
    found["rule"] += _rules()
    return found


def _of(module: str) -> Iterator[str]:
    from typer.main import get_command

    command: Any = get_command(import_module(module).app)
    yield from getattr(command, "commands", {})
    for parameter in command.params:
        yield from (word for word in parameter.opts if word.startswith("--"))
    yield "--help"


def _rules() -> list[str]:
    from dockerfix.rules import all_rules

    return [word for rule in all_rules() for word in (rule.code, rule.name)]


def _cases(words: Words) -> str:
    return "\n".join(f'        {name}) words="{" ".join(found)}" ;;' for name, found in words.items() if name)


def _bash(words: Words) -> str:
    return f"""_dockerfix() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} words
    case ${{COMP_WORDS[1]}} in
{_cases(words)}
        *) words="{" ".join(words[""])}" ;;
    esac
    if (( COMP_CWORD == 1 )); then words="{" ".join(words[""])}"; fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current")
}}
complete -o filenames -o bashdefault -F _dockerfix dockerfix
"""


def _zsh(words: Words) -> str:
    return f"""#compdef dockerfix
_dockerfix() {{
    local words
    case ${{${{(z)BUFFER}}[2]}} in
{_cases(words)}
        *) words="{" ".join(words[""])}" ;;
    esac
    if (( CURRENT == 2 )); then words="{" ".join(words[""])}"; fi
    compadd -- ${{=words}}
    _files
}}
if [[ $funcstack[1] == _dockerfix ]]; then _dockerfix; else compdef _dockerfix dockerfix; fi
"""


def _fish(words: Words) -> str:
    commands = " ".join(name for name in words if name)
    lines = [f"complete -c dockerfix -n 'not __fish_seen_subcommand_from {commands}' -a '{' '.join(words[''])}'"]
    lines += [
        f"complete -c dockerfix -n '__fish_seen_subcommand_from {name}' -a '{' '.join(found)}'"
        for name, found in words.items()
        if name
    ]
    return "\n".join(lines) + "\n"
