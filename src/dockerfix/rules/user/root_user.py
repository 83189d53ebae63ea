"""The last stage runs as root: whoever breaks into the program owns the container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfix.image import Image, StageImage, image
from dockerfix.plans.user.accounts import account_for
from dockerfix.plans.user.built import built_stages
from dockerfix.plans.user.repair import UserRepair
from dockerfix.plans.user.repair_facts import repair_facts
from dockerfix.plans.user.root_reasons import is_for_developers, root_reasons, started
from dockerfix.plans.user.ways import Own
from dockerfix.regexes import regex
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, RuleOptions, Worth
from dockerfix.syntax import (
    Cmd,
    Dockerfile,
    Entrypoint,
    Instruction,
    Trivia,
    User,
)

_ACCEPTED = regex(r"checkov:\s*skip=CKV_DOCKER_(?:3|8)\b|trivy:\s*ignore:\s*\S*DS-?0*2\b", re.IGNORECASE)

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
    `writes`: all paths in the image that its programs write to, where you know them: they prove as much as code does.
    """

    own: Own = "auto"
    writes: tuple[str, ...] | None = None


class RootUser(Rule):
    """The image runs as root: its last stage, or the ones that a compose file, bake file or workflow builds.

    Why: whoever breaks into the program is root in the container, and from there a mount, a socket or a hole in
    the kernel away from root on the host.
    Fix: a user with a fixed number, in the base's own dialect (or the one that the file or the base image has
    already), made above the first COPY so that no source edit makes it again; `USER` comes after the last step that
    needs root. Where all that runs is known, the folders that the app writes to are given to it, and nothing else.
    Where something is not known to this version, the app gets the folder that it works in, and the copies that land
    there carry `--chown`, so that each relative path and each cache works, whoever writes it. The option `own`
    ("least", "workdir") picks one of these ways.
    Safety: safe when the start command is known, and with it all that is written, or that it is written below the
    working directory and the home. Unsafe where the code writes to a path that may lie anywhere, or is none of
    Python, JavaScript and Go. A suggestion where a person has to look first: a port below 1024, a volume that may hold
    root's files, tools in root's home, an app in `/`. Images that change the user by themselves (nginx, postgres,
    gosu …) are left alone.
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
    options: RootUserOptions
    options_type = RootUserOptions
    worth = Worth.security()
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
            "a migration that runs as root may make the database: the folder changes hands with all that is in it",
            before=_SLIM + "WORKDIR /app\nCOPY . .\nRUN python migrate.py\n" + _SERVE,
            after=_SLIM
            + "WORKDIR /app\n"
            + _USER
            + "\nCOPY . .\nRUN python migrate.py\nRUN chown -R app:app /app\nUSER app\n"
            + _SERVE,
            files={**_NOTES, "main.py": _NOTES["main.py"].replace("data/", ""), "migrate.py": ""},
        ),
        Example(
            "names that are only known at run time, in the folder that the app works in",
            before=_SLIM
            + "WORKDIR /app\nCOPY . .\nCMD python manage.py makemigrations && python manage.py runserver\n",
            after=_SLIM
            + "WORKDIR /app\n"
            + _USER
            + " && \\\n    chown app:app /app\nCOPY --chown=app:app . .\nUSER app\n"
            + "CMD python manage.py makemigrations && python manage.py runserver\n",
            files={"manage.py": ""},
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
            "WORKDIR and COPY make root's files in a user's home, too; a system user has no group of its name",
            before="FROM python:3.12-bookworm\nRUN adduser --system --home /home/web web\nWORKDIR /home/web/app\n"
            "COPY . .\n" + _SERVE,
            after="FROM python:3.12-bookworm\nRUN adduser --system --home /home/web web\nWORKDIR /home/web/app\n"
            "COPY . .\nRUN chown web /home/web/app\nUSER web\n" + _SERVE,
            files={**_NOTES, "main.py": _NOTES["main.py"].replace("data/", "")},
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
            because = f"the stage {built[-1].name} is built, not this one"
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
        repair = UserRepair(model, stage, start, account, self.options.own)
        return self._repaired(repair, place, tuple(one for one in reasons.decide if not repair.settles(one)))

    def _repaired(self, repair: UserRepair, place: Instruction, decide: tuple[str, ...]) -> Finding:
        if repair.obstacle is not None:
            return self.finding(place, because=repair.obstacle)
        title = f"Run as {repair.account.name}"
        edits = repair.edits()
        decide = (*decide, *repair.problems)
        if decide:
            fix = Fix.suggestion(title, *edits, because=_sentence(decide))
        elif repair.doubts:
            fix = Fix.unsafe(title, *edits, because=_sentence(repair.doubts))
        else:
            fix = Fix.safe(title, *edits, because=repair.because)
        return self.finding(place, fix, facts=repair_facts(repair, (*decide, *repair.doubts)))


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


def _sentence(reasons: tuple[str, ...]) -> str:
    """Reasons in one line: the first two, and how many more there are."""
    more = len(reasons) - 2
    return "; ".join(reasons[:2]) + (f"; and {more} more" if more > 0 else "")
