"""The last stage runs as root: whoever breaks into the program owns the container."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockerfix.image import Image, StageImage, image
from dockerfix.image.accounts import Account, account_for, foreign_home
from dockerfix.image.built import built_stages
from dockerfix.image.entry_rights import shut_programs
from dockerfix.image.mounts import FOR_ALL, mount_problems
from dockerfix.image.programs import Start
from dockerfix.image.root_reasons import is_for_developers, root_reasons, started
from dockerfix.image.user_layout import UserLayout
from dockerfix.image.ways import Own, way_to_own
from dockerfix.image.writes import start_writes
from dockerfix.image.written import Written
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, RuleOptions
from dockerfix.syntax import (
    Cmd,
    Dockerfile,
    Entrypoint,
    Instruction,
    Trivia,
    User,
)
from dockerfix.text import Edit

_ACCEPTED = re.compile(r"checkov:\s*skip=CKV_DOCKER_(?:3|8)\b|trivy:\s*ignore:\s*\S*DS-?0*2\b", re.IGNORECASE)

_SLIM = "FROM python:3.12-slim\n"
_USER = (
    "RUN groupadd --gid 10001 app && \\\n    useradd --uid 10001 --gid app --create-home --shell /usr/sbin/nologin app"
)
_LEADING = _USER.replace(" && \\\n    ", " \\\n  && ")
_BUILD = "FROM python:3.12 AS build\nCOPY . /src\nRUN pip install --prefix=/opt/deps -r /src/requirements.txt\n\n"
_SERVE = 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n'
_APP = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
_NOTES = {**_APP, "main.py": 'import sqlite3\n\ndatabase = sqlite3.connect("data/notes.db")\n'}


@dataclass(frozen=True, slots=True)
class RootUserOptions(RuleOptions):
    """`own`: what is given to the app: "least", what it is known to write to; "workdir", the folder that it works in.

    With "auto" the folder is given where it is not known of each library and program where it writes.
    """

    own: Own = "auto"


class RootUser(Rule):
    """The image runs as root: its last stage, or the ones that a compose file, bake file or workflow builds.

    Why: whoever breaks into the program is root in the container, and from there a mount, a socket or a hole in
    the kernel away from root on the host.
    Fix: a user with a fixed number, in the base's own dialect (or the one that the file or the base image has
    already), made above the first COPY so that no source edit makes it again; the folders that the app writes to
    are given to it, and nothing else; `USER` comes after the last step that needs root.
    Safety: safe when the start command and all that it writes are known. Unsafe where the code writes to a path
    that is only known at run time, or is neither Python nor JavaScript. A suggestion where a person has to look
    first: a port below 1024, a volume that may hold root's files, tools in root's home, an app in `/`. Images that
    change the user by themselves (nginx, postgres, gosu …) are left alone.
    """

    code = "DF501"
    name = "root-user"
    message = "the container runs as root"
    sources = (
        "hadolint DL3002",
        "Docker documentation: Building best practices, USER",
        "OWASP Docker Security Cheat Sheet, rule 2",
    )
    may_change = frozenset({Aspect.USER})
    options_type = RootUserOptions
    examples = (
        Example(
            "a new user above the first COPY, USER above the start command",
            before=_SLIM + "\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n\n"
            "EXPOSE 8000\n" + _SERVE,
            after=_SLIM + "\n" + _USER + "\n\nWORKDIR /app\nCOPY requirements.txt .\n"
            "RUN pip install -r requirements.txt\nCOPY . .\n\nEXPOSE 8000\nUSER app\n" + _SERVE,
            files=_APP,
        ),
        Example(
            "what the app writes belongs to it; comments stay with what they describe",
            before=_SLIM + "WORKDIR /app\n# the sources\nCOPY . .\n\n# start\n" + _SERVE,
            after=_SLIM + "WORKDIR /app\n" + _USER + " && \\\n    mkdir -p /app/data && chown app:app /app/data\n"
            "# the sources\nCOPY . .\n\nUSER app\n\n# start\n" + _SERVE,
            files=_NOTES,
        ),
        Example(
            "a folder that COPY brings changes hands after it",
            before=_SLIM + "WORKDIR /app\nCOPY . .\n" + _SERVE,
            after=_SLIM + "WORKDIR /app\n" + _USER + "\nCOPY . .\nRUN chown -R app:app /app/data\nUSER app\n" + _SERVE,
            files={**_NOTES, "data/seed.csv": "1\n"},
        ),
        Example(
            "SQLite needs its folder, too; the leading && of this file",
            before=_SLIM + "RUN apt-get update \\\n  && apt-get install -y curl\nWORKDIR /srv\nCOPY . .\n" + _SERVE,
            after=_SLIM
            + "RUN apt-get update \\\n  && apt-get install -y curl\nWORKDIR /srv\n"
            + _LEADING
            + " \\\n  && chown app:app /srv\nCOPY . .\nUSER app\n"
            + _SERVE,
            files={**_APP, "main.py": 'import sqlite3\n\ndatabase = sqlite3.connect("notes.db")\n'},
        ),
        Example(
            "Alpine's dialect, lower case, CRLF, no final newline",
            before="from python:3.12-alpine\r\nworkdir /app\r\ncopy . .\r\ncmd python main.py",
            after="from python:3.12-alpine\r\nworkdir /app\r\nrun addgroup -S -g 10001 app && "
            "adduser -S -u 10001 -G app app\r\ncopy . .\r\nuser app\r\ncmd python main.py",
            files=_APP,
        ),
        Example(
            "only the last of several stages; a start command above the last COPY",
            before=_BUILD + _SLIM + _SERVE + "WORKDIR /app\nCOPY --from=build /opt/deps /usr/local\nCOPY main.py .\n",
            after=_BUILD + _SLIM + _SERVE + "WORKDIR /app\n" + _USER + "\nCOPY --from=build /opt/deps /usr/local\n"
            "COPY main.py .\nUSER app\n",
            files=_APP,
        ),
        Example(
            "the user that the file makes and forgets",
            before=_SLIM + "RUN useradd --create-home web\nCOPY . /srv\nWORKDIR /srv\nENTRYPOINT \\\n"
            '    # one worker\n    ["uvicorn", "main:app"]\n',
            after=_SLIM + "RUN useradd --create-home web\nCOPY . /srv\nWORKDIR /srv\nUSER web\nENTRYPOINT \\\n"
            '    # one worker\n    ["uvicorn", "main:app"]\n',
            files=_APP,
        ),
        Example(
            "distroless brings a user",
            before='FROM gcr.io/distroless/python3-debian12\nCOPY main.py /app/\nWORKDIR /app\nCMD ["main.py"]\n',
            after="FROM gcr.io/distroless/python3-debian12\nCOPY main.py /app/\nWORKDIR /app\nUSER nonroot\n"
            'CMD ["main.py"]\n',
            files=_APP,
        ),
        Example(
            "so does node, whose modules are read like Python's",
            'FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "server.js"]\n',
            'FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\nUSER node\nCMD ["node", "server.js"]\n',
            {"server.js": "", "package.json": "{}"},
        ),
        Example.unsafe(
            "a path that is only known at run time",
            _SLIM + "WORKDIR /app\nCOPY . .\nCMD python main.py\n",
            _SLIM + "WORKDIR /app\n" + _USER + "\nCOPY . .\nUSER app\nCMD python main.py\n",
            {"main.py": 'import sys\n\nopen(sys.argv[1], "w").write("")\n'},
        ),
        Example.suggested(
            "a port below 1024",
            _SLIM + "WORKDIR /app\nCOPY . .\nEXPOSE 80\nCMD uvicorn main:app --port 80\n",
            _SLIM + "WORKDIR /app\n" + _USER + "\nCOPY . .\nEXPOSE 80\nUSER app\nCMD uvicorn main:app --port 80\n",
            _APP,
        ),
        Example.suggested(
            "a volume may hold root's files",
            _SLIM + "WORKDIR /app\nCOPY . .\nVOLUME /app/data\n" + _SERVE,
            _SLIM
            + "WORKDIR /app\n"
            + _USER
            + " && \\\n    mkdir -p /app/data && chown app:app /app/data\n"
            + "COPY . .\nVOLUME /app/data\nUSER app\n"
            + _SERVE,
            _NOTES,
        ),
        Example.reported(
            "cron starts jobs of other users",
            _SLIM + "RUN apt-get update && apt-get install -y cron\nCOPY jobs /etc/cron.d/jobs\nCMD cron -f\n",
            {"jobs": ""},
        ),
        Example.unchanged("a user is set", _SLIM + "COPY . /app\nUSER 1000\nCMD python /app/main.py\n", _APP),
        Example.unchanged("the base image has one", "FROM jupyter/base-notebook\nCOPY . /home/jovyan\n", _APP),
        Example.unchanged("nginx changes the user by itself", "FROM nginx:1.27\nCOPY . /usr/share/nginx/html\n", {}),
        Example.unchanged(
            "so does an entry point with gosu",
            _SLIM + 'COPY . /app\nENTRYPOINT ["/app/entry.sh"]\n' + _SERVE,
            {**_APP, "entry.sh": '#!/bin/sh\nset -e\nchown -R app /data\nexec gosu app "$@"\n'},
        ),
        Example.unchanged("a base that is not known may set a user", "FROM corp/base:1\nCMD python main.py\n", {}),
        Example.unchanged("a tool, or a base for other images", _SLIM + "RUN pip install ansible\n", {}),
        Example.unchanged(
            "a builder stage may be root",
            "FROM golang:1.22 AS build\nCOPY . .\nRUN go build -o /app\n"
            'FROM gcr.io/distroless/static-debian12:nonroot\nCOPY --from=build /app /app\nCMD ["/app"]\n',
            {"main.go": ""},
        ),
        Example(
            "a compose file starts it: USER ends the stage",
            before=_SLIM + "\nWORKDIR /app\n\nCOPY . .\n\nENV PYTHONPATH=/app\n",
            after=_SLIM + "\nWORKDIR /app\n\n" + _USER + "\n\nCOPY . .\n\nENV PYTHONPATH=/app\n\nUSER app\n",
            files={**_APP, "compose.yaml": "services:\n  app:\n    build: .\n    command: uvicorn main:app\n"},
        ),
        Example.unchanged("a program that ends at once", 'FROM debian:12-slim\nCMD ["/bin/true"]\n', {}),
        Example.unchanged(
            "a stage for developers",
            _SLIM + "COPY . /app\n" + _SERVE + "FROM python:3.12 AS dev-envs\nCOPY . /app\n" + _SERVE,
            _APP,
        ),
        Example.unchanged("tests", _SLIM + "COPY . .\nRUN pip install pytest\nCMD pytest\n", _APP),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        built = built_stages(model)
        last = model.final
        if last is not None and last not in built and all(map(is_for_developers, built)):
            built = (*built, last)  # which people build elsewhere, to run it
        for stage in built:
            if stage.final.is_root is not False:
                yield self._judged(dockerfile, model, stage)
        if last is not None and last not in built and last.final.is_root is not False:
            because = f"the stage {built[-1].name} is the one that is built, and this one is not"
            yield self.declined(_place(last), because)

    def _judged(self, dockerfile: Dockerfile, model: Image, stage: StageImage) -> Finding:
        place = _place(stage)
        start = started(model, stage)
        reasons = root_reasons(model, stage, start)
        leave = _accepted(dockerfile) or reasons.leave
        if leave is not None or start is None:
            return self.declined(place, leave or "")
        account = account_for(stage)
        if reasons.refuse is not None or account is None:
            return self.finding(place, because=reasons.refuse or "how the base image makes a user is not known")
        options = self.options
        assert isinstance(options, RootUserOptions)  # options_type says so
        repair = _Repair(model, stage, start, account, options.own)
        return self._repaired(repair, place, tuple(one for one in reasons.decide if not repair.settles(one)))

    def _repaired(self, repair: _Repair, place: Instruction, decide: tuple[str, ...]) -> Finding:
        if repair.obstacle is not None:
            return self.finding(place, because=repair.obstacle)
        title = f"Run as {repair.account.name}"
        edits = repair.edits()
        decide = (*decide, *repair.problems)
        if decide:
            return self.finding(place, Fix.suggestion(title, *edits, because=_sentence(decide)))
        if repair.doubts:
            return self.finding(place, Fix.unsafe(title, *edits, because=_sentence(repair.doubts)))
        return self.finding(place, Fix.safe(title, *edits, because=repair.because))


class _Repair:
    """The edits that make a stage run as an account, and what is not certain about them."""

    def __init__(self, model: Image, stage: StageImage, start: Start, account: Account, own: Own) -> None:
        self.model = model
        self.stage = stage
        self.account = account
        self.layout = UserLayout(stage, account, model.dockerfile)
        self.writes = start_writes(start, model, stage)
        self.shut = tuple(shut_programs(stage, start))
        self.writes.places += [place for _, place in self.shut]
        self.way = way_to_own(model, stage, start, self.writes, account, self.layout.above, own)
        self.owned = self.way.owned

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person has to change first."""
        mounts = dict.fromkeys(self._mounts(self.writes.places))
        return (*self.owned.problems, *self.writes.needs, *[*self._volumes()][:1], *mounts)

    def settles(self, reason: str) -> bool:
        """Whether a reason to ask a person is none, since the files that a `chmod` shuts are given to the account."""
        return any(reason.startswith(f"line {line} shuts other users out: chmod ") for line, _ in self.shut)

    def _volumes(self) -> Iterator[str]:
        """The volumes of the image that something may be written to, by all that is known."""
        known = not (self.writes.unknown or self.writes.doubts.texts) and self.model.context.known
        for place in self.stage.volumes:
            folder = place.rstrip("/")
            inside = any(f"{one.path}/".startswith(f"{folder}/") for one in self.writes.places)
            if folder not in FOR_ALL and (inside or not known):
                yield f"a volume at {place} may already hold root's files, which then have to change hands once"

    def _mounts(self, places: Iterable[Written]) -> Iterator[str]:
        return mount_problems(self.model, self.stage, tuple(places), self.account.name)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the app may still fail to write."""
        if not self.model.context.known:
            return ("the build context is not known, and with it what the program writes",)
        homeless = self.writes.home[:1] if self.account.home is None else []
        shut = foreign_home(self.stage, self.account)
        nameless = ["the base image has no useradd, and a mere number has no name and no home"]
        return (
            *([] if self.stage.start.argv else ["the base image may set an ENTRYPOINT that is not known"]),
            *(nameless if self.account.name[0].isdigit() else []),
            *self.writes.doubts.texts,
            *self.way.doubts,
            *(f"{use} keeps files in a home folder, which {self.account.name} lacks" for use in homeless),
            *([f"the app lies in {shut}, which may be shut to others than its owner"] if shut else []),
            *self._covered(),
        )

    def _covered(self) -> list[str]:
        """Mounts over the folder that the app may write to."""
        writers = [f"{name} ({place})" for name, place in self.writes.unknown.items()]
        writers += [place for places in self.writes.inside.places.values() for place in places]
        maybe = [
            Written(folder, f"{one} perhaps", is_folder=True) for folder in self.way.folders for one in writers[:1]
        ]
        return list(dict.fromkeys(one for one in self._mounts(maybe) if one not in self.problems)) if maybe else []

    @property
    def because(self) -> str:
        """What was looked at and found."""
        if self.way.folders:
            return f"{self.way.why}, so that {self.account.name} owns {' and '.join(self.way.folders)}"
        shut = [place for _, place in self.shut]
        written = [f"{one.path} ({one.source})" for one in self.writes.places if one not in shut]
        parts = [f"what it writes to belongs to {self.account.name}: {_listed(written)}" if written else self._no_write]
        if shut:
            parts.append(f"{shut[0].path}, which only its owner may run, belongs to {self.account.name}")
        if self.writes.known:
            parts.append(f"{_listed(sorted(self.writes.known))} known")
        return "; ".join(parts)

    @property
    def _no_write(self) -> str:
        modules = sorted(self.writes.modules)
        where = f"the {len(modules)} modules that start" if len(modules) > 1 else next(iter(modules), "what starts")
        return f"no write to the image's folders found in {where}"

    @property
    def obstacle(self) -> str | None:
        """Why no edit can be made."""
        last = self.stage.final
        needs_shell = self.owned.late or (self.account.creation and self.layout.first is None)
        if needs_shell and not last.is_posix:
            return "its shell is no POSIX shell, so that the commands for a user are not known"
        return None

    def edits(self) -> tuple[Edit, ...]:
        """The user, `--chown`, what changes hands after the copies, USER."""
        return self.layout.edits(self.owned)


def _place(stage: StageImage) -> Instruction:
    """Where people look: `USER root`, else the start command, else FROM."""
    instructions = stage.stage.instructions
    for kinds in (User, (Cmd, Entrypoint)):
        found = [i for i in instructions if isinstance(i, kinds)]
        if found:
            return found[-1]
    return instructions[0]


def _accepted(dockerfile: Dockerfile) -> str | None:
    """Whether a comment tells another checker that root is meant."""
    for item in dockerfile.items:
        if isinstance(item, Trivia) and _ACCEPTED.search(item.text):
            return f"a comment says that root is meant: {item.text.strip()}"
    return None


def _listed(names: list[str]) -> str:
    """The first three names, and how many more there are."""
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


def _sentence(reasons: tuple[str, ...]) -> str:
    """Reasons in one line: the first two, and how many more there are."""
    more = len(reasons) - 2
    return "; ".join(reasons[:2]) + (f"; and {more} more" if more > 0 else "")
