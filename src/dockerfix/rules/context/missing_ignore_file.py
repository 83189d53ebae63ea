"""No ignore file: the build context carries history, caches and secrets into the builder, and often into the image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockerfix.plans.ignore.context_copies import (
    brought,
    copies_folder,
    first_copy,
    lets_through,
    listed_patterns,
    may_be_copied,
)
from dockerfix.plans.ignore.hidable import alone, why_kept
from dockerfix.plans.ignore.needs import needed_paths
from dockerfix.plans.ignore.shared_context import dockerfiles_at_root
from dockerfix.project.context.facts import fact
from dockerfix.project.context.ignorable import GROUPS, Ignorable
from dockerfix.project.context.ignore_file import (
    CONTAINER_IGNORE_FILE,
    IGNORE_FILE,
    IgnoreFile,
    ignore_file,
    linked_ignore_file,
    misspelt_ignore_file,
    sent_files,
)
from dockerfix.rule import (
    Applicability,
    Aspect,
    BuildContext,
    Example,
    Fact,
    FileChange,
    Finding,
    Fix,
    Rule,
    RuleOptions,
)
from dockerfix.syntax import Dockerfile, Instruction
from dockerfix.text import decode, encode

_COPY_ALL = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\n"
_APP = {"main.py": "import flask\n", "requirements.txt": "flask\n"}
_COLLECTION = 12
_SECRETS_AND_CACHES = """\
# local settings and secrets
.env
.env.*

# caches and virtual environments
**/__pycache__
**/*.py[cod]
**/.mypy_cache
**/.pytest_cache
**/.ruff_cache
.venv
venv
"""
_BASIC = f"""\
# version control
.git

