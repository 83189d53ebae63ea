"""`go mod download`, and the commands that compile a module and download what it requires on the way.

Source: Go modules reference, "go mod download", "Workspaces", "Vendoring", "replace directive"; Docker documentation,
"Optimize cache usage in builds" (its example for Go) and the README of the image golang.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.state import folders_above
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.kept import keeps
from dockerfix.project.manifests.go_modules import go_modules
from dockerfix.regexes import regex

__all__ = ["recognise"]

_VALUED = frozenset(
    "-C -o -p -asmflags -buildmode -buildvcs -compiler -gccgoflags -gcflags -installsuffix -ldflags -mod -modfile "
    "-overlay -pgo -pkgdir -tags -toolexec -exec -run -timeout -count -coverprofile -covermode -coverpkg -bench "
    "-benchtime -cpu -parallel -vet -reuse -vettool".split()
)
_COMPILES = frozenset("build install test run vet generate list get".split())
_MOD_READS_SOURCE = frozenset({"tidy", "vendor", "why"})
_MOST_MODULES = 8
_CHOOSES = regex(r"-(?:modfile|overlay|C)\b")  # options that other files are read by


def recognise(call: Call) -> Install | None:
    """The download that a call of go is, or does on the way."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.operands[:2] == ("mod", "download"):
        module = _Module(call, given)
        return Install("go", call.program, module.reading.reads, problem=module.problem, manifests=module.manifests)
    reads_source = given.verb == "mod" and given.operands[1:2] and given.operands[1] in _MOD_READS_SOURCE
    if given.verb in _COMPILES or reads_source:
        return _on_the_way(call, given)
    return None


def _on_the_way(call: Call, given: Arguments) -> Install | None:
    """A command that needs the source. None where it downloads nothing, or keeps what it downloads in a cache mount."""
    module = _Module(call, given)
    if module.root is None or not module.downloads or module.is_vendored() or keeps(call, _cache(call)):
        return None
    if given.verb == "get" and any(not (word or ".").startswith(".") for word in given.operands[1:]):
        makes = tuple(posixpath.join(module.root, name) for name in ("go.mod", "go.sum"))
        return Install("go", call.program, module.reading.reads, makes=makes, problem=module.problem)
    split = None
    if module.problem is None and module.has_sums():
        directory = next(iter(given.values("-C")), None)
        instead = "go mod download" if directory is None else f"go -C {directory} mod download"
        split = Split(dict(module.reading.reads), instead=instead)
    problem = module.problem or f"go {given.verb} reads the source"
    return Install(
        "go",
        call.program,
        module.reading.reads,
        problem=problem,
        split=split,
        is_project=True,
        manifests=module.manifests,
    )


def _cache(call: Call) -> str:
    """The module cache. Source: `go help environment` (GOMODCACHE); the image golang sets GOPATH to `/go`."""
    return call.setting("GOMODCACHE") or f"{call.setting('GOPATH') or '/go'}/pkg/mod"


class _Module:
    """The module, or the workspace, that a command of go works in."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        self.downloads = False
        folder = next(iter(given.values("-C")), ".")
        self.folder = call.place(folder) if folder is not None else None
        self.root = self._nearest("go.mod")
        self.workspace = self._nearest("go.work") if call.setting("GOWORK") is None else None
        self.reading = Reading(call, self.workspace or self.root)
        self.problem = next((problem for problem in self._problems() if problem is not None), None)

    @property
    def manifests(self) -> tuple[str, ...]:
        """The files that name what is downloaded; go.sum only tells whether it came whole."""
        return tuple(path for path in self.reading.reads.values() if posixpath.basename(path) != "go.sum")

    def _nearest(self, name: str) -> str | None:
        """The folder, this one or one above, that holds a file."""
        above = folders_above(self.folder) if self.folder is not None else ()
        found = [folder for folder in above if self.call.is_there(posixpath.join(folder, name))]
        return max(found, key=len, default=None)

    def has_sums(self) -> bool:
        """Whether the checksums of what is downloaded are there; a download without them would write the file."""
        return self.root is not None and self.call.is_there(posixpath.join(self.root, "go.sum"))

    def is_vendored(self) -> bool:
        """Whether dependencies come from `vendor`, as they do by default where it is there."""
        if "-mod=mod" in (self.call.setting("GOFLAGS") or "").split() or self.given.values("-mod") == ["mod"]:
            return False
        top = self.workspace or self.root
        return top is not None and self.call.is_there(posixpath.join(top, "vendor/modules.txt"))

    def _problems(self) -> Iterator[str | None]:
        if self.folder is None:
            yield "the folder of the module is only known at build time"
        elif self.root is None and self.workspace is None:
            yield "go.mod is not among the files copied from the build context"
        elif (
            self.given.values("-modfile")
            or _CHOOSES.search(self.call.setting("GOFLAGS") or "")
            or self.call.setting("GOWORK") not in (None, "off")
        ):
            yield "another go.mod or go.work than the nearest is not followed here"
        elif self.workspace is not None:
            yield from self._of_workspace()
        else:
            yield from self._of_module("")
            self.reading.take("go.sum")

    def _of_workspace(self) -> Iterator[str | None]:
        origin = self.reading.take("go.work")
        said = go_modules(self.call.context, origin) if origin is not None else None
        if said is None:
            yield "go.work is not among the files copied from the build context"
            return
        self.reading.take("go.work.sum")
        if len(said.uses) > _MOST_MODULES:
            yield f"the workspace has {len(said.uses)} modules, each with a go.mod to copy first"
            return
        for folder in said.uses:
            yield from self._of_module(folder)
            self.reading.take(posixpath.join(folder, "go.sum"))
        yield from map(self._replacement, said.replacements.values())

    def _of_module(self, folder: str) -> Iterator[str | None]:
        """Takes the go.mod of a module, and those of the folders that it puts in the place of others."""
        origin = self.reading.take(posixpath.join(folder, "go.mod"))
        said = go_modules(self.call.context, origin) if origin is not None else None
        if said is None:
            yield f"{posixpath.normpath(posixpath.join(folder, 'go.mod'))} is not among the files copied"
            return
        self.downloads = self.downloads or said.downloads
        for path in said.replacements.values():
            yield self._replacement(posixpath.join(folder, path))

    def _replacement(self, folder: str) -> str | None:
        if self.reading.take(posixpath.join(folder, "go.mod")) is None:
            return f"go.mod puts {folder} in the place of a module, and its go.mod is not among the files copied"
        return None
