"""Copied files before and after: which they are, whose, and which of two copies lies over the other."""

from __future__ import annotations

import pytest
from modelled import Files, context_of, modelled

from dockerfix.image import Aspect, differences

APP = {"main.py": "", "requirements.txt": "", "lib/x.py": "", "lib/y.py": "", "static/a.css": ""}
HEAD = "FROM scratch AS web\nFROM scratch\nWORKDIR /w\n"


def _aspects(
    before: str, after: str, *allowed: Aspect, files: Files | None = APP, files_after: Files | None = None
) -> set[Aspect]:
    context = context_of(files)
    was = modelled(HEAD + before, context=context)
    now = modelled(HEAD + after, context=context if files_after is None else context_of(files_after))
    return {difference.aspect for difference in differences(was, now, frozenset(allowed))}


def _reordered(before: str, after: str, files: Files | None = APP) -> bool:
    """Whether nothing but the order of steps is seen to change."""
    return _aspects(before, after, Aspect.LAYER_ORDER, files=files) == set()


@pytest.mark.parametrize("files", [APP, None], ids=["known context", "unknown context"])
class TestManifestFirst:
    """A file of a folder that is copied whole may come before it."""

    def test_file_is_brought_to_its_place(self, files: Files | None) -> None:
        assert _reordered("COPY . .\nRUN a\n", "COPY requirements.txt .\nRUN a\nCOPY . .\n", files)
        assert _reordered("COPY lib /l\nRUN a\n", "COPY lib/x.py lib/y.py /l/\nRUN a\nCOPY lib /l\n", files)

    def test_file_is_brought_to_another_place(self, files: Files | None) -> None:
        assert not _reordered("COPY . .\nRUN a\n", "COPY requirements.txt /x/\nRUN a\nCOPY . .\n", files)

    def test_file_does_not_lie_in_the_folder(self, files: Files | None) -> None:
        assert not _reordered("COPY lib /l\nRUN a\n", "COPY main.py /l/\nRUN a\nCOPY lib /l\n", files)

    def test_rest_is_not_copied(self, files: Files | None) -> None:
        assert not _reordered("COPY . .\nRUN a\n", "COPY requirements.txt .\nRUN a\n", files)

    def test_order_is_a_promise_too(self, files: Files | None) -> None:
        before, after = "COPY . .\nRUN a\n", "RUN a\nCOPY . .\n"
        assert _aspects(before, after, files=files) == {Aspect.LAYER_ORDER}


@pytest.mark.parametrize("files", [APP, None], ids=["known context", "unknown context"])
class TestOneOverAnother:
    """Of two copies to one place the later wins."""

    def test_swapped_copies_to_one_folder(self, files: Files | None) -> None:
        before = "COPY . .\nCOPY --from=web /dist static\n"
        assert not _reordered(before, "COPY --from=web /dist static\nCOPY . .\n", files)

    def test_swapped_copies_to_one_file(self, files: Files | None) -> None:
        before, after = "COPY lib/x.py /c.py\nCOPY lib/y.py /c.py\n", "COPY lib/y.py /c.py\nCOPY lib/x.py /c.py\n"
        assert not _reordered(before, after, files)

    def test_swapped_copies_to_folders_apart(self, files: Files | None) -> None:
        before = "COPY lib /l/\nCOPY --from=web /dist /d/\n"
        assert _reordered(before, "COPY --from=web /dist /d/\nCOPY lib /l/\n", files)

    def test_copy_that_stands_there_twice(self, files: Files | None) -> None:
        before = "COPY main.py /m/\nRUN a\nCOPY lib /l/\nRUN b\nCOPY main.py /m/\n"
        after = "COPY main.py /m/\nCOPY lib /l/\nRUN a\nRUN b\nCOPY main.py /m/\n"
        assert _reordered(before, after, files)


def test_file_copied_again_over_another_version_is_seen() -> None:
    before = "COPY . .\nCOPY --from=web /x /w/requirements.txt\n"
    assert not _reordered(before, before + "COPY requirements.txt .\n")
    assert not _reordered(before, before + "COPY requirements.txt .\n", None)


def test_folder_that_a_run_makes_now_takes_the_file_in() -> None:
    before, after = "COPY main.py /conf\n", "RUN mkdir /conf\nCOPY main.py /conf\n"
    assert Aspect.FILES in _aspects(before, after, Aspect.COMMANDS, Aspect.LAYER_ORDER)


@pytest.mark.parametrize("files", [APP, None], ids=["known context", "unknown context"])
def test_copy_that_a_command_may_need_is_not_dropped_unseen(files: Files | None) -> None:
    before, after = "COPY requirements.txt .\nRUN a\nCOPY . .\n", "RUN a\nCOPY . .\n"
    assert _aspects(before, after, files=files) == {Aspect.LAYER_ORDER}


