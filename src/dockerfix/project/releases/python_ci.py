"""Which Python a project's CI, test runner and development container use, each read by itself.

Sources: Travis CI ("Building a Python Project"), GitLab CI and Bitbucket (`image`), CircleCI (`docker: - image`),
GitHub Actions (`jobs.<id>.container`), Azure Pipelines (UsePythonVersion), tox (`env_list`), Development Container
Specification (`image`, the feature python).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from typing import TYPE_CHECKING

from dockerfix.project.bases.tags import python_tag
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.formats.json import read_json
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.project.manifests.pyproject import table, toml
from dockerfix.regexes import regex
from dockerfix.syntax.references import ImageReference

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["ci_versions", "image_release"]

_CI = regex(
    r"(?:.*/)?(?:\.travis|\.?gitlab-ci|\.drone|\.woodpecker|\.cirrus|azure-pipelines|bitbucket-pipelines)[\w.-]*\.ya?ml"
    r"|\.circleci/config\.ya?ml|\.github/workflows/[^/]+\.ya?ml"
)
_KEYS = {"image": "image", "container": "image", "name": "image", "python": "version", "versionSpec": "version"}
_DEV_TAG = regex(r"(?:\d+-|dev-)?(3\.\d+)(?:[-.].*)?")
_NUMBER = regex(r"(3\.\d+)(?:\.\d+)?")


def image_release(text: str) -> str | None:
    """The release of Python that an image brings: "3.11" of `python:3.11-slim`, `cimg/python:3.11.4`, and the like."""
    reference = ImageReference.parse(text)
    if reference is None or reference.tag is None or reference.repository.rpartition("/")[2] != "python":
        return None
    if "devcontainers" in reference.repository:
        found = _DEV_TAG.fullmatch(reference.tag)
        return found[1] if found else None
    release = python_tag(reference.tag).release
    return release if release and release.startswith("3.") else None


def ci_versions(context: BuildContext) -> Iterator[tuple[str, int | None, str, str]]:
    """What names one Python throughout: path, line, words for people, release. Several in one kind of file say nothing.

    Of the workflows only containers are read here: `python-version` has a reader of its own.
    """
    for path in own_paths(context):
        name = posixpath.basename(path)
        if _CI.fullmatch(path):
            found = [one for document in yaml_documents(context.text(path) or "") for one in _stated(document)]
            if len({release for _, _, release in found}) == 1:
                line, words, release = found[0]
                yield path, line, words, release
        elif name in ("devcontainer.json", ".devcontainer.json"):
            yield from ((path, None, words, release) for words, release in _devcontainer(context.text(path) or ""))
        elif name in ("tox.ini", "tox.toml", "setup.cfg", "pyproject.toml"):
            releases = set(_tox(context, path))
            if len(releases) == 1:
                yield path, None, f"tox's py{min(releases).replace('.', '')}", min(releases)


def _stated(value: Yaml, key: str = "", above: str = "") -> Iterator[tuple[int, str, str]]:
    if isinstance(value, YamlMap):
        for name, below in value.items():
            yield from _stated(below, name, key)
    elif isinstance(value, YamlList):
        for below in value:
            yield from _stated(below, key, above)
    elif isinstance(value, YamlText) and key in _KEYS:
        in_image = key != "name" or above in ("image", "container")
        release = _version(value) if _KEYS[key] == "version" else image_release(value) if in_image else None
        if release is not None:
            yield value.line, f"{key}: {value}", release


def _version(text: str) -> str | None:
    found = _NUMBER.fullmatch(text.strip())
    return found[1] if found else None


def _devcontainer(text: str) -> Iterator[tuple[str, str]]:
    content = read_json(text)
    if not isinstance(content, dict):
        return
    image = content.get("image")
    if isinstance(image, str) and (release := image_release(image)):
        yield f"image {image}", release
    features = content.get("features")
    for name, settings in features.items() if isinstance(features, dict) else ():
        version = settings.get("version") if isinstance(settings, dict) else None
        if "/features/python" in name and isinstance(version, str) and (release := _version(version)):
            yield f"{name} {version}", release


def _tox(context: BuildContext, path: str) -> Iterator[str]:
    """The Pythons of tox's environments, `py39` and `py3.9`."""
    text = context.text(path) or ""
    if "env" not in text or "tox" not in text + path:
        return
    if path.endswith(".toml"):
        data = toml(context, path) or {}
        place = data if path.endswith("tox.toml") else table(data, "tool", "tox")
        legacy = place.get("legacy_tox_ini")
        words = " ".join(map(str, place.get("env_list") or ())) + (_ini_list(str(legacy), "tox") if legacy else "")
    else:
        words = _ini_list(text, "tox" if path.endswith("tox.ini") else "tox:tox")
    yield from (
        f"3.{minor}"
        for listed in re.findall(r"\bpy3\.?(\d+|\{[\d,]+\})", words)
        for minor in re.findall(r"\d+", listed)
    )


def _ini_list(text: str, section: str) -> str:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except ConfigError:
        return ""
    names = ("env_list", "envlist")
    return next((parser.get(section, name) for name in names if parser.has_option(section, name)), "")
