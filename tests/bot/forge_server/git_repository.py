"""A real bare repository, moved with git's own plumbing."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommitFacts", "GitRepository", "StaleRefError"]

_ZERO = "0" * 40
_PERSON = ("A Person", "person@example.org")
_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowAnySHA1InWant = true
"""
_ASKING = {"cat-file", "diff", "diff-tree", "ls-tree", "merge-base", "rev-list", "rev-parse", "show"}
_NAMED_BY_ID = re.compile(r"[0-9a-f]{40}(\.\.[0-9a-f]{40})?(:.*)?", re.DOTALL)


class StaleRefError(Exception):
    """A branch is not where it was expected."""


@dataclass(frozen=True)
class CommitFacts:
    """A commit as git shows it."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str]
    committer: tuple[str, str]
    message: str


class GitRepository:
    """A bare repository in a folder of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._facts: dict[str, CommitFacts] = {}
        self._answers: dict[tuple[str, ...], bytes] = {}
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(path.parent),
            "GIT_DIR": str(path),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    @classmethod
    def create(cls, path: Path, *, branch: str = "main") -> GitRepository:
        """A new one, without commits."""
        for folder in ("objects/info", "refs/heads"):  # as `git init --bare` does, without a process
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (path / "config").write_text(_CONFIG)
        return cls(path)

    def git(self, *words: str, stdin: bytes | None = None, **environment: str) -> str:
        """What a git command prints."""
        return self._said(words, stdin, environment).decode("utf-8", "surrogateescape").removesuffix("\n")

    def _said(self, words: tuple[str, ...], stdin: bytes | None, environment: Mapping[str, str]) -> bytes:
        """What git prints; it is asked once about what is named by ids, which stays as it is."""
        if words in self._answers:
            return self._answers[words]
        env = {**self._environment, **environment}
        said = subprocess.run(["git", *words], input=stdin, capture_output=True, check=True, env=env).stdout
        if _stays(words):
            self._answers[words] = said
        return said

    def head(self, branch: str) -> str | None:
        """The commit of a branch."""
        loose = self.path / "refs" / "heads" / branch  # read as git reads it: most calls of git were for this
        if loose.is_file() and (commit := loose.read_text().strip()):
            return commit
        if not (self.path / "packed-refs").exists():
            return None
        try:
            return self.git("rev-parse", "--verify", "-q", f"refs/heads/{branch}^{{commit}}")
        except subprocess.CalledProcessError:
            return None

    def branches(self) -> list[tuple[str, str]]:
        """Each branch with its commit, by name."""
        told = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return [(name, commit) for name, commit in map(str.split, told.splitlines())]

    def has(self, commit: str) -> bool:
        """Whether an object is a commit that is there."""
        try:
            return self.git("cat-file", "-t", commit) == "commit"
        except subprocess.CalledProcessError:
            return False

    def move(self, *moves: tuple[str, str | None, str | None]) -> None:
        """Move branches together: name, where it is expected, where it goes; None for "not there".

        Raises:
            StaleRefError: one is elsewhere; none was moved.
        """
        lines = ["start"]
        lines += [f"update refs/heads/{name} {new or _ZERO} {old or _ZERO}" for name, old, new in moves]
        text = "\n".join([*lines, "prepare", "commit", ""])
        try:
            self.git("update-ref", "--stdin", stdin=text.encode())
        except subprocess.CalledProcessError as error:
            raise StaleRefError(error.stderr.decode()) from error

    def tree(self, base: str | None, entries: Mapping[str, tuple[str, str] | None]) -> str:
        """A tree: another one with files changed, each as (mode, blob) or None for one that is deleted."""
        index = self.path / f"index-{os.urandom(6).hex()}"
        try:
            self.git("read-tree", *([base] if base else ["--empty"]), GIT_INDEX_FILE=str(index))
            lines = "".join(
                f"0 {_ZERO}\t{path}\n" if entry is None else f"{entry[0]} {entry[1]}\t{path}\n"
                for path, entry in entries.items()
            )
            self.git("update-index", "--add", "--index-info", stdin=lines.encode(), GIT_INDEX_FILE=str(index))
            return self.git("write-tree", GIT_INDEX_FILE=str(index))
        finally:
            index.unlink(missing_ok=True)

    def blob(self, content: bytes) -> str:
        """Store a file."""
        data = b"blob %d\0" % len(content) + content
        name = hashlib.sha1(data).hexdigest()
        place = self.path / "objects" / name[:2] / name[2:]
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            fresh = place.with_suffix(f".{os.urandom(6).hex()}")
            fresh.write_bytes(zlib.compress(data))
            fresh.replace(place)
        return name

    def make_commit(
        self,
        tree: str,
        parents: tuple[str, ...],
        message: str,
        author: tuple[str, str] = _PERSON,
        committer: tuple[str, str] | None = None,
    ) -> str:
        """Store a commit."""
        who = committer or author
        return self.git(
            "commit-tree",
            tree,
            *(word for parent in parents for word in ("-p", parent)),
            stdin=message.encode(),
            GIT_AUTHOR_NAME=author[0],
            GIT_AUTHOR_EMAIL=author[1],
            GIT_COMMITTER_NAME=who[0],
            GIT_COMMITTER_EMAIL=who[1],
        )

    def push(
        self,
        files: Mapping[str, str | bytes | None],
        *,
        branch: str = "main",
        message: str = "Change files",
        author: tuple[str, str] = _PERSON,
        executable: tuple[str, ...] = (),
    ) -> str:
        """What a person's push of one commit does; None deletes a file."""
        parent = self.head(branch)
        entries = {
            path: None
            if content is None
            else (
                "100755" if path in executable else "100644",
                self.blob(content if isinstance(content, bytes) else content.encode()),
            )
            for path, content in files.items()
        }
        base = self.facts(parent).tree if parent else None
        made = self.make_commit(self.tree(base, entries), (parent,) if parent else (), message, author)
        self.move((branch, parent, made))
        return made

    def facts(self, commit: str) -> CommitFacts:
        """What a commit is; one that is named by its id stays what it is."""
        if commit not in self._facts:
            found = self._read_facts(commit)
            self._facts[found.id] = found
            return found
        return self._facts[commit]

    def _read_facts(self, commit: str) -> CommitFacts:
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B"
        parts = self.git("show", "-s", f"--format={form}", commit).split("\0")
        return CommitFacts(
            parts[0],
            parts[1],
            tuple(parts[2].split()),
            (parts[3], parts[4]),
            (parts[5], parts[6]),
            parts[7].rstrip("\n"),
        )

    def commits(self, base: str, head: str) -> list[str]:
        """Those of `head` that `base` lacks, oldest first."""
        return self.git("rev-list", "--reverse", "--topo-order", f"{base}..{head}").split()

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits part."""
        return self.git("merge-base", one, other)

    def changes(self, base: str, head: str) -> list[tuple[str, str, str, str]]:
        """Of each file that differs: status letter, path, new mode, new blob."""
        out = self.git("diff-tree", "-r", "-z", "--no-renames", base, head)
        fields = out.split("\0")[:-1]
        found = []
        for meta, path in zip(fields[::2], fields[1::2], strict=True):
            _, new_mode, _, blob, letter = meta.removeprefix(":").split()
            found.append((letter, path, new_mode, blob))
        return found

    def patch(self, base: str, head: str, path: str) -> str:
        """The hunks of one file's diff."""
        out = self.git("diff", "--no-color", "--no-ext-diff", "--no-renames", base, head, "--", path)
        return out[out.index("@@") :] if "@@" in out else ""

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a commit or branch."""
        try:
            return self._said(("cat-file", "blob", f"{commit}:{path}"), None, {})
        except subprocess.CalledProcessError:
            return None

    def mode(self, commit: str, path: str) -> str | None:
        """The mode of a file of a commit or branch."""
        line = self.git("ls-tree", commit, "--", path)
        return line.split()[0] if line else None


def _stays(words: tuple[str, ...]) -> bool:
    """Whether a command asks only about objects that are named by their ids."""
    command, *others = words[: words.index("--")] if "--" in words else words
    named = [word for word in others if not word.startswith("-") and word != "blob"]
    return command in _ASKING and bool(named) and all(map(_NAMED_BY_ID.fullmatch, named))
