"""Moby's semantics, case by case; the cases follow the tables of moby/patternmatcher and were checked against it."""

import pytest
from e2b_dockerfile_utils import PatternMatcher
from hypothesis import given
from hypothesis import strategies as st

from dockerfix.project.context.ignore_patterns import IgnorePatterns, clean_pattern, parse_pattern
from dockerfix.project.context.wildcards import BadPattern


def matches(patterns: list[str], path: str) -> bool:
    parsed = [parse_pattern(pattern, line) for line, pattern in enumerate(patterns, 1)]
    return IgnorePatterns(pattern for pattern in parsed if pattern is not None).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        # `**`
        ("**", "file", True),
        ("**", "dir/file", True),
        ("**/", "dir/file", True),
        ("**/**", "dir/file", True),
        ("dir/**", "dir", False),
        ("dir/**", "dir/file", True),
        ("dir/**", "dir/dir2/file", True),
        ("dir/**", "dirt/file", False),
        ("di**", "dirt/file", True),
        ("**/dir", "dir", True),
        ("**/dir", "dir/file", True),
        ("**/dir", "adir/file", False),
        ("**/dir2/*", "dir/dir2/file", True),
        ("**/dir2/*", "dir/dir2", False),
        ("**/dir2/**", "dir/dir2/dir3/file", True),
        ("**file", "dir/dir/file", True),
        ("**file", "dir/a-file", True),
        ("**/file*txt", "dir/dir/file.txt", True),
        ("**/**/*.txt", "file.txt", True),
        ("**/**/*.txt", "dir/dir/file.txt2", False),
        ("a**/*.txt", "a/file.txt", True),
        ("a**/*.txt", "a/dir/dir/file.txt", True),
        ("a/*.txt**", "a/file.txt", True),
        ("**/foo/bar", "foo/bar", True),
        ("**/foo/bar", "dir/dir2/foo/bar", True),
        ("**/.foo", "bar.foo", False),
        # one level
        ("*", "dir/file", True),
        ("a/*.txt", "a/file.txt", True),
        ("a/*.txt", "a/dir/file.txt", False),
        ("*.txt", "a/file.txt", False),
        ("a*", "ab/c", True),
        ("a*/b", "a/c/b", False),
        ("a?b", "a/b", False),
        # classes, escapes, characters that a regular expression would read
        ("a[b-d]e", "ace", True),
        ("a[b-d]e", "ae", False),
        ("a[^b-d]e", "aze", True),
        ("*.py[cod]", "x.pyc", True),
        (".*", ".foo", True),
        (".*", "foo", False),
        ("abc.def", "abcZdef", False),
        ("a\\*b", "a*b", True),
        ("a\\\\", "a\\", True),
        ("a(b)c/def", "a(b)c/def", True),
        ("a.|)$(}+{bc", "a.|)$(}+{bc", True),
        ("dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl", True),
        ("a^b", "a^b", True),
        ("a^b*", "a^bc", False),
        ("**a/]", "xa/]", False),
        # cleaning
        ("/docs", "docs/x", True),
        ("docs/", "docs/x", True),
        ("./docs//", "docs/x", True),
        ("a/../docs", "docs", True),
        ("../docs", "docs", False),
        ("  docs \t", "docs", True),
        ("/", "docs", False),
        (".", "docs", False),
        ("# docs", "# docs", False),
        (" # docs", "# docs", True),
        ("docs # old", "docs", False),
        ("Docs", "docs", False),
    ],
)
def test_one_pattern(pattern: str, path: str, expected: bool) -> None:
    assert matches([pattern], path) is expected


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["*.go", "!main.go"], "main.go", False),
        (["!main.go", "*.go"], "main.go", True),
        (["docs", "!docs/README.md"], "docs/README.md", False),
        (["docs/", "!docs/README.md"], "docs/other.md", True),
        (["docs/*", "!docs/README.md"], "docs/README.md", False),
        (["**", "!util/docker/web"], "util/docker/web/foo", False),
        (["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo", True),
        (["*", "!src", "src/tmp"], "src/tmp/x", True),
        (["*", "!src", "src/tmp"], "src/main.py", False),
        (["*", "! /src"], "src", False),
        (["*", "/!src"], "src", False),
        (["*", "!!src"], "!src", False),
        (["*", "!/src/"], "src/x", False),
        # BuildKit hands each folder's result down: the second `a` matched nothing of its own at `a`
        (["a", "!a/b", "a"], "a/b", False),
        (["a", "!a/b", "a/b"], "a/b", True),
        ([], "anything", False),
    ],
)
def test_the_last_pattern_that_matches_decides(patterns: list[str], path: str, expected: bool) -> None:
    assert matches(patterns, path) is expected


@pytest.mark.parametrize(
    "pattern", ["!", "! ", "!/", "[", "a[", "[^", "[]a]", "[x-]", "[a-b-c]", "a\\", "**/[", "[Z-A]"]
)
def test_what_docker_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        parse_pattern(pattern, 1)


@pytest.mark.parametrize("pattern", ["src\\bin", "[*]", "[[]a", "[\\w]"])
def test_what_docker_reads_in_a_way_nobody_means_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        parse_pattern(pattern, 1)


@pytest.mark.parametrize("line", ["", "  ", "#", "# comment", "\r"])
def test_a_line_without_a_pattern(line: str) -> None:
    assert parse_pattern(line, 1) is None


def test_a_pattern_shows_as_it_was_cleaned() -> None:
    assert str(parse_pattern("! ./docs//x/ ", 7)) == "!docs/x"


@pytest.mark.parametrize(
    ("path", "expected"), [("", "."), ("//a", "/a"), ("a/./b//c/..", "a/b"), ("/..", "/"), ("../..", "../..")]
)
def test_clean_pattern(path: str, expected: str) -> None:
    assert clean_pattern(path) == expected


segments = st.sampled_from(
    ["a", "b", "ab", "a.b", ".env", "*", "**", "a*", "*b", "?", "[ab]", "*.b", "**a", "a**", "é"]
)
patterns = st.builds(
    lambda sign, parts, end: sign + "/".join(parts) + end,
    st.sampled_from(["", "", "!", "/", "!/"]),
    st.lists(segments, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
paths = st.lists(st.sampled_from(["a", "b", "ab", "a.b", ".env", "é", "aab"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(patterns, max_size=5), paths)
def test_agreement_with_the_second_reader(lines: list[str], path: str) -> None:
    assert matches(lines, path) is PatternMatcher(lines).matches(path)
