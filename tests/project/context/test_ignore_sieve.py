import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.project.context.ignore_patterns import IgnorePatterns, Standing, parse_pattern
from dockerfix.project.context.ignore_sieve import IgnoreSieve, Level


def patterns_of(lines: list[str]) -> IgnorePatterns:
    parsed = [parse_pattern(line, number) for number, line in enumerate(lines, 1)]
    return IgnorePatterns(pattern for pattern in parsed if pattern is not None)


def standing_of(sieve: IgnoreSieve, folder: str) -> Standing:
    standing, above = sieve.patterns.root, ""
    for name in folder.split("/") if folder else ():
        standing = Level(sieve, above, standing).of(name)
        above = f"{above}/{name}" if above else name
    return standing


segments = st.sampled_from(
    r"a b ab a.b .env * ** a* *b ? a? [ab] [^a] [a-z]b *.[ab] **a a** a**b x[^q]y [+-9] a^ ^a ] a] \* a\?b **b*".split()
)
lines = st.builds(
    lambda sign, parts: sign + "/".join(parts),
    st.sampled_from(["", "", "!", "/"]),
    st.lists(segments, min_size=1, max_size=3),
)
names = st.sampled_from(
    ["a", "b", "ab", "a.b", ".env", "a\nb", "x", "y", "x/y", "a^", "^a", "]", "a]", "*", "a?b", "5"]
)


@settings(max_examples=400)
@given(st.lists(lines, min_size=1, max_size=5), st.lists(names, max_size=3), st.lists(names, min_size=1, max_size=4))
def test_a_folder_at_once_gives_what_each_path_gives(rules: list[str], above: list[str], inside: list[str]) -> None:
    patterns = patterns_of(rules)
    sieve = IgnoreSieve(patterns)
    folder = "/".join(above)
    inside = [name for name in inside if "/" not in name]
    paths = [f"{folder}/{name}" if folder else name for name in inside]
    level = Level(sieve, folder, standing_of(sieve, folder))
    assert level.kept(inside) == [path for path in paths if not patterns.matches(path)]


@settings(max_examples=400)
@given(st.lists(lines, min_size=1, max_size=5), st.lists(names, min_size=1, max_size=3), st.lists(names, min_size=1))
def test_a_folder_that_need_not_be_listed_keeps_nothing(rules: list[str], above: list[str], below: list[str]) -> None:
    patterns = patterns_of(rules)
    sieve = IgnoreSieve(patterns)
    folder = "/".join(above)
    if not sieve.may_keep_below(standing_of(sieve, folder), folder):
        assert patterns.matches("/".join([folder, *below]))


@pytest.mark.parametrize(
    ("rules", "folder", "expected"),
    [
        (["node_modules"], "node_modules", False),
        (["node_modules"], "src", True),
        (["*", "!src", "!requirements.txt"], "node_modules", False),
        (["*", "!src/app"], "src", True),
        (["*", "!src/app"], "src/lib", False),
        (["**", "!**/*.py"], "node_modules", True),
        (["!**/*.py", "**"], "src", True),
        (["vendor", "!vendor/keep/**"], "vendor", True),
        (["vendor", "!vendor/keep/**"], "vendor/other", False),
    ],
)
def test_whether_a_folder_has_to_be_listed(rules: list[str], folder: str, expected: bool) -> None:
    sieve = IgnoreSieve(patterns_of(rules))
    assert sieve.may_keep_below(standing_of(sieve, folder), folder) is expected
