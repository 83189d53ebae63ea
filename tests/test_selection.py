"""Names of rules, and their options, as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from dockerfix.config import Settings, read_config
from dockerfix.errors import ConfigError, UsageError
from dockerfix.rule import BuildContext, Finding, Rule, RuleOptions
from dockerfix.rules.base.latest_tag import LatestTag
from dockerfix.selection import check_names, contradiction, is_matched, rules_for, selected, without_ignored
from dockerfix.syntax import Dockerfile


@dataclass(frozen=True, slots=True)
class Options(RuleOptions):
    python: str = "3.12"
    keep: tuple[str, ...] = ()
    deep: bool = False
    way: Literal["short", "long"] = "short"


class _Silent(Rule):
    message = "silent"
    sources = ()
    may_change = frozenset()
    examples = ()

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        yield from ()


class Shell(_Silent):
    code: ClassVar[str] = "DF401"
    name: ClassVar[str] = "shell-form-cmd"


class Signal(_Silent):
    code: ClassVar[str] = "DF402"
    name: ClassVar[str] = "signal"


class Tag(_Silent):
    code: ClassVar[str] = "DF101"
    name: ClassVar[str] = "latest-tag"
    options_type = Options


RULES = (Tag, Shell, Signal)


def chosen(**settings: object) -> list[str]:
    return [rule.code for rule in selected(RULES, Settings(**settings))]  # type: ignore[arg-type]


def options(tmp_path: Path | None = None, **settings: object) -> Options:
    file = None if tmp_path is None else tmp_path / "dockerfix.toml"
    found = rules_for((Tag,), Settings(file=file, folder=tmp_path, **settings))[0].options  # type: ignore[arg-type]
    assert isinstance(found, Options)
    return found


@pytest.mark.parametrize("word", ["DF401", "df401", "shell-form-cmd", "Shell-Form-Cmd"])
def test_a_rule_is_named_by_code_or_name_in_any_case(word: str) -> None:
    assert chosen(select=(word,)) == ["DF401"]


def test_the_start_of_a_code_names_all_that_begin_so() -> None:
    assert chosen(select=("DF4",)) == ["DF401", "DF402"]


def test_all_names_every_rule() -> None:
    assert chosen(select=("ALL",), ignore=("DF4",)) == ["DF101"]


def test_ignore_takes_from_what_is_selected() -> None:
    assert chosen(select=("DF4",), ignore=("signal",)) == ["DF401"]


def test_an_unknown_rule_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"--select: there is no rule shell-from-cmd \(did you mean shell-form-cmd"):
        check_names(RULES, ("shell-from-cmd",), "--select")


def test_a_letter_is_no_start_of_a_code() -> None:
    with pytest.raises(UsageError, match="there is no rule D;"):
        check_names(RULES, ("D",), "--select")


@pytest.mark.parametrize(
    ("select", "ignore"), [(("DF401",), ("DF401",)), (("shell-form-cmd",), ("DF4",)), (("DF4",), ("DF401", "DF402"))]
)
def test_a_word_that_keeps_no_rule_is_a_contradiction(select: tuple[str, ...], ignore: tuple[str, ...]) -> None:
    assert contradiction(RULES, select, ignore) is not None


def test_a_group_without_one_of_its_rules_is_no_contradiction() -> None:
    assert contradiction(RULES, ("DF4", "DF101"), ("DF402",)) is None


def test_options_have_their_defaults() -> None:
    assert options() == Options()


def test_options_come_from_the_rules_own_table() -> None:
    table = {"latest-tag": {"python": "3.11", "keep": ["node"], "deep": True}}
    assert options(rules=table) == Options("3.11", ("node",), True)


def test_the_common_python_version_reaches_the_rules_that_have_the_option() -> None:
    assert options(python="3.13").python == "3.13"


def test_a_rules_own_python_version_is_nearer() -> None:
    assert options(python="3.13", rules={"latest-tag": {"python": "3.11"}}).python == "3.11"


def test_an_unknown_option_is_refused_with_line_and_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text('[rules.latest-tag]\npyton = "3.11"\n')
    with pytest.raises(ConfigError, match=r"toml:2: latest-tag has no option pyton \(did you mean python\?\)"):
        options(tmp_path, rules={"latest-tag": {"pyton": "3.11"}})


def test_an_option_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("[rules.latest-tag]\ndeep = 1\n")
    with pytest.raises(ConfigError, match=r"toml:2: rules\.latest-tag\.deep must be true or false"):
        options(tmp_path, rules={"latest-tag": {"deep": 1}})


def test_an_option_takes_one_of_its_words(tmp_path: Path) -> None:
    assert options(rules={"latest-tag": {"way": "long"}}).way == "long"
    (tmp_path / "dockerfix.toml").write_text('[rules.latest-tag]\nway = "far"\n')
    with pytest.raises(ConfigError, match=r"toml:2: rules\.latest-tag\.way must be one of 'short', 'long'"):
        options(tmp_path, rules={"latest-tag": {"way": "far"}})


def test_a_table_for_no_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text("[rules.latest-tags]\n")
    with pytest.raises(ConfigError, match=r"toml:1: there is no rule latest-tags \(did you mean latest-tag\?\)"):
        options(tmp_path, rules={"latest-tags": {}})


def test_a_configuration_file_that_names_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dockerfix.toml").write_text('ignore = ["DF999"]\n')
    with pytest.raises(ConfigError, match=r"dockerfix\.toml:1: ignore: there is no rule DF999"):
        selected(RULES, Settings(ignore=("DF999",), file=tmp_path / "dockerfix.toml"))


def test_per_file_ignores_hold_for_the_files_that_their_pattern_matches(tmp_path: Path) -> None:
    settings = Settings(per_file_ignores=(("docs/", ("DF4",)), ("*.dev", ("DF101",))), folder=tmp_path)
    rules = rules_for(RULES, settings)

    def left(path: str) -> list[str]:
        return [rule.code for rule in without_ignored(rules, settings, tmp_path / path)]

    assert left("Dockerfile") == ["DF101", "DF401", "DF402"]
    assert left("docs/site/Dockerfile") == ["DF101"]
    assert left("api/Dockerfile.dev") == ["DF401", "DF402"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("Dockerfile", False), ("old/Dockerfile", True), ("a/old/b/Dockerfile", True), ("keep/Dockerfile", False)],
)
def test_patterns_are_those_of_an_ignore_file(path: str, expected: bool, tmp_path: Path) -> None:
    assert is_matched(("old/", "keep", "!keep"), tmp_path, tmp_path / path) is expected


def test_no_configuration_file_can_ask_for_requests_from_the_user_s_machine(tmp_path: Path) -> None:
    file = tmp_path / "dockerfix.toml"
    file.write_text('[rules.latest-tag]\nonline = "newest"\n')
    with pytest.raises(ConfigError, match="latest-tag has no option online"):
        rules_for([LatestTag], read_config(file))
    file.write_text("online = true\n")
    with pytest.raises(ConfigError, match="unknown setting online"):
        read_config(file)
