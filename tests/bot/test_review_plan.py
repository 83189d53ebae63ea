"""Which comments review mode writes, updates and resolves, given what stands there."""

from __future__ import annotations

from dockerfix.bot.forge import NewReviewComment, ReviewComment
from dockerfix.bot.review import Edit, Review, plan
from dockerfix.bot.review_comments import WantedComment, settled_body


def body(key: str, text: str = "mistake") -> str:
    return f'{text}\n\n<!-- dockerfix-review {{"key": "{key}"}} -->'


def wanted(key: str, line: int = 3, text: str = "mistake") -> WantedComment:
    return WantedComment(key, NewReviewComment("Dockerfile", line, line, body(key, text)))


def there(key: str, line: int | None = 3, **facts: object) -> ReviewComment:
    values: dict[str, object] = {
        "id": "7", "thread": "t", "author": "bot", "path": "Dockerfile", "line": line, "start_line": line,
        "body": body(key), "is_mine": True, **facts,
    }  # fmt: skip
    return ReviewComment(**values)  # type: ignore[arg-type]


def test_new_comments_are_written_as_one_review() -> None:
    (step,) = plan([wanted("a"), wanted("b", 5)], [], limit=20)
    assert isinstance(step, Review)
    assert [comment.line for comment in step.comments] == [3, 5]


def test_a_comment_that_stands_there_is_left_alone() -> None:
    assert plan([wanted("a")], [there("a")], limit=20) == ()


def test_line_ends_that_a_forge_changed_are_no_difference() -> None:
    assert plan([wanted("a")], [there("a", body=body("a").replace("\n", "\r\n") + "\r\n")], limit=20) == ()


def test_another_text_is_put_in_place() -> None:
    comment = there("a")
    assert plan([wanted("a", text="better")], [comment], limit=20) == (Edit(comment, body("a", "better")),)


def test_a_mistake_that_is_gone_is_resolved() -> None:
    comment = there("a")
    expected = Edit(comment, settled_body(comment.body, "Repaired."), resolves=True)
    assert plan([], [comment], limit=20) == (expected,)
    assert expected.body.startswith("~~mistake~~\n\nRepaired.")


def test_an_outdated_comment_gives_way_to_a_new_one() -> None:
    review, edit = plan([wanted("a")], [there("a", None)], limit=20)
    assert isinstance(review, Review)
    assert isinstance(edit, Edit)
    assert (edit.resolves, "newer comment" in edit.body) == (True, True)


def test_where_a_forge_has_no_conversations_a_comment_stays_when_its_lines_move() -> None:
    assert plan([wanted("a", 9)], [there("a", 3, thread=None)], limit=20) == ()


def test_what_a_person_resolved_is_not_told_again() -> None:
    assert plan([wanted("a")], [there("a", is_resolved=True)], limit=20) == ()


def test_a_mistake_that_comes_back_after_its_repair_is_told_again() -> None:
    gone = there("a", is_resolved=True, body=settled_body(body("a"), "Repaired."))
    (step,) = plan([wanted("a")], [gone], limit=20)
    assert isinstance(step, Review)


def test_a_repaired_comment_that_a_killed_run_left_open_is_resolved() -> None:
    comment = there("a", body=settled_body(body("a"), "Repaired."))
    assert plan([], [comment], limit=20) == (Edit(comment, comment.body, resolves=True),)


def test_the_second_of_two_equal_comments_is_resolved() -> None:
    first, second = there("a"), there("a", id="8")
    (step,) = plan([wanted("a")], [first, second], limit=20)
    assert isinstance(step, Edit)
    assert (step.comment, step.resolves) == (second, True)


def test_comments_of_others_are_left_alone_even_with_our_marker() -> None:
    (step,) = plan([wanted("a")], [there("a", is_mine=False), there("", body="looks good")], limit=20)
    assert isinstance(step, Review)


def test_no_more_comments_than_the_limit_stand_there() -> None:
    (step,) = plan([wanted("a"), wanted("b", 4), wanted("c", 5)], [there("a")], limit=2)
    assert isinstance(step, Review)
    assert [comment.line for comment in step.comments] == [4]
