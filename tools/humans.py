"""Compares our repairs with those that people made: finds their commits, and repairs what stood there before.

    python tools/humans.py find REPO… [--most N]
    python tools/humans.py show COMMITS REPO… [--pages DIR]

Each REPO is the bare repository of a `owner+name` folder (`…/owner+name/repo`). `find` prints a line for each commit
in which a person made one of the six repairs: `owner/name commit path rules`. `show` reads such lines and puts theirs
beside ours: the Dockerfile of the commit's parent is repaired in the build context of that day, and printed with what
became of each finding. Nothing of a repository is run: its files are written to a temporary folder, from the objects,
without filters, attributes or hooks.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from projects import Project

from dockerfix.errors import DockerfixError
from dockerfix.image.model import image
from dockerfix.project.context.discovery import is_dockerfile_name
from dockerfix.report.model import Place, Status, file_report
from dockerfix.report.unified import unified_diff as unified
from dockerfix.rule import BuildContext
from dockerfix.syntax import Cmd, Copy, Dockerfile, Run, User, check, parse

_ALIKE = 0.35  # of the lines; below it the file was written anew
_LARGE = 4 * 1024 * 1024  # bytes of a file that no context needs
_INSTALL = re.compile(
    r"\b(?:pip3?|uv pip|poetry|pipenv|pdm|uv|npm|yarn|pnpm|bun)\s+(?:[-\w=]+\s+)*?(?:install|sync|ci)\b"
    r"|\byarn\s*(?:$|&&|--)|\bgo mod download|\bbundle install|\bcomposer install|\bcargo (?:fetch|build)"
    r"|\bdotnet restore|\bmvn\b.*\bdependency:"
)
_PIP = re.compile(r"\bpip3? install\b")


def main() -> int:
    """Does what the first word says."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = options.add_subparsers(required=True)
    find = commands.add_parser("find")
    find.add_argument("repositories", type=Path, nargs="+", metavar="REPO")
    find.add_argument("--most", type=int, default=4, metavar="N", help="commits of one repository and one set of rules")
    find.set_defaults(run=_find)
    show = commands.add_parser("show")
    show.add_argument("commits", type=Path, metavar="COMMITS")
    show.add_argument("repositories", type=Path, nargs="+", metavar="REPO")
    show.add_argument("--pages", type=Path, metavar="DIR", help="a file per pair instead of standard output")
    show.set_defaults(run=_show)
    given = options.parse_args()
    given.run(given)
    return 0


@dataclass(frozen=True, slots=True)
class Repository:
    """A bare repository of which only objects are read."""

    folder: Path

    @property
    def name(self) -> str:
        """`owner/name`."""
        return self.folder.parent.name.replace("+", "/", 1)

    def git(self, *words: str, given: bytes = b"") -> bytes:
        """What a plumbing command prints; nothing that the repository configures is run or fetched."""
        safe = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never")
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                       "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}  # fmt: skip
        command = ["git", f"--git-dir={self.folder}", *safe, *words]
        return subprocess.run(command, input=given, capture_output=True, env=environment, check=True).stdout

    def text(self, commit: str, path: str) -> bytes | None:
        """A file of a commit; None where there is none."""
        try:
            return self.git("cat-file", "blob", f"{commit}:{path}")
        except subprocess.CalledProcessError:
            return None

    def write(self, commit: str, target: Path) -> None:
        """Write the files of a commit as a clone has them, but for those of 4 MiB and more; a symlink stays one."""
        (target / ".git").mkdir()  # the mark of a repository, by which its ignore files are read
        listed = self.git("ls-tree", "-r", "-z", "--long", commit).decode("utf-8", "surrogateescape")
        wanted: list[tuple[str, str, str]] = []
        for line in filter(None, listed.split("\0")):
            about, _, path = line.partition("\t")
            mode, kind, name, size = about.split()
            if kind == "blob" and size.isdigit() and int(size) < _LARGE and _stays_inside(path):
                wanted.append((mode, name, path))
        contents = self.git("cat-file", "--batch", given="".join(f"{name}\n" for _, name, _ in wanted).encode())
        at = 0
        for mode, _, path in wanted:
            header, _, _ = contents[at : at + 200].partition(b"\n")
            if header.endswith(b"missing"):
                at += len(header) + 1
                continue
            start = at + len(header) + 1
            end = start + int(header.split()[2])
            _write(target / path, mode, contents[start:end])
            at = end + 1


