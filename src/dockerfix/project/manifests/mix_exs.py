"""A mix.exs, or a configuration of Elixir, read without being run: which files it reads, and what is not certain.

Both are code. They are followed as far as they call nothing that may look at files; in Elixir, that takes a call of
another module by its name. Source: Elixir documentation, "Mix.Project", "mix deps", "Config", module File.
"""

from __future__ import annotations

import re

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.regexes import regex

__all__ = ["MixFile", "mix_file"]

_STRING = regex(r'"""(?:.*?)"""|"(?:[^"\\]|\\.)*"|#[^\n]*', re.DOTALL)
_INSIDE = regex(r"#\{([^}]*)\}")
_READ = regex(r'\bFile\.(?:read!?|exists\?|regular\?)\(\s*"([^"#]*)"\s*\)')
_CALL = regex(r"(?<![\w:.])(:?[A-Za-z_]\w*(?:\.[A-Z]\w*)*)\.([a-z_]\w*[?!]?)")
_MODULES = frozenset(
    "Enum Keyword Map List String Version Regex Integer Float Tuple Atom Path Date DateTime NaiveDateTime Access "
    "Config Logger URI Base Kernel MapSet IO __MODULE__".split()
)
_CALLS = frozenset(
    "Mix.env Mix.target Mix.compilers Mix.shell Mix.raise Mix.Project.config System.get_env System.fetch_env "
    "System.fetch_env! System.version System.otp_release System.schedulers_online System.system_time :os.type "
    ":erlang.system_info :erlang.phash2 :crypto.strong_rand_bytes".split()
)
# `import File` brings its functions, `apply(File, …)` calls them.
_TAKES_IN = regex(r"\b(?:(?:import|use)\s+|apply\()([A-Z][\w.]*)")
_TAKEN = frozenset({"Mix.Project", "Config", "Mix.Config", "Bitwise"})
_LOCAL = regex(r"(?<!\w)path:")
_UMBRELLA = regex(r'(?<!\w)apps_path:\s*"([^"]*)"')
_ALIAS = regex(r'"deps\.(?:get|compile)":')
_HAS_DEPENDENCY = regex(r"\{\s*:\w+\s*,")


@frozen
class MixFile:
    """`files` are the paths that it may read, as written; `apps` is the folder of an umbrella's projects.

    `requires` tells whether it names a dependency, `problem` why what it reads is not certain.
    """

    files: tuple[str, ...] = ()
    apps: str | None = None
    requires: bool = False
    problem: str | None = None


@memoised_on("code")
def mix_file(context: BuildContext, path: str) -> MixFile:
    """A file of Elixir code that describes a project."""
    text = context.text(path)
    if text is None:
        return MixFile(problem=f"{path} cannot be read")
    apps = _UMBRELLA.search(text)
    code = _STRING.sub(_code_of, _READ.sub("", text))
    return MixFile(
        tuple(_READ.findall(text)),
        apps[1] if apps is not None else None,
        bool(_HAS_DEPENDENCY.search(code)),
        _problem(path, code, text),
    )


def _code_of(match: re.Match[str]) -> str:
    """What of a string is code; nothing of a comment."""
    return " ".join(_INSIDE.findall(match[0])) if match[0].startswith('"') else ""


def _problem(path: str, code: str, text: str) -> str | None:
    if _LOCAL.search(code):
        return f"{path} takes a dependency from a folder of the project"
    if _ALIAS.search(text):
        return f"{path} gives deps.get or deps.compile a meaning of its own"
    taken = next((name for name in _TAKES_IN.findall(code) if name not in _TAKEN), None)
    if taken is not None:
        return f"{path} takes in {taken}, which may read the source"
    own = set(re.findall(r"defmodule\s+([\w.]+)", code))
    for module, name in _CALL.findall(code):
        is_variable = module[0].islower()
        if not (is_variable or module in _MODULES or module in own or f"{module}.{name}" in _CALLS):
            return f"{path} calls {module}.{name}, which may read the source"
    return None
