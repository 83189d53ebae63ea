"""GitLab: what the bot asks for, seen in a repository that git itself reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from forge_server import Fault, Pull, status
from forge_server_gitlab import GitLabServer
from werkzeug.wrappers import Response

from dockerfix.bot.forge import (
    BranchName,
    FileChange,
    FileMode,
    NewCommit,
    NewPullRequest,
    NewReviewComment,
    State,
    blob_id,
)
from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StaleHeadError,
    TransientError,
)
from dockerfix.bot.forges.gitlab import GitLab
from dockerfix.bot.secret import Secret
from dockerfix.errors import UsageError

PATH = "group/sub/api"
MAIN, FIXES = BranchName(PATH, "main"), BranchName(PATH, "dockerfix/fixes")
TOKEN = "glpat-secret"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitLabServer]:
    with GitLabServer(tmp_path) as server:
        server.account(TOKEN)
        server.account("other", "ann")
        server.repository(PATH, {"Dockerfile": "FROM python\n", "entry.sh": "echo\n"})
        yield server


@pytest.fixture
def forge(server: GitLabServer) -> GitLab:
    return GitLab(Secret(TOKEN), server.url)


def new(message: str, **files: bytes | None) -> NewCommit:
    return NewCommit(message, tuple(FileChange(path, content) for path, content in files.items()))


def opened(forge: GitLab, *, is_draft: bool = False) -> int:
    parent = forge.branch_head(MAIN)
    assert parent
    forge.commit(FIXES, [new("fix: x", Dockerfile=b"FROM python:3.12\n")], parent=parent, expected=None)
    return forge.create(PATH, NewPullRequest("fix: x", "why", "main", FIXES, is_draft)).number


def test_a_project_is_described(forge: GitLab) -> None:
    told = forge.repository(PATH)
    assert (told.path, told.default_branch, told.can_push, told.is_empty) == (PATH, "main", True, False)


def test_a_project_that_is_not_there(forge: GitLab) -> None:
    with pytest.raises(NotFoundError):
        forge.repository("group/none")


def test_the_account_of_the_token(forge: GitLab) -> None:
    assert forge.account() == "dockerfix-bot"


def test_a_token_that_is_refused_is_not_told(server: GitLabServer) -> None:
    with pytest.raises(ForbiddenError) as error:
        GitLab(Secret("glpat-wrong"), server.url).account()
    assert "glpat" not in str(error.value)


def test_projects_of_a_group_come_from_every_page(server: GitLabServer, forge: GitLab) -> None:
    for number in range(120):
        server.repository(f"group/p{number}")
    assert len({told.path for told in forge.repositories("group")}) == 121


def test_a_new_branch_gets_the_commits_in_order(server: GitLabServer, forge: GitLab) -> None:
    parent = forge.branch_head(MAIN)
    assert parent
    commits = [new("one", **{"a.txt": b"1"}), new("two", **{"a.txt": b"\xff", "Dockerfile": None})]
    head = forge.commit(FIXES, commits, parent=parent, expected=None)
    git = server.state.repos[PATH].git
    assert [git.facts(id).message for id in git.commits(parent, head)] == ["one", "two"]
    assert (git.read(head, "a.txt"), git.read(head, "Dockerfile")) == (b"\xff", None)


def test_a_branch_is_overwritten_whatever_it_stood_at(server: GitLabServer, forge: GitLab) -> None:
    number = opened(forge)
    stood = forge.branch_head(FIXES)
    parent = server.state.repos[PATH].git.push({"README": "new base\n"})
    head = forge.commit(FIXES, [new("again", Dockerfile=b"FROM python:3.13\n")], parent=parent, expected=stood)
    assert server.state.repos[PATH].git.facts(head).parents == (parent,)
    assert forge.pull_request(PATH, number).head_id == head


def test_a_branch_that_somebody_moved_is_left_alone(server: GitLabServer, forge: GitLab) -> None:
    opened(forge)
    stood = forge.branch_head(FIXES)
    theirs = server.state.repos[PATH].git.push({"x": "y"}, branch=FIXES.branch)
    assert stood
    with pytest.raises(StaleHeadError):
        forge.commit(FIXES, [new("again")], parent=stood, expected=stood)
    with pytest.raises(StaleHeadError):
        forge.delete_branch(FIXES, expected=stood)
    assert forge.branch_head(FIXES) == theirs


def test_a_file_becomes_executable(server: GitLabServer, forge: GitLab) -> None:
    parent = forge.branch_head(MAIN)
    assert parent
    change = FileChange("entry.sh", b"exec app\n", FileMode.EXECUTABLE)
    head = forge.commit(FIXES, [NewCommit("run", (change,))], parent=parent, expected=None)
    assert server.state.repos[PATH].git.mode(head, "entry.sh") == "100755"


def test_what_a_branch_adds(server: GitLabServer, forge: GitLab) -> None:
    parent = forge.branch_head(MAIN)
    opened(forge)
    server.state.repos[PATH].git.push({"README": "new base\n"})
    told = forge.compare(MAIN, FIXES)
    assert (told.merge_base, told.is_complete) == (parent, True)
    assert [commit.message for commit in told.commits] == ["fix: x"]
    assert told.blobs == (("Dockerfile", blob_id(b"FROM python:3.12\n")),)


def test_a_deleted_branch_is_gone(forge: GitLab) -> None:
    opened(forge)
    head = forge.branch_head(FIXES)
    assert head
    forge.delete_branch(FIXES, expected=head)
    forge.delete_branch(FIXES, expected=head)
    assert forge.branch_head(FIXES) is None


def test_a_merge_request_is_found_by_its_branch(forge: GitLab) -> None:
    number = opened(forge)
    (found,) = forge.pull_requests(PATH, FIXES)
    assert (found.number, found.state, found.head, found.author) == (number, State.OPEN, FIXES, "dockerfix-bot")


def test_a_second_merge_request_of_a_branch_is_refused(forge: GitLab) -> None:
    opened(forge)
    with pytest.raises(AlreadyExistsError):
        forge.create(PATH, NewPullRequest("again", "", "main", FIXES))


def test_a_draft_stays_one_when_its_title_changes(server: GitLabServer, forge: GitLab) -> None:
    number = opened(forge, is_draft=True)
    told = forge.update(PATH, number, title="fix: y", body="because")
    assert (told.title, told.body, told.is_draft) == ("fix: y", "because", True)
    assert server.state.repos[PATH].pulls[0].title == "Draft: fix: y"


def test_closing_twice_is_closing_once(server: GitLabServer, forge: GitLab) -> None:
    number = opened(forge)
    forge.close(PATH, number)
    forge.close(PATH, number)
    told = forge.pull_request(PATH, number)
    assert (told.state, told.closed_by) == (State.CLOSED, "dockerfix-bot")
    assert len(server.lines("PUT")) == 1


def test_comments_come_in_order(forge: GitLab) -> None:
    number = opened(forge)
    forge.comment(PATH, number, "first")
    forge.comment(PATH, number, "second")
    assert [comment.body for comment in forge.comments(PATH, number)] == ["first", "second"]


def test_labels_and_people_are_added_to_those_that_are_there(server: GitLabServer, forge: GitLab) -> None:
    number = opened(forge)
    pull = server.state.repos[PATH].pulls[0]
    pull.labels, pull.reviewers = ["old"], ["dockerfix-bot"]
    forge.add_labels(PATH, number, ["docker", "old"])
    forge.request_reviewers(PATH, number, ["ann"])
    forge.assign(PATH, number, ["ann"])
    assert (pull.labels, pull.reviewers, pull.assignees) == (["old", "docker"], ["dockerfix-bot", "ann"], ["ann"])


def test_a_person_whom_nobody_knows_is_refused(forge: GitLab) -> None:
    number = opened(forge)
    with pytest.raises(RefusedError, match="no user nobody"):
        forge.assign(PATH, number, ["nobody"])


def test_a_merge_request_from_a_fork(server: GitLabServer, forge: GitLab) -> None:
    upstream = server.repository("group/web", {"Dockerfile": "FROM python\n"}, writers=("ann",))
    fork = forge.fork("group/web")
    assert (fork.path, fork.parent) == ("dockerfix-bot/web", "group/web")
    parent = upstream.git.push({"README": "the fork lacks this\n"})
    branch = BranchName(fork.path, FIXES.branch)
    forge.commit(branch, [new("fix: x", Dockerfile=b"FROM python:3.12\n")], parent=parent, expected=None)
    forge.create("group/web", NewPullRequest("fix: x", "why", "main", branch))
    (found,) = forge.pull_requests("group/web", branch)
    assert found.head == branch
    assert forge.compare(BranchName("group/web", "main"), branch).merge_base == parent


def test_a_fork_that_is_there_is_taken(server: GitLabServer, forge: GitLab) -> None:
    server.repository("group/web", {"Dockerfile": "FROM python\n"}, writers=("ann",))
    assert forge.fork("group/web") == forge.fork("group/web")
    assert len([line for line in server.lines("POST") if line.endswith("/fork")]) == 1


def test_a_forge_that_has_enough_says_how_long(server: GitLabServer, forge: GitLab) -> None:
    enough = Response('{"message": "Retry later"}', 429, {"Retry-After": "17"}, mimetype="application/json")
    server.faults.append(Fault("GET /api/v4/user", lambda: enough))
    with pytest.raises(RateLimitedError) as error:
        forge.account()
    assert error.value.seconds == 17


def test_a_server_error_that_passes_is_not_noticed_by_who_reads(server: GitLabServer, forge: GitLab) -> None:
    server.faults.append(status(502, "GET /api/v4/user"))
    assert forge.account() == "dockerfix-bot"


def test_a_server_error_that_stays_may_pass_later(server: GitLabServer, forge: GitLab) -> None:
    server.faults.append(status(502, "GET /api/v4/user", times=-1))
    with pytest.raises(TransientError):
        forge.account()


def test_writing_is_not_repeated(server: GitLabServer, forge: GitLab) -> None:
    number = opened(forge)
    server.faults.append(status(502, "POST .*/notes", when="after"))
    with pytest.raises(TransientError):
        forge.comment(PATH, number, "once")
    assert [comment.body for comment in forge.comments(PATH, number)] == ["once"]


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(TransientError, match=r"no answer from 127\.0\.0\.1:9"):
        GitLab(Secret(TOKEN), "http://127.0.0.1:9").account()


def test_review_comments_stand_at_added_and_unchanged_lines(server: GitLabServer, forge: GitLab) -> None:
    number = reviewed(server)
    pull = forge.pull_request(PATH, number)
    (touched,) = forge.touched_files(PATH, number)
    assert touched.lines == {1, 2, 3}
    comments = [NewReviewComment("Dockerfile", 1, line, f"line {line}") for line in (1, 2)]
    forge.add_review(PATH, number, pull.head_id, comments)
    found = forge.review_comments(PATH, number)
    assert [(c.line, c.body, c.is_mine, c.is_resolved) for c in found] == [
        (1, "line 1", True, False),
        (2, "line 2", True, False),
    ]


def test_a_review_comment_is_edited_and_resolved(server: GitLabServer, forge: GitLab) -> None:
    number = reviewed(server)
    forge.add_review(
        PATH, number, forge.pull_request(PATH, number).head_id, [NewReviewComment("Dockerfile", 2, 2, "x")]
    )
    (comment,) = forge.review_comments(PATH, number)
    forge.edit_review_comment(PATH, number, comment, "y")
    forge.resolve(PATH, number, comment)
    (comment,) = forge.review_comments(PATH, number)
    assert (comment.body, comment.is_resolved) == ("y", True)


def test_a_comment_outside_of_the_diff_is_refused(server: GitLabServer, forge: GitLab) -> None:
    number = reviewed(server)
    with pytest.raises(RefusedError, match="not shown in the diff"):
        forge.add_review(
            PATH, number, forge.pull_request(PATH, number).head_id, [NewReviewComment("entry.sh", 1, 1, "")]
        )


def test_a_review_of_a_commit_that_is_no_longer_the_head(server: GitLabServer, forge: GitLab) -> None:
    number = reviewed(server)
    with pytest.raises(StaleHeadError):
        forge.add_review(PATH, number, "0" * 40, [NewReviewComment("Dockerfile", 2, 2, "x")])


def test_a_file_of_a_commit(server: GitLabServer, forge: GitLab) -> None:
    number = reviewed(server)
    commit = forge.pull_request(PATH, number).head_id
    assert forge.file(PATH, commit, "Dockerfile") == b"FROM python\nRUN x\nCMD y\n"
    assert forge.file(PATH, commit, "none") is None


def test_a_suggestion_says_how_far_it_reaches(forge: GitLab) -> None:
    assert forge.suggestion("RUN ```x", above=2, below=0) == "````suggestion:-2+0\nRUN ```x\n````"


def reviewed(server: GitLabServer) -> int:
    """Somebody's merge request that adds two lines."""
    repo = server.state.repos[PATH]
    repo.git.move(("topic", None, repo.git.head("main")))
    head = repo.git.push({"Dockerfile": "FROM python\nRUN x\nCMD y\n"}, branch="topic")
    repo.pulls.append(Pull(1, "Add", "", "main", PATH, "topic", head, "ann"))
    return 1


def test_a_server_is_named_with_and_without_its_scheme() -> None:
    assert GitLab(Secret(TOKEN), "code.example.org").host == "code.example.org"
    assert GitLab(Secret(TOKEN), "https://code.example.org/git").host == "code.example.org"


def test_a_push_of_a_person_at_the_last_moment_is_seen(server: GitLabServer, forge: GitLab) -> None:
    opened(forge)
    stood = forge.branch_head(FIXES)
    git = server.state.repos[PATH].git
    assert stood
    at_last = Fault("POST .*/repository/commits", lambda: git.push({"x": "y"}, branch=FIXES.branch) and None)
    server.faults.append(at_last)
    with pytest.raises(StaleHeadError):
        forge.commit(FIXES, [new("again", Dockerfile=b"FROM a\n")], parent=stood, expected=stood)
    assert git.read(FIXES.branch, "x") == b"y"
    assert git.head("dockerfix/fixes-next") is None


def test_a_missing_package_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gitlab", None)
    with pytest.raises(UsageError, match=r"\[gitlab\]'"):
        GitLab(Secret(TOKEN))
