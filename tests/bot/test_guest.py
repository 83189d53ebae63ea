"""What is a person's stays a person's, on every forge: branches, commits, texts and the word no."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from forge_server import GitRepository, Pull
from proposals import TOKEN, proposal
from shops import FIXES, SHOP, Shop

from dockerfix.bot.forge import NewCommit
from dockerfix.bot.forges.staging import staging_of
from dockerfix.bot.keeping import Place, keep
from dockerfix.bot.lifecycle import Ended, Policy, Rebase
from dockerfix.bot.proposal import Proposal
from dockerfix.bot.secret import Secret
from dockerfix.cli import main

PERSON = ("A Person", "person@example.org")
OTHER = proposal("other\n", title="fix(docker): other", body="because")


def two_commits() -> Proposal:
    """As --commit-per-rule makes them."""
    one, last = proposal("half\n", title="fix(docker): one"), proposal(title="fix(docker): two")
    commits = (*one.commits, *last.commits)
    return Proposal("fix(docker): both", "why", commits, last.repairs, last.result, last.start)


def rewritten(git: GitRepository, **changes: object) -> str:
    """The bot's commit made again by a person with one thing changed, and pushed by force."""
    ours = git.facts(git.head("dockerfix/fixes") or "")
    message = str(changes.get("message", ours.message))
    parents = (str(changes["parent"]),) if "parent" in changes else ours.parents
    tree = str(changes.get("tree", ours.tree))
    author: tuple[str, str] = changes.get("author", ours.author)  # type: ignore[assignment]  # as given below
    committer: tuple[str, str] = changes.get("committer", ours.committer)  # type: ignore[assignment]
    made = git.make_commit(tree, parents, message, author, committer)
    git.move(("dockerfix/fixes", ours.id, made))
    return made


def signed_off(git: GitRepository) -> str:
    ours = git.facts(git.head("dockerfix/fixes") or "")
    return rewritten(git, message=f"{ours.message.rstrip()}\nSigned-off-by: A Person <person@example.org>\n")


def retitled(git: GitRepository) -> str:
    ours = git.facts(git.head("dockerfix/fixes") or "")
    return rewritten(git, message="OPS-7: " + ours.message)


def rebased(git: GitRepository) -> str:
    ours = git.facts(git.head("dockerfix/fixes") or "")
    base = git.push({"app.py": "2\n"})
    blob = git.git("rev-parse", f"{ours.id}:Dockerfile")
    tree = git.tree(git.facts(base).tree, {"Dockerfile": ("100644", blob)})
    return rewritten(git, parent=base, tree=tree)


def reauthored(git: GitRepository) -> str:
    return rewritten(git, author=PERSON, committer=PERSON)


def amended_without_a_change(git: GitRepository) -> str:
    return rewritten(git, committer=PERSON)


@pytest.mark.parametrize("how", [signed_off, retitled, rebased, reauthored, amended_without_a_change])
def test_a_commit_that_a_person_made_again_is_theirs(any_shop: Shop, how: Callable[[GitRepository], str]) -> None:
    any_shop.keep()
    theirs = how(any_shop.repo.git)
    for wanted in (proposal(), OTHER, None):
        assert any_shop.keep(wanted, Policy(rebase=Rebase.ALWAYS)).ended is Ended.LEFT_ALONE
    assert any_shop.head("dockerfix/fixes") == theirs
    assert any_shop.open_pulls() == [1]


def test_commits_that_a_person_squashed_are_theirs(any_shop: Shop) -> None:
    any_shop.keep(two_commits())
    git = any_shop.repo.git
    parent = git.facts(git.facts(any_shop.head("dockerfix/fixes")).parents[0]).parents[0]
    theirs = rewritten(git, parent=parent)
    assert any_shop.keep(OTHER).ended is Ended.LEFT_ALONE
    assert any_shop.head("dockerfix/fixes") == theirs


def test_several_commits_of_the_bots_are_updated(any_shop: Shop) -> None:
    any_shop.keep(two_commits())
    assert any_shop.keep(two_commits()).ended is Ended.UNCHANGED
    assert any_shop.keep(OTHER).ended is Ended.UPDATED
    assert any_shop.content() == b"other\n"


def test_a_commit_of_an_earlier_release_is_the_bots(any_shop: Shop) -> None:
    any_shop.keep()
    git = any_shop.repo.git
    trailer = f"Dockerfix-Result: {proposal().result}"
    rewritten(git, message=f"fix(docker): repair\n\n{trailer}\n")
    assert any_shop.keep(OTHER).ended is Ended.UPDATED


