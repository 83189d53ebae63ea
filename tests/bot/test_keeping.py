"""A pull request over its life, on a forge whose words are held to GitHub's description, through every fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from forge_server import Fault, When, drop, push, rate_limited, secondary_limited, slow, status
from proposals import proposal
from shops import FIXES, SHOP, USUAL, Shop

from dockerfix.bot.forge_errors import RateLimitedError, TransientError
from dockerfix.bot.keeping import Place, keep
from dockerfix.bot.lifecycle import Ended, Policy, Rebase

FURNISHED = Policy(labels=("docker",), reviewers=("anna",), assignees=("ben",))


def test_a_pull_request_is_opened_with_everything_that_was_asked_for(any_shop: Shop) -> None:
    kept = any_shop.keep(policy=replace(FURNISHED, is_draft=True))
    (pull,) = any_shop.repo.pulls
    assert (kept.ended, kept.notes) == (Ended.OPENED, ())
    assert kept.pull is not None
    assert (kept.pull.title, kept.pull.base, kept.pull.is_draft) == ("fix(docker): repair", "main", True)
    assert kept.pull.head == FIXES
    assert (pull.labels, pull.reviewers, pull.assignees) == (["docker"], ["anna"], ["ben"])
    assert any_shop.text() == "why"
    assert (any_shop.content(), any_shop.content("app.py")) == (b"repaired\n", b"1\n")


def test_running_again_changes_nothing(any_shop: Shop) -> None:
    any_shop.keep(policy=FURNISHED)
    any_shop.server.asked.clear()
    assert any_shop.keep(policy=FURNISHED).ended is Ended.UNCHANGED
    assert any_shop.writes() == []


def test_other_repairs_update_the_same_pull_request(any_shop: Shop) -> None:
    any_shop.keep()
    assert any_shop.keep(proposal("other\n", title="fix(docker): other", body="because")).ended is Ended.UPDATED
    (pull,) = any_shop.repo.pulls
    assert (pull.title, any_shop.text(), any_shop.content()) == ("fix(docker): other", "because", b"other\n")
    assert len(any_shop.repo.git.commits("main", "dockerfix/fixes")) == 1


def test_a_commit_to_the_base_that_changes_nothing_here_moves_no_branch(any_shop: Shop) -> None:
    any_shop.keep(proposal(body="from main at 0123456789ab"))
    before = any_shop.head("dockerfix/fixes")
    any_shop.repo.git.push({"app.py": "2\n"})
    any_shop.server.asked.clear()
    assert any_shop.keep(proposal(body="from main at ba9876543210")).ended is Ended.UNCHANGED
    assert (any_shop.head("dockerfix/fixes"), any_shop.writes()) == (before, [])


def test_the_branch_follows_a_base_that_changes_the_same_file(any_shop: Shop) -> None:
    any_shop.keep()
    base = any_shop.repo.git.push({"Dockerfile": "broken otherwise\n"})
    assert any_shop.keep(proposal(before="broken otherwise\n")).ended is Ended.UPDATED
    assert any_shop.repo.git.merge_base("main", "dockerfix/fixes") == base


def test_the_branch_is_rebased_whenever_its_base_moves_where_that_is_wanted(any_shop: Shop) -> None:
    any_shop.keep()
    base = any_shop.repo.git.push({"app.py": "2\n"})
    assert any_shop.keep(policy=Policy(rebase=Rebase.ALWAYS)).ended is Ended.UPDATED
    assert any_shop.repo.git.merge_base("main", "dockerfix/fixes") == base
    assert any_shop.content("app.py") == b"2\n"
    assert any_shop.open_pulls() == [1]


def test_a_checkout_that_is_behind_does_not_move_the_branch_back(any_shop: Shop) -> None:
    old = any_shop.head()
    any_shop.repo.git.push({"app.py": "2\n"})
    any_shop.keep()
    before = any_shop.head("dockerfix/fixes")
    assert any_shop.keep(proposal("other\n"), parent=old).ended is Ended.POSTPONED
    assert any_shop.keep(None, parent=old).ended is Ended.POSTPONED
    assert any_shop.head("dockerfix/fixes") == before


def test_a_person_who_pushes_to_the_branch_owns_it(any_shop: Shop) -> None:
    any_shop.keep()
    theirs = any_shop.repo.git.push({"Dockerfile": "theirs\n"}, branch="dockerfix/fixes")
    any_shop.repo.git.push({"app.py": "2\n"})
    for wanted in (proposal(), proposal("other\n"), None):
        assert any_shop.keep(wanted).ended is Ended.LEFT_ALONE
    assert any_shop.head("dockerfix/fixes") == theirs
    assert any_shop.open_pulls() == [1]


def test_a_person_who_amends_the_commit_owns_the_branch(any_shop: Shop) -> None:
    any_shop.keep()
    git = any_shop.repo.git
    ours = git.facts(any_shop.head("dockerfix/fixes"))
    tree = git.tree(ours.tree, {"Dockerfile": ("100644", git.blob(b"amended\n"))})
    amended = git.make_commit(tree, ours.parents, ours.message)
    git.move(("dockerfix/fixes", ours.id, amended))
    assert any_shop.keep(proposal("other\n")).ended is Ended.LEFT_ALONE
    assert any_shop.head("dockerfix/fixes") == amended


def test_a_merge_of_the_base_into_the_branch_is_nobodys_work(shop: Shop) -> None:
    """Forgejo's comparison does not tell enough for that: there the branch is left alone."""
    shop.keep()
    git, ours = shop.repo.git, shop.head("dockerfix/fixes")
    base = git.push({"app.py": "2\n"})
    tree = git.tree(git.facts(ours).tree, {"app.py": ("100644", git.blob(b"2\n"))})
    git.move(("dockerfix/fixes", ours, git.make_commit(tree, (ours, base), "Merge branch 'main'")))
    assert shop.keep(proposal("other\n")).ended is Ended.UPDATED
    assert shop.content() == b"other\n"


