"""Reports of real repairs, for the tests of every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.check import check_dockerfile
from dockerfix.fix import repair
from dockerfix.report.model import FileReport, Place, file_report
from dockerfix.rule import Aspect, BuildContext, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, From, Run, parse
from dockerfix.text import Edit

NOWHERE = BuildContext.of_files({})


class _Sample(Rule):
    sources = ("a test",)
    examples = ()
    may_change = frozenset(Aspect)


class Safe(_Sample):
    """The command is `old`.

    Why: a test needs
    two lines.
    Fix: write `new`.
    Safety: always.
    """

    code = "XX001"
    name = "old-cmd"
    message = "the command is old"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for cmd in dockerfile.find(Cmd):
            if cmd.arguments.text == '["old"]':
                edit = Edit(cmd.arguments.whole, b'["new"]')
                yield self.finding(cmd, Fix.safe("Write new", edit, because="new is the same"))


class Later(_Sample):
    code = "XX002"
    name = "new-cmd"
    message = "the command is new"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for cmd in dockerfile.find(Cmd):
            if cmd.arguments.text == '["new"]':
                edit = Edit(cmd.arguments.whole, b'["newest"]')
                yield self.finding(cmd, Fix.safe("Write newest", edit, because="it follows from new"))


class Unsafe(_Sample):
    code = "XX003"
    name = "doubtful-run"
    message = "this RUN is doubtful"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for run in dockerfile.find(Run):
            if run.arguments.text == "doubt":
                edit = Edit(run.arguments.whole, b"certainty")
                yield self.finding(run, Fix.unsafe("Be certain", edit, because="nobody knows"))


class Suggested(_Sample):
    code = "XX004"
    name = "odd-base"
    message = "an odd base image"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for start in dockerfile.find(From):
            if start.arguments.text == "odd":
                edit = Edit(start.arguments.whole, b"even")
                yield self.finding(start, Fix.suggestion("Take even", edit, because="a person must decide"))


class Reported(_Sample):
    code = "XX005"
    name = "strange-run"
    message = "this RUN is strange"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for run in dockerfile.find(Run):
            if run.arguments.text == "strange":
                yield self.finding(run, because="nothing is known of it")
            if run.arguments.text == "harmless":
                yield self.declined(run, because="it only looks strange")


class OtherFile(_Sample):
    code = "XX006"
    name = "no-notes"
    message = "no notes"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if context.read("notes") != b"be careful\n":
            change = FileChange("notes", context.read("notes"), b"be careful\n")
            yield self.finding(dockerfile.stages[0].start, Fix.safe("Write notes", because="no harm", files=[change]))


class HeldBack(_Sample):
    code = "XX007"
    name = "forbidden"
    message = "this may not change"
    may_change = frozenset()

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for cmd in dockerfile.find(Cmd):
            if cmd.arguments.text == '["fixed"]':
                edit = Edit(cmd.arguments.whole, b'["broken"]')
                yield self.finding(cmd, Fix.safe("Break it", edit, because="a rule that is wrong"))


RULES: tuple[type[Rule], ...] = (Safe, Later, Unsafe, Suggested, Reported, OtherFile, HeldBack)


def report_on(
    text: str | bytes,
    *rules: type[Rule],
    place: Place | None = None,
    files: Mapping[str, str] | None = None,
    unsafe: bool = False,
    offers: bool = False,
) -> FileReport:
    """What is told about one Dockerfile under some of the rules above."""
    dockerfile = parse(text)
    context = BuildContext.of_files(dict(files or {}))
    ready = [rule() for rule in rules]
    outcome = repair(dockerfile, context, ready, unsafe=unsafe)
    first = check_dockerfile(dockerfile, context, ready)
    return file_report(outcome, place or Place("api/Dockerfile", "api/Dockerfile", "api"), first, offers=offers)
