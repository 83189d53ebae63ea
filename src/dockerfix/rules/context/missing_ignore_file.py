"""No ignore file: the build context carries history, caches and secrets into the builder, and often into the image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dockerfix.image import Image, image
from dockerfix.image.context_needs import needed_paths, other_dockerfiles, speaks_of
from dockerfix.image.env_files import env_file_reader
from dockerfix.image.transfers import source_files
from dockerfix.project.ignorable import GROUPS, Ignorable, ignorable
from dockerfix.project.ignore_file import IgnoreFile, ignore_file, sent_files
from dockerfix.project.own_paths import own_paths
from dockerfix.rule import Applicability, Aspect, BuildContext, Example, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Instruction, parse
from dockerfix.text import decode, encode

_COPY_ALL = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\n"
_NODE_INSTALLERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_NODE_INSTALLS = frozenset({"install", "ci", "i", "add", "clean-install"})
_APP = {"main.py": "import flask\n", "requirements.txt": "flask\n"}
_COLLECTION = 12
_TEXTS = (".py", ".js", ".mjs", ".ts", ".sh", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".go", ".rb", ".java")
_COMMITTED = ("vcs", "tool", "docker", "tests", "docs")  # kinds of what Git usually tracks
_LITERAL = re.compile(r"[*?\[\\]")  # ends what a pattern says letter by letter
_SECRETS_AND_CACHES = """\
# local settings and secrets
.env
.env.*

# caches and virtual environments
**/__pycache__
**/*.py[cod]
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


class MissingIgnoreFile(Rule):
    """A folder is copied from the build context and no `.dockerignore` says what to leave out.

    Why: `.git`, virtual environments and caches are sent to the builder at each build and break its layer
    cache; a `.env` that is copied along is in the image for everybody who can pull it.
    Fix: write a `.dockerignore` for what is there. An existing one keeps its lines and gets those secrets and
    version control folders that are there and that a COPY brings in.
    Safety: safe for patterns that hide nothing which a COPY names, a manifest needs, a command or the code
    refers to; a pattern that would is left out. What an existing file lets through besides secrets is a suggestion.
    """

    code = "DF601"
    name = "missing-ignore-file"
    message = "no .dockerignore: all that lies in the folder reaches the builder"
    sources = ("Docker documentation: .dockerignore files", "BuildKit check CopyIgnoredFile")
    may_change = frozenset({Aspect.BUILD_CONTEXT})
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
        Example.reported(
            "the program reads its .env itself",
            _COPY_ALL,
            {"main.py": "from dotenv import load_dotenv\nload_dotenv()\n", ".env": "K=1\n", ".dockerignore": ".git\n"},
        ),
        Example.unchanged(
            "an ignore file that leaves out what matters",
            _COPY_ALL,
            {**_APP, ".dockerignore": ".git\n.env\n", ".git/HEAD": "", ".env": ""},
        ),
        Example.unchanged("nothing is copied from the context", "FROM debian:12-slim\nRUN true\n", _APP),
        Example.unchanged("single files are copied by name", "FROM debian:12-slim\nCOPY main.py /srv/\n", _APP),
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
        place = _copies_folder(dockerfile, context)
        if place is None or sent_files(context) is None:
            return
        existing = ignore_file(context)
        if existing is None and len(other_dockerfiles(context)) > _COLLECTION:
            yield self.declined(place, "the folder is a collection of Dockerfiles, not the context of this one")
        elif existing is None:
            yield self._new_file(place, dockerfile, context)
        else:
            yield from self._more_lines(place, dockerfile, context, existing)

    def _new_file(self, place: Instruction, dockerfile: Dockerfile, context: BuildContext) -> Finding:
        needed = needed_paths(dockerfile, context)
        chosen = [one for one in _fitting(dockerfile, context) if _may_hide(one, needed, dockerfile, context)]
        if all(any(_alone(one).ignores(path) for one in chosen) for path in _brought(dockerfile, context)):
            return self.declined(place, "the folder holds nothing to copy; it may not be the build context")
        change = FileChange(".dockerignore", None, encode(_file_text(chosen)))
        because = "it hides nothing that a COPY names or that the project refers to"
        return self.finding(place, Fix.safe("Write a .dockerignore", because=because, files=[change]))

    def _more_lines(
        self, place: Instruction, dockerfile: Dockerfile, context: BuildContext, existing: IgnoreFile
    ) -> Iterator[Finding]:
        needed = needed_paths(dockerfile, context)
        brought = _brought(dockerfile, context)
        through = [one for one in _fitting(dockerfile, context) if one.there and _hides_any(one, brought)]
        grave = [one for one in through if one.kind == "secret" or one.pattern in (".git", ".hg", ".svn")]
        fine = [one for one in grave if _may_hide(one, needed, dockerfile, context)]
        if fine:
            names = ", ".join(one.pattern for one in fine)
            message = f"{existing.path} lets {names} into the image"
            because = "nothing that a COPY names or that the project refers to is hidden"
            fix = Fix.safe(f"Ignore {names}", because=because, files=[_appended(existing, fine)])
            yield self.finding(place, fix, message=message)
        for one in grave:
            if one not in fine:
                message = f"{existing.path} lets {one.pattern} into the image"
                yield self.finding(place, message=message, because=_why_needed(one, needed, dockerfile, context))
        rest = [one for one in through if one.kind in ("cache", "environment", "packages", "tool")]
        if rest:
            names = ", ".join(one.pattern for one in rest)
            message = f"{existing.path} lets {names} into the image"
            because = "the ignore file is yours; these need not reach the image"
            fix = Fix.suggestion(f"Ignore {names}", because=because, files=[_appended(existing, rest)])
            yield self.finding(place, fix, message=message)


def _copies_folder(dockerfile: Dockerfile, context: BuildContext) -> Instruction | None:
    """The first COPY or ADD that brings a folder of the build context."""
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                path = source.path if source.kind == "context" else None
                if path is not None and (path == "." or context.is_folder(path)):
                    return step.instruction
    return None


def _brought(dockerfile: Dockerfile, context: BuildContext) -> frozenset[str]:
    """The files of the context that some COPY or ADD brings into an image."""
    found: set[str] = set()
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                found.update(source_files(source, context) or ())
    return frozenset(found)


def _fitting(dockerfile: Dockerfile, context: BuildContext) -> list[Ignorable]:
    """The patterns, without installed packages where a build of the folder takes them from the context."""
    own = context.without_dockerfile
    others = [parse(text) for name in other_dockerfiles(context) if (text := own.read(name)) is not None]
    anew = _installs_node_packages(image(dockerfile, context)) and all(
        _installs_node_packages(image(tree, own)) for tree in others if _copies_folder(tree, own) is not None
    )
    return [one for one in ignorable(context) if one.kind != "packages" or anew]


def _installs_node_packages(model: Image) -> bool:
    for stage in model.stages:
        for step in stage.steps:
            for run in step.commands or ():
                argv = run.program.argv
                if run.program.name in _NODE_INSTALLERS and (
                    _NODE_INSTALLS & {*argv[1:]} or (run.program.name == "yarn" and len(argv) == 1)
                ):
                    return True
    return False


def _alone(one: Ignorable) -> IgnoreFile:
    return IgnoreFile.parse(".dockerignore", encode(one.pattern + "\n"))


def _hides_any(one: Ignorable, paths: Iterable[str]) -> bool:
    pattern, literal = _alone(one), _LITERAL.split(one.pattern.removeprefix("**/"))[0]
    return any(pattern.ignores(path) for path in paths if literal in path)


