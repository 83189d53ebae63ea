"""The index of a package manager, which stays in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.plans.packages.cache_mounts import takes_mounts
from dockerfix.plans.packages.kept_lists import CLEAN_UP, KeptLists, cleaned, kept_lists
from dockerfix.rule import Aspect, BuildContext, CacheStyle, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile

_BASE = "FROM debian:13-slim\n"
_CMD = 'CMD ["x"]\n'
_RM = "rm -rf /var/lib/apt/lists/*"


class PackageListsKept(Rule):
    """`apt-get update`, `yum` and `dnf` leave the index of all packages in the layer.

    Why: 20 to 60 MB that are out of date the next day, and that nothing reads.
    Fix: removed at the end of the same RUN: `rm -rf /var/lib/apt/lists/*`, `dnf clean all`.
    Safety: safe, as nothing behind the RUN installs from them without fetching them anew. Left alone in stages that do
    not reach the final image, under a cache mount, and where the container installs packages.
    """

    code = "DF313"
    name = "package-lists-kept"
    message = "the package manager's index stays in the layer"
    sources = (
        "hadolint DL3009",
        "hadolint DL3032",
        "hadolint DL3040",
        "Docker documentation: Building best practices, apt-get",
    )
    may_change = frozenset({Aspect.BUILD_CACHE})
    options_type = CacheStyle
    options: CacheStyle
    examples = (
        Example(
            "one line",
            _BASE + "RUN apt-get update && apt-get install -y curl\n" + _CMD,
            _BASE + f"RUN apt-get update && apt-get install -y curl && {_RM}\n" + _CMD,
        ),
        Example(
            "a command a line",
            _BASE + "RUN apt-get update \\\n  && apt-get install -y \\\n    curl\n" + _CMD,
            _BASE + f"RUN apt-get update \\\n  && apt-get install -y \\\n    curl \\\n  && {_RM}\n" + _CMD,
        ),
        Example(
            "the operator at the end of the line, a comment inside",
            _BASE + "RUN apt-get update && \\\n    # a tool\n    apt-get install -y curl\n" + _CMD,
            _BASE + f"RUN apt-get update && \\\n    # a tool\n    apt-get install -y curl && \\\n    {_RM}\n" + _CMD,
        ),
        Example(
            "apt-get clean does not remove it",
            _BASE + "RUN apt-get update && apt-get install -y curl && apt-get clean\n" + _CMD,
            _BASE + f"RUN apt-get update && apt-get install -y curl && apt-get clean && {_RM}\n" + _CMD,
        ),
        Example(
            "two RUNs that each fetch it",
            _BASE + "RUN apt-get update && apt-get install -y a\nRUN apt-get update && apt-get install -y b\n" + _CMD,
            _BASE + f"RUN apt-get update && apt-get install -y a && {_RM}\n"
            f"RUN apt-get update && apt-get install -y b && {_RM}\n" + _CMD,
        ),
        Example(
            "lower case, CRLF, an end without a newline",
            "from debian:13\r\ncmd x\r\nrun apt-get update && apt-get install -y curl",
            f"from debian:13\r\ncmd x\r\nrun apt-get update && apt-get install -y curl && {_RM}",
        ),
        Example(
            "a stage that the last one starts from",
            "FROM debian:13 AS base\nRUN apt-get update && apt-get install -y a\nFROM base\n" + _CMD,
            f"FROM debian:13 AS base\nRUN apt-get update && apt-get install -y a && {_RM}\nFROM base\n" + _CMD,
        ),
        Example(
            "dnf",
            "FROM fedora:44\nRUN dnf install -y gcc && make\n" + _CMD,
            "FROM fedora:44\nRUN dnf install -y gcc && make && dnf clean all\n" + _CMD,
        ),
        Example(
            "yum and microdnf",
            "FROM centos:7\nRUN yum -y install a\nRUN microdnf install -y b\n" + _CMD,
            "FROM centos:7\nRUN yum -y install a && yum clean all\nRUN microdnf install -y b && microdnf clean all\n"
            + _CMD,
        ),
        Example.reported(
            "commands parted by semicolons", _BASE + "RUN apt-get update; apt-get install -y curl\n" + _CMD
        ),
        Example.reported("a heredoc", _BASE + "RUN <<EOF\napt-get update\napt-get install -y curl\nEOF\n" + _CMD),
        Example.reported("a comment at the end", _BASE + "RUN apt-get update && apt-get install -y a # b\n" + _CMD),
        Example.unchanged("removed", _BASE + f"RUN apt-get update && apt-get install -y a && {_RM}\n" + _CMD),
        Example.unchanged("removed with more", _BASE + "RUN apt-get update && rm -rf /var/lib/apt /tmp/*\n" + _CMD),
        Example.unchanged(
            "removed by find", _BASE + "RUN apt-get update && find /var/lib/apt/lists -type f -delete\n" + _CMD
        ),
        Example.unchanged(
            "a cache mount", _BASE + "RUN --mount=type=cache,target=/var/lib/apt apt-get update && x\n" + _CMD
        ),
        Example.unchanged("a later RUN needs it", _BASE + "RUN apt-get update\nRUN apt-get install -y curl\n" + _CMD),
        Example.unchanged(
            "a stage of which only a file is copied",
            "FROM debian:13 AS b\nRUN apt-get update && apt-get install -y gcc\nFROM debian:13\nCOPY --from=b /x /x\n"
            + _CMD,
        ),
        Example.unchanged("text", _BASE + 'RUN echo "use apt-get update" > notes\n' + _CMD),
        Example.unchanged(
            "the container installs packages",
            _BASE
            + "RUN apt-get update && apt-get install -y curl\n"
            + 'CMD ["sh", "-c", "apt-get install -y $MORE"]\n',
        ),
        Example.unchanged("dnf cleans", "FROM fedora:44\nRUN dnf install -y gcc && dnf clean all\n" + _CMD),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for one in kept_lists(model):
            stage = model.stage_of(one.step.instruction)
            mounts = stage is not None and takes_mounts(stage, one.step, dockerfile.source)
            if self.options.cache == "mount" and mounts:
                continue
            yield self._judged(one, dockerfile)

    def _judged(self, one: KeptLists, dockerfile: Dockerfile) -> Finding:
        run = one.step.instruction
        if one.wanted is not None:
            return self.declined(run, f"{one.wanted}: what {one.manager} fetched is left there")
        command = CLEAN_UP[one.manager]
        edit = cleaned(dockerfile, one.step, command)
        if edit is None:
            because = f"the commands are joined by more than &&; put {command} at the end by hand"
            return self.finding(run, because=because)
        fix = Fix.safe(f"Add {command}", edit, because="no later step installs from what it fetched")
        return self.finding(run, fix)
