"""package.json, and the calls of its scripts."""

from __future__ import annotations

import pytest

from dockerfix.project.context import BuildContext
from dockerfix.project.package_json import ScriptCall, package_json, package_script


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("npm start", ScriptCall("start")),
        ("npm run build", ScriptCall("build")),
        ("npm run-script build -- --prod", ScriptCall("build")),
        ("npm --prefix web start", ScriptCall("start", "web")),
        ("yarn --cwd=web serve", ScriptCall("serve", "web")),
        ("pnpm -C web dev", ScriptCall("dev", "web")),
        ("bun run start", ScriptCall("start")),
        ("bun run src/index.ts", None),
        ("npm ci", None),
        ("npm serve", None),
        ("yarn install", None),
        ("node start", None),
        ("npm", None),
    ],
)
def test_a_call_of_a_script_is_known(words: str, expected: ScriptCall | None) -> None:
    assert package_script(words.split()) == expected


def test_what_is_no_object_is_a_problem() -> None:
    assert package_json(BuildContext.of_files({"package.json": "[]"}), "package.json").problem is not None


def test_scripts_that_are_no_text_are_left_out() -> None:
    found = package_json(BuildContext.of_files({"package.json": '{"scripts": {"a": "x", "b": 1}}'}), "package.json")
    assert found.scripts == {"a": "x"}