def test_it_is_closed_with_a_comment_when_nothing_is_left(any_shop: Shop) -> None:
    any_shop.keep()
    assert any_shop.keep(None).ended is Ended.CLOSED
    (pull,) = any_shop.repo.pulls
    assert (pull.state, len(pull.comments)) == ("closed", 1)
    assert pull.comments[0].body.startswith("Nothing is left to repair")
    assert any_shop.repo.git.head("dockerfix/fixes") is None
    assert any_shop.keep(None).ended is Ended.NOTHING


def test_repairs_that_come_back_after_that_get_a_new_one(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.keep(None)
    assert any_shop.keep().ended is Ended.OPENED
    assert any_shop.open_pulls() == [2]


def test_one_that_a_person_closed_stays_closed_until_the_repairs_change(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.pulls[0].state = "closed"
    kept = any_shop.keep()
    assert (kept.ended, kept.reason) == (Ended.LEFT_ALONE, "#1 with the same repairs was closed")
    any_shop.repo.git.push({"app.py": "2\n"})
    assert any_shop.keep().ended is Ended.LEFT_ALONE
    assert any_shop.keep(proposal("other\n")).ended is Ended.OPENED
    assert any_shop.open_pulls() == [2]
    assert any_shop.keep().ended is Ended.UPDATED  # it is open: whoever wants it closed says so once more


def test_repairs_that_were_merged_and_reverted_are_not_offered_again(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.pulls[0].state, any_shop.repo.pulls[0].merged = "closed", True
    assert any_shop.keep().reason == "#1 with the same repairs was merged"
    assert any_shop.open_pulls() == []


def test_new_repairs_after_a_merge_get_a_new_one(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.git.push({"Dockerfile": "repaired\n"})  # a squash merge that leaves the branch where it was
    any_shop.repo.pulls[0].state, any_shop.repo.pulls[0].merged = "closed", True
    assert any_shop.keep(None).ended is Ended.NOTHING
    assert any_shop.keep(proposal("even better\n")).ended is Ended.OPENED
    assert (any_shop.open_pulls(), any_shop.content()) == ([2], b"even better\n")


def test_a_persons_title_stays(any_shop: Shop) -> None:
    any_shop.keep()
    pull = any_shop.repo.pulls[0]
    pull.title = "OPS-7: repair"
    assert any_shop.keep().ended is Ended.UNCHANGED
    any_shop.keep(proposal("other\n", title="fix(docker): other", body="because"))
    assert (pull.title, any_shop.text()) == ("OPS-7: repair", "because")
    assert any_shop.keep(proposal("other\n", title="fix(docker): other", body="because")).ended is Ended.UNCHANGED


def test_labels_that_a_person_takes_off_are_not_put_on_again(any_shop: Shop) -> None:
    any_shop.keep(policy=FURNISHED)
    any_shop.repo.pulls[0].labels.clear()
    any_shop.keep(proposal("other\n"), policy=FURNISHED)
    assert any_shop.repo.pulls[0].labels == []


def test_a_reviewer_who_cannot_be_asked_stops_nothing(shop: Shop) -> None:
    kept = shop.keep(policy=Policy(reviewers=("dockerfix-bot",), assignees=("ben",)))
    assert kept.ended is Ended.OPENED
    assert kept.notes[0].startswith("nobody was asked: ")
    assert shop.repo.pulls[0].assignees == ["ben"]
    assert shop.keep(policy=Policy(reviewers=("dockerfix-bot",))).ended is Ended.UNCHANGED


def test_the_limit_of_a_run_postpones_new_ones_and_updates_open_ones(any_shop: Shop) -> None:
    full = Policy(may_open=False)
    assert any_shop.keep(policy=full).ended is Ended.POSTPONED
    assert any_shop.repo.git.head("dockerfix/fixes") is None
    any_shop.keep()
    assert any_shop.keep(proposal("other\n"), policy=full).ended is Ended.UPDATED


def test_a_pull_request_follows_to_another_base(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.repo.git.move(("trunk", None, any_shop.head()))
    place = Place(SHOP, "trunk", FIXES, any_shop.head())
    assert keep(any_shop.forge, place, proposal(), Policy()).ended is Ended.UPDATED
    assert any_shop.repo.pulls[0].base == "trunk"


def test_a_branch_of_somebody_elses_is_never_touched(any_shop: Shop) -> None:
    any_shop.repo.git.move(("dockerfix/fixes", None, any_shop.head()))
    theirs = any_shop.repo.git.push({"x": "y"}, branch="dockerfix/fixes")
    assert any_shop.keep().ended is Ended.LEFT_ALONE
    assert any_shop.keep(None).ended is Ended.LEFT_ALONE
    assert (any_shop.head("dockerfix/fixes"), any_shop.repo.pulls) == (theirs, [])


WRITES = ("POST /repos/acme/shop/git/refs", "POST /graphql", "POST /repos/acme/shop/pulls", "PATCH .*/pulls/1",
          "POST .*/labels")  # fmt: skip
FAULTS: dict[str, Callable[[str], Fault]] = {
    "500": lambda what: status(500, what),
    "502 though it was done": lambda what: status(502, what, when="after"),
    "dropped": lambda what: drop(what),
    "dropped though it was done": lambda what: drop(what, when="after"),
    "primary limit": lambda what: rate_limited(what),
    "secondary limit": lambda what: secondary_limited(what, 3),
}


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_one_pull_request_after_a_fault(shop: Shop, what: str, fault: Callable[[str], Fault]) -> None:
    shop.server.faults.append(fault(what))
    assert shop.keep(policy=FURNISHED).ended is Ended.OPENED
    assert shop.server.faults[0].times == 0
    (pull,) = shop.repo.pulls
    assert (pull.state, shop.content(), pull.labels) == ("open", b"repaired\n", ["docker"])
    assert shop.keep(policy=FURNISHED).ended is Ended.UNCHANGED


@pytest.mark.parametrize("what", ["POST /repos/acme/shop/git/refs", "POST /graphql", "PATCH .*/pulls/1"])
@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_one_pull_request_after_a_fault_of_an_update(
    shop: Shop, what: str, skip: int, fault: Callable[[str], Fault]
) -> None:
    shop.keep()
    shop.repo.git.push({"app.py": "2\n"})
    shop.server.faults.append(replace(fault(what), skip=skip))
    assert shop.keep(proposal("other\n", body="because")).ended is Ended.UPDATED
    (pull,) = shop.repo.pulls
    assert (pull.state, shop.content(), shop.content("app.py")) == ("open", b"other\n", b"2\n")
    assert shop.text() == "because"
    assert shop.keep(proposal("other\n", body="because")).ended is Ended.UNCHANGED
    assert shop.branches() == ["dockerfix/fixes", "main"]


@pytest.mark.parametrize("what", ["PATCH .*/pulls/1", "POST .*/comments", "POST /graphql"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_closed_once_after_a_fault(shop: Shop, what: str, fault: Callable[[str], Fault]) -> None:
    shop.keep()
    shop.server.faults.append(fault(what))
    assert shop.keep(None).ended is Ended.CLOSED
    (pull,) = shop.repo.pulls
    assert (pull.state, len(pull.comments), shop.repo.git.head("dockerfix/fixes")) == ("closed", 1, None)


@pytest.mark.parametrize("what", WRITES)
def test_one_pull_request_after_an_answer_that_came_too_late(
    shop: Shop, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dockerfix.bot.web._READ", 2.5)  # seconds; a busy machine needs some for an answer
    shop.server.faults.append(slow(what, 4.0, when="after"))
    assert shop.keep(policy=FURNISHED).ended is Ended.OPENED
    (pull,) = shop.repo.pulls
    assert (pull.state, shop.content(), pull.labels) == ("open", b"repaired\n", ["docker"])


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("when", ["before", "after"])
def test_one_pull_request_on_every_forge_though_a_request_fails(any_shop: Shop, number: int, when: When) -> None:
    """Opened, updated and closed, with the connection dropped at each of the first requests that write."""
    fault = drop("(POST|PUT|PATCH|DELETE) .*", when=when)
    policy = replace(FURNISHED, rebase=Rebase.ALWAYS)
    for wanted in (USUAL, proposal("other\n", body="because"), None):
        any_shop.server.faults[:] = [replace(fault, skip=number)]
        any_shop.keep(wanted, policy=policy)
        any_shop.server.faults.clear()
        any_shop.repo.git.push({"app.py": f"{wanted}\n"})
        any_shop.keep(wanted, policy=policy)
        if wanted is not None:
            assert any_shop.open_pulls() == [1]
            assert any_shop.content() == wanted.commits[0].changes[0].content
            assert any_shop.content("app.py") == any_shop.repo.git.read("main", "app.py")
    (pull,) = any_shop.repo.pulls
    assert (pull.state, len(pull.comments)) == ("closed", 1)
    assert any_shop.branches() == ["main"]


def test_a_person_who_pushes_in_between_wins(shop: Shop) -> None:
    shop.keep()
    fault = push("POST /graphql", shop.repo.git, {"Dockerfile": "theirs\n"}, branch="dockerfix/fixes")
    shop.server.faults.append(fault)
    assert shop.keep(proposal("other\n")).ended is Ended.LEFT_ALONE
    assert shop.content() == b"theirs\n"


def test_a_base_that_moves_in_between_is_followed_by_the_next_run(shop: Shop) -> None:
    shop.server.faults.append(push("POST /repos/acme/shop/pulls", shop.repo.git, {"app.py": "2\n"}))
    always = Policy(rebase=Rebase.ALWAYS)
    assert shop.keep(policy=always).ended is Ended.OPENED
    assert shop.keep(policy=always).ended is Ended.UPDATED
    assert (shop.content(), shop.content("app.py"), shop.open_pulls()) == (b"repaired\n", b"2\n", [1])


def test_another_run_that_opens_it_first(shop: Shop) -> None:
    def other() -> None:
        Shop.keep(shop)

    shop.server.faults.append(Fault("POST /repos/acme/shop/pulls", lambda: other()))
    shop.keep()
    assert [pull.state for pull in shop.repo.pulls] == ["open"]


def test_a_limit_is_waited_for(shop: Shop) -> None:
    shop.server.faults.append(secondary_limited("POST .*/pulls", 17))
    shop.keep()
    assert shop.waited == [17]


def test_a_limit_that_is_too_long_is_told(shop: Shop) -> None:
    shop.server.faults.append(secondary_limited("POST .*/pulls", 3600))
    with pytest.raises(RateLimitedError) as caught:
        shop.keep()
    assert caught.value.seconds == 3600


def test_a_forge_that_stays_broken_is_told_after_some_rounds(shop: Shop) -> None:
    shop.server.faults.append(status(500, "POST .*/pulls", times=-1))
    with pytest.raises(TransientError):
        shop.keep()
    assert shop.waited == [1, 2, 4, 8, 16]