def _stays_inside(path: str) -> bool:
    return not path.startswith("/") and not {"", ".", "..", ".git"} & set(path.split("/"))


def _write(place: Path, mode: str, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or place.exists():
        return
    if mode == "120000":
        os.symlink(content, os.fsencode(place))
    else:
        place.write_bytes(content)
        place.chmod(0o755 if mode == "100755" else 0o644)


# -- find


def _find(given: argparse.Namespace) -> None:
    for folder in given.repositories:
        try:
            for line in _commits(Repository(folder), given.most):
                print(line, flush=True)
        except subprocess.CalledProcessError as error:
            print(f"{folder}: {error}", file=sys.stderr)


def _commits(repository: Repository, most: int) -> Iterator[str]:
    """The lines of one repository, the newest first."""
    seen: dict[str, int] = {}
    paths = (":(icase,glob)**/*dockerfile*", ":(icase,glob)**/*containerfile*", ":(glob)**/.dockerignore")
    log = repository.git("log", "--no-merges", "--no-renames", "--name-status", "-z", "--format=%x01%H %P", "HEAD",
                         "--", *paths)  # fmt: skip
    for block in log.decode("utf-8", "replace").split("\1")[1:]:
        head, _, rest = block.partition("\0")
        commit, _, parent = head.strip().partition(" ")
        fields = [field for field in rest.strip("\0\n").split("\0") if field]
        changes = [(kind.strip(), path) for kind, path in zip(fields[::2], fields[1::2], strict=False)]
        if not parent or len(changes) > 12:  # the first commit; a change of many files at once is made by a program
            continue
        for path, rules in _repairs(repository, commit, parent, changes):
            key = " ".join(rules)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= most:
                yield f"{repository.name} {commit} {path} {','.join(rules)}"


def _repairs(
    repository: Repository, commit: str, parent: str, changes: list[tuple[str, str]]
) -> Iterator[tuple[str, list[str]]]:
    """The Dockerfiles that a commit repairs, each with the rules."""
    ignored = [path for kind, path in changes if kind == "A" and path.endswith(".dockerignore")]
    for kind, path in changes:
        if kind == "M" and is_dockerfile_name(path.rpartition("/")[2]):
            rules = _rules_of(repository.text(parent, path), repository.text(commit, path))
            rules += ["DF601"] if any(os.path.dirname(one) in ("", os.path.dirname(path)) for one in ignored) else []
            if rules and " " not in path:
                yield path, sorted(rules)
    if ignored and not any(kind == "M" for kind, _ in changes):
        folder = os.path.dirname(ignored[0])
        beside = f"{folder}/Dockerfile" if folder else "Dockerfile"
        if repository.text(parent, beside) is not None and " " not in beside:
            yield beside, ["DF601"]


def _rules_of(before: bytes | None, after: bytes | None) -> list[str]:
    """Which of the repairs lead from one text to the other; those of DF601 are files of their own."""
    if before is None or after is None or max(len(before), len(after)) > 100_000:
        return []
    if SequenceMatcher(None, _lines(before), _lines(after), autojunk=False).ratio() < _ALIKE:
        return []
    try:
        one, two = _Features(parse(before)), _Features(parse(after))
    except DockerfixError:
        return []
    found = []
    if one.floating - two.floating and any(name in two.pinned for name in one.floating - two.floating):
        found.append("DF101")
    if one.installs_late and not two.installs_late and two.installs:
        found.append("DF201")
    if one.pips and two.pips and two.careless < one.careless and two.careful > one.careful:
        found.append("DF301")
    if one.shell_command is not None and two.exec_command and one.shell_command & two.exec_command:
        found.append("DF401")
    if not one.users and two.users - {"root", "0"}:
        found.append("DF501")
    return found


class _Features:
    """What a Dockerfile shows at first sight; told by words, so that nothing of our own rules judges."""

    def __init__(self, tree: Dockerfile) -> None:
        check(tree)
        stages = image(tree, BuildContext.unknown()).stages
        own = {stage.name for stage in stages}
        self.floating: set[str] = set()
        self.pinned: set[str] = set()
        for stage in stages:
            word = stage.stage.start.image
            name, _, tag = (word.value if word is not None else "scratch").partition(":")
            if name not in own and name != "scratch" and "$" not in name and "@" not in name:
                (self.floating if tag in ("", "latest") else self.pinned).add(name)
        runs = [node.logical.text for node in tree.find(Run)]
        self.pips = [text for text in runs if _PIP.search(text)]
        self.careful = sum("--no-cache-dir" in text for text in self.pips)
        self.careless = len(self.pips) - self.careful
        self.users = {node.values[0] for node in tree.find(User) if node.values}
        self.installs = any(_INSTALL.search(text) for text in runs)
        self.installs_late = any(_is_late(stage.instructions) for stage in tree.stages)
        commands = tuple(tree.find(Cmd))
        last = commands[-1] if commands else None
        words = set(re.findall(r"[\w./:-]+", last.logical.text)) - {"CMD"} if last is not None else set()
        self.shell_command = words if last is not None and last.form == "shell" else None
        self.exec_command = words if last is not None and last.form == "json" else set()


def _is_late(instructions: tuple[object, ...]) -> bool:
    """Whether a stage copies a whole folder and installs packages after it, with no install before."""
    copied = False
    for node in instructions:
        if isinstance(node, Run) and _INSTALL.search(node.logical.text):
            return copied
        if isinstance(node, Copy) and node.flag("from") is None:
            copied = copied or any(value.rstrip("/") in (".", "") for value in node.values[:-1])
    return False


# -- show


def _show(given: argparse.Namespace) -> None:
    known = {repository.name: repository for repository in map(Repository, given.repositories)}
    for number, line in enumerate(filter(None, given.commits.read_text("utf-8").splitlines()), 1):
        name, commit, path, rules = line.split()
        if name not in known:
            print(f"{name}: not among the repositories that were given", file=sys.stderr)
            continue
        page = "\n".join(_page(known[name], commit, path, rules)) + "\n"
        if given.pages is None:
            print(page)
        else:
            given.pages.mkdir(parents=True, exist_ok=True)
            (given.pages / f"{number:03}-{name.replace('/', '+')}-{commit[:8]}.txt").write_text(page, "utf-8")


def _page(repository: Repository, commit: str, path: str, rules: str) -> Iterator[str]:
    parent = repository.git("rev-parse", f"{commit}^").decode().strip()
    subject = repository.git("log", "-1", "--format=%ad %s", "--date=short", commit).decode("utf-8", "replace").strip()
    yield f"##### {repository.name} {commit[:10]} {path} {rules}\n# {subject}\n# ---- theirs"
    before, after = repository.text(parent, path) or b"", repository.text(commit, path) or b""
    yield from unified_diff(_lines(before), _lines(after), "before", "theirs", lineterm="", n=4)
    for added in _decoded(repository.git("diff-tree", "-r", "--name-only", "--diff-filter=A", parent, commit)).split(
        "\n"
    ):
        if added.endswith(".dockerignore"):
            yield f"# ---- their {added}\n{_decoded(repository.text(commit, added) or b'')}"
    yield "# ---- ours"
    with tempfile.TemporaryDirectory() as folder:
        repository.write(parent, Path(folder))
        yield from _ours(Path(folder), path, rules.split(","))
        files = sorted(one.relative_to(folder).as_posix() for one in Path(folder).rglob("*"))[1:]
    yield f"# ---- files ({len(files)}): {' '.join(files[:60])}"


def _ours(root: Path, path: str, rules: list[str]) -> Iterator[str]:
    """Our diff, and what became of the findings of the rules in question."""
    try:
        repaired = Project(root).repaired(root / path)
    except DockerfixError as error:
        yield f"not repaired: {error}"
        return
    context = repaired.surroundings.root
    report = file_report(repaired.outcome, Place(path, path, _below(root, context or root)), offers=True)
    yield _decoded(report.diff() if "DF601" in rules else unified(path, report.before, report.after))
    for entry in report.entries:
        if entry.code not in rules and entry.status is not Status.HELD_BACK:
            continue
        verdict = entry.applicability.value if entry.applicability else "no repair"
        what = f"{entry.title} — {entry.message}" if entry.title else entry.message
        yield f"# {entry.position.line}: {entry.code} {entry.status.value}/{verdict}: {what} [{entry.because}]"
        if entry.offer:
            yield _decoded(entry.offer)
    yield from (f"# note: {note}" for note in repaired.surroundings.notes)


def _below(root: Path, folder: Path) -> str:
    way = os.path.relpath(folder, root)
    return "" if way == "." else way


def _lines(content: bytes) -> list[str]:
    return _decoded(content).splitlines()


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
