"""What bake files build."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import told, uses

PLACES = ("Dockerfile", "backend/Dockerfile", "docker/web.Dockerfile")


def baked(root: Path, text: str, path: str = "docker-bake.hcl") -> list[str]:
    return told(uses(root, {path: text}, *PLACES))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "Dockerfile from ."),
        ('context = "."', "Dockerfile from ."),
        ('context = "backend"', "backend/Dockerfile from backend"),
        ('dockerfile = "docker/web.Dockerfile"', "docker/web.Dockerfile from ."),
        ('context = "docker"\n dockerfile = "web.Dockerfile"', "docker/web.Dockerfile from docker"),
        ("context = WHERE", "backend/Dockerfile from backend"),
        ('context = "./${WHERE}"', "backend/Dockerfile from backend"),
        ('context = WHERE == "backend" ? "backend" : "."', "backend/Dockerfile from backend"),
        ('context = UNSET != "" ? "backend" : "backend"', "backend/Dockerfile from backend"),
        ("context = AGAIN", "backend/Dockerfile from backend"),
    ],
)
def test_target(tmp_path: Path, body: str, expected: str) -> None:
    variables = (
        'variable "WHERE" {\n default = "backend"\n}\nvariable "AGAIN" {\n default = WHERE\n}\nvariable "UNSET" {}\n'
    )
    assert baked(tmp_path, f'{variables}target "web" {{\n {body}\n}}\n') == [f"{expected} (docker-bake.hcl:8)"]


@pytest.mark.parametrize(
    "body",
    [
        'context = "https://github.com/some/where.git"',
        'context = "target:base"',
        "context = UNSET",
        'context = UNSET == "" ? "backend" : "."',
        "context = where()",
        'dockerfile = "${UNSET}/Dockerfile"',
        'dockerfile-inline = "FROM scratch"',
        'context = "missing"',
        "context = RING",
    ],
)
def test_target_that_says_nothing_certain(tmp_path: Path, body: str) -> None:
    assert baked(tmp_path, f'variable "RING" {{\n default = RING\n}}\ntarget "web" {{\n {body}\n}}\n') == []


def test_inherited_attributes(tmp_path: Path) -> None:
    text = (
        'target "base" {\n args = { A = "1", B = "2" }\n}\ntarget "more" {\n target = "prod"\n}\n'
        'target "web" {\n inherits = ["base", "more"]\n context = "backend"\n args = { B = 3 }\n'
        ' tags = ["me/web:1"]\n}\n'
    )
    (found,) = uses(tmp_path, {"docker-bake.hcl": text}, "backend/Dockerfile")
    assert (found.target, found.args, found.image) == ("prod", (("A", "1"), ("B", "3")), "me/web:1")


def test_targets_that_inherit_from_each_other_end(tmp_path: Path) -> None:
    text = 'target "a" {\n inherits = ["b"]\n context = "."\n}\ntarget "b" {\n inherits = ["a"]\n context = "."\n}\n'
    assert baked(tmp_path, text) == ["Dockerfile from . (docker-bake.hcl:1)", "Dockerfile from . (docker-bake.hcl:5)"]


def test_matrix(tmp_path: Path) -> None:
    text = (
        'target "web" {\n name = "web-${item.name}"\n matrix = {\n'
        '  item = [{ name = "a", file = "Dockerfile", where = "backend" },\n'
        '          { name = "b", file = "web.Dockerfile", where = "docker" }]\n }\n'
        " context = item.where\n dockerfile = item.file\n}\n"
    )
    assert baked(tmp_path, text) == [
        "backend/Dockerfile from backend (docker-bake.hcl:1)",
        "docker/web.Dockerfile from docker (docker-bake.hcl:1)",
    ]


def test_json(tmp_path: Path) -> None:
    text = (
        '{"variable": {"WHERE": {"default": "backend"}},\n "target": {\n'
        '  "base": {"args": {"A": "1"}},\n  "web": {"inherits": ["base"], "context": "${WHERE}"},\n'
        '  "other": {"context": "${UNSET}"}}}\n'
    )
    (found,) = uses(tmp_path, {"docker-bake.json": text}, *PLACES)
    assert told((found,)) == ["backend/Dockerfile from backend (docker-bake.json:4)"]
    assert found.args == (("A", "1"),)


def test_file_in_a_folder_is_called_from_the_root(tmp_path: Path) -> None:
    text = 'target "web" {\n dockerfile = "docker/web.Dockerfile"\n}\n'
    assert baked(tmp_path, text, "docker/docker-bake.hcl") == [
        "docker/web.Dockerfile from . (docker/docker-bake.hcl:1)"
    ]


def test_file_in_a_folder_may_be_called_from_there(tmp_path: Path) -> None:
    found = baked(tmp_path, 'target "web" {}\n', "backend/docker-bake.hcl")
    assert found == [
        "backend/Dockerfile from backend (backend/docker-bake.hcl:1) ?",
        "Dockerfile from . (backend/docker-bake.hcl:1) ?",
    ]


@pytest.mark.parametrize("text", ["target {", 'target "a" {\n context = \n}\n', "\0", "{", '{"target": []}'])
def test_broken_file_says_nothing(tmp_path: Path, text: str) -> None:
    assert baked(tmp_path, text) == []
