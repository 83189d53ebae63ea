"""The records of libraries: every one answers every question, in one spelling."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from dockerfix.project.known.libraries import Libraries, Writing, javascript_libraries, python_libraries
from dockerfix.project.manifests.dependencies import normal_name
from dockerfix.project.releases.python_packages import package_facts

BOTH = (python_libraries(), javascript_libraries())
RECORDS = [record for one in BOTH for record in one.records.values()]
KINDS = {"open", "folder", "sqlite", "log", "copy", "delete", "save", "upload"}


def _said(name: str) -> dict[str, Any]:
    return tomllib.loads(files("dockerfix.project").joinpath(f"data/{name}").read_text("utf-8"))


def test_enough_is_known_that_unknown_stays_rare() -> None:
    third_party = [one for one in BOTH[0].records.values() if one.package != "python"]
    assert len(third_party) >= 300
    assert len(BOTH[1].records) >= 150


def test_a_record_answers_every_question() -> None:
    for one in RECORDS:
        writings = (*one.calls, *one.methods, *one.settings)
        assert one.writes in {"nothing", "told", "here", "elsewhere"}, one.name
        assert bool(one.folder) is (one.writes == "here"), one.name
        assert not writings or one.writes != "nothing", one.name
        assert len(one.source) > 8, one.name
        assert not one.home.startswith(("/", "~")), one.name
        assert all(writing.kind in KINDS and "/" not in writing.name for writing in writings), one.name


def test_a_call_says_where_its_path_stands() -> None:
    for one in RECORDS:
        assert all(writing.at is not None or writing.keyword for writing in (*one.calls, *one.methods)), one.name


def test_modules_and_packages_are_spelt_as_python_and_its_index_do() -> None:
    for name, record in BOTH[0].records.items():
        assert all(part.isidentifier() for part in name.split("."))
        assert record.package == normal_name(record.package)
        is_standard = name.partition(".")[0] in sys.stdlib_module_names or name in {"annotationlib", "compression"}
        assert (record.package == "python") is is_standard
        assert name not in package_facts().removed_modules


def test_names_of_npm_are_spelt_as_npm_does() -> None:
    spelling = re.compile(r"(?:@[a-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*\*?|@[a-z0-9][\w.-]*/\*|bun:\w+")
    assert [name for name in BOTH[1].records if not spelling.fullmatch(name)] == []


@pytest.mark.parametrize("name", ["libraries_python.toml", "libraries_javascript.toml"])
def test_no_source_is_named_in_vain(name: str) -> None:
    data = _said(name)
    used = {record["source"] for record in data["library"].values()}
    assert set(data["sources"]) <= used
    assert all(source in data["sources"] or " " in source for source in used)


@pytest.mark.parametrize("libraries", BOTH)
def test_no_program_belongs_to_two_libraries(libraries: Libraries) -> None:
    programs = [program for record in libraries.records.values() for program in record.programs]
    assert len(programs) == len(set(programs))


@pytest.mark.parametrize(
    ("module", "record"),
    [
        ("google.cloud.storage.blob", "google.cloud.storage"),
        ("torch.utils.tensorboard", "torch"),
        ("googlemaps", "googlemaps"),
        ("google.cloud", None),
        ("nobody_knows", None),
    ],
)
def test_a_module_belongs_to_the_nearest_record(module: str, record: str | None) -> None:
    found = python_libraries().of(module)
    assert (found.name if found else None) == record


@pytest.mark.parametrize(
    ("package", "record"),
    [
        ("fs/promises", "fs"),
        ("@radix-ui/react-dialog", "@radix-ui/*"),
        ("@nestjs/platform-express/multer", "@nestjs/platform-express"),
        ("lodash.merge", "lodash.*"),
        ("@radix", None),
    ],
)
def test_a_scope_has_one_record(package: str, record: str | None) -> None:
    found = javascript_libraries().of(package)
    assert (found.name if found else None) == record


def test_a_call_is_found_by_the_end_of_its_name() -> None:
    expected = Writing("qdrant_client", "QdrantClient", "folder", None, "path")
    libraries = python_libraries()
    assert libraries.call("qdrant_client.QdrantClient") == (expected,)
    assert libraries.call("qdrant_client.qdrant_client.QdrantClient") == (expected,)
    assert libraries.call("other.QdrantClient") == ()
