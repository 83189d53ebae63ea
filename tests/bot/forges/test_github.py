"""GitHub as the bot sees it: each method against a server whose words are held to GitHub's own description."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

import pytest
from forge_server import Fault, ForgeServer, drop, rate_limited, secondary_limited, slow, status
from proposals import TOKEN
from werkzeug.wrappers import Response

from dockerfix.bot.forge import (
    BranchName,
    FileChange,
    FileMode,
    Forge,
    NewCommit,
    NewPullRequest,
    NewReviewComment,
    ReviewForge,
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
from dockerfix.bot.forges.github import GITHUB, GitHub, api_url
from dockerfix.bot.forges.github_auth import AppAuthorization, TokenAuthorization
from dockerfix.bot.secret import Secret

SHOP = "acme/shop"
FIXES = BranchName(SHOP, "dockerfix/fixes")
MAIN = BranchName(SHOP, "main")
NEW = NewPullRequest("fix", "why", "main", FIXES)
INSTALLATION = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
Open = Callable[[str], GitHub]


def change(text: str, path: str = "Dockerfile", mode: FileMode = FileMode.REGULAR) -> NewCommit:
    return NewCommit(f"fix: {text.strip()}\n\nBecause.\n", (FileChange(path, text.encode(), mode),))


@pytest.fixture
def opened(server: ForgeServer) -> Open:
    server.repository(SHOP, {"Dockerfile": "old\n", "run.sh": "old\n"}, writers=("dockerfix-bot", "app[bot]"))
    server.account(INSTALLATION, "app[bot]", kind="installation")
    return lambda token: GitHub(TokenAuthorization(Secret(token)), server.url, pause=lambda _: None)


@pytest.fixture
def github(opened: Open) -> GitHub:
    return opened(TOKEN)


def head(server: ForgeServer, branch: str = "main") -> str:
    found = server.state.repos[SHOP].git.head(branch)
    assert found is not None
    return found


def test_it_has_the_methods_of_a_forge(github: GitHub) -> None:
    forge: Forge = github
    review: ReviewForge = github
    assert forge.name == "github"
    assert review.touched_files


def test_a_repository(github: GitHub, server: ForgeServer) -> None:
    found = github.repository("Acme/Shop")
    assert (found.path, found.default_branch, found.can_push) == (SHOP, "main", True)
    assert found.clone_url == server.clone_url(SHOP)


def test_a_repository_that_is_not_there(github: GitHub) -> None:
    with pytest.raises(NotFoundError):
        github.repository("acme/nothing")


def test_repositories_of_an_organisation_come_over_several_pages(github: GitHub, server: ForgeServer) -> None:
    for number in range(120):
        server.state.repos[f"acme/r{number}"] = server.state.repos[SHOP]
    assert len(list(github.repositories("acme"))) == 121


def test_repositories_of_a_person(github: GitHub, server: ForgeServer) -> None:
    server.repository("dockerfix-bot/own", {"Dockerfile": "x"})
    assert [found.path for found in github.repositories("dockerfix-bot")] == ["dockerfix-bot/own"]


@pytest.mark.parametrize(("token", "login"), [(TOKEN, "dockerfix-bot"), (INSTALLATION, None)])
def test_the_account(opened: Open, token: str, login: str | None) -> None:
    assert opened(token).account() == login


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_a_branch_is_made_with_commits_that_github_signs(opened: Open, server: ForgeServer, token: str) -> None:
    made = opened(token).commit(FIXES, [change("a\n"), change("b\n", "b.txt")], parent=head(server), expected=None)
    git = server.state.repos[SHOP].git
    assert made == git.head("dockerfix/fixes")
    first, second = (git.facts(commit) for commit in git.commits("main", made))
    assert (first.message, second.committer) == ("fix: a\n\nBecause.", ("GitHub", "noreply@github.com"))
    assert (git.read(made, "Dockerfile"), git.read(made, "b.txt")) == (b"a\n", b"b\n")


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_a_branch_is_made_anew_while_its_pull_request_stays_open(opened: Open, server: ForgeServer, token: str) -> None:
    github = opened(token)
    old = github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    github.create(SHOP, NEW)
    base = server.state.repos[SHOP].git.push({"other": "x"})
    made = github.commit(FIXES, [change("b\n")], parent=base, expected=old)
    assert github.compare(MAIN, FIXES).merge_base == base
    assert [(pull.state, pull.head_id) for pull in github.pull_requests(SHOP, FIXES)] == [(State.OPEN, made)]
    assert [name for name, _ in server.state.repos[SHOP].git.branches()] == ["dockerfix/fixes", "main"]


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_a_push_in_between_is_not_overwritten(opened: Open, server: ForgeServer, token: str) -> None:
    github = opened(token)
    old = github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    theirs = server.state.repos[SHOP].git.push({"Dockerfile": "theirs\n"}, branch="dockerfix/fixes")
    with pytest.raises(StaleHeadError):
        github.commit(FIXES, [change("b\n")], parent=head(server), expected=old)
    assert head(server, "dockerfix/fixes") == theirs
    assert [name for name, _ in server.state.repos[SHOP].git.branches()] == ["dockerfix/fixes", "main"]


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_a_branch_that_appears_in_between_is_not_overwritten(opened: Open, server: ForgeServer, token: str) -> None:
    git = server.state.repos[SHOP].git
    git.move(("dockerfix/fixes", None, head(server)))
    theirs = git.push({"Dockerfile": "theirs\n"}, branch="dockerfix/fixes")
    with pytest.raises(StaleHeadError):
        opened(token).commit(FIXES, [change("b\n")], parent=head(server), expected=None)
    assert head(server, "dockerfix/fixes") == theirs


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_an_executable_file_stays_executable(opened: Open, server: ForgeServer, token: str) -> None:
    wanted = change("#!/bin/sh\n", "run.sh", FileMode.EXECUTABLE)
    made = opened(token).commit(FIXES, [wanted], parent=head(server), expected=None)
    assert server.state.repos[SHOP].git.mode(made, "run.sh") == "100755"


@pytest.mark.parametrize("token", [TOKEN, INSTALLATION])
def test_bytes_that_are_no_text_and_deleted_files(opened: Open, server: ForgeServer, token: str) -> None:
    commit = NewCommit("fix", (FileChange("Dockerfile", b"\xff\r\n"), FileChange("run.sh", None)))
    made = opened(token).commit(FIXES, [commit], parent=head(server), expected=None)
    git = server.state.repos[SHOP].git
    assert (git.read(made, "Dockerfile"), git.read(made, "run.sh")) == (b"\xff\r\n", None)


def test_what_a_branch_adds(github: GitHub, server: ForgeServer) -> None:
    commit = NewCommit("fix", (FileChange("Dockerfile", b"a\n"), FileChange("run.sh", None)))
    base = head(server)
    made = github.commit(FIXES, [commit], parent=base, expected=None)
    server.state.repos[SHOP].git.push({"later": "x"})
    found = github.compare(MAIN, FIXES)
    assert (found.merge_base, [commit.id for commit in found.commits]) == (base, [made])
    assert found.blobs == (("Dockerfile", blob_id(b"a\n")), ("run.sh", None))
    assert found.commits[0].author.login == "dockerfix-bot"
    assert found.is_complete


def test_a_branch_with_too_many_files_is_not_said_to_be_complete(github: GitHub, server: ForgeServer) -> None:
    git = server.state.repos[SHOP].git
    git.move(("dockerfix/fixes", None, head(server)))
    git.push({f"f{number}": "x" for number in range(301)}, branch="dockerfix/fixes")
    assert not github.compare(MAIN, FIXES).is_complete


def test_a_branch_is_deleted_from_where_it_is_expected_only(github: GitHub, server: ForgeServer) -> None:
    made = github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    with pytest.raises(StaleHeadError):
        github.delete_branch(FIXES, expected=head(server))
    github.delete_branch(FIXES, expected=made)
    github.delete_branch(FIXES, expected=made)
    assert github.branch_head(FIXES) is None


def test_a_pull_request_from_opening_to_closing(github: GitHub, server: ForgeServer) -> None:
    github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    made = github.create(SHOP, NewPullRequest("fix", "why", "main", FIXES, is_draft=True))
    assert (made.number, made.state, made.is_draft, made.head) == (1, State.OPEN, True, FIXES)
    with pytest.raises(AlreadyExistsError):
        github.create(SHOP, NEW)
    github.add_labels(SHOP, 1, ["docker"])
    github.request_reviewers(SHOP, 1, ["anna", "acme/platform"])
    github.assign(SHOP, 1, ["ben"])
    github.update(SHOP, 1, body="because")
    github.comment(SHOP, 1, "bye")
    github.close(SHOP, 1)
    found = github.pull_request(SHOP, 1)
    assert (found.state, found.title, found.body, found.labels) == (State.CLOSED, "fix", "because", ("docker",))
    pull = server.state.repos[SHOP].pulls[0]
    assert (pull.reviewers, pull.assignees) == (["anna", "team:platform"], ["ben"])
    assert [(comment.author, comment.body) for comment in github.comments(SHOP, 1)] == [("dockerfix-bot", "bye")]


def test_a_merged_pull_request_is_told_from_a_closed_one(github: GitHub, server: ForgeServer) -> None:
    github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    github.create(SHOP, NEW)
    server.state.repos[SHOP].pulls[0].merged = True
    server.state.repos[SHOP].pulls[0].state = "closed"
    assert github.pull_requests(SHOP, FIXES)[0].state is State.MERGED


def test_a_pull_request_from_a_fork(opened: Open, server: ForgeServer) -> None:
    server.account("ghp_outsider", "outsider")
    github = opened("ghp_outsider")
    assert github.repository(SHOP).can_push is False
    fork = github.fork(SHOP)
    assert (fork.path, fork.parent) == ("outsider/shop", SHOP)
    branch = BranchName(fork.path, "dockerfix/fixes")
    base = server.state.repos[SHOP].git.push({"newer": "than the fork"})
    github.commit(branch, [change("a\n")], parent=base, expected=None)
    made = github.create(SHOP, NewPullRequest("fix", "why", "main", branch))
    assert github.pull_requests(SHOP, branch) == (made,)
    assert github.compare(MAIN, branch).merge_base == base
    assert server.state.repos[SHOP].git.head("dockerfix/fixes") is None


def test_review_comments_are_written_edited_and_resolved(github: GitHub, server: ForgeServer) -> None:
    commit = github.commit(FIXES, [change("a\nb\n")], parent=head(server), expected=None)
    github.create(SHOP, NEW)
    assert [(file.path, file.lines) for file in github.touched_files(SHOP, 1)] == [("Dockerfile", frozenset({1, 2}))]
    assert github.file(SHOP, commit, "Dockerfile") == b"a\nb\n"
    assert github.file(SHOP, commit, "nothing") is None
    github.add_review(SHOP, 1, commit, [NewReviewComment("Dockerfile", 1, 2, "hm")])
    (found,) = github.review_comments(SHOP, 1)
    assert (found.start_line, found.line, found.is_mine, found.is_resolved) == (1, 2, True, False)
    github.edit_review_comment(SHOP, 1, found, "ah")
    github.resolve(SHOP, 1, found)
    (found,) = github.review_comments(SHOP, 1)
    assert (found.body, found.is_resolved) == ("ah", True)


def test_a_suggestion_that_holds_a_code_fence(github: GitHub) -> None:
    assert github.suggestion("RUN a", above=0, below=0) == "```suggestion\nRUN a\n```"
    assert github.suggestion("# ```", above=0, below=0) == "````suggestion\n# ```\n````"


def test_reading_is_tried_again(github: GitHub, server: ForgeServer) -> None:
    server.faults += [status(502, f"GET /repos/{SHOP}"), drop(f"GET /repos/{SHOP}"), status(500, f"GET /repos/{SHOP}")]
    assert github.repository(SHOP).path == SHOP


def test_an_answer_of_another_shape(github: GitHub, server: ForgeServer) -> None:
    for body in ('{"node_id": 3}', "[]", "<html>", "3"):
        server.faults[:] = [Fault(f"GET /repos/{SHOP}", lambda body=body: Response(body), times=-1)]
        with pytest.raises(TransientError):
            github.repository(SHOP)


def test_writing_is_not_tried_again(github: GitHub, server: ForgeServer) -> None:
    github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    server.faults.append(drop(f"POST /repos/{SHOP}/pulls", when="after"))
    with pytest.raises(TransientError):
        github.create(SHOP, NEW)
    assert len(server.lines(f"POST /repos/{SHOP}/pulls")) == 1


def test_an_answer_that_takes_too_long(github: GitHub, server: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockerfix.bot.web._READ", 0.2)
    server.faults.append(slow("POST .*", 3.0))
    with pytest.raises(TransientError, match="no answer in time"):
        github.comment(SHOP, 1, "hello")


def test_the_primary_rate_limit_says_how_long(github: GitHub, server: ForgeServer) -> None:
    server.faults.append(rate_limited(f"GET /repos/{SHOP}", 30))
    with pytest.raises(RateLimitedError) as caught:
        github.repository(SHOP)
    assert 25 < caught.value.seconds <= 30


def test_the_secondary_rate_limit_says_how_long(github: GitHub, server: ForgeServer) -> None:
    server.faults.append(secondary_limited(f"POST /repos/{SHOP}/pulls", 17))
    with pytest.raises(RateLimitedError) as caught:
        github.create(SHOP, NEW)
    assert caught.value.seconds == 17


def test_the_limit_of_graphql_says_how_long(github: GitHub, server: ForgeServer) -> None:
    def act() -> Response:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 900)}
        body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
        return Response(json.dumps(body), 200, headers, content_type="application/json")

    server.faults.append(Fault("POST /graphql", act))
    with pytest.raises(RateLimitedError) as caught:
        github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    assert 890 < caught.value.seconds <= 900


def test_a_token_that_may_only_read(opened: Open, server: ForgeServer) -> None:
    server.account("ghp_reader", "reader", writes=False)
    with pytest.raises(ForbiddenError):
        opened("ghp_reader").commit(FIXES, [change("a\n")], parent=head(server), expected=None)


def test_a_pull_request_that_adds_nothing_is_refused_with_githubs_reason(github: GitHub, server: ForgeServer) -> None:
    server.state.repos[SHOP].git.move(("dockerfix/fixes", None, head(server)))
    with pytest.raises(RefusedError, match="No commits between main and dockerfix/fixes"):
        github.create(SHOP, NEW)


def test_no_error_and_no_log_shows_the_token(
    opened: Open, server: ForgeServer, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "ghp_thisisasecretthisisasecretthisisasecre"
    caplog.set_level(logging.DEBUG)
    server.faults.append(drop("GET .*", times=-1))
    github = opened(secret)
    shown = [repr(github), repr(vars(github)), str(vars(github._web))]
    for act in (lambda: github.repository(SHOP), lambda: github.close(SHOP, 1)):
        with pytest.raises((TransientError, ForbiddenError)) as caught:
            act()
        shown += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    assert secret not in caplog.text + "".join(shown)
    assert caplog.text


@pytest.mark.parametrize(
    ("server_name", "url"),
    [
        ("github.com", GITHUB),
        ("https://github.com/", GITHUB),
        ("github.example.org", "https://github.example.org/api/v3"),
        ("https://git.example.org/api/v3/", "https://git.example.org/api/v3"),
        ("acme.ghe.com", "https://api.acme.ghe.com"),
    ],
)
def test_the_address_of_the_interface(server_name: str, url: str) -> None:
    assert api_url(server_name) == url


def test_an_enterprise_server(opened: Open, server: ForgeServer) -> None:
    github = GitHub(TokenAuthorization(Secret(TOKEN)), api_url(server.url))
    made = github.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
    assert github.branch_head(FIXES) == made


class TestApp:
    """An app's own tokens."""

    @pytest.fixture
    def app(self, opened: Open, server: ForgeServer) -> GitHub:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        server.app(public, acme=7)
        return GitHub(AppAuthorization("12345", Secret(private.decode()), server.url), server.url)

    def test_it_makes_a_token_for_one_repository_with_the_least_permissions(
        self, app: GitHub, server: ForgeServer
    ) -> None:
        app.commit(FIXES, [change("a\n")], parent=head(server), expected=None)
        app.create(SHOP, NEW)
        asked = [request for request in server.asked if request.path.endswith("/access_tokens")]
        assert [request.body for request in asked] == [
            {
                "permissions": {"contents": "write", "pull_requests": "write", "metadata": "read"},
                "repositories": ["shop"],
            }
        ]

    def test_a_token_is_replaced_before_it_ends(
        self, app: GitHub, server: ForgeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app.repository(SHOP)
        monkeypatch.setattr("dockerfix.bot.forges.github_auth._EARLY", 3601.0)
        app.repository(SHOP)
        assert len([line for line in server.lines("POST") if line.endswith("/access_tokens")]) == 2

    def test_an_owner_who_has_not_installed_it(self, app: GitHub, server: ForgeServer) -> None:
        server.repository("other/thing", {"a": "b"})
        with pytest.raises(NotFoundError):
            app.repository("other/thing")
