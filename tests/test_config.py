"""Configuration files: where they are found, what they may hold, and what is said about those that are wrong."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from dockerfix.config import Settings, find_config, read_config, settings_for
from dockerfix.errors import ConfigError

EVERYTHING = """\
[tool.dockerfix]
select = ["DF4", "latest-tag"]
ignore = ["DF601"]
unsafe-fixes = true
strict = true
python = "3.13"
context = "build"
exclude = ["legacy/"]

[tool.dockerfix.per-file-ignores]
"*.dev.Dockerfile" = ["DF501"]

[tool.dockerfix.rules.latest-tag]
python = "3.11"

[tool.dockerfix.base-images."registry.corp/python"]
like = "python"
"""


def wrong(tmp_path: Path, text: str, name: str = "dockerfix.toml") -> str:
    """What is said about a configuration file, its folder cut off."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        settings_for(tmp_path)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_the_documented_example_is_valid_and_whole(tmp_path: Path) -> None:
    page = Path(__file__).parent.parent / "docs" / "configuration.md"
    example = page.read_text().split("```toml\n")[1].partition("```")[0]
    (tmp_path / "pyproject.toml").write_text(example)
    found = settings_for(tmp_path)
    unset = [field.name for field in fields(Settings) if getattr(found, field.name) is None]
    assert unset == []
    assert set(found.rules) == {"latest-tag"}
    assert len(found.per_file_ignores) == len(found.base_images) == 1


def test_every_setting_is_read(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "pyproject.toml").write_text(EVERYTHING)
    assert settings_for(tmp_path) == Settings(
        select=("DF4", "latest-tag"),
        ignore=("DF601",),
        unsafe_fixes=True,
        strict=True,
        python="3.13",
        context=tmp_path / "build",
        exclude=("legacy/",),
        per_file_ignores=(("*.dev.Dockerfile", ("DF501",)),),
        rules={"latest-tag": {"python": "3.11"}},
        base_images={"registry.corp/python": {"like": "python"}},
        folder=tmp_path,
        file=tmp_path / "pyproject.toml",
    )


def test_a_plain_file_needs_no_table(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text('select = ["DF4"]\n')
    assert settings_for(tmp_path).select == ("DF4",)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert settings_for(tmp_path) == Settings()


def test_the_nearest_file_holds(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("strict = true\n")
    near = tmp_path / "services" / "api"
    near.mkdir(parents=True)
    (near / "dockerfix.toml").write_text("")
    assert find_config(near) == near / "dockerfix.toml"
    assert find_config(near.parent) == tmp_path / "dockerfix.toml"


def test_a_pyproject_of_other_tools_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("strict = true\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "pyproject.toml").write_text("[tool.ruff]\nthis is broken, and none of our business\n")
    assert settings_for(tmp_path / "app").strict


def test_the_plain_file_is_preferred_to_pyproject(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("strict = true\n")
    (tmp_path / "pyproject.toml").write_text("[tool.dockerfix]\nstrict = false\n")
    assert settings_for(tmp_path).strict


def test_the_search_stops_at_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("strict = true\n")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "app").mkdir()
    assert find_config(tmp_path / "repository" / "app") is None


def test_an_unknown_setting_is_refused_with_line_and_nearest_name(tmp_path: Path) -> None:
    assert wrong(tmp_path, "strict = true\nper-file-ignore = {}\n") == (
        "dockerfix.toml:2: unknown setting per-file-ignore (did you mean per-file-ignores?)"
    )


def test_an_underscore_is_a_near_miss_too(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n\n[tool.dockerfix]\nunsafe_fixes = true\n'
    assert wrong(tmp_path, text, "pyproject.toml") == (
        "pyproject.toml:5: unknown setting unsafe_fixes (did you mean unsafe-fixes?)"
    )


def test_a_setting_like_no_other_gets_no_guess(tmp_path: Path) -> None:
    assert wrong(tmp_path, "zzz = 1\n") == "dockerfix.toml:1: unknown setting zzz"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('strict = "yes"\n', "dockerfix.toml:1: strict must be true or false"),
        ('select = "DF4"\n', 'dockerfix.toml:1: select must be a list of texts, like ["DF501"]'),
        ("\nignore = [1]\n", 'dockerfix.toml:2: ignore must be a list of texts, like ["DF501"]'),
        ("python = 3.13\n", 'dockerfix.toml:1: python must be a version in quotes, like "3.13"'),
        ('python = "three"\n', 'dockerfix.toml:1: python must be a version in quotes, like "3.13"'),
        ("rules = 3\n", "dockerfix.toml:1: rules must be a table"),
        ('context = "nowhere"\n', "dockerfix.toml:1: context nowhere: no such folder beside this file"),
        (
            '[per-file-ignores]\n"*.dev" = "DF5"\n',
            'dockerfix.toml:2: per-file-ignores.*.dev must be a list of texts, like ["DF501"]',
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert wrong(tmp_path, text) == sentence


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert wrong(tmp_path, "strict = true\nselect = [\n= 3\n").startswith("dockerfix.toml:3: not valid TOML: ")


def test_what_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        read_config(tmp_path / "dockerfix.toml")


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_bytes(b"\xef\xbb\xbfstrict = true\n")
    assert settings_for(tmp_path).strict
