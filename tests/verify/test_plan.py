"""What a person asked for, over what a compose file says."""

from __future__ import annotations

from dockerfix.project.builds.compose_given import ComposeGiven
from dockerfix.verify.plan import Plan
from dockerfix.verify.verify import given_words

GIVEN = ComposeGiven("compose.yaml:3", "web", "prod", (("A", "1"), ("B", "2")), (("KEY", "secret"),), ("CMD", "true"))


def test_what_compose_says_is_taken() -> None:
    plan = Plan().with_given(GIVEN)
    assert (plan.target, plan.args, plan.environment, plan.health) == (
        "prod",
        *(GIVEN.args, GIVEN.environment, GIVEN.health),
    )


def test_what_was_asked_for_wins() -> None:
    plan = Plan(target="dev", args=(("B", "3"),), environment=(("KEY", "other"),)).with_given(GIVEN)
    assert (plan.target, dict(plan.args), dict(plan.environment)) == ("dev", {"A": "1", "B": "3"}, {"KEY": "other"})


def test_values_are_not_told() -> None:
    words = given_words(GIVEN)
    assert words == (
        "as the service web in compose.yaml:3 says: target prod; build arguments A, B; variables KEY; its health check"
    )
