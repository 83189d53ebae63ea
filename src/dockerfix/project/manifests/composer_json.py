"""A composer.json with its lock file: what an install of it reads besides them.

Source: Composer documentation, "The composer.json schema", "Scripts", "Repositories", "Plugins".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.formats.json import read_json
from dockerfix.project.manifests.pyproject import table

__all__ = ["ComposerJson", "composer_json"]

# The events of `composer install`: those of the command, and those of what it installs.
_EVENTS = "pre-install-cmd post-install-cmd pre-autoload-dump post-autoload-dump pre-command-run command init".split()
_PACKAGE_EVENTS = (
    "pre-operations-exec pre-package-install post-package-install pre-file-download post-file-download "
    "pre-dependencies-solving post-dependencies-solving pre-pool-create"
).split()
# Plugins that write below `vendor` alone; Flex reads symfony.lock besides. Source: the README of each.
_PLUGINS = frozenset(
    "symfony/flex symfony/runtime pestphp/pest-plugin php-http/discovery phpstan/extension-installer "
    "dealerdirect/phpcodesniffer-composer-installer composer/package-versions-deprecated ocramius/package-versions "
    "kylekatarnls/update-helper hirak/prestissimo ergebnis/composer-normalize yiisoft/yii2-composer "
    "infection/extension-installer".split()
)
_LOCAL = (".", "/", "~", "file:")


@frozen
class ComposerJson:
    """What a composer.json says; `problem` is set where it is no JSON object."""

    path: str
    data: Mapping[str, object]
    problem: str | None = None

    @property
    def requires(self) -> bool:
        """Whether it requires a package, and not just versions and extensions of PHP."""
        names = {name for kind in ("require", "require-dev") for name in table(self.data, kind)}
        return any("/" in name for name in names)

    @property
    def event(self) -> str | None:
        """An event of an install at which it runs scripts."""
        return next((name for name in _EVENTS if table(self.data, "scripts").get(name)), None)

    @property
    def package_event(self) -> str | None:
        """An event at which it runs scripts for each package: an install that finds them there has none."""
        return next((name for name in _PACKAGE_EVENTS if table(self.data, "scripts").get(name)), None)

    @property
    def lists_classes(self) -> bool:
        """Whether an install looks for classes in the source, be it told so on the command line or not."""
        kinds = [table(self.data, key) for key in ("autoload", "autoload-dev")]
        said = table(self.data, "config")
        optimised = said.get("optimize-autoloader") or said.get("classmap-authoritative")
        return bool(optimised) or any(kind.get("classmap") for kind in kinds)

    @property
    def local_repositories(self) -> Iterator[str]:
        """The repositories that lie in the project, as written."""
        said = self.data.get("repositories")
        entries = said.values() if isinstance(said, Mapping) else said if isinstance(said, list) else ()
        for entry in entries:
            url = table(entry).get("url")
            if isinstance(url, str) and (table(entry).get("type") in ("path", "artifact") or url.startswith(_LOCAL)):
                yield url

    def folder(self, name: str, default: str | None) -> str | None:
        """A folder that `config` names (`vendor-dir`, `bin-dir`)."""
        said = table(self.data, "config").get(name)
        return said if isinstance(said, str) else default

    def plugin(self, lock: object) -> str | None:
        """A plugin that may look at the source, or change it.

        Args:
            lock: the content of composer.lock, which tells what is a plugin; None where there is none.
        """
        if table(self.data, "config").get("allow-plugins") is False:
            return None
        if lock is None:
            allowed = table(self.data, "config", "allow-plugins")
            names = [name for name, said in allowed.items() if said]
        else:
            data = table(lock)
            packages = [table(one) for kind in ("packages", "packages-dev") for one in _list(data.get(kind))]
            plugins = (one.get("name") for one in packages if one.get("type") == "composer-plugin")
            names = [name for name in plugins if isinstance(name, str)]
        return next((name for name in names if name not in _PLUGINS), None)

    @property
    def placed_elsewhere(self) -> bool:
        """Whether packages are installed among the source."""
        return "installer-paths" in table(self.data, "extra")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@memoised_on("code")
def composer_json(context: BuildContext, path: str) -> ComposerJson:
    """A composer.json of the context."""
    data = read_json(context.text(path) or "")
    if not isinstance(data, dict):
        return ComposerJson(path, {}, f"{path} is no valid JSON")
    return ComposerJson(path, data)
