"""What the bot remembers, and where: in the pull request's body and in the messages of its commits.

Nothing else is kept between runs, so any machine can take the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256

from dockerfix.bot.forge import Comparison
from dockerfix.frozen import frozen

__all__ = ["TRAILER", "Marker", "is_ours", "result_digest", "text_digest", "without_marker"]

TRAILER = "Dockerfix-Result"
_TRAILER = re.compile(rf"^{TRAILER}: ([0-9a-f]{{64}})$", re.MULTILINE)
_MEASURED = re.compile(r"\d[\d.,]*\s?(?:ms|s|B|[kKMG]i?B|%)(?!\w)")
_MARKER = re.compile(r"<!-- dockerfix (\{[^<>]*\}) -->")


@frozen
class Marker:
    """The comment at the end of a body that nobody sees.

    Attributes:
        repairs: tells one set of repairs from another.
        text: of the body as the bot wrote it, so that a person's changes to it are noticed and stay.
        title: the same of the title.
        is_unfinished: labels, reviewers and assignees are still to be set.
        is_needless: the bot closed it, or is about to, because nothing was left to repair.
    """

    repairs: str
    text: str
    title: str
    is_unfinished: bool = False
    is_needless: bool = False

    def below(self, body: str) -> str:
        """The body with this marker at its end."""
        values: dict[str, object] = {"repairs": self.repairs, "text": self.text, "title": self.title}
        values |= {"unfinished": True} if self.is_unfinished else {}
        values |= {"needless": True} if self.is_needless else {}
        return f"{body}\n\n<!-- dockerfix {json.dumps(values)} -->\n"

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
        return cls(repairs, text, title, bool(values.get("unfinished")), bool(values.get("needless")))


def without_marker(body: str) -> str:
    """A body as people see it."""
    return _MARKER.sub("", body).rstrip()


def text_digest(text: str) -> str:
    """Tells one text from another.

    Forges change line ends and blanks around a text. Sizes and times do not count: that of a build context has the
    checkout's own `.git` in it, and what is measured differs each time.
    """
    lines = (_MEASURED.sub("…", line.rstrip()) for line in text.strip().splitlines())
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def result_digest(blobs: Iterable[tuple[str, str | None]]) -> str:
    """Tells what a branch makes of its base: the blobs of the files that differ, None for one that it deletes."""
    lines = sorted(f"{blob or '-'} {path}" for path, blob in blobs)
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def is_ours(added: Comparison) -> bool:
    """Whether a branch holds nothing but what the bot put there.

    Every commit has to carry the bot's trailer, and the last trailer has to describe what the branch makes of its base:
    a changed, added or squashed commit of a person shows in one or the other. A merge of the base into the branch is
    nobody's work while it changes nothing else.
    """
    if not added.commits:
        return True
    if not added.is_complete:
        return False
    trailers = [_TRAILER.findall(commit.message) for commit in added.commits if len(commit.parents) < 2]
    if not trailers or not all(trailers):
        return False
    return bool(trailers[-1][-1] == result_digest(added.blobs))
