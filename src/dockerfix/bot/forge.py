"""What the bot asks of a forge: one small protocol and the plain values that travel through it.

A forge object is one server and one token. Repositories are named by their path on it ("owner/name", on GitLab with any
number of groups), branches without "refs/heads/", commits by their full id. Every method raises errors of
`dockerfix.bot.forge_errors` and nothing else, and none of them tries again by itself except for reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from hashlib import sha1
from typing import Protocol

from dockerfix.frozen import frozen

__all__ = [
    "Author",
    "BranchName",
    "Comment",
    "Commit",
    "Comparison",
    "FileChange",
    "FileMode",
    "Forge",
    "NewCommit",
    "NewPullRequest",
    "NewReviewComment",
    "PullRequest",
    "Repository",
    "ReviewComment",
    "ReviewForge",
    "State",
    "TouchedFile",
    "blob_id",
]


class State(Enum):
    """Of a pull request."""

    OPEN = "open"
    CLOSED = "closed"  # without being merged
    MERGED = "merged"


class FileMode(Enum):
    """Of a file, as git writes it."""

    REGULAR = "100644"
    EXECUTABLE = "100755"


@frozen
class Repository:
    """What the forge says of a repository.

    Attributes:
        path: "owner/name", with the forge's own spelling.
        can_push: whether this token may push to it; None where the forge does not tell.
        parent: the path of the repository that this one is a fork of; None where it is none.
        is_empty: it has no commit; None where the forge does not tell.
        clone_url: https, without credentials.
        size: KiB, as the forge counts; None where it does not tell.
    """

    path: str
    default_branch: str
    clone_url: str
    can_push: bool | None = None
    is_archived: bool = False
    is_fork: bool = False
    is_empty: bool | None = None
    parent: str | None = None
    size: int | None = None


@frozen
class BranchName:
    """A branch and the repository it lies in: a fork's differs from the one that the pull request goes to."""

    repository: str
    branch: str


@frozen
class Author:
    """Whom git names for a commit; `login` is the forge's account where it knows one."""

    name: str
    email: str
    login: str | None = None


@frozen
class Commit:
    """A commit that is there. `message` is whole, trailers included.

    Attributes:
        is_by_forge: the forge itself stands as its committer, as it does for what was made through its interface.
    """

    id: str
    message: str
    author: Author
    committer: Author
    parents: tuple[str, ...] = ()
    is_by_forge: bool = False


@frozen
class Comparison:
    """What a branch adds to its base.

    Attributes:
        merge_base: where the branch left its base; equal to the base's head where the base has not moved since.
        commits: those of the branch that the base lacks, oldest first.
        blobs: path and git blob id of every file that differs between `merge_base` and the branch; None instead of the
            id for a file that the branch deletes.
        is_complete: False where the forge cut a list short.
    """

    merge_base: str
    commits: tuple[Commit, ...]
    blobs: tuple[tuple[str, str | None], ...]
    is_complete: bool = True


@frozen
class FileChange:
    """A file as a commit leaves it.

    Attributes:
        content: None deletes it.
        mode: as it will be; whoever makes the change knows the mode that the file had.
    """

    path: str
    content: bytes | None
    mode: FileMode = FileMode.REGULAR


@frozen
class NewCommit:
    """A commit to make: the message's first line is its title."""

    message: str
    changes: tuple[FileChange, ...]


@frozen
class PullRequest:
    """A pull or merge request that is there.

    Attributes:
        number: what people write behind # or !.
        base: the branch it goes to.
        head: None where the fork it came from is gone.
        head_id: the commit that the forge shows for it.
        author: the account that opened it.
        closed_by: the account that closed or merged it; None while it is open or where the forge does not tell.
    """

    number: int
    url: str
    state: State
    title: str
    body: str
    base: str
    head: BranchName | None
    head_id: str
    author: str
    is_draft: bool = False
    labels: tuple[str, ...] = ()
    closed_by: str | None = None


@frozen
class NewPullRequest:
    """A pull request to open. Labels, reviewers and assignees are set by calls of their own."""

    title: str
    body: str
    base: str
    head: BranchName
    is_draft: bool = False


@frozen
class Comment:
    """A comment below a pull request."""

    id: str
    author: str
    body: str


