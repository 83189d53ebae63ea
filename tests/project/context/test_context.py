import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.errors import FileError
from dockerfix.memo import memoised
from dockerfix.project.context import disk, sources
from dockerfix.project.context.build_context import BuildContext, normal_path


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


# --- paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", "a"),
        ("./a", "a"),
        ("a/", "a"),
        ("a//b", "a/b"),
        ("a/../b", "b"),
        ("a/..", ""),
        ("", ""),
        (".", ""),
        ("..", None),
        ("../a", None),
        ("a/../../b", None),
        ("/a", None),
        ("//a", None),
        ("a\0b", None),
        ("..a", "..a"),
    ],
)
def test_normal_path(path: str, expected: str | None) -> None:
    assert normal_path(path) == expected


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "a/../../secret", "a\0", "x" * 5000, "d/" * 3000 + "x"])
def test_a_path_that_leaves_the_context_or_cannot_exist_names_nothing(tmp_path: Path, path: str) -> None:
    tree(tmp_path, {"secret": "s", "context/a": ""})
    context = BuildContext.at(tmp_path / "context")
    assert not context.exists(path)
    assert context.read(path) is None
    assert context.size(path) == 0
    assert context.entries(path) is None


# --- single questions -----------------------------------------------------------------------------------------------


def test_single_questions_list_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"app/main.py": "print()", "requirements.txt": "flask"})
    context = BuildContext.at(tmp_path, "Dockerfile")
    monkeypatch.setattr(os, "scandir", lambda _: pytest.fail("a folder was listed"))
    assert context.is_file("requirements.txt")
    assert context.is_file("./app/../app/main.py")
    assert not context.is_file("app")
    assert context.is_folder("app")
    assert not context.exists("setup.py")
    assert context.read("app/main.py") == b"print()"
    assert context.size("app/main.py") == 7


def test_single_questions_are_answered_alike_before_and_after_the_walk(tmp_path: Path) -> None:
    tree(tmp_path, {"a/b/c": "", "d": "", "elsewhere/x": ""})
    (tmp_path / "link").symlink_to("d")
    (tmp_path / "folderlink").symlink_to("elsewhere")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    questions = ["", "a", "a/b", "a/b/c", "d", "link", "folderlink", "folderlink/x", "dangling", "pipe", "d/x", "no"]
    before = BuildContext.at(tmp_path)
    after = BuildContext.at(tmp_path)
    after.paths()
    assert [before.kind(path) for path in questions] == [after.kind(path) for path in questions]


def test_the_root_is_a_folder() -> None:
    assert BuildContext.of_files({}).is_folder(".")


def test_text_drops_a_byte_order_mark_and_keeps_newlines() -> None:
    assert BuildContext.of_files({"r.txt": b"\xef\xbb\xbfflask\r\n\xff"}).text("r.txt") == "flask\r\n\udcff"


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "full").write_bytes(b"x" * disk.READ_LIMIT)
    (tmp_path / "large").write_bytes(b"x" * (disk.READ_LIMIT + 1))
    context = BuildContext.at(tmp_path)
    assert context.read("full") == b"x" * disk.READ_LIMIT
    assert context.read("large") is None
    assert context.is_file("large")


def test_a_pipe_or_socket_is_no_file_and_reading_it_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        context = BuildContext.at(tmp_path)
        assert context.paths() == ()
        assert context.read("pipe") is None
        assert context.read("socket") is None


def test_contents_are_read_once(tmp_path: Path) -> None:
    tree(tmp_path, {"a": "first"})
    context = BuildContext.at(tmp_path)
    assert context.read("a") == b"first"
    (tmp_path / "a").write_text("second")
    assert context.for_dockerfile("Dockerfile").read("a") == b"first"