def test_a_branch_that_a_person_has_just_made_is_theirs(any_shop: Shop) -> None:
    """It holds no commit yet, and is neither moved nor deleted."""
    any_shop.repo.git.move(("dockerfix/fixes", None, any_shop.head()))
    assert "holds no commit of dockerfix" in any_shop.keep().reason
    assert any_shop.keep(None).ended is Ended.LEFT_ALONE
    assert any_shop.head("dockerfix/fixes") == any_shop.head()


def test_a_branch_that_was_merged_whole_is_used_again(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.git.move(("main", any_shop.head(), any_shop.head("dockerfix/fixes")))
    any_shop.repo.pulls[0].state, any_shop.repo.pulls[0].merged = "closed", True
    assert any_shop.keep(OTHER).ended is Ended.OPENED
    assert any_shop.content() == b"other\n"


@pytest.mark.parametrize("name", ["dockerfix/fixes-next", "dockerfix/fixes-dockerfix-staging", "dockerfix/fixes-0123"])
def test_a_branch_of_a_person_beside_the_bots_stays(any_shop: Shop, name: str) -> None:
    git = any_shop.repo.git
    git.move((name, None, any_shop.head()))
    theirs = git.push({"mine": "1\n"}, branch=name)
    for wanted in (proposal(), OTHER, None):
        any_shop.keep(wanted)
    assert any_shop.head(name) == theirs


def test_what_a_run_that_was_ended_left_is_taken_away(any_shop: Shop) -> None:
    left = staging_of(FIXES, Secret(TOKEN)).branch
    any_shop.repo.git.move((left, None, any_shop.head()))
    any_shop.keep()
    assert any_shop.branches() == ["dockerfix/fixes", "main"]


def test_a_person_who_pushed_to_what_was_left_keeps_it(any_shop: Shop) -> None:
    left = staging_of(FIXES, Secret(TOKEN)).branch
    any_shop.repo.git.move((left, None, any_shop.head()))
    theirs = any_shop.repo.git.push({"mine": "1\n"}, branch=left)
    any_shop.keep()
    assert any_shop.head(left) == theirs


def test_two_runs_choose_two_names() -> None:
    assert staging_of(FIXES, Secret(TOKEN)) != staging_of(FIXES, Secret(TOKEN))


def test_another_base_that_has_less_than_the_first_is_followed(any_shop: Shop) -> None:
    """The branch brings commits of its first base along; beside that one it is the bot's all the same."""
    git, old = any_shop.repo.git, any_shop.head()
    git.move(("release", None, old))
    git.push({"app.py": "2\n"})
    any_shop.keep()
    place = Place(SHOP, "release", FIXES, old)
    assert keep(any_shop.forge, place, proposal(), Policy()).ended is Ended.UPDATED
    assert any_shop.repo.pulls[0].base == "release"
    assert git.facts(any_shop.head("dockerfix/fixes")).parents == (old,)


def test_text_around_the_bots_part_of_the_body_stays(any_shop: Shop) -> None:
    any_shop.keep()
    pull = any_shop.repo.pulls[0]
    pull.body = f"Please look.\n\n{pull.body}\nTested by hand."
    any_shop.repo.git.push({"app.py": "2\n"})
    assert any_shop.keep().ended is Ended.UNCHANGED
    any_shop.keep(OTHER)
    any_shop.keep(proposal("third\n", body="therefore"))
    assert pull.body.startswith("Please look.\n\n<!-- dockerfix:begin -->\ntherefore\n")
    assert pull.body.endswith("<!-- dockerfix:end -->\n\nTested by hand.")
    any_shop.keep(None)
    assert pull.body.startswith("Please look.")
    assert pull.body.endswith("Tested by hand.")


def test_a_body_that_a_person_wrote_anew_stays(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.pulls[0].body = "What we agreed on."
    assert any_shop.keep(OTHER).ended is Ended.UPDATED
    assert (any_shop.repo.pulls[0].body, any_shop.content()) == ("What we agreed on.", b"other\n")


def test_a_body_of_an_earlier_release_gets_a_part_that_is_marked(any_shop: Shop) -> None:
    any_shop.keep()
    pull = any_shop.repo.pulls[0]
    pull.body = "Mine.\n\n### Why this\n\nwhy\n\n" + '<!-- dockerfix {"repairs": "x", "text": "x", "title": "x"} -->\n'
    any_shop.keep(OTHER)
    assert pull.body.startswith("Mine.\n\n<!-- dockerfix:begin -->\nbecause\n")


def test_a_refusal_is_of_a_rule_at_its_lines(any_shop: Shop) -> None:
    """Whatever the repair would say now: other contents, another file beside it."""
    any_shop.keep(proposal(mistakes=("ignore", "cmd")))
    any_shop.repo.pulls[0].state = "closed"
    for text in ("with tests\n", "with secrets\n", "with a workflow\n"):
        kept = any_shop.keep(proposal(text, mistakes=("ignore", "cmd")))
        assert (kept.ended, kept.reason) == (Ended.LEFT_ALONE, "#1 with the same repairs was closed")
    assert any_shop.keep(proposal("fewer\n", mistakes=("cmd",))).ended is Ended.LEFT_ALONE
    assert any_shop.keep(proposal("more\n", mistakes=("ignore", "cmd", "new"))).ended is Ended.OPENED


def test_what_was_closed_without_the_bots_words_stays_closed(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.pulls[0].state, any_shop.repo.pulls[0].body = "closed", "No, thanks."
    assert any_shop.keep(OTHER).ended is Ended.LEFT_ALONE
    assert any_shop.open_pulls() == []


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_pull_request_from_another_fork_of_the_same_owner_is_not_the_bots(any_shop: Shop, state: str) -> None:
    fork = any_shop.server.repository("acme/copy", {"Dockerfile": "theirs\n"})
    fork.parent = SHOP
    git = any_shop.repo.git
    git.move(("theirs", None, any_shop.head()))
    theirs = git.push({"Dockerfile": "theirs\n"}, branch="theirs")
    pull = Pull(1, "Theirs", "mine", "main", "acme/copy", "dockerfix/fixes", theirs, "anna")
    pull.state = state  # type: ignore[assignment]  # one of its words
    any_shop.repo.pulls.append(pull)
    assert any_shop.keep().ended is Ended.OPENED
    assert (pull.title, pull.body, pull.state) == ("Theirs", "mine", state)


def test_a_commit_has_a_trailer_that_fits_its_place() -> None:
    (one,) = proposal().commits_on("a" * 40)
    (other,) = proposal().commits_on("b" * 40)
    assert isinstance(one, NewCommit)
    assert one.message.split("Dockerfix-Result: ")[0] == other.message.split("Dockerfix-Result: ")[0]
    assert one.message != other.message


def test_a_person_who_writes_much_is_not_cut(any_shop: Shop) -> None:
    any_shop.keep(proposal(body="why " * 10))
    pull = any_shop.repo.pulls[0]
    theirs = "x" * (any_shop.forge.body_limit - 1500)
    pull.body = f"{theirs}\n\n{pull.body}"
    assert any_shop.keep(proposal("other\n", body="because " * 1000)).ended is Ended.UPDATED
    assert pull.body.startswith(theirs)
    assert len(pull.body) <= any_shop.forge.body_limit
    assert "no room for it here" in pull.body


SERVED = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python app.py\n"


def command(shop: Shop) -> int:
    """`dockerfix pr` on a repository that it fetches."""
    with pytest.raises(SystemExit) as left:
        main(["pr", "--forge", shop.forge.name, "--server", shop.server.url, "--repo", SHOP])
    return int(left.value.code or 0)


def test_files_that_are_added_do_not_ask_again(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
    git = any_shop.repo.git
    git.push({"Dockerfile": SERVED, "requirements.txt": "flask==3.0.0\n", "README.md": "x\n"})
    assert command(any_shop) == 0
    assert git.read("dockerfix/fixes", ".dockerignore") is not None
    any_shop.repo.pulls[0].state = "closed"
    for path in ("tests/test_app.py", "id_rsa", ".github/workflows/ci.yml", ".env", "docs/index.md"):
        git.push({path: "x\n"})
        assert command(any_shop) == 0
    assert any_shop.open_pulls() == []
    git.push({"other/Dockerfile": "FROM python:3.12-slim\nCMD serve it\n"})
    assert command(any_shop) == 0
    assert any_shop.open_pulls() == [2]


def test_a_commit_elsewhere_moves_nothing_of_the_real_command(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
    any_shop.repo.git.push({"Dockerfile": SERVED, "requirements.txt": "flask==3.0.0\n"})
    assert command(any_shop) == 0
    pull, stood = any_shop.repo.pulls[0], any_shop.head("dockerfix/fixes")
    pull.body = said = f"Mine.\n\n{pull.body}"
    any_shop.repo.git.push({"notes.txt": "x\n"})
    any_shop.server.asked.clear()
    assert command(any_shop) == 0
    assert (any_shop.writes(), any_shop.head("dockerfix/fixes"), pull.body) == ([], stood, said)