def _may_hide(one: Ignorable, needed: dict[str, str], dockerfile: Dockerfile, context: BuildContext) -> bool:
    return _why_needed(one, needed, dockerfile, context) == ""


def _why_needed(one: Ignorable, needed: dict[str, str], dockerfile: Dockerfile, context: BuildContext) -> str:
    """Why a pattern must not stand in the file; empty when it may."""
    pattern = _alone(one)
    hidden = next((path for path in needed if pattern.ignores(path)), None)
    if hidden is not None:
        return f"{hidden} is needed: {needed[hidden]}"
    if ".git" in needed and one.kind in _COMMITTED:
        return f"{needed['.git']}, and Git takes files that are hidden for deleted ones"
    reader = env_file_reader(dockerfile, context) if one.pattern.startswith((".env", "*.env")) else None
    if reader is not None:
        return f"{reader} reads env files while it builds"
    if one.pattern.endswith(".json"):
        namer = _who_names(one.pattern, context)
        return f"{namer} names {one.pattern}; hand it over at run time and ignore it" if namer is not None else ""
    if one.kind == "secret" and one.there and _reads_env_file(context):
        return "the program reads an env file itself; hand the values over at run time and ignore it"
    if one.kind in ("tests", "docs") and (other_dockerfiles(context) or speaks_of(context, one.pattern)):
        return f"something refers to {one.pattern}"
    return ""


def _who_names(name: str, context: BuildContext) -> str | None:
    """The first source or setting whose text holds a name."""
    paths = (path for path in own_paths(context.without_dockerfile) if path.endswith(_TEXTS))
    return next((path for path in paths if name in (context.text(path) or "")), None)


def _reads_env_file(context: BuildContext) -> bool:
    sources = (context.text(path) or "" for path in own_paths(context.without_dockerfile) if path.endswith(".py"))
    return any("load_dotenv" in text or "env_file" in text or "dotenv_values" in text for text in sources)


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
