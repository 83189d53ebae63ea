"""What a pull request would change and say, worked out before a forge is asked for anything."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from dockerfix.bot.forge import FileChange, NewCommit, blob_id
from dockerfix.bot.local import CommittedFiles
from dockerfix.bot.marker import result_digest, with_trailer
from dockerfix.bot.places import Mistake
from dockerfix.errors import FileError
from dockerfix.frozen import frozen
from dockerfix.report.markdown import quiet
from dockerfix.report.model import Entry, FileReport, Report, Status
from dockerfix.report.unified import hunks
from dockerfix.text import encode

__all__ = [
    "Change",
    "Proposal",
    "Repairs",
    "Row",
    "Stage",
    "commits_of",
    "conventional_title",
    "fingerprint",
    "repairs_of",
]

_LONGEST_PATH = 4000  # bytes; git takes 4,096 with what stands before it
_TITLE = 72  # characters that forges and git show of a title
_CHANGED = re.compile(rb"^[-+].*$", re.MULTILINE)


@frozen
class Change:
    """A file that is changed; `before` is None where it is made."""

    path: str
    before: bytes | None
    after: bytes


@frozen
class Repairs:
    """The repairs of one commit of a repository, with every path relative to the repository's root.

    Attributes:
        reports: of the Dockerfiles, by their path.
        changes: by path.
        failures: what could not be worked on, a sentence each.
    """

    reports: Mapping[str, FileReport]
    changes: Mapping[str, Change]
    failures: tuple[str, ...] = ()

    def repaired(self) -> list[tuple[str, Entry]]:
        """The repairs that are made, each with its Dockerfile."""
        return [(path, entry) for path, report in self.reports.items() for entry in report.having(Status.REPAIRED)]


@frozen
class Stage:
    """Repairs that become one commit: its message, and all changes up to there from the commit they start at."""

    message: str
    changes: Mapping[str, Change]


@frozen
class Proposal:
    """A pull request as it should be.

    Attributes:
        body: without the bot's marker.
        commits: on top of the commit that the repairs were made from; without the bot's trailer.
        repairs: their fingerprint.
        result: the digest of what the commits make of their base.
        start: the digest of the same files as the base has them; "" where nobody knows.
        mistakes: what is repaired, by rule and lines.
    """

    title: str
    body: str
    commits: tuple[NewCommit, ...]
    repairs: str
    result: str
    start: str = ""
    mistakes: tuple[Mistake, ...] = ()

    def commits_on(self, parent: str) -> tuple[NewCommit, ...]:
        """The commits as they are made on top of one, so that the bot knows them again."""
        told = with_trailer([commit.message for commit in self.commits], parent, self.start, self.result)
        return tuple(NewCommit(message, one.changes) for message, one in zip(told, self.commits, strict=True))


def repairs_of(report: Report, folder: Path) -> Repairs:
    """The repairs of a checkout's Dockerfiles.

    A Dockerfile that is a symbolic link is changed where it really lies; one that lies outside of the checkout is not.

    Args:
        report: names files relative to the root of the checkout.
        folder: that root.
    """
    root = os.path.realpath(folder)
    reports: dict[str, FileReport] = {}
    changes: dict[str, Change] = {}
    failures = [failure.sentence for failure in report.failures]
    for file in report.files:
        try:
            path = _inside(root, file.place.path)
            own = _changes(root, path, file)
            for change in own:
                _check_name(change.path)
        except FileError as error:
            failures.append(str(error))
            continue
        reports[path] = file
        for change in own:  # a later report knows what earlier ones make of a shared file
            first = changes.get(change.path, change)
            changes[change.path] = Change(change.path, first.before, change.after)
    return Repairs(reports, {path: changes[path] for path in sorted(changes)}, tuple(failures))


@frozen
class Row:
    """Commits that follow each other, and the digests of the files that they change, before and after all of them."""

    commits: tuple[NewCommit, ...]
    start: str
    result: str


def commits_of(stages: Sequence[Stage], files: CommittedFiles) -> Row:
    """Commits that lead from one stage to the next.

    Args:
        files: of the commit that the repairs were made from.
    Raises:
        FileError: a file is not what that commit has, so that its change would undo somebody's work.
    """
    start = {path: change.before for stage in stages for path, change in stage.changes.items()}
    for path, content in start.items():
        files.check(path, content)
    messages: list[str] = []
    changes: list[tuple[FileChange, ...]] = []
    done = start
    for stage in stages:
        wanted = {path: stage.changes[path].after if path in stage.changes else start[path] for path in start}
        changed = tuple(FileChange(p, wanted[p], files.mode(p)) for p in sorted(wanted) if wanted[p] != done[p])
        if changed:
            messages.append(stage.message)
            changes.append(changed)
        done = wanted
    touched = [path for path in start if done[path] != start[path]]
    before = result_digest((path, _blob(start[path])) for path in touched)[:16]
    result = result_digest((path, _blob(done[path])) for path in touched)
    return Row(tuple(map(NewCommit, messages, changes)), before, result)


def conventional_title(kind: str, repaired: Sequence[tuple[str, Entry]]) -> str:
    """A title such as "fix(docker): use exec form, run as app, and 3 more repairs".

    Args:
        kind: what stands before the colon.
    """
    words = list(dict.fromkeys(quiet(_lower(entry.title or entry.name)) for _, entry in repaired))
    for count in range(len(words), 0, -1):
        rest = len(words) - count
        more = f", and {_count(rest, 'more repair')}" if rest else ""
        title = f"{kind}: {', '.join(words[:count])}{more}"
        if len(title) <= _TITLE:
            return title
    paths = len({path for path, _ in repaired})
    return f"{kind}: {_count(len(repaired), 'repair')} in {_count(paths, 'Dockerfile')}"


def fingerprint(changes: Mapping[str, Change]) -> str:
    """Tells one set of repairs from another by the lines that they take and give, wherever in a file these stand."""
    parts = []
    for path, change in sorted(changes.items()):
        lines = _CHANGED.findall(hunks(change.before or b"", change.after, context=0))
        parts.append(b"\n".join((encode(path), *lines)))
    return sha256(b"\n\n".join(parts)).hexdigest()[:16]


def _changes(root: str, path: str, file: FileReport) -> list[Change]:
    own = [Change(path, file.before, file.after)] if file.before != file.after else []
    return own + [Change(_inside(root, other.path), other.before, other.after) for other in file.named_files]


def _inside(root: str, path: str) -> str:
    """Where a path really lies below the root, posix.

    Raises:
        FileError: it lies elsewhere.
    """
    real = os.path.realpath(os.path.join(root, path))
    if not real.startswith(root + os.sep) or f"{os.sep}.git{os.sep}" in real[len(root) :]:
        raise FileError(f"{path}: lies outside of the checkout and is not changed")
    return Path(os.path.relpath(real, root)).as_posix()


def _check_name(path: str) -> None:
    """Raises FileError for a name that no forge can be told: this Dockerfile's repairs are left out, not all."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise FileError(f"{quiet(path)}: a name that is no UTF-8 cannot be sent to a forge") from None
    if size > _LONGEST_PATH:
        raise FileError(f"{quiet(path)}: a path of more than {_LONGEST_PATH} bytes cannot be sent to a forge")


def _blob(content: bytes | None) -> str | None:
    return None if content is None else blob_id(content)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _lower(title: str) -> str:
    """A title in the middle of a sentence."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title
