"""What COPY and ADD bring, from where and to where. What BuildKit does was seen on an engine, version 20.10."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from modelled import Files, last_step, modelled

from dockerfix.image import Transfer, placed_files, source_files
from dockerfix.image.transfers import Origin, lay_over
from dockerfix.rule import BuildContext

TREE = {"a.txt": "A", "b.txt": "B", "dir/x.txt": "X", "dir/sub/y.txt": "Y"}
SCRATCH = "FROM scratch\nWORKDIR /w\n"


def _transfer(text: str, files: Files | None = None) -> Transfer:
    found = last_step(text, files).transfer
    assert found is not None
    return found


def _placed(copy: str, files: Files | None = TREE, before: str = SCRATCH) -> dict[str, str] | None:
    """Image path to context path (or the text of a heredoc) for the last of some instructions."""
    model = modelled(before + copy + "\n", files)
    assert model.final is not None
    transfer = model.final.steps[-1].transfer
    assert transfer is not None
    placed = placed_files(transfer, model.context)
    return None if placed is None else {place: origin[2] for place, origin in placed.items()}


ALL_OF_DIR = {"x.txt": "dir/x.txt", "sub/y.txt": "dir/sub/y.txt"}


def _below(folder: str) -> dict[str, str]:
    return {f"{folder}/{inside}": path for inside, path in ALL_OF_DIR.items()}


# destinations


@pytest.mark.parametrize(
    ("copy", "placed"),
    [
        ("COPY a.txt .", {"/w/a.txt": "a.txt"}),
        ("COPY a.txt ./", {"/w/a.txt": "a.txt"}),
        ('COPY a.txt ""', {"/w/a.txt": "a.txt"}),
        ("COPY a.txt ..", {"/a.txt": "a.txt"}),
        ("COPY a.txt /w", {"/w/a.txt": "a.txt"}),
        ("COPY a.txt new", {"/w/new": "a.txt"}),
        ("COPY a.txt new/", {"/w/new/a.txt": "a.txt"}),
        ("COPY a.txt new/.", {"/w/new": "a.txt"}),
        ("COPY a.txt /x/new.txt", {"/x/new.txt": "a.txt"}),
        ("COPY /a.txt ./dir/../z.txt", {"/w/z.txt": "a.txt"}),
        ("COPY ../a.txt .", {"/w/a.txt": "a.txt"}),
        ("COPY a.txt b.txt ./", {"/w/a.txt": "a.txt", "/w/b.txt": "b.txt"}),
        ("COPY a.txt b.txt .", {"/w/a.txt": "a.txt", "/w/b.txt": "b.txt"}),
        ("COPY a.txt dir ./", {"/w/a.txt": "a.txt", **_below("/w")}),
        ('COPY ["a.txt", "to here/"]', {"/w/to here/a.txt": "a.txt"}),
        ("COPY dir .", _below("/w")),
        ("COPY dir/ /to", _below("/to")),
        ("COPY dir/. /to/", _below("/to")),
        ("COPY dir/sub /to", {"/to/y.txt": "dir/sub/y.txt"}),
        ("COPY . /", {"/a.txt": "a.txt", "/b.txt": "b.txt", **_below("/dir")}),
        ("COPY ./ to", {"/w/to/a.txt": "a.txt", "/w/to/b.txt": "b.txt", **_below("/w/to/dir")}),
        ("COPY *.txt to/", {"/w/to/a.txt": "a.txt", "/w/to/b.txt": "b.txt"}),
        ("COPY *.txt one", {"/w/one": "b.txt"}),
        ("COPY [ab].txt .", {"/w/a.txt": "a.txt", "/w/b.txt": "b.txt"}),
        ("COPY d* to", _below("/w/to")),
        ("COPY */*.txt to/", {"/w/to/x.txt": "dir/x.txt"}),
        ("COPY * .", {"/w/a.txt": "a.txt", "/w/b.txt": "b.txt", **_below("/w")}),
        ("COPY missing .", {}),
        ("ADD a.txt dir ./", {"/w/a.txt": "a.txt", **_below("/w")}),
        ("COPY --chown=app:app a.txt .", {"/w/a.txt": "a.txt"}),
    ],
)
def test_places(copy: str, placed: dict[str, str]) -> None:
    assert _placed(copy) == placed


@pytest.mark.parametrize(
    ("before", "copy", "place"),
    [
        ("COPY dir d\n", "COPY a.txt d", "/w/d/a.txt"),
        ("COPY dir d\n", "COPY a.txt d/sub", "/w/d/sub/a.txt"),
        ("COPY dir d\n", "COPY a.txt d/sub/y.txt", "/w/d/sub/y.txt"),
        ("COPY a.txt d/e/f.txt\n", "COPY b.txt d/e", "/w/d/e/b.txt"),
        ("COPY a.txt one\n", "COPY b.txt one", "/w/one"),
        ("WORKDIR /v\nWORKDIR /w\n", "COPY a.txt /v", "/v/a.txt"),
        ("COPY a.txt /v/\n", "COPY b.txt /v", "/v/b.txt"),
        ("RUN mkdir -p conf/one\n", "COPY a.txt conf", "/w/conf/a.txt"),
        ("RUN cd /x && mkdir one two\n", "COPY a.txt /x/two", "/x/two/a.txt"),
    ],
)
def test_folder_made_before_takes_the_file_in(before: str, copy: str, place: str) -> None:
    assert list(_placed(copy, before=SCRATCH + before) or {}) == [place]


@pytest.mark.parametrize(
    ("base", "destination", "place"),
    [
        ("python:3.12-slim", "/usr/local/bin", "/usr/local/bin/run.sh"),
        ("python:3.12-slim", "/tmp", "/tmp/run.sh"),
        ("alpine:3.20", "/etc", "/etc/run.sh"),
        ("python:3.12-slim", "/entrypoint", "/entrypoint"),
        ("python:3.12-slim", "/usr/local/bin/entrypoint", "/usr/local/bin/entrypoint"),
        ("python:3.12-slim", "/etc/start.sh", "/etc/start.sh"),
        ("registry.corp/base", "/start.sh", "/start.sh"),
        ("registry.corp/base", "/opt/run.sh", "/opt/run.sh"),
    ],
)
def test_destination_in_what_the_base_brings(base: str, destination: str, place: str) -> None:
    assert list(_placed(f"COPY run.sh {destination}", {"run.sh": ""}, f"FROM {base}\n") or {}) == [place]


@pytest.mark.parametrize(
    ("before", "copy"),
    [
        ("FROM registry.corp/base\n", "COPY a.txt ."),
        ("FROM registry.corp/base\n", "COPY a.txt /usr/local/bin"),
        ("FROM registry.corp/base\n", "COPY a.txt /entrypoint"),
        ("FROM python:3.12-slim\n", "COPY a.txt /etc/service"),
        ("FROM scratch\nRUN git clone x /src/tool\n", "COPY a.txt /src/tool"),
        ("FROM scratch\nRUN if t; then mkdir /conf; fi\n", "COPY a.txt /conf"),
        ("FROM scratch\nCOPY --from=x /y /conf\n", "COPY a.txt /conf"),
        ("FROM scratch\nARG D\n", "COPY a.txt $D"),
        ("FROM scratch\nARG D\nWORKDIR $D\n", "COPY a.txt ."),
    ],
)
def test_place_is_unknown(before: str, copy: str) -> None:
    assert _placed(copy, before=before) is None


def test_folder_source_has_a_place_even_where_a_file_would_not() -> None:
    assert _placed("COPY dir /etc/service", before="FROM registry.corp/base\n") == _below("/etc/service")


# variables in sources


def test_env_in_a_source_is_certain() -> None:
    assert _placed("COPY $D/x.txt .", before="FROM scratch\nWORKDIR /w\nENV D=dir\n") == {"/w/x.txt": "dir/x.txt"}


@pytest.mark.parametrize("setting", ["ARG D=dir", "ARG D=dir\nENV E=$D\nENV D=$E", "ARG D"])
def test_source_that_an_arg_decides_is_not(setting: str) -> None:
    assert _placed("COPY $D/x.txt .", before=f"{SCRATCH}{setting}\n") is None


def test_source_that_an_arg_decides_is_marked_beside_its_default() -> None:
    source = _transfer("FROM scratch\nARG D=dir\nCOPY ${D} .\n").sources[0]
    assert (source.path, source.varies) == ("dir", True)


def test_destination_takes_the_default_of_an_arg() -> None:
    assert _placed("COPY a.txt $D/", before="FROM scratch\nARG D=/srv\n") == {"/srv/a.txt": "a.txt"}


# ignore file and what is unknown of the context


def test_ignore_file_is_applied() -> None:
    files = {**TREE, ".dockerignore": "*.txt\n!b.txt\ndir/sub\n"}
    assert _placed("COPY . .", files) == {
        "/w/.dockerignore": ".dockerignore",
        "/w/b.txt": "b.txt",
        "/w/dir/x.txt": "dir/x.txt",
    }
    assert _placed("COPY a.txt .", files) == {}


def test_unknown_context_makes_places_unknown() -> None:
    assert _placed("COPY a.txt .", None) is None


@pytest.mark.parametrize(
    ("copy", "placed"),
    [
        ("COPY --exclude=*.txt dir .", {"/w/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --exclude=**/y.* dir .", {"/w/x.txt": "dir/x.txt"}),
        ("COPY --exclude=sub --exclude=*.md dir .", {"/w/x.txt": "dir/x.txt"}),
        ("COPY --exclude=dir/sub dir .", {"/w/x.txt": "dir/x.txt", "/w/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --exclude=*.txt --exclude=!x.txt dir .", {"/w/x.txt": "dir/x.txt", "/w/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --exclude=b.txt a.txt .", {"/w/a.txt": "a.txt"}),
        ("ADD --exclude=sub dir .", {"/w/x.txt": "dir/x.txt"}),
    ],
)
def test_copy_leaves_out_what_it_is_told_to(copy: str, placed: dict[str, str]) -> None:
    assert _placed(copy) == placed


@pytest.mark.parametrize(
    ("copy", "placed"),
    [
        ("COPY --parents a.txt dir/x.txt ./", {"/w/a.txt": "a.txt", "/w/dir/x.txt": "dir/x.txt"}),
        ("COPY --parents dir/sub .", {"/w/dir/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --parents ./dir/./sub/*.txt /p/", {"/p/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --parents ./dir/**/*.txt /p/", {"/p/dir/x.txt": "dir/x.txt", "/p/dir/sub/y.txt": "dir/sub/y.txt"}),
        ("COPY --parents --exclude=**/sub ./dir /p/", {"/p/dir/x.txt": "dir/x.txt"}),
        ("COPY --parents=false dir/x.txt .", {"/w/x.txt": "dir/x.txt"}),
    ],
)
def test_copy_keeps_the_folders_of_its_sources(copy: str, placed: dict[str, str]) -> None:
    assert _placed(copy) == placed


@pytest.mark.parametrize("copy", ["COPY --exclude=$X dir .", "COPY --exclude=[ dir .", "COPY --exclude=*.txt a.txt ."])
def test_what_is_left_out_may_be_unknown(copy: str) -> None:
    assert _placed(copy) is None


def test_archive_that_add_is_told_not_to_unpack_is_a_file() -> None:
    files = {"a.tar": "", "b.txt": ""}
    assert _placed("ADD --unpack=false a.tar .", files) == {"/w/a.tar": "a.tar"}
    assert _placed("ADD a.tar .", files) is None


@pytest.mark.parametrize("flags", ["--unpack=true", "--checksum=sha256:0", "--keep-git-dir=true"])
def test_flags_for_what_is_fetched_do_not_hide_the_place(flags: str) -> None:
    assert list(_placed(f"ADD {flags} https://example.com/x.tar.gz /opt/") or ()) != []


@pytest.mark.parametrize(
    ("source", "known"),
    [("link", False), ("folder-link", False), ("folder-link/x.txt", False), ("lin*", False), (".", True), ("b*", True)],
)
def test_symlink_named_as_a_source_is_followed_by_docker_and_unknown_here(
    tmp_path: Path, source: str, known: bool
) -> None:
    (tmp_path / "dir").mkdir()
    for name in ("dir/x.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    os.symlink("b.txt", tmp_path / "link")
    os.symlink("dir", tmp_path / "folder-link")
    model = modelled(f"FROM scratch\nCOPY {source} /w/\n", context=BuildContext.at(tmp_path))
    transfer = model.stages[0].steps[0].transfer
    assert transfer is not None
    assert (placed_files(transfer, model.context) is not None) is known
    assert (source_files(transfer.sources[0], model.context) is not None) is known


# ADD


def _tar(name: str = "in.txt") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return buffer.getvalue()


def test_add_of_an_archive_is_unknown_whatever_its_name() -> None:
    files = {"x.tar.gz": gzip.compress(_tar()), "odd.dat": _tar(), "text.tgz": b"no archive"}
    for name in files:
        assert _placed(f"ADD {name} /w/", files) is None
        assert _placed(f"COPY {name} /w/", files) == {f"/w/{name}": name}


def test_add_unpacks_nothing_inside_a_folder() -> None:
    assert _placed("ADD vendor /v/", {"vendor/x.tar": _tar()}) == {"/v/x.tar": "vendor/x.tar"}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("https://example.com/x.tar.gz", "url"),
        ("git@github.com:a/b.git", "url"),
        ("https://github.com/a/b.git#v1", "url"),
        ("http.txt", "context"),
    ],
)
def test_add_of_urls(source: str, kind: str) -> None:
    assert _transfer(f"FROM scratch\nADD {source} /x/\n").sources[0].kind == kind


def test_url_stands_as_a_pattern() -> None:
    assert list(_placed("ADD https://example.com/x /y/") or {}) == ["/y/<url :https://example.com/x>"]


# --from


@pytest.mark.parametrize(
    ("origin", "kind", "name"),
    [
        ("build", "stage", "build"),
        ("BUILD", "stage", "build"),
        ("0", "stage", "0"),
        ("1", "image", "1"),
        ("debian:12", "image", "debian:12"),
        ("last", "image", "last"),
    ],
)
def test_origin(origin: str, kind: str, name: str) -> None:
    text = f"FROM scratch AS build\nFROM scratch AS last\nCOPY --from={origin} /x y/../z /to/\n"
    source, other = _transfer(text).sources
    assert (source.kind, source.origin, source.path) == (kind, name, "x")
    assert other.path == "z"


def test_variable_in_origin_is_not_replaced() -> None:
    source = _transfer("FROM scratch AS build\nFROM scratch\nARG S=build\nCOPY --from=$S /x /x\n").sources[0]
    assert (source.kind, source.path) == ("image", None)


def test_files_of_a_stage_stand_as_a_pattern() -> None:
    text = "FROM scratch AS build\nFROM scratch\n"
    assert _placed("COPY --from=build /dist /srv", before=text) == {"/srv/<stage build:dist>": "dist"}


# heredocs


def test_heredoc_is_a_file_of_its_name() -> None:
    assert _placed("COPY <<one.txt <<'two' /x/\n1*\none.txt\n2\ntwo") == {"/x/one.txt": "1*\n", "/x/two": "2\n"}


def test_heredoc_may_become_the_destination() -> None:
    assert _placed('COPY <<"EOF" /x/conf.ini\na=1\nEOF') == {"/x/conf.ini": "a=1\n"}


def test_heredoc_beside_files() -> None:
    placed = _placed("COPY a.txt <<EOF b.txt /x/\ntext\nEOF")
    assert placed == {"/x/a.txt": "a.txt", "/x/EOF": "text\n", "/x/b.txt": "b.txt"}


# owner, mode, link


def test_owner_mode_and_options() -> None:
    transfer = _transfer("FROM scratch\nCOPY --chown=1:2 --chmod=755 --link a b/\n")
    assert (transfer.owner, transfer.mode, transfer.options, transfer.is_linked) == ("1:2", "755", ("--link",), True)
    assert not _transfer("FROM scratch\nCOPY --link=false a b/\n").is_linked


# one copy over another


def _laid(copies: str) -> dict[str, Origin]:
    model = modelled("FROM scratch AS build\nFROM scratch\n" + copies, TREE)
    placed: dict[str, Origin] = {}
    for step in model.stages[1].steps:
        assert step.transfer is not None
        lay_over(placed, step.transfer, placed_files(step.transfer, model.context) or {})
    return placed


def test_later_copy_wins() -> None:
    assert _laid("COPY a.txt /x\nCOPY b.txt /x\n") == {"/x": ("context", "", "b.txt")}


def test_files_that_are_not_listed_may_replace_what_lies_below() -> None:
    laid = _laid("COPY dir /d\nCOPY a.txt /e/\nCOPY --from=build /y /d\n")
    assert laid["/d/x.txt"] == ("stage", "build", "y")
    assert laid["/e/a.txt"] == ("context", "", "a.txt")


def test_listed_files_lie_over_those_that_are_not() -> None:
    assert _laid("COPY --from=build /y /d\nCOPY dir /d\n")["/d/x.txt"] == ("context", "", "dir/x.txt")


def test_many_copies_to_one_place_are_followed() -> None:
    text = SCRATCH + "COPY a.txt x\n" * 450
    model = modelled(text, TREE)
    transfer = model.stages[0].steps[-1].transfer
    assert transfer is not None
    assert placed_files(transfer, model.context) == {"/w/x": ("context", "", "a.txt")}
