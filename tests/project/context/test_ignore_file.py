import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.project.context import ignore_file as module
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignore_file import IgnoreFile, ignore_file, sent_files, sent_size


def context(files: dict[str, str], dockerfile: str | None = "Dockerfile") -> BuildContext:
    return BuildContext.of_files(files, dockerfile)


# --- which file -----------------------------------------------------------------------------------------------------


def test_there_may_be_no_ignore_file() -> None:
    assert ignore_file(context({"Dockerfile": ""})) is None


def test_the_one_at_the_root_is_read() -> None:
    found = ignore_file(context({".dockerignore": "a\n"}))
    assert found is not None
    assert (found.path, found.source) == (".dockerignore", b"a\n")


@pytest.mark.parametrize("own", ["x\n", ""], ids=["with patterns", "empty"])
def test_the_dockerfiles_own_one_comes_first(own: str) -> None:
    found = ignore_file(
        context({".dockerignore": "a\n", "docker/api.Dockerfile.dockerignore": own}, "docker/api.Dockerfile")
    )
    assert found is not None
    assert found.path == "docker/api.Dockerfile.dockerignore"


def test_one_of_another_dockerfile_or_folder_is_not_read() -> None:
    files = {"docker/.dockerignore": "a\n", "dev.Dockerfile.dockerignore": "a\n"}
    assert ignore_file(context(files, "docker/Dockerfile")) is None


def test_without_a_dockerfile_inside_only_the_one_at_the_root_is_read() -> None:
    found = ignore_file(context({".dockerignore": "a\n", "Dockerfile.dockerignore": "b\n"}, None))
    assert found is not None
    assert found.path == ".dockerignore"


def test_dockerfiles_of_one_context_share_the_file_at_the_root() -> None:
    one = context({".dockerignore": "a\n"})
    assert ignore_file(one) is ignore_file(one.for_dockerfile("other/Dockerfile"))


def test_one_that_leads_outside_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "ignore").write_text("a\n")
    (tmp_path / "context/.dockerignore").symlink_to("../ignore")
    found = ignore_file(BuildContext.at(tmp_path / "context"))
    assert found is not None
    assert found.problem == ".dockerignore: cannot be read"


# --- what it says ---------------------------------------------------------------------------------------------------


def test_patterns_keep_their_lines() -> None:
    parsed = IgnoreFile.parse("x", b"\xef\xbb\xbf# first\r\n\r\n./docs/\r\n  ! /docs/keep \n#last")
    assert [(pattern.line, str(pattern)) for pattern in parsed.patterns] == [(3, "docs"), (4, "!docs/keep")]


def test_a_byte_order_mark_does_not_hide_a_comment_or_a_pattern() -> None:
    assert IgnoreFile.parse("x", b"\xef\xbb\xbf#a").patterns == ()
    assert IgnoreFile.parse("x", b"\xef\xbb\xbfa").ignores("a") is True


def test_an_invalid_pattern_is_told_with_its_line_and_nothing_is_claimed() -> None:
    parsed = IgnoreFile.parse(".dockerignore", b"docs\n[a-\n!\n")
    assert parsed.problem is not None
    assert parsed.problem.startswith(".dockerignore:2: invalid pattern: ")
    assert parsed.ignores("docs") is None
    assert [str(pattern) for pattern in parsed.patterns] == ["docs"]


def test_a_line_longer_than_docker_reads_is_a_problem() -> None:
    assert IgnoreFile.parse("x", b"a" * 65535).problem is None
    assert (
        IgnoreFile.parse("x", b"\n" + b"a" * 65536).problem
        == "x:2: invalid pattern: the line is longer than Docker reads"
    )


def test_the_root_and_outside_paths_are_not_ignored() -> None:
    parsed = IgnoreFile.parse("x", b"**\n")
    assert [parsed.ignores(path) for path in ("", ".", "../a", "/a", "./a")] == [False, False, False, False, True]


def test_names_that_are_no_utf8_are_compared_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    (tmp_path / ".dockerignore").write_bytes(b"caf\xe9\n")
    assert sent_files(BuildContext.at(tmp_path)) == (".dockerignore",)