class Forge(Protocol):
    """One server and one token."""

    @property
    def name(self) -> str:
        """The kind of forge, as --forge names it."""

    @property
    def host(self) -> str:
        """The server, as people name it: "github.com"."""

    @property
    def body_limit(self) -> int:
        """How many characters the body of a pull request or a comment may have."""

    def account(self) -> str | None:
        """The login that this token acts as; None where the forge does not tell a token."""

    def is_own(self, author: Author) -> bool | None:
        """Whether a commit's author is the account that this token acts as; None where the forge does not tell."""

    def repository(self, path: str) -> Repository:
        """What the forge says of one repository.

        Raises:
            NotFoundError: there is none, or none that the token may see.
        """

    def repositories(self, owner: str) -> Iterator[Repository]:
        """Every repository of an organisation, group (with the groups below) or person that the token may see."""

    def branch_head(self, branch: BranchName) -> str | None:
        """The commit that a branch stands at; None where there is no such branch."""

    def compare(self, base: BranchName, head: BranchName) -> Comparison:
        """What `head`, perhaps of a fork, adds to `base`.

        Raises:
            NotFoundError: one of the two is not there.
        """

    def commit(self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None) -> str:
        """Make a branch stand at new commits on top of `parent`, whatever it stood at before.

        The commits are made through the forge's interface, signed where the forge does that. The branch never shows
        less than all of them, so that an open pull request of it stays open at every moment.

        Args:
            commits: at least one, in order.
            parent: the commit that they follow.
            expected: where the branch stands now; None where there is none yet.
        Returns:
            The id of the last one.
        Raises:
            StaleHeadError: the branch is not at `expected`; it is left as it was.
            NotFoundError: `parent` is not known to the repository.
        """

    def delete_branch(self, branch: BranchName, *, expected: str) -> None:
        """Delete a branch; nothing happens where it is gone.

        Raises:
            StaleHeadError: it is not at `expected`, as far as the forge lets us see; it is left as it was.
        """

    def tidy(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        """Delete what runs of this token that were ended in between left beside a branch; nothing else is touched.

        Args:
            base: what the commits were made for.
        Returns:
            What was deleted.
        """

    def fork(self, path: str) -> Repository:
        """The fork of a repository in the token's own account: the one that is there, else a new one that is ready."""

    def pull_requests(self, path: str, head: BranchName) -> tuple[PullRequest, ...]:
        """Those that came from a branch into the repository `path`, in any state, newest first."""

    def pull_request(self, path: str, number: int) -> PullRequest:
        """One of them.

        Raises:
            NotFoundError: there is none.
        """

    def create(self, path: str, new: NewPullRequest) -> PullRequest:
        """Open a pull request in the repository `path`.

        Raises:
            AlreadyExistsError: one from this branch is open.
            RefusedError: the branch adds nothing, or the forge wants none.
        """

    def update(
        self, path: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> PullRequest:
        """Change what is given of it."""

    def close(self, path: str, number: int) -> None:
        """Close it without merging; nothing happens where it is closed."""

    def comments(self, path: str, number: int) -> tuple[Comment, ...]:
        """The comments below it, oldest first; not those on lines."""

    def comment(self, path: str, number: int, body: str) -> None:
        """Write one more."""

    def add_labels(self, path: str, number: int, labels: Sequence[str]) -> None:
        """Put labels on it beside those it has; labels that the repository lacks are made where the forge allows it."""

    def request_reviewers(self, path: str, number: int, reviewers: Sequence[str]) -> None:
        """Ask people for a review; "org/team" asks a team where the forge knows teams.

        Raises:
            RefusedError: one of them may not be asked.
        """

    def assign(self, path: str, number: int, assignees: Sequence[str]) -> None:
        """Assign people to it beside those it has."""


@frozen
class TouchedFile:
    """A file that a pull request changes.

    Attributes:
        lines: 1-based lines of the new text that the forge shows in its diff, where a comment may stand; None where it
            does not tell.
        old_path: its path before the change; the same as `path` where it was not renamed, None where it is new.
    """

    path: str
    old_path: str | None
    is_deleted: bool
    lines: frozenset[int] | None


@frozen
class ReviewComment:
    """A comment that stands at lines of a pull request's diff.

    Attributes:
        id: of the comment, for editing.
        thread: of its conversation, for resolving; None where the forge has none.
        line: the 1-based last line it stands at in the new text; None where it is outdated.
        start_line: the first line; the same as `line` for a comment on one line.
        is_mine: this token wrote it; None where the forge does not tell.
    """

    id: str
    thread: str | None
    author: str
    path: str
    line: int | None
    start_line: int | None
    body: str
    is_resolved: bool = False
    is_mine: bool | None = None


@frozen
class NewReviewComment:
    """A comment to write at 1-based lines of the new text, both included; `body` is the forge's Markdown."""

    path: str
    start_line: int
    line: int
    body: str


class ReviewForge(Protocol):
    """What review mode asks beside `repository`, `pull_request` and `comment`; a forge object has both protocols."""

    def suggestion(self, lines: str, *, above: int, below: int) -> str:
        """Markdown for a change that is applied with one click.

        Args:
            lines: the new text of the lines that the comment stands at, without the last newline; "" deletes them.
            above, below: how many lines above and below the comment's last line are replaced with it.
        """

    def touched_files(self, path: str, number: int) -> tuple[TouchedFile, ...]:
        """The files that a pull request changes."""

    def file(self, path: str, commit: str, file: str) -> bytes | None:
        """A file of a commit; None where it is not there, no regular file, or larger than 1 MiB."""

    def review_comments(self, path: str, number: int) -> tuple[ReviewComment, ...]:
        """The comments at lines, oldest first."""

    def add_review(self, path: str, number: int, commit: str, comments: Sequence[NewReviewComment]) -> None:
        """Write comments at lines of the pull request as it stands at `commit`."""

    def edit_review_comment(self, path: str, number: int, comment: ReviewComment, body: str) -> None:
        """Give a comment a new text."""

    def resolve(self, path: str, number: int, comment: ReviewComment) -> None:
        """Mark the conversation of a comment as resolved; where the forge has no such thing, nothing happens."""


def blob_id(content: bytes) -> str:
    """The id that git gives to this content (SHA-1 repositories)."""
    return sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
