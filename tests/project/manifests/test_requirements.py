import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.requirement_lines import decoded, logical_lines
from dockerfix.project.manifests.requirements import RequirementsFile, requirements_file


def read(text: str | bytes, **others: str) -> RequirementsFile:
    return requirements_file(BuildContext.of_files({"requirements.txt": text, **others}), "requirements.txt")


def names(file: RequirementsFile) -> list[str]:
    return [one.written for one in file.requirements]


# --- lines ----------------------------------------------------------------------------------------------------------


def test_a_comment_needs_a_blank_before_it() -> None:
    assert list(logical_lines("a # b\n# c\ngit+https://x/y#egg=z\n")) == [(1, "a"), (3, "git+https://x/y#egg=z")]


def test_a_continued_line_counts_from_its_first_number() -> None:
    assert list(logical_lines("\na \\\n  --hash=sha256:1\nb\n")) == [(2, "a   --hash=sha256:1"), (4, "b")]


def test_a_comment_line_continues_nothing() -> None:
    assert list(logical_lines("# see \\\na\n")) == [(2, "a")]


def test_a_comment_inside_a_continuation_ends_it() -> None:
    assert list(logical_lines("a \\\n# why\nb\n")) == [(1, "a"), (3, "b")]


def test_a_backslash_at_the_end_of_the_file_is_dropped() -> None:
    assert list(logical_lines("flask\\")) == [(1, "flask")]


@pytest.mark.parametrize(
    "raw",
    [
        codecs.BOM_UTF8 + b"flask\n",
        codecs.BOM_UTF16_LE + "flask\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "flask\n".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "flask\n".encode("utf-32-le"),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(raw: bytes) -> None:
    assert decoded(raw) == "flask\n"


def test_a_coding_comment_tells_the_encoding() -> None:
    assert decoded(b"# -*- coding: latin-1 -*-\n# caf\xe9\n") == "# -*- coding: latin-1 -*-\n# café\n"


def test_bytes_in_no_known_encoding_are_a_problem() -> None:
    file = read(b"fl\xffask\n")
    assert [problem.kind for problem in file.problems] == ["unreadable"]


# --- requirements ---------------------------------------------------------------------------------------------------


def test_hashes_belong_to_their_requirement() -> None:
    file = read("flask==3.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n")
    assert [one.hashes for one in file.requirements] == [("sha256:aa", "sha256:bb")]


def test_a_requirement_knows_its_line() -> None:
    assert [one.where for one in read("# web\n\nflask\n").requirements] == [("requirements.txt", 3)]


@pytest.mark.parametrize(
    "line",
    [
        "git+https://github.com/a/lib.git@v1#egg=lib",
        "lib @ git+https://github.com/a/lib.git@v1",
        "-e git+https://github.com/a/lib.git#egg=lib",
        "--editable=git+ssh://git@github.com/a/lib.git#egg=lib&subdirectory=src",
    ],
)
def test_a_requirement_from_git(line: str) -> None:
    file = read(line)
    assert [(one.tool, one.name) for one in file.vcs] == [("git", "lib")]
    assert not file.problems


def test_an_archive_by_url_gives_its_name() -> None:
    file = read("https://example.org/my_lib-1.0-py3-none-any.whl\n")
    assert [one.name for one in file.requirements] == ["my-lib"]


def test_a_wheel_of_the_project_is_a_local_path() -> None:
    file = read("./vendor/my_lib-1.0-py3-none-any.whl\n", **{"vendor/my_lib-1.0-py3-none-any.whl": "x"})
    assert [(one.kind, one.path) for one in file.local_paths] == [("archive", "vendor/my_lib-1.0-py3-none-any.whl")]
    assert not file.problems


@pytest.mark.parametrize("line", ["-e ./lib", "-e lib[extra]", "--editable file:lib", "-e file:./lib#egg=lib"])
def test_an_editable_project(line: str) -> None:
    file = read(line, **{"lib/setup.py": ""})
    assert [(one.kind, one.path) for one in file.editable] == [("editable", "lib")]


def test_the_project_itself_is_the_root() -> None:
    assert [one.path for one in read("-e .\n", **{"setup.py": ""}).editable] == [""]


def test_a_folder_without_an_editable_flag_is_installed_too() -> None:
    assert [(one.kind, one.path) for one in read("lib/core\n", **{"lib/core/setup.py": ""}).local_paths] == [
        ("project", "lib/core")
    ]


def test_a_direct_reference_to_a_file_is_a_local_path() -> None:
    file = read("lib @ file:lib\n", **{"lib/setup.py": ""})
    assert [one.path for one in file.local_paths] == ["lib"]


def test_local_paths_start_at_the_working_directory() -> None:
    context = BuildContext.of_files(
        {"deps/requirements.txt": "-e ./lib\n", "lib/setup.py": "", "deps/lib/setup.py": ""}
    )
    assert [one.path for one in requirements_file(context, "deps/requirements.txt").local_paths] == ["lib"]
    assert [one.path for one in requirements_file(context, "deps/requirements.txt", "deps").local_paths] == ["deps/lib"]


def test_a_dot_is_the_folder_that_holds_a_project() -> None:
    context = BuildContext.of_files({"api/requirements.txt": "-e .\n", "api/pyproject.toml": ""})
    assert [one.path for one in requirements_file(context, "api/requirements.txt").local_paths] == ["api"]


def test_find_links_start_at_the_file() -> None:
    context = BuildContext.of_files(
        {"deps/r.txt": "--find-links wheels\n", "deps/wheels/a.whl": "", "wheels/a.whl": ""}
    )
    assert [(one.kind, one.path) for one in requirements_file(context, "deps/r.txt").local_paths] == [
        ("find-links", "deps/wheels")
    ]


def test_a_local_path_that_is_not_there_is_a_problem() -> None:
    assert [problem.kind for problem in read("-e ./lib\n").problems] == ["missing"]


def test_a_local_path_above_the_context_is_a_problem() -> None:
    assert [problem.kind for problem in read("-e ../lib\n").problems] == ["outside"]


def test_an_environment_variable_leaves_the_file_unknown() -> None:
    assert [problem.kind for problem in read("-r ${BASE}.txt\n").problems] == ["variable"]


def test_index_options_keep_pips_long_names() -> None:
    file = read("-i https://a\n--extra-index-url https://b --pre\n")
    assert [(one.option, one.value) for one in file.index_options] == [
        ("index-url", "https://a"),
        ("extra-index-url", "https://b"),
        ("pre", ""),
    ]


def test_text_that_pip_refuses_is_a_problem_and_the_rest_is_read() -> None:
    file = read("<<<<<<< HEAD\nflask==3.0\n--nonsense\n")
    assert names(file) == ["flask==3.0"]
    assert [(problem.kind, problem.line) for problem in file.problems] == [("invalid", 1), ("invalid", 3)]


def test_a_missing_file_is_a_problem() -> None:
    file = requirements_file(BuildContext.of_files({}), "requirements.txt")
    assert [problem.kind for problem in file.problems] == ["missing"]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_read_or_are_a_problem(raw: bytes) -> None:
    file = read(raw)
    assert all(one.name and one.line for one in file.requirements)


@given(
    st.lists(
        st.sampled_from(
            ["-r", "-e", "-c", "a", "==", "1", " ", "\\", "\n", "#", "--hash=", "@", "git+https://x", "./", '"', ";"]
        )
    )
)
def test_any_mix_of_pips_words_is_read(words: list[str]) -> None:
    for one in read("".join(words)).requirements:
        assert one.name
