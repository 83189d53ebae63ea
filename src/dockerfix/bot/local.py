"""The git repository at hand: what its commits hold, and branches made in it without touching files or index.

Nothing of the repository is run: plumbing commands read and write objects, with hooks, filters, file system monitors
and the configuration of this machine off.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dockerfix.bot.forge import Author, Commit, Comparison, FileMode, NewCommit, blob_id
from dockerfix.bot.forge_errors import StaleHeadError
from dockerfix.errors import FileError
from dockerfix.report.markdown import plain

__all__ = ["CommittedFiles", "LocalRepository"]

_SECONDS = 60.0  # that one git command may take
_NONE = "0" * 40
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "protocol.allow": "never",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "safe.directory": "*",  # a job's container often runs as another user than the one who owns the checkout
}


class LocalRepository:
    """A checkout.

    Raises:
        FileError: the folder is no root of a git repository with a commit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / ".git").exists():
            raise FileError(f"{folder}: not the root of a git checkout")

    def head(self) -> str:
        """The commit that is checked out."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except FileError:
            raise FileError(f"{self.folder}: the checkout has no commit") from None

    def branch_head(self, branch: str) -> str | None:
        """Where a branch stands; None where it is not there."""
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found or None

    def current_branch(self) -> str | None:
        """The branch that is checked out; None for a commit that is by itself."""
        name = self.git("rev-parse", "--abbrev-ref", "HEAD")
        return None if name == "HEAD" else name

    def compare(self, base: str, head: str) -> Comparison:
        """What a commit adds to another one that is here."""
        merge_base = self.git("merge-base", base, head)
        commits = tuple(self._commit(id) for id in self.git("rev-list", "--reverse", f"{base}..{head}").split())
        raw = self.git("diff-tree", "-r", "-z", "--no-renames", merge_base, head).split("\0")[:-1]
        blobs = {
            path: None if meta.endswith("D") else meta.split()[3]
            for meta, path in zip(raw[::2], raw[1::2], strict=True)
        }
        return Comparison(merge_base, commits, tuple(sorted(blobs.items())))

    def commit(
        self, branch: str, commits: Sequence[NewCommit], author: Author, *, parent: str, expected: str | None
    ) -> str:
        """Make a branch stand at new commits on top of `parent`; the files and the index stay as they are.

        Raises:
            StaleHeadError: the branch is not at `expected`.
            FileError: git says no.
        """
        if branch == self.current_branch():
            raise FileError(f"the branch {branch} is checked out; switch to another one first")
        head = parent
        for commit in commits:
            head = self._store(commit, author, head)
        try:
            self.git("update-ref", "-m", "dockerfix", f"refs/heads/{branch}", head, expected or _NONE)
        except FileError as error:
            if self.branch_head(branch) != expected:
                raise StaleHeadError(f"{branch} is not where it was") from error
            raise
        return head

    def author(self) -> Author:
        """Whom git would name for a commit made by hand here; dockerfix where it knows nobody."""
        found = subprocess.run(
            ["git", "-C", str(self.folder), "var", "GIT_AUTHOR_IDENT"],
            capture_output=True, check=False, timeout=_SECONDS, text=True, errors="replace",
        )  # fmt: skip
        name, _, rest = found.stdout.partition(" <")
        return (
            Author(name, rest.partition(">")[0]) if found.returncode == 0 and rest else Author("dockerfix", "dockerfix")
        )

    def git(self, *words: str, stdin: bytes | None = None, environment: Mapping[str, str] | None = None) -> str:
        """What a git command prints, without the last line end.

        Raises:
            FileError: it fails, or takes too long.
        """
        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), *words],
                input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                capture_output=True, check=True, timeout=_SECONDS, env={**_environment(), **(environment or {})},
            )  # fmt: skip
        except FileNotFoundError:
            raise FileError("git is not installed") from None
        except subprocess.TimeoutExpired:
            raise FileError(f"git {words[0]} took longer than {_SECONDS:.0f} seconds") from None
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip().splitlines()
            raise FileError(f"git {words[0]}: {said[-1] if said else f'exit code {error.returncode}'}") from None
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def _store(self, commit: NewCommit, author: Author, parent: str) -> str:
        lines = []
        for change in commit.changes:
            if change.content is None:
                lines.append(f"0 {_NONE}\t{change.path}\0")
            else:
                blob = self.git("hash-object", "-w", "--no-filters", "--stdin", stdin=change.content)
                lines.append(f"{change.mode.value} {blob}\t{change.path}\0")
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": os.path.join(scratch, "index")}
            self.git("read-tree", parent, environment=index)
            self.git("update-index", "--add", "-z", "--index-info", stdin="".join(lines).encode(), environment=index)
            tree = self.git("write-tree", environment=index)
        names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                 for what, value in (("NAME", author.name), ("EMAIL", author.email))}  # fmt: skip
        return self.git("commit-tree", tree, "-p", parent, stdin=commit.message.encode(), environment=names)

    def _commit(self, id: str) -> Commit:
        parts = self.git("show", "-s", "--no-show-signature", "--format=%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B", id)
        parents, name, email, committer, committer_email, message = parts.split("\0", 5)
        return Commit(id, message, Author(name, email), Author(committer, committer_email), tuple(parents.split()))


class CommittedFiles:
    """The files of one commit of a repository at hand."""

    def __init__(self, repository: LocalRepository, commit: str) -> None:
        self._repository, self._commit = repository, commit
        self._entries: dict[str, tuple[str, str] | None] = {}

    def check(self, path: str, content: bytes | None) -> None:
        """Nothing, where the commit has just this content at a path.

        Raises:
            FileError: it has another one, or one that no forge can be told.
        """
        try:
            path.encode()
        except UnicodeEncodeError:
            raise FileError(f"{plain(path)}: a name that is no UTF-8 cannot be sent to a forge") from None
        entry = self._entry(path)
        if content is None and entry is None:
            return
        if content is None or entry is None or entry[1] != blob_id(content):
            raise FileError(f"{path} is not what the commit {self._commit[:12]} has; commit your changes first")
        if entry[0] not in (FileMode.REGULAR.value, FileMode.EXECUTABLE.value):
            raise FileError(f"{path} is no regular file")

    def mode(self, path: str) -> FileMode:
        """The mode of a file; regular for one that is not there."""
        entry = self._entry(path)
        return FileMode.REGULAR if entry is None else FileMode(entry[0])

    def _entry(self, path: str) -> tuple[str, str] | None:
        """Mode and blob id."""
        if path not in self._entries:
            said = self._repository.git("ls-tree", "-z", "--full-tree", self._commit, "--", path)
            words = said.split("\t")[0].split()
            self._entries[path] = (words[0], words[2]) if words else None
        return self._entries[path]


def _environment() -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for number, (key, value) in enumerate(_SETTINGS.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **settings,
    }
