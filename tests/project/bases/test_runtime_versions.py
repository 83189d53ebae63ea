"""Which release of Node, Go or Ruby a project names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.project.bases.tags import pinned_tag
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.releases.runtime_versions import stated_versions


@pytest.mark.parametrize(
    ("image", "files", "expected"),
    [
        ("node", {".nvmrc": "v20.11.1\n"}, ["20"]),
        ("node", {".nvmrc": "lts/*\n"}, []),
        ("node", {".node-version": "# ours\n22\n"}, ["22"]),
        ("node", {"package.json": '{"engines": {"node": "^20.9.0"}}'}, ["20"]),
        ("node", {"package.json": '{"engines": {"node": "20.x"}}'}, ["20"]),
        ("node", {"package.json": '{"engines": {"node": ">=18"}}'}, []),
        ("node", {"package.json": '{"engines": {"node": "18 || 20"}}'}, []),
        ("node", {"package.json": '{"volta": {"node": "20.1.0"}, "engines": {"node": "18"}}'}, ["20", "18"]),
        ("node", {".tool-versions": "python 3.12\nnodejs 18.2.0\n"}, ["18"]),
        ("golang", {"go.mod": "module a\n\ngo 1.22\n"}, ["1.22"]),
        ("golang", {"go.mod": "module a\n\ngo 1.22.0\n\ntoolchain go1.23.4\n"}, ["1.23"]),
        ("golang", {"go.mod": "module a\n\ngo 1.16\n"}, []),
        ("ruby", {".ruby-version": "ruby-3.3.1\n"}, ["3.3"]),
        ("ruby", {"Gemfile.lock": "GEM\n\nRUBY VERSION\n   ruby 3.2.2p53\n"}, ["3.2"]),
        ("ruby", {".tool-versions": "ruby 3.1.0\n"}, ["3.1"]),
        ("debian", {".tool-versions": "debian 12\n"}, []),
    ],
)
def test_the_project_names_a_release(image: str, files: Mapping[str, str], expected: list[str]) -> None:
    assert [found.version for found in stated_versions(BuildContext.of_files(files), image)] == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (None, "22"),
        ("latest", "22"),
        ("lts", "22"),
        ("slim", "22-slim"),
        ("lts-bookworm-slim", "22-bookworm-slim"),
        ("alpine3.20", "22-alpine3.20"),
    ],
)
def test_a_tag_keeps_its_variant_and_suite(tag: str | None, expected: str) -> None:
    assert pinned_tag(tag, "22") == expected
