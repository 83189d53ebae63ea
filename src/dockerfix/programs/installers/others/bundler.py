"""`bundle install`. Source: Bundler documentation, "bundle install", "bundle config", "gemfile(5)", "bundle cache"."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from dockerfix.image.state import folders_above
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.project.manifests.gemfile import gemfile
from dockerfix.regexes import regex

__all__ = ["recognise"]

_VALUED = frozenset(
    "--gemfile --path --jobs -j --retry --without --with --standalone --trust-policy --binstubs --target-rbconfig "
    "--redownload --group -g --bundler".split()
)
_READS = frozenset({None, "install", "i", "check", "fetch", "cache", "package"})
_WRITES = {"update": ("Gemfile.lock",), "lock": ("Gemfile.lock",), "add": ("Gemfile", "Gemfile.lock")}
_PLATFORMS = regex(r"^PLATFORMS\n((?:[ ]+.*\n?)+)", re.MULTILINE)
_LOCK_PATH = regex(r"^PATH\s*\n\s+remote: (.*)$", re.MULTILINE)


def recognise(call: Call) -> Install | None:
    """The install that a call of bundler is."""
    given = arguments(call.program.words[1:], _VALUED)
    if (given.verb not in _READS and given.verb not in _WRITES) or given.has("--version", "-v", "--help"):
        return None
    bundle = _Bundle(call, given)
    problem = next((problem for problem in bundle.problems() if problem is not None), None)
    names = _WRITES.get(given.verb or "", ())
    return Install(
        "bundler",
        call.program,
        bundle.reading.reads,
        tuple(bundle.folders),
        tuple(bundle.fills()),
        makes=tuple(place for name in names if (place := call.place(name, bundle.folder)) is not None),
        problem=problem,
    )


class _Bundle:
    """One project as Bundler sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        self.folders: list[str] = []
        self.manifest = self._manifest()
        self.folder = posixpath.dirname(self.manifest) if self.manifest is not None else None
        self.reading = Reading(call, self.folder)

    def _manifest(self) -> str | None:
        """The place of the Gemfile: the one that is named, or the nearest."""
        said = next(iter(self.given.values("--gemfile")), self.call.setting("BUNDLE_GEMFILE"))
        if said:
            return self.call.place(said)
        above = folders_above(self.call.workdir) if self.call.workdir is not None else set()
        places = (posixpath.join(folder, name) for folder in above for name in ("Gemfile", "gems.rb"))
        return max((place for place in places if self.call.is_there(place)), key=len, default=None)

    def problems(self) -> Iterator[str | None]:
        """Fills `reading` and `folders`; why that is not certain."""
        origin = self.reading.take(posixpath.basename(self.manifest)) if self.manifest is not None else None
        if origin is None or not self.given.is_certain:
            yield "the Gemfile is not among the files copied from the build context"
            return
        name = posixpath.basename(self.manifest or "")
        lock = self.reading.take("gems.locked" if name == "gems.rb" else f"{name}.lock")
        self.reading.take(".bundle/config")
        said = gemfile(self.call.context, origin)
        yield said.problem
        for file in said.files:
            if self.reading.take(posixpath.relpath(file, posixpath.dirname(origin) or ".")) is None:
                yield f"the Gemfile reads {file}, which is not among the files copied"
        local = _LOCK_PATH.search(self.call.context.text(lock) or "") if lock is not None else None
        yield f"the Gemfile installs {local[1]} from the project" if local is not None else None
        yield self._cached()
        yield self._platform(lock)

    def _platform(self, lock: str | None) -> str | None:
        """A lock file made on another system gets the platform of the image, which the copy would take away again.

        Source: Bundler documentation, "bundle lock" (--add-platform), "bundle platform".
        """
        named = _PLATFORMS.search(self.call.context.text(lock) or "") if lock is not None else None
        if named is None or any(one == "ruby" or "linux" in one for one in named[1].split()):
            return None
        return f"{lock} names no platform of Linux: the install adds one, and the copy would take it back"

    def _cached(self) -> str | None:
        """Gems that the project brings along, which are taken from there."""
        if not any(True for _ in self.call.below(posixpath.join(self.folder or "/", "vendor/cache"))):
            return None
        folder = self.reading.take_below("vendor/cache")
        if folder is None:
            return "vendor/cache comes from more than one folder"
        self.folders.append(folder)
        return None

    def fills(self) -> Iterator[str]:
        """The folder of the gems, where it lies in the project."""
        said = [*self.given.values("--path"), self.call.setting("BUNDLE_PATH"), *self._configured()]
        if not any(said) and self._is_deployment():
            said.append("vendor/bundle")
        for path in said:
            place = self.call.place(path, self.folder) if path and self.folder is not None else None
            if place is not None:
                yield place

    def _is_deployment(self) -> bool:
        """Whether gems go to `vendor/bundle` as they do with `--deployment`."""
        configured = any(re.search(r"\bdeployment (?:true|1)\b", text) for text in self.call.configured)
        return self.given.has("--deployment") or bool(self.call.setting("BUNDLE_DEPLOYMENT")) or configured

    def _configured(self) -> Iterator[str]:
        """The paths that `bundle config` set, in any way it may be written."""
        for text in self.call.configured:
            words = [word for word in shlex.split(text) if not word.startswith("-")]
            if words[:2] == ["bundle", "config"] and "path" in words[:-1]:
                yield words[-1]
