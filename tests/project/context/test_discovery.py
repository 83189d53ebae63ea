import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.errors import FileError
from dockerfix.project.context.discovery import bystander, find_dockerfiles, is_dockerfile_name


def tree(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def repository(root: Path, *paths: str) -> Path:
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return tree(root, *paths)


def found(root: Path, below: str = "") -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_dockerfiles(root / below)]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    "Dockerfile dockerfile Containerfile containerfile Dockerfile.prod dockerfile.prod Containerfile.dev "
    "api.Dockerfile api.dockerfile api.Containerfile Dockerfile.prod.arm64 Dockerfile.3.12 Dockerfile.python "
    "Dockerfile.py Dockerfile.go Dockerfile.dockerfile".split(),
)
def test_a_name_of_a_dockerfile(name: str) -> None:
    assert is_dockerfile_name(name)


@pytest.mark.parametrize(
    "name",
    "Dockerfile.dockerignore api.Dockerfile.dockerignore .dockerignore Dockerfile.md Dockerfile.bak "
    "Dockerfile.prod.orig Dockerfile~ Dockerfile.prod~ .Dockerfile.swp Dockerfile.j2 Dockerfile.TMPL "
    "dockerfile.py dockerfile.go dockerfile.yaml Dockerfiles "
    "MyDockerfile Dockerfile-prod DOCKERFILE compose.yml Makefile Dockerfile.".split(),
)
def test_a_name_of_something_else(name: str) -> None:
    assert not is_dockerfile_name(name)


# --- the search -----------------------------------------------------------------------------------------------------


def test_the_order_is_a_folders_own_files_and_then_its_folders_by_name(tmp_path: Path) -> None:
    tree(tmp_path, "z.Dockerfile", "b/Dockerfile", "a/c/Dockerfile", "a/Dockerfile", "Dockerfile", "a.b/Dockerfile")
    assert found(tmp_path) == [
        "Dockerfile",
        "z.Dockerfile",
        "a/Dockerfile",
        "a/c/Dockerfile",
        "a.b/Dockerfile",
        "b/Dockerfile",
    ]


def test_hidden_folders_are_searched(tmp_path: Path) -> None:
    assert found(tree(tmp_path, ".devcontainer/Dockerfile")) == [".devcontainer/Dockerfile"]


@pytest.mark.parametrize("folder", [".git", "node_modules", ".venv", "venv", ".tox", "lib/site-packages"])
def test_folders_of_others_are_not_searched_unless_named(tmp_path: Path, folder: str) -> None:
    tree(tmp_path, f"{folder}/package/Dockerfile")
    assert found(tmp_path) == []
    assert found(tmp_path, folder) == [f"{folder}/package/Dockerfile"]


def test_a_vendor_folder_is_searched_unless_a_tool_filled_it(tmp_path: Path) -> None:
    tree(
        tmp_path, "go/vendor/modules.txt", "go/vendor/x/Dockerfile", "php/vendor/autoload.php", "php/vendor/Dockerfile"
    )
    tree(tmp_path, "shop/vendor/Dockerfile")
    assert found(tmp_path) == ["shop/vendor/Dockerfile"]


def test_symlinks_are_not_followed(tmp_path: Path) -> None:
    tree(tmp_path, "outside/Dockerfile", "root/real/Dockerfile")
    (tmp_path / "root/loop").symlink_to(".")
    (tmp_path / "root/out").symlink_to("../outside")
    (tmp_path / "root/Dockerfile").symlink_to("real/Dockerfile")
    assert found(tmp_path / "root") == ["real/Dockerfile"]


def test_a_folder_named_like_a_dockerfile_is_a_folder(tmp_path: Path) -> None:
    assert found(tree(tmp_path, "Dockerfile/Dockerfile.web")) == ["Dockerfile/Dockerfile.web"]


def test_a_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    assert found(tree(tmp_path, "build-image"), "build-image") == ["build-image"]