# --- symlinks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        lambda outside: str(outside / "secret"),
        lambda outside: "../outside/secret",
        lambda outside: "hop",
        lambda outside: "../context/../outside/secret",
    ],
    ids=["absolute", "relative", "in two steps", "out and in and out"],
)
def test_a_symlink_that_leads_outside_is_a_file_that_is_never_read(
    tmp_path: Path, link: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"outside/secret": "secret", "context/a": ""})
    (tmp_path / "context/hop").symlink_to("../outside/secret")
    (tmp_path / "context/link").symlink_to(link(tmp_path / "outside"))
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("a file was opened"))
    context = BuildContext.at(tmp_path / "context")
    assert context.is_file("link")
    assert context.kind("link") == "link"
    assert context.read("link") is None


def test_a_root_that_shares_its_beginning_with_a_neighbour_does_not_open_it(tmp_path: Path) -> None:
    tree(tmp_path, {"context-2/secret": "secret", "context/a": ""})
    (tmp_path / "context/link").symlink_to("../context-2/secret")
    assert BuildContext.at(tmp_path / "context").read("link") is None


def test_what_lies_below_a_symlinked_folder_is_not_there(tmp_path: Path) -> None:
    tree(tmp_path, {"outside/secret": "secret", "context/real/x": "x"})
    (tmp_path / "context/out").symlink_to("../outside")
    (tmp_path / "context/in").symlink_to("real")
    context = BuildContext.at(tmp_path / "context")
    assert not context.exists("out/secret")
    assert context.read("out/secret") is None
    assert context.read("in/x") is None
    assert context.paths() == ("in", "out", "real/x")


def test_a_symlink_that_stays_inside_is_read(tmp_path: Path) -> None:
    tree(tmp_path, {"real/requirements.txt": "flask"})
    (tmp_path / "requirements.txt").symlink_to("real/requirements.txt")
    assert BuildContext.at(tmp_path).read("requirements.txt") == b"flask"


def test_the_root_itself_may_be_a_symlink(tmp_path: Path) -> None:
    tree(tmp_path, {"real/a": "x"})
    (tmp_path / "real/b").symlink_to("a")
    (tmp_path / "root").symlink_to("real")
    context = BuildContext.at(tmp_path / "root")
    assert context.read("b") == b"x"
    assert context.paths() == ("a", "b")


def test_a_symlink_loop_is_a_file_without_content(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "here").symlink_to(".")
    context = BuildContext.at(tmp_path)
    assert context.paths() == ("a", "b", "here")
    assert context.read("a") is None
    assert context.read("here") is None


# --- the whole ------------------------------------------------------------------------------------------------------


def test_paths_are_sorted_and_hold_heavy_and_hidden_folders(tmp_path: Path) -> None:
    tree(tmp_path, {"b": "", "a/z": "", "a.b": "", ".git/HEAD": "", "node_modules/x/y.js": ""})
    (tmp_path / "empty").mkdir()
    context = BuildContext.at(tmp_path)
    assert context.paths() == (".git/HEAD", "a.b", "a/z", "b", "node_modules/x/y.js")
    assert context.folders() == {".git", "a", "empty", "node_modules", "node_modules/x"}
    assert context.complete


def test_contexts_that_differ_in_the_dockerfile_share_one_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {f"{number}/file": "" for number in range(20)})
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: (listed.append(place), scandir(place))[1])
    first = BuildContext.at(tmp_path, "1/Dockerfile")
    found = {first.for_dockerfile(f"{number}/Dockerfile").paths() for number in range(20)}
    assert len(found) == 1
    assert len(listed) == 21


def test_a_missing_root_is_empty_and_not_complete(tmp_path: Path) -> None:
    context = BuildContext.at(tmp_path / "nowhere")
    assert context.paths() == ()
    assert context.unreadable == ("",)
    assert not context.complete


def test_a_folder_that_cannot_be_listed_is_noted(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):  # together longer than a path may be
        os.mkdir("d" * 255, dir_fd=handle)
        inner = os.open("d" * 255, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    tree(tmp_path, {"a": ""})
    context = BuildContext.at(tmp_path)
    assert context.paths() == ("a",)
    assert len(context.unreadable) == 1
    assert not context.complete


def test_a_context_with_too_many_entries_is_not_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {f"f{number}": "" for number in range(5)})
    monkeypatch.setattr(sources, "ENTRY_LIMIT", 4)
    assert not BuildContext.at(tmp_path).complete
    monkeypatch.setattr(sources, "ENTRY_LIMIT", 6)
    assert BuildContext.at(tmp_path).complete


