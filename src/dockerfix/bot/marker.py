"""What the bot remembers, and where: in its part of a pull request's body and in the messages of its commits.

Nothing else is kept between runs, so any machine can take the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from dockerfix.bot.forge import Author, Commit, Comparison
from dockerfix.frozen import frozen

__all__ = [
    "TRAILER",
    "Marker",
    "fitting",
    "is_ours",
    "is_unfinished_work",
    "parted",
    "result_digest",
    "started_from",
    "text_digest",
    "with_trailer",
]

TRAILER = "Dockerfix-Result"
# Earlier releases wrote no second half: their trailer tells of the files alone.
_TRAILER = re.compile(rf"^{TRAILER}: ([0-9a-f]{{64}})(?:-([0-9a-f]{{16}}))?[ \t\r]*$", re.MULTILINE)
_UNKNOWN = "0" * 16
_MEASURED = re.compile(r"\d[\d.,]*\s?(?:ms|s|B|[kKMG]i?B|%)(?!\w)")
_COMMIT = re.compile(r"(?<![\w:])[0-9a-f]{12}(?!\w)")  # as the body names the base
_MARKER = re.compile(r"<!-- dockerfix (\{[^<>]*\}) -->")
_BEGIN, _END = "<!-- dockerfix:begin -->", "<!-- dockerfix:end -->"
_NO_ROOM = "What is repaired, and why, stands in the messages of the commits: there is no room for it here."
_FIRST_HEADING = "### Why this"  # how the text begins in bodies of releases that marked no part as theirs


@frozen
class Marker:
    """The comment at the end of the bot's part of a body, which nobody sees.

    Attributes:
        repairs: tells one set of repairs from another.
        text: of the bot's part as the bot wrote it, so that a person's changes to it are noticed and stay.
        title: the same of the title.
        places: the rules and lines that it is about; none in bodies of earlier releases.
        is_unfinished: labels, reviewers and assignees are still to be set.
        is_needless: the bot closed it, or is about to, because nothing was left to repair.
    """

    repairs: str
    text: str
    title: str
    is_unfinished: bool = False
    is_needless: bool = False
    places: tuple[str, ...] = ()

    def around(self, text: str, within: str = "") -> str:
        """The body of a pull request with a text as the bot's part, and everything else as it is.

        Args:
            within: the body as it stands; the bot's part of it gives way.
        """
        values: dict[str, object] = {"repairs": self.repairs, "text": self.text, "title": self.title}
        values |= {"places": ",".join(self.places)} if self.places else {}
        values |= {"unfinished": True} if self.is_unfinished else {}
        values |= {"needless": True} if self.is_needless else {}
        before, _, after = parted(within)
        own = f"{_BEGIN}\n{text}\n\n<!-- dockerfix {json.dumps(values)} -->\n{_END}\n"
        above, below = before.rstrip(), after.strip()
        return "\n\n".join(part for part in (above, own if not below else own.rstrip(), below) if part)

    @classmethod
    def of(cls, body: str) -> Marker | None:
        """The last marker of a body; None where there is none that can be read."""
        found = _MARKER.findall(body)
        try:
            values = json.loads(found[-1]) if found else None
        except ValueError:
            return None
        if not isinstance(values, dict):
            return None
        repairs, text, title = (str(values.get(key, "")) for key in ("repairs", "text", "title"))
        places = tuple(filter(None, str(values.get("places", "")).split(",")))
        return cls(repairs, text, title, bool(values.get("unfinished")), bool(values.get("needless")), places)


def parted(body: str) -> tuple[str, str, str]:
    """What a person wrote above, the text of the bot, what a person wrote below; without a marker all is a person's."""
    markers = list(_MARKER.finditer(body))
    if not markers:
        return body, "", ""
    last = markers[-1]
    end = body.find(_END, last.end())
    after = body[end + len(_END) :] if end >= 0 else body[last.end() :]
    begin = body.rfind(_BEGIN, 0, last.start())
    if begin >= 0:
        return body[:begin], body[begin + len(_BEGIN) : last.start()].strip(), after
    begin = _where_it_began(body[: last.start()], body)
    return body[:begin], body[begin : last.start()].strip(), after


def fitting(body: str, limit: int) -> str | None:
    """A body that a forge takes: where people wrote much, the bot says less; None where there is no room at all."""
    marker = Marker.of(body)
    if len(body) <= limit or marker is None:
        return body
    shorter = marker.around(_NO_ROOM, within=body)
    return shorter if len(shorter) <= limit else None