@given(st.binary(max_size=60))
def test_any_bytes_can_be_read(source: bytes) -> None:
    parsed = IgnoreFile.parse("x", source)
    assert (parsed.ignores("a/b") is None) == (parsed.problem is not None)


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_without_an_ignore_file_everything_is_sent() -> None:
    files = context({"Dockerfile": "", ".git/HEAD": "", "a": ""})
    assert sent_files(files) == (".git/HEAD", "Dockerfile", "a")


def test_the_dockerfile_and_the_ignore_file_are_files_like_others() -> None:
    files = {"Dockerfile": "", "a": ""}
    assert sent_files(context({**files, ".dockerignore": ""})) == (".dockerignore", "Dockerfile", "a")
    assert sent_files(context({**files, ".dockerignore": "Dockerfile\n.docker*\n"})) == ("a",)


def test_an_exception_brings_back_what_lies_in_an_ignored_folder() -> None:
    files = {"docs/a.md": "", "docs/keep/b.md": "", "docs/keep/c.txt": "", ".dockerignore": "docs\n!docs/keep/*.md\n"}
    assert sent_files(context(files)) == (".dockerignore", "docs/keep/b.md")


def test_ignored_folders_are_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node_modules/x").mkdir(parents=True)
    (tmp_path / ".dockerignore").write_text("node_modules\n")
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: (listed.append(place), scandir(place))[1])
    assert sent_files(BuildContext.at(tmp_path)) == (".dockerignore",)
    assert listed == [str(tmp_path)]


def test_the_size_counts_regular_files_that_are_sent(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 1000)
    (tmp_path / "small").write_bytes(b"x" * 10)
    (tmp_path / "link").symlink_to("large")
    before = BuildContext.at(tmp_path, "Dockerfile")
    after = before.with_files({".dockerignore": b"large"})
    assert (sent_size(before), sent_size(after)) == (1010, 15)


def test_of_an_unknown_context_nothing_is_known_to_be_sent() -> None:
    unknown = BuildContext.unknown()
    assert (sent_files(unknown), sent_size(unknown)) == (None, None)


def test_with_an_invalid_pattern_nothing_is_known_to_be_sent() -> None:
    broken = context({"a": "", ".dockerignore": "["})
    assert (sent_files(broken), sent_size(broken)) == (None, None)


def test_a_folder_that_cannot_be_listed_makes_it_unknown_unless_it_is_ignored(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):  # together longer than a path may be
        os.mkdir("d" * 255, dir_fd=handle)
        inner = os.open("d" * 255, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    before = BuildContext.at(tmp_path)
    assert sent_files(before) is None
    assert sent_files(before.with_files({".dockerignore": b"x"})) is None
    assert sent_files(before.with_files({".dockerignore": b"ddd*"})) == (".dockerignore",)


def test_with_too_many_entries_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENTRY_LIMIT", 3)
    assert sent_files(context({"a": "", "b": "", ".dockerignore": "x"})) is not None
    assert sent_files(context({"a": "", "b": "", "c": "", ".dockerignore": "x"})) is None


segments = st.sampled_from(["a", "b", "ab", "*", "**", "a*", "?", "*.b", "[ab]", "**/a"])
lines = st.builds(
    lambda sign, parts: sign + "/".join(parts), st.sampled_from(["", "!"]), st.lists(segments, min_size=1, max_size=3)
)
files = st.sets(
    st.lists(st.sampled_from(["a", "b", "ab", "a.b", "c"]), min_size=1, max_size=3).map("/".join), max_size=12
).map(lambda paths: {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)})


@settings(max_examples=300)
@given(st.lists(lines, max_size=5), files)
def test_what_is_sent_is_what_no_pattern_ignores(rules: list[str], paths: set[str]) -> None:
    source = "\n".join(rules)
    one = context({**dict.fromkeys(paths, ""), ".dockerignore": source})
    ignored = IgnoreFile.parse(".dockerignore", source.encode()).ignores
    assert sent_files(one) == tuple(path for path in one.paths() if not ignored(path))
