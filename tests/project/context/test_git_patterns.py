import pytest

from dockerfix.project.context.git_patterns import GitPatterns, parse_git_pattern


def ignored(lines: str, path: str) -> bool | None:
    """The verdict on the last name of a path; one that ends in a slash is a folder."""
    folder, slash, name = path.removesuffix("/").rpartition("/")
    return GitPatterns(lines.split("\n")).verdict(folder + slash, name, path.endswith("/"))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("build", "a/build", True),
        ("build/", "a/build/", True),
        ("build/", "a/build", None),
        ("/build", "build", True),
        ("/build", "a/build", None),
        ("a/build", "a/build", True),
        ("a/build", "b/a/build", None),
        ("**/build", "b/a/build", True),
        ("**/build", "build", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a/", None),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/*", "a/b/c", None),
        ("a**/b", "ax/b", True),
        ("a**/b", "a/x/b", None),
        ("*.py[cod]", "x.pyc", True),
        ("[!a]x", "bx", True),
        ("[^a]x", "ax", None),
        ("[]x]", "]", True),
        ("[a-c]", "b", True),
        ("[-x]", "-", True),
        ("[a", "[a", None),
        ("a?", "ab", True),
        ("a\\", "a\\", None),
        ("\\!a", "!a", True),
        ("\\#a", "#a", True),
        ("#a", "#a", None),
        ("a  ", "a", True),
        ("a\\ ", "a ", True),
        ("a\r", "a", True),
        ("!a", "a", False),
    ],
)
def test_one_pattern(pattern: str, path: str, expected: bool | None) -> None:
    assert ignored(pattern, path) is expected


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        ("**/build\n!build/", "build/", False),
        ("*\n!*/\n!Dockerfile", "Dockerfile", False),
        ("*\n!*/\n!Dockerfile", "src/", False),
        ("*\n!*/\n!Dockerfile", "x", True),
        ("!/a/x\nx", "a/x", True),
        ("x\n!/a/x", "a/x", False),
    ],
)
def test_the_last_pattern_that_matches_decides(lines: str, path: str, expected: bool) -> None:
    assert ignored(lines, path) is expected


@pytest.mark.parametrize("line", ["", "   ", "/", "//", "!", "!/", "# comment", "[[:alpha:]]"])
def test_a_line_that_matches_nothing(line: str) -> None:
    assert parse_git_pattern(line) is None
