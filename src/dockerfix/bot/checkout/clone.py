"""One commit of a repository, fetched and written as plain files.

git only fetches and reads objects. The files are written here, byte for byte as the repository holds them: what
`git checkout` would do besides (filters, line ends, LFS, links, submodules) either runs programs or makes files that
differ from those a commit through a forge's API has to start from.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from dockerfix.bot.checkout.git import CheckoutError, Credentials, Git, Limits
from dockerfix.bot.checkout.tree import Entry, is_too_long, listed, make_folders, write_files, write_links
from dockerfix.frozen import frozen

__all__ = ["Checkout", "clone"]

_BRANCH_HERE = "fetched"
_BRANCH = re.compile(r"(?!-)(?!.*(?:\.\.|//|@\{))[^\x00-\x20~^:?*\[\\\x7f]+")


@frozen
class Checkout:
    """A commit's files in a folder.

    Attributes:
        folder: holds the files, and a `.git` whose HEAD is the commit; there is no index.
        head: the commit's id.
        left_out: why a file or link of the commit is not in the folder, by its path.
    """

    folder: Path
    head: str
    left_out: dict[str, str]


def clone(
    url: str,
    folder: Path,
    *,
    branch: str | None = None,
    credentials: Credentials | None = None,
    limits: Limits | None = None,
) -> Checkout:
    """Fetch the newest commit of a branch and write its files; nothing that lies in it is run or followed.

    Args:
        url: without credentials; https, http on this machine, or file.
        folder: made by this call, and left to the caller, also after an error.
        branch: without `refs/heads/`; None for what the server says is HEAD.
    Raises:
        CheckoutError: more than `limits` allow, names that could write elsewhere, an address that is not allowed.
        NotFoundError, ForbiddenError, TransientError: what the server said.
    """
    if branch is not None and _BRANCH.fullmatch(branch) is None:
        raise CheckoutError("not the name of a branch")
    bounds = limits or Limits()
    folder.mkdir(parents=True)
    with Git(folder, url, credentials, bounds) as git:
        git.run("init", "--quiet", "--template=", f"--initial-branch={_BRANCH_HERE}", ".")
        wanted = "HEAD" if branch is None else f"refs/heads/{branch}"
        git.run("fetch", "--quiet", "--no-tags", "--depth=1", "--no-write-fetch-head", "--update-head-ok",
                "--end-of-options", url, f"+{wanted}:refs/heads/{_BRANCH_HERE}")  # fmt: skip
        head = git.run("rev-parse", "--verify", "HEAD^{commit}").strip()
        entries = listed(git, head, bounds)
        left_out = _written(git, folder, entries, bounds)
    return Checkout(folder, head, left_out)


def _written(git: Git, folder: Path, entries: list[Entry], limits: Limits) -> dict[str, str]:
    left_out = {entry.path: f"larger than {limits.file} bytes" for entry in entries if entry.size > limits.file}
    left_out |= {entry.path: "a path too long or too deep" for entry in entries if is_too_long(entry.path)}
    entries = [entry for entry in entries if entry.path not in left_out]
    make_folders(folder, [entry.path for entry in entries if entry.is_submodule])
    blobs = [entry for entry in entries if not entry.is_submodule]
    with tempfile.TemporaryFile() as ids:
        ids.write(b"".join(entry.id.encode() + b"\n" for entry in blobs))
        ids.seek(0)
        with git.started(("cat-file", "--batch", "--buffer"), ids) as running:
            targets = write_files(folder, blobs, running.output)
    return {**left_out, **write_links(folder, targets)}
