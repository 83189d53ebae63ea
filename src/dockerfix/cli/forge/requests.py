"""One run of `dockerfix pr`: the checkout, its repairs, and a pull request for all of them or for each rule."""

from __future__ import annotations

import os
import re
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dockerfix.bot.audit import Audit, audited
from dockerfix.bot.forge import BranchName, Forge, Repository
from dockerfix.bot.forge_errors import ForbiddenError, NotFoundError, StaleHeadError
from dockerfix.bot.keeping import Kept, Place, keep
from dockerfix.bot.lifecycle import Ended, Policy, Rebase
from dockerfix.bot.local import CommittedFiles, LocalRepository
from dockerfix.bot.marker import is_ours
from dockerfix.bot.offering import Wording, proposal_of
from dockerfix.bot.proposal import Proposal
from dockerfix.bot.rehearsal import Rehearsal
from dockerfix.bot.scratch import held, scratch
from dockerfix.cli.ending import ended_in_order
from dockerfix.cli.forge.connection import Connection, connect
from dockerfix.cli.forge.foreign import repairs_apart
from dockerfix.cli.forge.proving import Proven, proven_apart
from dockerfix.cli.forge.rehearsed import shown_commit
from dockerfix.cli.forge.stages import RepairedFolder
from dockerfix.cli.options import Options
from dockerfix.errors import FileError, UsageError
from dockerfix.frozen import frozen
from dockerfix.regular import content_of
from dockerfix.report.printed import one_line, several_lines
from dockerfix.rules import all_rules
from dockerfix.selection import check_names

__all__ = ["RequestOptions", "policy_of", "run", "wording_of"]

