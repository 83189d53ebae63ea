"""package.json: what it says."""

from __future__ import annotations

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.package_json import package_json


def test_what_is_no_object_is_a_problem() -> None:
    assert package_json(BuildContext.of_files({"package.json": "[]"}), "package.json").problem is not None


def test_scripts_that_are_no_text_are_left_out() -> None:
    found = package_json(BuildContext.of_files({"package.json": '{"scripts": {"a": "x", "b": 1}}'}), "package.json")
    assert found.scripts == {"a": "x"}