{_SECRETS_AND_CACHES}
# the build itself
.dockerignore
Dockerfile
"""


@dataclass(frozen=True, slots=True)
class MissingIgnoreFileOptions(RuleOptions):
    """`reads_env`: whether something reads `.env` and its like; `keep`: paths of the context that are needed."""

    reads_env: bool | None = None
    keep: tuple[str, ...] = ()


class MissingIgnoreFile(Rule):
    """A folder is copied from the build context and no `.dockerignore` says what to leave out.

    Why: `.git`, virtual environments and caches are sent to the builder at each build and break its layer
    cache; a `.env` that is copied along is in the image for everybody who can pull it.
    Fix: write a `.dockerignore` for what is there. An existing one keeps its lines and gets those secrets and
    version control folders that a COPY brings in.
    Safety: safe for patterns that hide what nobody can want; all Dockerfiles of the context count. Left out are what
    a COPY, a mount, a manifest, a command or the code names; `.git` where something asks Git; `.env` where a
    library, a program or the code reads it, which is a suggestion to hand the values over at run time; `tests` and
    `docs` where a program runs that is not known to read just what it is told. Unsafe where only single files are
    copied, as BuildKit sends no others. What an existing file lets through besides secrets is a suggestion.
    """

    code = "DF601"
    name = "missing-ignore-file"
    message = "no .dockerignore: the whole folder is sent to the builder"
    sources = ("Docker documentation: .dockerignore files", "BuildKit check CopyIgnoredFile")
    may_change = frozenset({Aspect.BUILD_CONTEXT})
    options_type = MissingIgnoreFileOptions
    examples = (
        Example(
            "a small project",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files=_APP,
            after_files={".dockerignore": _BASIC},
        ),
        Example(
            "what is there is named; tests go when nothing refers to them",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={
                **_APP,
                ".git/HEAD": "ref: refs/heads/main\n",
                ".gitignore": "",
                "env/pyvenv.cfg": "",
                "tests/test_main.py": "import main\n",
                "docker-compose.yml": "",
            },
            after_files={
                ".dockerignore": _BASIC.replace(".git\n", ".git\n.gitignore\n", 1)
                .replace("venv\n\n", "venv\nenv\n\n# tests and documentation\ntests\n\n")
                .replace("Dockerfile\n", "Dockerfile\ndocker-compose*.yml\n"),
            },
        ),
        Example(
            "a pattern that would hide what is copied by name is left out",
            before="FROM python:3.12-slim\nCOPY src /src\nCOPY .env.production /src/.env\n",
            after="FROM python:3.12-slim\nCOPY src /src\nCOPY .env.production /src/.env\n",
            files={"src/main.py": "", ".env.production": "A=1\n"},
            after_files={".dockerignore": _BASIC.replace(".env.*\n", "")},
        ),
        Example(
            "the version is worked out from .git, for which a hidden file is a deleted one",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={
                **_APP,
                ".git/HEAD": "ref: refs/heads/main\n",
                "pyproject.toml": '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n'
                'build-backend = "setuptools.build_meta"\n[project]\nname = "a"\ndynamic = ["version"]\n'
                "[tool.setuptools_scm]\n",
                ".gitattributes": "",
                "docs/a.md": "",
            },
            after_files={".dockerignore": _SECRETS_AND_CACHES},
        ),
        Example(
            "a project without Python",
            before="FROM debian:12-slim\nCOPY . /srv\n",
            after="FROM debian:12-slim\nCOPY . /srv\n",
            files={"index.html": "<p>", ".idea/a.xml": ""},
            after_files={
                ".dockerignore": "# version control\n.git\n\n# local settings and secrets\n.env\n.env.*\n\n"
                "# editors and tools\n.idea\n\n# the build itself\n.dockerignore\nDockerfile\n"
            },
        ),
        Example(
            "packages that the build installs anew",
            before=_NODE,
            after=_NODE,
            files={"package.json": "{}", "server.js": ""},
            after_files={
                ".dockerignore": _BASIC.partition("# caches")[0]
                + "# installed packages\n**/node_modules\n\n# the build itself\n.dockerignore\nDockerfile\n"
            },
        ),
        Example(
            "packages that come from the build context stay",
            before="FROM node:22-slim\nWORKDIR /app\nCOPY . .\n",
            after="FROM node:22-slim\nWORKDIR /app\nCOPY . .\n",
            files={"package.json": "{}", "server.js": ""},
            after_files={
                ".dockerignore": _BASIC.partition("# caches")[0] + "# the build itself\n.dockerignore\nDockerfile\n"
            },
        ),
        Example(
            "an existing file gets the secrets that a COPY brings in",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, ".dockerignore": "*.log\n", ".env": "KEY=1\n", ".git/HEAD": ""},
            after_files={".dockerignore": "*.log\n.git\n.env\n"},
        ),
        Example(
            "without a final newline, with CRLF",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, ".dockerignore": "*.log\r\ndocs", ".env": "KEY=1\n"},
            after_files={".dockerignore": "*.log\r\ndocs\r\n.env\r\n"},
        ),
        Example(
            "an ignore file of this Dockerfile alone",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, "Dockerfile.dockerignore": "*.log\n", ".env": "KEY=1\n"},
            after_files={"Dockerfile.dockerignore": "*.log\n.env\n"},
        ),
        Example(
            "the other Dockerfile of the folder runs the tests",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, "tests/test_main.py": "", "Dockerfile.test": "FROM python:3.12\nCOPY . .\nRUN pytest\n"},
            after_files={".dockerignore": _BASIC + "Dockerfile.*\n"},
        ),
        Example(
            "what else an existing file lets through",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, ".dockerignore": ".git\n", ".idea/a.xml": "", ".mypy_cache/x": ""},
            expected=Applicability.SUGGESTION,
            after_files={".dockerignore": ".git\n**/.mypy_cache\n.idea\n"},
        ),
        Example(
            "a front-end build reads env files",
            before=_NODE + "RUN npm run build\n",
            after=_NODE + "RUN npm run build\n",
            files={"package.json": '{"scripts": {"build": "vite build"}}', "src/a.js": "", ".env": "VITE_API=/api\n"},
            after_files={
                ".dockerignore": "# version control\n.git\n\n# installed packages\n**/node_modules\n\n"
                "# the build itself\n.dockerignore\nDockerfile\n"
            },
        ),
        Example.reported(
            "an existing file lets the env files of a front-end build through",
            _NODE + "RUN npm run build\n",
            {"package.json": '{"scripts": {"build": "next build"}}', ".env": "A=1\n", ".dockerignore": ".git\n"},
        ),
        Example.reported(
            "the Makefile asks Git for the version",
            "FROM golang:1.24\nCOPY . /src\nRUN make -C /src\n",
            {"Makefile": "V := $(shell git describe --tags)\n", ".git/HEAD": "", ".dockerignore": "docs\n"},
        ),
        Example(
            "keys and env files by other names",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={**_APP, "web.env": "A=1\n", "example.env": "", "credentials.json": "{}", ".dockerignore": ".git\n"},
            after_files={".dockerignore": ".git\n*.env\ncredentials.json\n"},
        ),
        Example.reported(
            "a key that the code opens",
            _COPY_ALL,
            {"main.py": 'open("credentials.json")\n', "credentials.json": "{}", ".dockerignore": ".git\n"},
        ),
        Example(
            "a build that reads none",
            before=_NODE + "RUN npm run build\n",
            after=_NODE + "RUN npm run build\n",
            files={"package.json": '{"scripts": {"build": "tsc"}}', "a.ts": "", ".env": "", ".dockerignore": ".git\n"},
            after_files={".dockerignore": ".git\n.env\n"},
        ),
        Example(
            "the program reads its .env itself",
            before=_COPY_ALL,
            after=_COPY_ALL,
            files={"main.py": "from dotenv import load_dotenv\nload_dotenv()\n", ".dockerignore": ".git\n"},
            expected=Applicability.SUGGESTION,
            after_files={".dockerignore": ".git\n.env\n"},
        ),
        Example.unchanged(
            "an ignore file that leaves out what matters",
            _COPY_ALL,
            {**_APP, ".dockerignore": ".git\n.env\n", ".git/HEAD": "", ".env": ""},
        ),
        Example.unchanged("nothing is copied from the context", "FROM debian:12-slim\nRUN true\n", _APP),
        Example(
            "single files are copied by name: BuildKit sends no others",
            before="FROM debian:12-slim\nCOPY main.py /srv/\n",
            after="FROM debian:12-slim\nCOPY main.py /srv/\n",
            files=_APP,
            expected=Applicability.UNSAFE,
            after_files={".dockerignore": _BASIC},
        ),
        Example.unchanged("nothing is known of the context", _COPY_ALL, None),
        Example.unchanged(
            "only what another stage made is copied whole",
            "FROM node:22 AS web\nFROM debian:12-slim\nCOPY --from=web /dist /dist\n",
            {},
        ),
        Example.unchanged(
            "secrets that no COPY brings in",
            "FROM debian:12-slim\nCOPY src /s\n",
            {"src/a.py": "", ".env": "", ".dockerignore": "docs\n"},
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        place = first_copy(dockerfile, context)
        if place is None or sent_files(context) is None:
            return
        existing, misnamed = ignore_file(context), misspelt_ignore_file(context)
        if existing is None and misnamed is not None:
            yield self.finding(place, message=f"{misnamed} is not read", because=f"rename it to {IGNORE_FILE}")
        elif existing is None and len(dockerfiles_at_root(context)) > _COLLECTION:
            yield self.declined(place, "the folder is a collection of Dockerfiles, not the context of this one")
        elif existing is None:
            yield from self._new_file(place, dockerfile, context)
        else:
            yield from self._more_lines(place, dockerfile, context, existing)

    def _new_file(self, place: Instruction, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if context.is_file(CONTAINER_IGNORE_FILE):
            yield self._copied_file(place, dockerfile, context)
            return
        listed = listed_patterns(dockerfile, context)
        reasons = {one.pattern: why_kept(one, dockerfile, context) for one in listed}
        chosen = [one for one in listed if not reasons[one.pattern]]
        whole = copies_folder(place, dockerfile, context)
        if whole and all(any(alone(one).ignores(path) for one in chosen) for path in brought(dockerfile, context)):
            yield self.declined(place, "the folder holds nothing to copy; it may not be the build context")
            return
        change = FileChange(IGNORE_FILE, None, encode(_file_text(chosen)))
        because = None if whole else "only single files are copied"
        if whole and not any(may_be_copied(one, dockerfile, context) for one in chosen):
            because = "no folder that is copied can hold what it would hide"
        if because is not None:
            because += ": BuildKit sends no others, other builders send the whole folder"
            yield self.finding(place, Fix.unsafe("Write a .dockerignore", because=because, files=[change]))
            return
        because = "it hides nothing that a COPY or the project refers to"
        fix = Fix.safe("Write a .dockerignore", because=because, files=[change])
        yield self.finding(place, fix, facts=_decided(listed, reasons, context))

    def _copied_file(self, place: Instruction, dockerfile: Dockerfile, context: BuildContext) -> Finding:
        """The lines of a `.containerignore`, which Podman and Buildah read and Docker does not."""
        source = context.read(CONTAINER_IGNORE_FILE) or b""
        known = IgnoreFile.parse(CONTAINER_IGNORE_FILE, source)
        hidden = next((path for path in needed_paths(dockerfile, context) if known.ignores(path) is not False), None)
        change = FileChange(IGNORE_FILE, None, source)
        title = f"Write a {IGNORE_FILE} with the lines of {CONTAINER_IGNORE_FILE}"
        if hidden is not None:
            because = f"Docker does not read {CONTAINER_IGNORE_FILE}, which would hide {hidden}"
            return self.finding(place, Fix.suggestion(title, because=because, files=[change]))
        because = f"Docker does not read {CONTAINER_IGNORE_FILE}"
        return self.finding(place, Fix.safe(title, because=because, files=[change]))

    def _more_lines(
        self, place: Instruction, dockerfile: Dockerfile, context: BuildContext, existing: IgnoreFile
    ) -> Iterator[Finding]:
        through = [one for one in listed_patterns(dockerfile, context) if lets_through(one, dockerfile, context)]
        grave = [one for one in through if one.kind == "secret" or one.pattern in (".git", ".hg", ".svn")]
        reasons = {one.pattern: why_kept(one, dockerfile, context) for one in grave}
        fine = [one for one in grave if not reasons[one.pattern]]
        linked = linked_ignore_file(existing, context)
        if fine and linked is not None:
            message = f"{existing.path} does not exclude {_listed(fine)}"
            yield self.finding(
                place, message=message, because=f"{existing.path} is a link to {linked}, which others read"
            )
        elif fine:
            message = f"{existing.path} does not exclude {_listed(fine)}"
            because = "nothing that a COPY or the project refers to is hidden"
            made = Fix.suggestion if existing.path == CONTAINER_IGNORE_FILE else Fix.safe
            fix = made(f"Ignore {_listed(fine)}", because=because, files=[_appended(existing, fine)])
            yield self.finding(place, fix, message=message, facts=_decided(grave, reasons, context))
        yield from self._kept(place, existing, [one for one in grave if one not in fine], reasons, linked is None)
        rest = [one for one in through if one.there and one.kind in ("cache", "environment", "packages", "tool")]
        rest = [one for one in rest if not why_kept(one, dockerfile, context)]
        if rest and linked is None:
            message = f"{existing.path} does not exclude {_listed(rest)}"
            because = "the image does not need them; whether to exclude them is up to you"
            fix = Fix.suggestion(f"Ignore {_listed(rest)}", because=because, files=[_appended(existing, rest)])
            yield self.finding(place, fix, message=message)

    def _kept(
        self, place: Instruction, existing: IgnoreFile, kept: list[Ignorable], reasons: dict[str, str], own: bool
    ) -> Iterator[Finding]:
        """What the image gets because somebody wants it: one finding for each reason."""
        for reason in dict.fromkeys(reasons[one.pattern] for one in kept):
            these = [one for one in kept if reasons[one.pattern] == reason]
            message = f"{existing.path} does not exclude {_listed(these)}"
            if own and "`env_file:`" in reason:
                title = f"Ignore {_listed(these)} and hand the values over at run time"
                fix = Fix.suggestion(title, because=reason, files=[_appended(existing, these)])
                yield self.finding(place, fix, message=message)
            else:
                yield self.finding(place, message=message, because=reason)


def _decided(listed: Iterable[Ignorable], reasons: dict[str, str], context: BuildContext) -> Iterator[Fact]:
    """Who wants what is not hidden, and what is there of that which is."""
    for one in listed:
        reason = reasons[one.pattern]
        if reason:
            yield fact(f"{one.pattern} is not hidden: {reason}", reason, context)
        elif one.there:
            hidden = next((path for path in context.paths() if alone(one).ignores(path)), None)
            yield Fact(f"{one.pattern} is hidden: nothing refers to it", hidden)


def _listed(patterns: Iterable[Ignorable]) -> str:
    return ", ".join(one.pattern for one in patterns)


def _file_text(chosen: list[Ignorable]) -> str:
    parts = []
    for title, kinds in GROUPS.items():
        lines = [one.pattern for one in chosen if one.kind in kinds]
        if lines:
            parts.append("\n".join([f"# {title}", *lines]) + "\n")
    return "\n".join(parts)


def _appended(existing: IgnoreFile, more: list[Ignorable]) -> FileChange:
    newline = "\r\n" if b"\r\n" in existing.source else "\n"
    text = decode(existing.source)
    if text and not text.endswith("\n"):
        text += newline
    text += "".join(one.pattern + newline for one in more)
    return FileChange(existing.path, existing.source, encode(text))