_RULE = "{rule}"
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.))[^\x00-\x20~^:?*\[\\\x7f]+(?<![/.])")
_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_LARGEST_EVIDENCE = 1024 * 1024  # bytes


@frozen
class RequestOptions:
    """What the command line says; None where an option was not given."""

    folder: Path | None = None
    repository: str | None = None
    forge: str = "github"
    server: str | None = None
    base: str | None = None
    branch: str = "dockerfix/fixes"
    is_fork: bool = False
    policy: Policy = Policy()
    commit_per_rule: bool = False
    commit_type: str = "fix(docker)"
    max_prs: int | None = None
    evidence: Path | None = None
    rule_page: str = ""
    repair: Options = Options()
    is_rehearsal: bool = False
    is_local: bool = False
    is_verified: bool = False

    @property
    def prove(self) -> Callable[[str, Options], Proven] | None:
        """What builds images to prove repairs; None where nobody asked for that."""
        return proven_apart if self.is_verified else None

    @property
    def is_per_rule(self) -> bool:
        """Whether each rule gets a pull request of its own."""
        return _RULE in self.branch

    def checked(self) -> RequestOptions:
        """The same options, where they make sense together.

        Raises:
            UsageError: they do not.
        """
        self.repair.checked()
        for option, names in (("--select", self.repair.select or ()), ("--ignore", self.repair.ignore)):
            check_names(all_rules(), names, option)
        for name in (self.branch.replace(_RULE, "rule"), self.base or "main"):
            if not _BRANCH.fullmatch(name):
                raise UsageError(f"{name}: not the name of a branch")
        if self.repository is not None and not _REPOSITORY.fullmatch(self.repository):
            raise UsageError(f"--repo {self.repository}: owner/name is needed")
        if self.is_local and (self.repository or self.is_fork):
            raise UsageError("--local stays in the checkout: --repo and --fork have no place beside it")
        if not re.fullmatch(r"[\w-]+(?:\([^()\r\n]+\))?!?", self.commit_type):
            raise UsageError(f"--commit-type {self.commit_type}: a form like fix(docker) is needed")
        _check_page(self.rule_page)
        if self.is_verified and (self.is_per_rule or self.commit_per_rule or self.evidence):
            raise UsageError("--verified proves all repairs together and measures by itself; it goes with neither"
                             " --commit-per-rule, {rule} nor --evidence")  # fmt: skip
        return self


def policy_of(
    labels: list[str] | None, reviewers: list[str] | None, assignees: list[str] | None, rebase: str, *, is_draft: bool
) -> Policy:
    """What the command line wants of each pull request.

    Raises:
        UsageError: `rebase` is no word for it.
    """
    if rebase not in [each.value for each in Rebase]:
        raise UsageError(f"--rebase {rebase}: one of {', '.join(each.value for each in Rebase)} is needed")
    people = tuple(reviewers or ()), tuple(assignees or ())
    return Policy(tuple(labels or ()), *people, is_draft, rebase=Rebase(rebase))


def run(options: RequestOptions) -> int:
    """Everything that `dockerfix pr` does; returns the exit code.

    Raises:
        DockerfixError: the forge or git says no, or the options make no sense here.
    """
    if os.environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        raise UsageError("not in a job for pull_request_target: it would work with a token that writes on the files of"
                         " strangers; run it on push or on a schedule")  # fmt: skip
    if options.is_local:
        return _run_locally(options)
    return _Run(options, connect(options.forge, options.server, os.environ)).run()


class _Run:
    def __init__(self, options: RequestOptions, connection: Connection) -> None:
        self._options, self._connection = options, connection
        self._forge: Forge = connection.forge
        if options.is_rehearsal:
            self._forge = Rehearsal(connection.forge, _tell, shown_commit)
        self._audit = Audit(_note)
        if not options.is_rehearsal:
            self._forge = audited(self._forge, self._audit)
        self._opened = 0

    def run(self) -> int:
        """Everything; what was sent before an interruption is told, since it stays."""
        try:
            with ended_in_order():
                return self._run()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_interrupted(list(self._audit.done))) from None

    def _run(self) -> int:
        options = self._options
        repository = self._repository()
        base = options.base or repository.default_branch
        with self._checkout(repository, base) as (folder, commit):
            place = Place(repository.path, base, BranchName(repository.path, options.branch), commit)
            repaired = RepairedFolder(folder, options.repair, repairs_apart, options.prove)
            _complain(repaired.repairs.failures)
            home = self._home(repository.path, is_needed=bool(repaired.repairs.changes))
            for name, wanted in _proposals(options, repaired, folder, place, self._forge.body_limit):
                one = replace(place, head=BranchName(home, name))
                self._report(one, self._kept(one, wanted))
        return 0

    def _home(self, path: str, *, is_needed: bool) -> str:
        """The repository of the branch; no fork is made for one that needs no repair."""
        if not self._options.is_fork:
            return path
        if is_needed:
            return self._forge.fork(path).path
        return f"{self._forge.account()}/{path.rpartition('/')[2]}"

    def _kept(self, place: Place, wanted: Proposal | None) -> Kept:
        limit = self._options.max_prs
        policy = replace(self._options.policy, may_open=limit is None or self._opened < limit)
        return keep(self._forge, place, wanted, policy)

    def _report(self, place: Place, kept: Kept) -> None:
        self._opened += kept.ended is Ended.OPENED
        if kept.ended is Ended.NOTHING and self._options.is_per_rule:
            return
        url = f" {kept.pull.url}" if kept.pull and kept.pull.url else ""
        reason = f" ({kept.reason})" if kept.reason else ""
        said = "would be " if self._options.is_rehearsal else ""
        _note(f"{place.repository}, {place.head.branch}: {said}{kept.ended.value}{reason}{url}")
        _complain(kept.notes)

    def _repository(self) -> Repository:
        path = self._options.repository or os.environ.get("GITHUB_REPOSITORY") or os.environ.get("CI_PROJECT_PATH")
        if not path:
            raise UsageError("which repository? Name it with --repo OWNER/NAME")
        found = self._forge.repository(path)
        if found.is_archived:
            raise ForbiddenError(f"{found.path} is archived: nothing can be changed there")
        if found.can_push is False and not self._options.is_fork and not self._options.is_rehearsal:
            raise ForbiddenError(f"the token may not push to {found.path}; --fork goes through a fork")
        return found

    @contextmanager
    def _checkout(self, repository: Repository, base: str) -> Iterator[tuple[Path, str]]:
        """The root of the files, and the commit that they are of."""
        if self._options.folder is not None or self._options.repository is None:
            folder = (self._options.folder or Path()).absolute()
            commit = LocalRepository(folder).head()
            self._check_commit(repository, base, commit)
            yield folder, commit
            return
        from dockerfix.bot.checkout import Credentials, clone

        with scratch() as place, held(place) as folder:
            credentials = Credentials(self._connection.token(repository.path), self._forge.host)
            made = clone(repository.clone_url, folder / "checkout", branch=base, credentials=credentials)
            _complain(tuple(f"{path}: not looked at ({why})" for path, why in sorted(made.left_out.items())[:10]))
            yield made.folder, made.head

    def _check_commit(self, repository: Repository, base: str, commit: str) -> None:
        """Nothing, where the commit at hand is one of the base: otherwise the request would bring other work along."""
        branch = BranchName(repository.path, base)
        if self._forge.branch_head(branch) == commit:
            return
        try:
            foreign = self._forge.compare(branch, BranchName(repository.path, commit)).commits
        except NotFoundError:
            why = (
                f"{repository.path} has no such commit as is checked out; push it first, or check out the newest {base}"
            )
            raise StaleHeadError(why) from None
        if foreign:
            raise StaleHeadError(f"the commit that is checked out is not one of {base}; check that out first")


