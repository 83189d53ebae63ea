"""What the command line says, checked for contradictions; the rest of `cli/` sees only this value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from dockerfix import looks
from dockerfix.config import Settings, is_python_version
from dockerfix.errors import UsageError
from dockerfix.frozen import frozen
from dockerfix.report.names import quoted

__all__ = ["STDIN", "Format", "Mode", "Options", "can_ask_index", "mode_of", "names", "proposed_repairs"]

STDIN = "-"
Mode = Literal["check", "diff", "write"]


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"
    gitlab = "gitlab"
    rdjson = "rdjson"

    @property
    def tells_spans(self) -> bool:
        """Whether it says where findings end and what a repair replaces."""
        return self not in (Format.text, Format.github)


@frozen
class Options:
    """The options of the default command. `select`, `context` and `python` are None where not given.

    `registries` are hosts inside of this network that other people's repositories may name.
    """

    paths: tuple[str, ...] = (".",)
    mode: Mode = "check"
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    strict: bool = False
    context: Path | None = None
    python: str | None = None
    online: bool = False
    pin_digests: bool = False
    registries: tuple[str, ...] = ()
    format: Format = Format.text
    quiet: bool = False
    verbose: bool = False
    verified: bool = False
    force_exclude: bool = False
    interactive: bool = False
    statistics: bool = False
    exit_zero: bool = False
    add_ignore: bool = False
    watch: bool = False
    config: Path | None = None
    stdin_name: str | None = None
    jobs: int | None = None
    on_trial: bool = False
    no_cache: bool = False

    @property
    def from_stdin(self) -> bool:
        """Whether the Dockerfile comes on standard input."""
        return self.paths == (STDIN,)

    def checked(self) -> Options:
        """The same options, where they do not contradict each other.

        Raises:
            UsageError: they do.
        """
        if STDIN in self.paths and len(self.paths) > 1:
            raise UsageError("- reads one Dockerfile from standard input and cannot stand beside other paths")
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose contradict each other")
        if self.verified and (self.mode != "write" or self.from_stdin):
            raise UsageError("--verified says what --write may write; it needs --write, and files")
        self._check_ways()
        if self.python is not None and not is_python_version(self.python):
            raise UsageError(f"--python {self.python}: a version like 3.13 is needed")
        if self.context is not None and not looks.is_folder(os.fspath(self.context)):
            raise UsageError(f"--context {self.context}: no such folder")
        if self.from_stdin and self.mode == "write" and self.format is not Format.text:
            raise UsageError(f"with - and --write standard output is the repaired file; --format {self.format.value}"
                             " has no place there")  # fmt: skip
        return self

    def _check_ways(self) -> None:
        """The options that change what a run does, rather than what it looks for."""
        if self.interactive and (self.mode != "write" or self.from_stdin or self.format is not Format.text):
            raise UsageError("--interactive asks before --write writes; it needs --write, files, and --format text")
        if self.add_ignore and (self.mode != "check" or self.from_stdin or self.interactive):
            raise UsageError("--add-ignore writes comments in place of repairs; it needs files, and no other mode")
        if self.watch and (self.mode != "check" or self.from_stdin or self.add_ignore):
            raise UsageError("--watch checks files again when they change; it needs files, and no other mode")
        if self.statistics and (self.format is not Format.text or self.verbose):
            raise UsageError("--statistics is a report of its own; it goes with neither --format nor --verbose")
        if self.stdin_name is not None and not self.from_stdin:
            raise UsageError("--stdin-filename names what comes on standard input; the path has to be -")
        if self.pin_digests and not self.online:
            raise UsageError("--pin-digests writes what registries say; it needs --online, and uv and httpx")
        if self.config is not None and not looks.is_file(os.fspath(self.config)):
            raise UsageError(f"--config {self.config}: no such file")

    def over(self, settings: Settings) -> Settings:
        """A configuration file's settings with these options laid over them.

        `--select` sets the file's `select`, `extend-select` and `ignore` aside, `--ignore` adds to what is left,
        `--python` wins over an option of a single rule too; the flags can only be switched on.
        """
        ignore = settings.ignore if self.select is None else ()
        return replace(
            settings,
            select=settings.select if self.select is None else self.select,
            extend_select=settings.extend_select if self.select is None else (),
            ignore=(*ignore, *self.ignore),
            unsafe_fixes=settings.unsafe_fixes or self.unsafe_fixes,
            strict=settings.strict or self.strict,
            context=self.context or settings.context,
            python=self.python or settings.python,
            online=self.online,
            on_trial=self.on_trial or self.verified,
            pin_digests=self.pin_digests,
            rules=_without_python(settings.rules) if self.python else settings.rules,
        )

    def command(self, mode: Mode, *, unsafe: bool = False) -> str:
        """What to type for another mode with the same options."""
        import shlex

        words = ["dockerfix", f"--{mode}"]
        words += [f"--select={','.join(self.select)}"] if self.select else []
        words += [f"--ignore={','.join(self.ignore)}"] if self.ignore else []
        words += ["--unsafe-fixes"] if self.unsafe_fixes or unsafe else []
        words += [f"--context={self.context}"] if self.context else []
        words += [f"--python={self.python}"] if self.python else []
        words += ["--online"] if self.online else []
        words += ["--pin-digests"] if self.pin_digests else []
        words += ["--force-exclude"] if self.force_exclude else []
        words += [f"--config={self.config}"] if self.config else []
        paths = () if self.paths == (".",) else self.paths
        return " ".join(
            [shlex.join(words), *(shlex.quote(path) if path.isprintable() else quoted(path) for path in paths)]
        )


def mode_of(*, check: bool, diff: bool, write: bool) -> Mode:
    """The one mode that was asked for; check where none was.

    Raises:
        UsageError: more than one was.
    """
    given: dict[Mode, bool] = {"check": check, "diff": diff, "write": write}
    asked = [mode for mode, wanted in given.items() if wanted]
    if len(asked) > 1:
        raise UsageError(" and ".join(f"--{mode}" for mode in asked) + " contradict each other; choose one")
    return asked[0] if asked else "check"


def proposed_repairs(
    select: list[str] | None,
    ignore: list[str] | None,
    registries: list[str] | None,
    *,
    unsafe_fixes: bool,
    offline: bool,
    pin_digests: bool,
) -> Options:
    """Which repairs pull requests propose: `pr` and `fleet` ask the index and registries unless told not to."""
    return Options(
        select=names(select) if select else None,
        ignore=names(ignore),
        unsafe_fixes=unsafe_fixes,
        online=not offline and can_ask_index(),
        pin_digests=pin_digests,
        registries=names(registries),
    )


def can_ask_index() -> bool:
    """Whether what asks is installed, uv and httpx; `pr` and `fleet` do so unless they are told not to."""
    from dockerfix.project.releases.registry.client import check_httpx
    from dockerfix.project.releases.resolver import find_uv

    try:
        check_httpx()
        return bool(find_uv())
    except UsageError:
        return False


def names(values: Iterable[str] | None) -> tuple[str, ...]:
    """Rule names from an option that is repeated, or whose values are separated by commas."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def _without_python(rules: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    return {name: {key: value for key, value in table.items() if key != "python"} for name, table in rules.items()}