def test_copy_of_what_is_not_there_is_not_dropped_unseen() -> None:
    before, after = "COPY missing /x/\nCOPY . .\n", "COPY . .\n"
    assert _aspects(before, after, Aspect.LAYER_ORDER) == {Aspect.FILES}


def test_copy_of_what_is_not_there_is_told_in_words() -> None:
    context = context_of(APP)
    found = differences(modelled("FROM x\nCOPY .env /x/\n", context=context), modelled("FROM x\n", context=context))
    assert "the COPY of .env, which the build context lacks, is not what it was" in [one.text for one in found]


def test_copy_of_what_is_not_there_is_the_same_beside_a_new_ignore_file() -> None:
    copies = "COPY poetry.lock* /x/\nCOPY . .\n"
    ignoring = {**APP, ".dockerignore": ".dockerignore\npoetry.lock.bak\n"}
    assert _aspects(copies, copies, Aspect.BUILD_CONTEXT, files_after=ignoring) == set()


def test_new_ignore_file_may_come_along_where_the_build_context_may_change() -> None:
    after = {**APP, ".dockerignore": "*.log\n"}
    assert _aspects("COPY . .\n", "COPY . .\n", Aspect.BUILD_CONTEXT, files_after=after) == set()
    assert Aspect.FILES in _aspects("COPY . .\n", "COPY . .\n", files_after=after)


def test_add_is_no_copy() -> None:
    assert _aspects("ADD lib/x.tar /l/\n", "COPY lib/x.tar /l/\n", files={"lib/x.tar": b"\x1f\x8b"}) == {Aspect.FILES}
    assert _aspects("ADD main.py /l/\n", "COPY main.py /l/\n", files=None) == {Aspect.FILES}


def test_add_of_a_plain_file_is_as_good_as_a_copy() -> None:
    assert _aspects("ADD main.py /l/\n", "COPY main.py /l/\n") == set()


def test_flag_that_chooses_files_is_seen() -> None:
    assert _aspects("COPY lib /l/\n", "COPY --exclude=x.py lib /l/\n") == {Aspect.FILES}


def test_text_of_a_heredoc_is_seen() -> None:
    before, after = "COPY <<E /x\na\nE\n", "COPY <<E /x\nb\nE\n"
    assert _aspects(before, after, Aspect.LAYER_ORDER) == {Aspect.FILES}


# owners


@pytest.mark.parametrize("files", [APP, None], ids=["known context", "unknown context"])
def test_owner_is_seen_place_by_place(files: Files | None) -> None:
    before, after = "COPY lib /l/\nCOPY main.py /m/\n", "COPY lib /l/\nCOPY --chown=1 main.py /m/\n"
    assert _aspects(before, after, files=files) == {Aspect.USER}
    assert _aspects(before, after, Aspect.USER, files=files) == set()


def test_owner_of_the_last_copy_counts() -> None:
    before = "COPY --chown=1 . .\nRUN a\n"
    kept = "COPY --chown=1 requirements.txt .\nRUN a\nCOPY --chown=1 . .\n"
    assert _aspects(before, kept, Aspect.LAYER_ORDER) == set()
    assert _aspects(before, "COPY requirements.txt .\nRUN a\nCOPY --chown=1 . .\n", Aspect.LAYER_ORDER) == set()
    lost = "COPY --chown=1 requirements.txt .\nRUN a\nCOPY . .\n"
    assert _aspects(before, lost, Aspect.LAYER_ORDER) == {Aspect.USER}


# ignore file


def test_hidden_files_come_with_a_smaller_context() -> None:
    smaller = {**APP, ".dockerignore": "static\n.dockerignore\n"}
    assert _aspects("COPY . .\n", "COPY . .\n", Aspect.BUILD_CONTEXT, files_after=smaller) == set()
    assert Aspect.BUILD_CONTEXT in _aspects("COPY . .\n", "COPY . .\n", files_after=smaller)


@pytest.mark.parametrize(("copy", "ignored"), [("static", "static"), ("main.py", "*.py"), ("lib/*.py", "lib")])
def test_source_that_a_copy_names_must_not_be_hidden(copy: str, ignored: str) -> None:
    smaller = {**APP, ".dockerignore": ignored}
    text = f"COPY {copy} /x/\n"
    assert _aspects(text, text, Aspect.BUILD_CONTEXT, files_after=smaller) == {Aspect.FILES}


def test_file_brought_besides_by_the_smaller_context_is_seen() -> None:
    larger = {**APP, "new.py": ""}
    assert _aspects("COPY . .\n", "COPY . .\n", Aspect.BUILD_CONTEXT, files_after=larger) == {Aspect.FILES}