def _proposals(
    options: RequestOptions, repaired: RepairedFolder, folder: Path, place: Place, limit: int
) -> Iterator[tuple[str, Proposal | None]]:
    """Each branch with what it should hold; None where nothing is left for it."""
    files = CommittedFiles(LocalRepository(folder), place.parent)
    wording = wording_of(options)
    wording = replace(wording, evidence=repaired.evidence or wording.evidence)
    if not options.is_per_rule:
        stages = repaired.stages(wording.kind) if options.commit_per_rule else ()
        yield options.branch, proposal_of(repaired.repairs, files, place, wording, limit=limit, stages=stages)
        return
    for rule in all_rules():
        repairs = repaired.by_rule(rule.code)
        yield options.branch.replace(_RULE, rule.name), proposal_of(repairs, files, place, wording, limit=limit)


def _run_locally(options: RequestOptions) -> int:
    """Branches in the checkout at hand."""
    folder = (options.folder or Path()).absolute()
    repository = LocalRepository(folder)
    commit = repository.head()
    place = Place(folder.name, repository.current_branch() or commit, BranchName("", options.branch), commit)
    repaired = RepairedFolder(folder, options.repair, repairs_apart, options.prove)
    _complain(repaired.repairs.failures)
    for branch, wanted in _proposals(options, repaired, folder, place, sys.maxsize):
        if wanted is not None:
            _commit_locally(repository, branch, wanted, commit, is_rehearsal=options.is_rehearsal)
        elif not options.is_per_rule:
            sys.stderr.write("nothing to repair\n")
    return 0


def _commit_locally(
    repository: LocalRepository, branch: str, wanted: Proposal, commit: str, *, is_rehearsal: bool
) -> None:
    head = repository.branch_head(branch)
    if head is not None:
        added = repository.compare(commit, head)
        if not is_ours(added):
            why = "has commits of somebody else" if added.commits else "holds no commit of dockerfix"
            raise FileError(f"{branch} {why}; delete it or choose another --branch")
    if is_rehearsal:
        for new in wanted.commits_on(commit):
            _tell(f"{new.message}\n{shown_commit(new)}")
        _tell(f"{wanted.title}\n\n{wanted.body}")
        return
    made = repository.commit(branch, wanted.commits_on(commit), repository.author(), parent=commit, expected=head)
    sys.stderr.write(f"{branch} is at {made[:12]}; publish it with: git push --force-with-lease origin {branch}\n")


def wording_of(options: RequestOptions) -> Wording:
    """How pull requests say what they say.

    Raises:
        FileError: the evidence cannot be read.
    """
    from dockerfix import __version__

    repair = options.repair
    words = [f"--select={','.join(repair.select)}"] if repair.select else []
    words += [f"--ignore={','.join(repair.ignore)}"] if repair.ignore else []
    words += ["--unsafe-fixes"] if repair.unsafe_fixes else []
    return Wording(__version__, options.commit_type, options.rule_page, _evidence(options.evidence), " ".join(words))


def _evidence(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        text = content_of(file, _LARGEST_EVIDENCE).decode("utf-8", "replace")
    except FileError as error:
        raise FileError(f"--evidence {file}: {error}") from error
    return text.replace("<!-- dockerfix", "<!-- ")


def _check_page(page: str) -> None:
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(page) if name is not None}
    except ValueError:
        fields = {""}
    if fields - {"code", "name"} or (page and not re.match(r"https?://[^\s()<>]+$", page)):
        raise UsageError(f"--rule-page {page}: an address with {{code}} or {{name}} in it is needed")


def _interrupted(done: list[str]) -> str:
    """What a person has to know who ended a run half way."""
    if not done:
        return "interrupted; nothing was changed"
    return f"interrupted after this was sent, and run again it goes on from there: {'; '.join(done)}"


def _note(line: str) -> None:
    sys.stderr.write(f"{one_line(line)}\n")


def _complain(sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        _note(f"warning: {sentence}")


def _tell(text: str) -> None:
    sys.stdout.write(f"{several_lines(text)}\n")
