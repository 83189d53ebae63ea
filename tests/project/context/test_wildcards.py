import pytest

from dockerfix.project.context.wildcards import BadPattern, has_wildcard, name_matcher


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("*", "", True),
        ("*", "abc", True),
        ("*c", "abc", True),
        ("a*", "ba", False),
        ("a*b?c*x", "abxbbxdbxebxczzx", True),
        ("a*b?c*x", "abxbbxdbxebxczzy", False),
        ("a?b", "a☺b", True),
        ("a???b", "a☺b", False),
        ("*", "two\nlines", True),
        ("ab[b-d]", "abc", True),
        ("ab[^b-d]", "abc", False),
        ("ab[^e-g]", "abc", True),
        ("[a-ζ]*", "α", True),
        ("*[a-ζ]", "A", False),
        ("[\\]a]", "]", True),
        ("[x\\-]", "-", True),
        ("[x\\-z]", "y", False),
        ("[[]", "[", True),
        ("[z-a]", "b", False),
        ("[^z-a]", "b", True),
        ("[!a]", "!", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("a]", "a]", True),
        ("(a|b)+$", "(a|b)+$", True),
        ("[a&&b]", "&", True),
    ],
)
def test_a_name_matches_as_in_go(pattern: str, name: str, expected: bool) -> None:
    assert name_matcher(pattern)(name) is expected


@pytest.mark.parametrize(
    "pattern", ["[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[^", "[^bc", "a[", "\\", "a\\", "[\\"]
)
def test_a_broken_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        name_matcher(pattern)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", False),
        ("a*", True),
        ("?", True),
        ("[a]", True),
        ("a\\*", False),
        ("\\\\*", True),
        ("a]", False),
        ("", False),
    ],
)
def test_an_escaped_sign_is_no_wildcard(text: str, expected: bool) -> None:
    assert has_wildcard(text) is expected