def test_a_missing_path_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere: No such file or directory"):
        list(find_dockerfiles(tmp_path / "nowhere"))


def test_a_folder_that_cannot_be_listed_is_told_and_passed_over(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):  # together longer than a path may be
        os.mkdir("d" * 255, dir_fd=handle)
        inner = os.open("d" * 255, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    tree(tmp_path, "z/Dockerfile")
    told: list[Path] = []
    assert list(find_dockerfiles(tmp_path, lambda folder, _: told.append(folder))) == [tmp_path / "z/Dockerfile"]
    assert len(told) == 1


def test_what_is_found_comes_before_the_search_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = find_dockerfiles(tree(tmp_path, "Dockerfile", "a/b/c"))
    assert next(search) == tmp_path / "Dockerfile"
    monkeypatch.setattr(os, "scandir", lambda _: pytest.fail("went on"))


# --- what Git ignores -----------------------------------------------------------------------------------------------


def test_ignore_files_count_in_a_repository(tmp_path: Path) -> None:
    repository(tmp_path, "build/Dockerfile", "a/build/Dockerfile", "a/Dockerfile")
    (tmp_path / ".gitignore").write_text("build/\n")
    assert found(tmp_path) == ["a/Dockerfile"]


def test_ignore_files_mean_nothing_outside_of_one(tmp_path: Path) -> None:
    tree(tmp_path, "build/Dockerfile")
    (tmp_path / ".gitignore").write_text("build/\n")
    assert found(tmp_path) == ["build/Dockerfile"]


def test_ignore_files_above_the_folder_count(tmp_path: Path) -> None:
    repository(tmp_path, "a/b/tmp/Dockerfile", "a/b/Dockerfile", "a/b/c/Dockerfile")
    (tmp_path / ".gitignore").write_text("tmp\n")
    (tmp_path / "a/.gitignore").write_text("/b/c/\n")
    assert found(tmp_path, "a/b") == ["a/b/Dockerfile"]


def test_an_inner_ignore_file_comes_before_an_outer_one(tmp_path: Path) -> None:
    repository(tmp_path, "a/x.Dockerfile", "b/x.Dockerfile")
    (tmp_path / ".gitignore").write_text("x.*\n")
    (tmp_path / "a/.gitignore").write_text("!x.Dockerfile\n")
    assert found(tmp_path) == ["a/x.Dockerfile"]


def test_the_repositorys_private_exclusions_count(tmp_path: Path) -> None:
    repository(tmp_path, "local/Dockerfile", "Dockerfile")
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    (tmp_path / ".git/info/exclude").write_text("/local\n")
    assert found(tmp_path) == ["Dockerfile"]


def test_a_folder_that_is_named_is_searched_though_git_ignores_it(tmp_path: Path) -> None:
    repository(tmp_path, "build/sub/Dockerfile")
    (tmp_path / ".gitignore").write_text("build/\n")
    assert found(tmp_path, "build") == found(tmp_path, "build/sub") == ["build/sub/Dockerfile"]


def test_a_repository_inside_another_has_its_own_rules(tmp_path: Path) -> None:
    repository(tmp_path, "Dockerfile")
    (tmp_path / ".gitignore").write_text("*.Dockerfile\n")
    repository(tmp_path / "inner", "x.Dockerfile")
    assert found(tmp_path) == ["Dockerfile", "inner/x.Dockerfile"]


def test_repositories_below_a_plain_folder_have_their_rules(tmp_path: Path) -> None:
    repository(tmp_path / "clone", "Dockerfile", "out/Dockerfile")
    (tmp_path / "clone/.gitignore").write_text("out\n")
    assert found(tmp_path) == ["clone/Dockerfile"]


def test_a_broken_or_foreign_line_spoils_no_other(tmp_path: Path) -> None:
    repository(tmp_path, "out/Dockerfile", "Dockerfile")
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbf# caf\xe9\r\n!\n[\n\xe9\nout/\r\n")
    assert found(tmp_path) == ["Dockerfile"]


def test_a_relative_path_gives_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, "a/Dockerfile", "b/Dockerfile")
    (tmp_path / ".gitignore").write_text("/b\n")
    monkeypatch.chdir(tmp_path)
    assert list(find_dockerfiles(Path("."))) == [Path("a/Dockerfile")]


