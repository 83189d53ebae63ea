"""`composer install`. Source: Composer documentation, "Command-line interface", "Scripts", "Autoloader"."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.project.formats.json import read_json
from dockerfix.project.manifests.composer_json import ComposerJson, composer_json

__all__ = ["recognise"]

_VALUED = frozenset(
    "-d --working-dir --prefer-install --ignore-platform-req --apcu-autoloader-prefix --audit-format --with".split()
)
_PROGRAMS = ("composer", "composer.phar")
_LISTS_CLASSES = ("-o", "--optimize-autoloader", "-a", "--classmap-authoritative")
_WRITES = {
    "update": ("composer.lock",),
    "upgrade": ("composer.lock",),
    "u": ("composer.lock",),
    "require": ("composer.json", "composer.lock"),
    "req": ("composer.json", "composer.lock"),
    "remove": ("composer.json", "composer.lock"),
}


def recognise(call: Call) -> Install | None:
    """The install that a call of composer is, be it the program itself or PHP that runs it."""
    words = call.program.words[1:]
    archive = None
    if call.program.name == "php":
        while words and (words[0].value or "").startswith("-"):
            words = words[2 if words[0].value == "-d" else 1 :]
        archive = words[0].value if words else None
        words = words[1:]
        if archive is None or posixpath.basename(archive) not in _PROGRAMS:
            return None
    given = arguments(words, _VALUED)
    if given.verb not in ("install", "i", *_WRITES):
        return None
    project = _Project(call, given)
    if archive is not None:
        project.reading.take(call.place(archive) or archive)
    if given.verb in _WRITES:
        return project.writing(_WRITES[given.verb])
    return project.install()


class _Project:
    """One project as Composer sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        folder = next(iter(given.values("-d", "--working-dir")), ".")
        self.folder = call.place(folder) if folder is not None else None
        self.reading = Reading(call, self.folder)
        self.manifest: ComposerJson | None = None

    def install(self) -> Install | None:
        """What `composer install` reads; where it needs the source, the dependencies come first without."""
        problem = self.problem()
        if problem is None and self.manifest is not None and not self.manifest.requires:
            return None
        split = None
        needs = self._needs() if problem is None else None
        if needs is not None:
            problem = needs
            missing = [one for one in ("--no-scripts", "--no-autoloader") if not self.given.has(one)]
            split = Split(dict(self.reading.reads), behind=self.given.verb_word, options=tuple(missing))
        return Install(
            "composer",
            self.call.program,
            self.reading.reads,
            fills=tuple(self._fills()),
            problem=problem,
            split=split,
            is_project=needs is not None,
        )

    def writing(self, names: tuple[str, ...]) -> Install:
        """A command that writes the lock file, or the manifest too."""
        problem = self.problem() or self._needs()
        makes = tuple(place for name in names if (place := self.call.place(name, self.folder)) is not None)
        return Install(
            "composer",
            self.call.program,
            self.reading.reads,
            fills=tuple(self._fills()),
            makes=makes,
            problem=problem,
        )

    def problem(self) -> str | None:
        """Fills `reading`; the reason why it is not certain, or None."""
        return next((problem for problem in self._problems() if problem is not None), None)

    def _problems(self) -> Iterator[str | None]:
        if self.folder is None or not self.given.is_certain or self.call.setting("COMPOSER") is not None:
            yield "what Composer installs is only known at build time"
            return
        origin = self.reading.take("composer.json")
        if origin is None:
            yield "composer.json is not among the files copied from the build context"
            return
        self.manifest = composer_json(self.call.context, origin)
        yield self.manifest.problem
        lock = self.reading.take("composer.lock")
        for name in ("symfony.lock", "auth.json"):
            self.reading.take(name)
        yield from (f"{origin} installs {url} from the project" for url in self.manifest.local_repositories)
        if self.manifest.package_event is not None and not self.given.has("--no-scripts"):
            yield f"Composer runs the project's scripts for each package ({self.manifest.package_event})"
        if self.manifest.placed_elsewhere:
            yield f"{origin} has packages installed among the source (installer-paths)"
        if not self.given.has("--no-plugins"):
            plugin = self.manifest.plugin(read_json(self.call.context.text(lock) or "") if lock is not None else None)
            yield f"the plugin {plugin} may read the source, or change it" if plugin is not None else None

    def _needs(self) -> str | None:
        """Why the command needs the source though what it downloads is certain; None where it does not."""
        if self.manifest is None:
            return None
        if self.manifest.event is not None and not self.given.has("--no-scripts"):
            return f"Composer runs the project's scripts ({self.manifest.event})"
        lists = self.manifest.lists_classes or self.given.has(*_LISTS_CLASSES)
        if lists and not self.given.has("--no-autoloader"):
            return "Composer looks for classes in the source (autoloader)"
        return None

    def _fills(self) -> Iterator[str]:
        """The folder of the packages, and that of their programs where it is another."""
        if self.folder is None or self.manifest is None:
            return
        vendor = self.call.setting("COMPOSER_VENDOR_DIR") or self.manifest.folder("vendor-dir", "vendor")
        programs = self.call.setting("COMPOSER_BIN_DIR") or self.manifest.folder("bin-dir", None)
        for name in (vendor, programs):
            place = self.call.place(name, self.folder) if name and "$" not in name else None
            if place is not None:
                yield place
