"""Titles, fingerprints and commits of a proposal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dockerfix.bot.forge import FileMode
from dockerfix.bot.local import CommittedFiles, LocalRepository
from dockerfix.bot.marker import result_digest
from dockerfix.bot.proposal import Change, Repairs, Stage, commits_of, conventional_title, fingerprint, repairs_of
from dockerfix.errors import FileError
from dockerfix.report.model import Entry, FileReport, Place, Report, Status
from dockerfix.text import Position


def repaired(*titles: str) -> list[tuple[str, Entry]]:
    return [("Dockerfile", Entry("DF1", "r", "m", Position(1, 1), Status.REPAIRED, title=title)) for title in titles]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Use exec form"], "fix(docker): use exec form"),
        (["Use exec form", "Use exec form"], "fix(docker): use exec form"),
        (["Use exec form", "Run as app"], "fix(docker): use exec form, run as app"),
        (
            ["Install before copying the source", "Run as app", "Write a .dockerignore", "Use exec form"],
            "fix(docker): install before copying the source, and 3 more repairs",
        ),
        (["PID 1 is uvicorn"], "fix(docker): PID 1 is uvicorn"),
        (["x" * 80], "fix(docker): 1 repair in 1 Dockerfile"),
        (["Ask @octocat"], "fix(docker): ask @\u200boctocat"),
    ],
)
def test_a_title_is_conventional_and_short(titles: list[str], expected: str) -> None:
    assert conventional_title("fix(docker)", repaired(*titles)) == expected


def change(before: str, after: str, path: str = "Dockerfile") -> dict[str, Change]:
    return {path: Change(path, before.encode(), after.encode())}


def test_repairs_are_the_same_when_they_stand_on_other_lines() -> None:
    here = change("FROM a\nCMD b\n", 'FROM a\nCMD ["b"]\n')
    there = change("# new\nFROM a:2\n\nCMD b\n", '# new\nFROM a:2\n\nCMD ["b"]\n')
    assert fingerprint(here) == fingerprint(there)


def test_other_repairs_are_not_the_same() -> None:
    assert fingerprint(change("CMD b\n", 'CMD ["b"]\n')) != fingerprint(change("CMD c\n", 'CMD ["c"]\n'))


@pytest.fixture
def repository(tmp_path: Path) -> LocalRepository:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    (tmp_path / "Dockerfile").write_bytes(b"a\n")
    (tmp_path / "run.sh").write_bytes(b"a\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link").symlink_to("Dockerfile")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    return LocalRepository(tmp_path)


@pytest.fixture
def files(repository: LocalRepository) -> CommittedFiles:
    return CommittedFiles(repository, repository.head())


def test_commits_lead_from_stage_to_stage(files: CommittedFiles) -> None:
    both = {**change("a\n", "c\n"), **change("a\n", "b\n", "run.sh")}
    row = commits_of([Stage("one", change("a\n", "b\n")), Stage("two", both)], files)
    commits, digest = row.commits, row.result
    assert [[(c.path, c.content, c.mode) for c in commit.changes] for commit in commits] == [
        [("Dockerfile", b"b\n", FileMode.REGULAR)],
        [("Dockerfile", b"c\n", FileMode.REGULAR), ("run.sh", b"b\n", FileMode.EXECUTABLE)],
    ]
    blobs = {
        "Dockerfile": "f2ad6c76f0115a6ba5b00456a849810e7ec0af20",
        "run.sh": "61780798228d17af2d34fce4cfbdf35556832472",
    }
    assert digest == result_digest(blobs.items())
    assert [commit.message.split("\n")[0] for commit in commits] == ["one", "two"]


def test_a_stage_that_changes_nothing_makes_no_commit(files: CommittedFiles) -> None:
    commits = commits_of([Stage("one", change("a\n", "b\n")), Stage("two", change("a\n", "b\n"))], files).commits
    assert len(commits) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (change("other\n", "b\n"), "is not what the commit"),
        (change("a\n", "b\n", "new"), "is not what the commit"),
        ({"Dockerfile": Change("Dockerfile", None, b"b\n")}, "is not what the commit"),
        (change("Dockerfile", "b\n", "link"), "is no regular file"),
        (change("a\n", "b\n", "\udcff"), "no UTF-8"),
    ],
)
def test_a_file_that_is_not_the_commits_is_refused(files: CommittedFiles, changes: dict[str, Change], why: str) -> None:
    with pytest.raises(FileError, match=why):
        commits_of([Stage("one", changes)], files)


def report(path: str) -> Report:
    return Report((FileReport(Place(path, path), b"a\n", b"b\n"),))


def test_a_link_is_changed_where_it_lies(repository: LocalRepository) -> None:
    assert list(repairs_of(report("link"), repository.folder).changes) == ["Dockerfile"]


@pytest.mark.parametrize("path", ["out", "../out", ".git/config"])
def test_what_lies_outside_is_not_changed(repository: LocalRepository, path: str) -> None:
    (repository.folder / "out").symlink_to("/etc/hostname")
    found: Repairs = repairs_of(report(path), repository.folder)
    assert found.changes == {}
    assert "outside of the checkout" in found.failures[0]


def test_a_checkout_of_somebody_else_is_read_without_running_anything(
    repository: LocalRepository, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    with (repository.folder / ".git/config").open("a") as config:
        config.write(f'[core]\nfsmonitor = "touch {ran}"\n[filter "x"]\nclean = "touch {ran}"\nrequired = true\n')
    (repository.folder / ".git/info/attributes").write_text("* filter=x\n")
    files = CommittedFiles(repository, repository.head())
    commits = commits_of([Stage("one", change("a\n", "b\n"))], files).commits
    author = repository.author()
    made = repository.commit("fixes", commits, author, parent=repository.head(), expected=None)
    assert repository.compare(repository.head(), made).blobs == (
        ("Dockerfile", "61780798228d17af2d34fce4cfbdf35556832472"),
    )
    assert not ran.exists()
    assert os.listdir(repository.folder)