folders = st.lists(st.sampled_from(["a", "b", "build", "a.b"]), min_size=1, max_size=3).map("/".join)
git_patterns = st.sampled_from(
    "a a/ /a b/* */b **/build build/ !build/ !a a/b /a/** * !*/ !Dockerfile *.b !a.b/ a?b [ab] x #a b/**/a "
    "Dockerfile !/a/b".split()
)


@settings(max_examples=60, deadline=None)
@given(st.sets(folders, min_size=1, max_size=6), st.lists(git_patterns, max_size=4), st.lists(git_patterns, max_size=2))
def test_git_itself_sees_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, places: set[str], outer: list[str], inner: list[str]
) -> None:
    root = repository(tmp_path_factory.mktemp("repository"), *(f"{place}/Dockerfile" for place in places))
    (root / ".gitignore").write_text("\n".join(outer))
    if (root / "a").is_dir():
        (root / "a/.gitignore").write_text("\n".join(inner))
    listed = subprocess.run(
        ["git", "-c", "core.excludesFile=", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    assert sorted(found(root)) == sorted(path for path in listed if path.endswith("Dockerfile"))


# --- bystanders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("tests/Dockerfile", "tests"),
        ("backend/test/integration/Dockerfile", "test"),
        ("examples/flask/Dockerfile", "examples"),
        (".devcontainer/Dockerfile", ".devcontainer"),
        ("pkg/testdata/Dockerfile", "testdata"),
        ("fixtures/a.Dockerfile", "fixtures"),
    ],
)
def test_a_file_for_tests_and_examples_is_a_bystander(path: str, folder: str) -> None:
    assert bystander(path, b"FROM alpine\n") == f"it lies in {folder}/"


@pytest.mark.parametrize("path", ["Dockerfile", "backend/Dockerfile", "latest/Dockerfile", "tests", "Dockerfile.test"])
def test_any_other_file_is_none(path: str) -> None:
    assert bystander(path, b"# syntax=docker/dockerfile:1\nFROM alpine\n") is None


@pytest.mark.parametrize(
    "comment",
    [
        'NOTE: THIS DOCKERFILE IS GENERATED VIA "apply-templates.sh"',
        "PLEASE DO NOT EDIT IT DIRECTLY.",
        "NOTE: DO *NOT* EDIT THIS FILE.",
        "Generated by Neurodocker version 0.5.0",
        "This file is auto-generated by a tool.",
        "AUTOMATICALLY GENERATED",
        "@generated from Dockerfile.in",
        "Don't edit, see Dockerfile.j2",
    ],
)
def test_a_file_that_says_it_is_generated_is_a_bystander(comment: str) -> None:
    assert bystander("Dockerfile", f"#\n#  {comment}\nARG A=1\nFROM alpine\n".encode()) == f"it says «{comment}»"


@pytest.mark.parametrize(
    "source",
    [
        "FROM alpine\n# generated by hand\nRUN true\n",
        "# copies the files generated by webpack\nFROM alpine\n",
        "# the key is generated and it differs every time\nFROM alpine\n",
        "FROM alpine\nCOPY <<EOF /x\n# DO NOT EDIT\nEOF\n",
    ],
)
def test_a_comment_about_something_else_means_nothing(source: str) -> None:
    assert bystander("Dockerfile", source.encode()) is None


def test_a_long_comment_is_cut_short() -> None:
    reason = bystander("Dockerfile", b"# Generated by " + b"x" * 500 + b"\nFROM alpine\n")
    assert reason is not None
    assert len(reason) < 100