def _where_it_began(above: str, body: str) -> int:
    """Where the bot's text begins in a body of an earlier release; at the marker, where a person made it unknowable."""
    marker = Marker.of(body)
    if marker is not None and marker.text == text_digest(above):
        return 0
    found = above.find(_FIRST_HEADING)
    return found if found >= 0 else len(above)


def text_digest(text: str) -> str:
    """Tells one text from another.

    Forges change line ends and blanks around a text. Sizes and times do not count: that of a build context has the
    checkout's own `.git` in it, and what is measured differs each time. Nor does the commit that the repairs start
    from: it moves every day, and says nothing that a reader of the last text would miss.
    """
    lines = (_COMMIT.sub("…", _MEASURED.sub("…", line.rstrip())) for line in text.strip().splitlines())
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def result_digest(blobs: Iterable[tuple[str, str | None]]) -> str:
    """Tells what a branch makes of its base: the blobs of the files that differ, None for one that it deletes."""
    lines = sorted(f"{blob or '-'} {path}" for path, blob in blobs)
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def with_trailer(messages: Sequence[str], parent: str, start: str, result: str) -> list[str]:
    """The messages of a row of commits, each with a trailer that fits just this row.

    Args:
        parent: the commit that the first one follows.
        start: the digest of the files that they change, as `parent` has them: 16 digits, or "" for unknown.
        result: the digest of the same files as the last commit leaves them.
    """
    start = start or _UNKNOWN
    digest = _row_digest(messages, parent, start, result)
    return [f"{message.rstrip()}\n\n{TRAILER}: {digest}-{start}\n" for message in messages]


def started_from(added: Comparison) -> str | None:
    """The digest of the files that the bot's branch changes, as they were before; None where no trailer tells."""
    found = [_TRAILER.findall(commit.message) for commit in _own(added)]
    return found[-1][-1][1] or None if found and found[-1] else None


def is_ours(added: Comparison, is_bot: Callable[[Author], bool | None] = lambda _: None) -> bool:
    """Whether a branch holds the bot's commits, just as the bot made them, and nothing else.

    The trailer of each commit has to fit all their messages, the commit that they follow and what the branch makes of
    its base: whatever a person pushes, amends, rebases or squashes shows in one of them. One who only signs the commits
    anew shows as author, or as a committer who is neither the author nor the forge. A merge of the base into the branch
    is nobody's work while it changes nothing else.

    Args:
        is_bot: whether an author is the account that the bot works with; None where the forge does not tell.
    """
    own = _own(added)
    if not own or not added.is_complete or not _has_one_hand(own, is_bot):
        return False
    trailers = [found[-1] if found else None for found in (_TRAILER.findall(commit.message) for commit in own)]
    if None in trailers or trailers[-1] is None:
        return False
    digest, start = trailers[-1]
    result = result_digest(added.blobs)
    if not start:
        return bool(digest == result)
    parent = own[0].parents[0] if own[0].parents else ""
    fits = _row_digest([commit.message for commit in own], parent, start, result)
    return all(trailer == (fits, start) for trailer in trailers)


def is_unfinished_work(added: Comparison, is_bot: Callable[[Author], bool | None]) -> bool:
    """Whether each commit of a branch that was being made, if it has any, has a trailer of the bot's."""
    own = _own(added)
    if not added.commits:
        return True
    return bool(own) and added.is_complete and all(map(_has_trailer, own)) and _has_one_hand(own, is_bot)


def _has_trailer(commit: Commit) -> bool:
    return _TRAILER.search(commit.message) is not None


def _own(added: Comparison) -> list[Commit]:
    return [commit for commit in added.commits if len(commit.parents) < 2]


def _has_one_hand(commits: Sequence[Commit], is_bot: Callable[[Author], bool | None]) -> bool:
    first = commits[0].author
    same = all(_is_same(commit.author, first) for commit in commits)
    untouched = all(commit.is_by_forge or _is_same(commit.committer, commit.author) for commit in commits)
    return same and untouched and is_bot(first) is not False


def _is_same(one: Author, other: Author) -> bool:
    return (one.name, one.email) == (other.name, other.email)


def _row_digest(messages: Sequence[str], parent: str, start: str, result: str) -> str:
    told = json.dumps([[_said(message) for message in messages], parent, start, result])
    return sha256(told.encode()).hexdigest()


def _said(message: str) -> str:
    """A message without the trailer, and without what forges make of line ends and blanks."""
    lines = (line.rstrip() for line in _TRAILER.sub("", message).strip().splitlines())
    return "\n".join(lines).strip()