def test_an_unknown_context_has_no_files_and_is_not_complete() -> None:
    context = BuildContext.unknown()
    assert not context.known
    assert not context.complete
    assert context.paths() == ()
    assert context.root is None


def test_files_in_memory_are_known_and_complete() -> None:
    context = BuildContext.of_files({"app/main.py": "x = 1\n", "logo.png": b"\x89"})
    assert context.known
    assert context.complete
    assert context.dockerfile == "Dockerfile"
    assert context.paths() == ("app/main.py", "logo.png")
    assert context.folders() == {"app"}
    assert context.read("logo.png") == b"\x89"


# --- memo -----------------------------------------------------------------------------------------------------------


def test_each_dockerfile_has_its_own_memo_and_one_in_common() -> None:
    asked: list[BuildContext] = []

    @memoised
    def fact(context: BuildContext) -> int:
        asked.append(context)
        return len(asked)

    one = BuildContext.of_files({"a": ""}, "one/Dockerfile")
    two = one.for_dockerfile("two/Dockerfile")
    assert (fact(one), fact(two), fact(one)) == (1, 2, 1)
    assert fact(one.without_dockerfile) == fact(two.without_dockerfile) == 3
    assert one.for_dockerfile(None).without_dockerfile is one.without_dockerfile
    assert fact(one.with_files({"a": b"x"}).without_dockerfile) == 4


# --- changes --------------------------------------------------------------------------------------------------------


def test_changes_lie_over_the_files_on_disk_and_leave_them_alone(tmp_path: Path) -> None:
    tree(tmp_path, {"keep": "k", "change": "old", "gone": "g"})
    before = BuildContext.at(tmp_path, "Dockerfile")
    after = before.with_files({"change": b"newer", "gone": None, "new/deep/file": b"n"})
    assert after.paths() == ("change", "keep", "new/deep/file")
    assert after.folders() == {"new", "new/deep"}
    assert after.read("change") == b"newer"
    assert after.size("change") == 5
    assert not after.exists("gone")
    assert after.dockerfile == "Dockerfile"
    assert before.paths() == ("change", "gone", "keep")
    assert (tmp_path / "change").read_text() == "old"


def test_a_link_to_a_changed_file_reads_the_change(tmp_path: Path) -> None:
    tree(tmp_path, {"real": "old"})
    (tmp_path / "link").symlink_to("real")
    assert BuildContext.at(tmp_path).with_files({"real": b"new"}).read("link") == b"new"


def test_a_deleted_file_may_become_a_folder(tmp_path: Path) -> None:
    tree(tmp_path, {"a": "file"})
    context = BuildContext.at(tmp_path).with_files({"a": None}).with_files({"a/b": b"x"})
    assert context.paths() == ("a/b",)


def test_permission_bits_are_those_on_disk_and_unknown_of_what_is_not_written_yet(tmp_path: Path) -> None:
    tree(tmp_path, {"private": "", "changed": "", "folder/a": ""})
    (tmp_path / "private").chmod(0o600)
    (tmp_path / "folder").chmod(0o750)
    (tmp_path / "link").symlink_to("private")
    context = BuildContext.at(tmp_path).with_files({"changed": b"x", "new/a": b"x"})
    assert [context.mode(path) for path in ("private", "folder")] == [0o600, 0o750]
    assert [context.mode(path) for path in ("changed", "new", "new/a", "link", "absent", "../x")] == [None] * 6


@pytest.mark.parametrize("path", ["../x", "/x", "", ".", "folder", "folder/a/x"])
def test_a_change_that_no_file_system_could_make_is_refused(path: str) -> None:
    with pytest.raises(FileError):
        BuildContext.of_files({"folder/a": ""}).with_files({path: b""})


def test_what_is_unknown_stays_unknown_with_changes() -> None:
    context = BuildContext.unknown().with_files({"a": b"x"})
    assert not context.known
    assert not context.complete
    assert context.read("a") == b"x"


names = st.sampled_from(["a", "b", "a.b", "ü", ".env"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.binary(max_size=3)


def write(root: Path, path: str, content: bytes | None) -> bool:
    """Make one change on disk, if a file system can."""
    place = root / path
    if place.is_dir() or any(parent.is_file() for parent in place.parents):
        return False
    if content is None:
        place.unlink(missing_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return True


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(paths, contents), st.lists(st.tuples(paths, st.none() | contents), max_size=6), st.booleans())
def test_changes_in_memory_equal_changes_on_disk(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, bytes],
    changes: list[tuple[str, bytes | None]],
    walk_first: bool,
) -> None:
    kept, changed = tmp_path_factory.mktemp("kept"), tmp_path_factory.mktemp("changed")
    for path, content in files.items():
        write(kept, path, content)
        write(changed, path, content)
    overlay = BuildContext.at(kept)
    if walk_first:
        overlay.paths()
    for path, change in changes:
        if write(changed, path, change):
            overlay = overlay.with_files({path: change})
    expected = BuildContext.at(changed)
    assert (overlay.paths(), overlay.folders()) == (expected.paths(), expected.folders())
    for path in expected.paths():
        assert (overlay.read(path), overlay.size(path)) == (expected.read(path), expected.size(path))
        assert overlay.is_file(path)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(paths, contents), paths)
def test_files_in_memory_equal_files_on_disk(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], asked: str
) -> None:
    root = tmp_path_factory.mktemp("context")
    written = {path: content for path, content in files.items() if write(root, path, content)}
    on_disk, in_memory = BuildContext.at(root), BuildContext.of_files(written)
    assert on_disk.kind(asked) == in_memory.kind(asked)
    assert on_disk.read(asked) == in_memory.read(asked)
    assert (on_disk.paths(), on_disk.folders()) == (in_memory.paths(), in_memory.folders())


# --- COPY sources ---------------------------------------------------------------------------------------------------

COPIED = BuildContext.of_files(
    dict.fromkeys(
        ["a.txt", "b.txt", ".env", "[x].txt", "a*b", "src/main.py", "src/app/x.py", "lib/x.py", "lib/x.c", "é"], ""
    )
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (".", [""]),
        ("/", [""]),
        ("src", ["src"]),
        ("src/", ["src"]),
        ("./src/main.py", ["src/main.py"]),
        ("/src/main.py", ["src/main.py"]),
        ("../a.txt", ["a.txt"]),
        ("missing", []),
        ("*.txt", ["[x].txt", "a.txt", "b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("?", ["é"]),
        ("[a-b].txt", ["a.txt", "b.txt"]),
        ("[^a].txt", ["b.txt"]),
        ("[[]x].txt", ["[x].txt"]),
        ("*", [".env", "[x].txt", "a*b", "a.txt", "b.txt", "lib", "src", "é"]),
        ("*/*.py", ["lib/x.py", "src/main.py"]),
        ("*/x.*", ["lib/x.c", "lib/x.py"]),
        ("s*/app", ["src/app"]),
        ("src/*", ["src/app", "src/main.py"]),
        ("a\\*?", ["a*b"]),
        ("a\\*b", []),
        ("**/x.py", ["lib/x.py"]),
        ("*/missing", []),
        ("[.txt", []),
        ("a.txt/*", []),
    ],
)
def test_what_a_copy_source_names(source: str, expected: list[str]) -> None:
    assert list(COPIED.match(source)) == expected


def test_a_pattern_lists_only_the_folders_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"requirements.txt": "", "heavy/x/y": ""})
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: (listed.append(place), scandir(place))[1])
    assert BuildContext.at(tmp_path).match("requirements*.txt") == ("requirements.txt",)
    assert listed == [str(tmp_path)]
