"""The last stage runs as root: whoever breaks into the program owns the container."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image import Image, StageImage, Step, image
from dockerfix.image.accounts import Account, account_for
from dockerfix.image.built import built_stages
from dockerfix.image.mounts import mount_problems
from dockerfix.image.ownership import ownership
from dockerfix.image.programs import Start
from dockerfix.image.root_reasons import is_for_developers, root_reasons, started
from dockerfix.image.writes import start_writes
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import quoted
from dockerfix.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    Instruction,
    Label,
    Run,
    Trivia,
    User,
    Workdir,
    add_flag,
    insert_after,
)
from dockerfix.syntax.paragraphs import insert_block, insert_paragraph
from dockerfix.text import Edit, encode

_WIDTH = 100  # columns up to which a RUN stays on one line
_PASSED = (Workdir, Env, Arg, Label, Expose)  # what may stand between the new user and the first COPY
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


class RootUser(Rule):
    """The image runs as root: its last stage, or the ones that a compose file, bake file or workflow builds.

    Why: whoever breaks into the program is root in the container, and from there a mount, a socket or a hole in
    the kernel away from root on the host.
    Fix: a user with a fixed number, in the base's own dialect (or the one that the file or the base image has
    already), made above the first COPY so that no source edit makes it again; the folders that the app writes to
    are given to it, and nothing else; `USER` comes after the last step that needs root.
    Safety: safe when the start command and all that it writes are known. Unsafe where the code writes to a path
    that is only known at run time, or is none of Python, JavaScript and Go. A suggestion where a person has to look
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
            _SLIM + "WORKDIR /app\n" + _USER + "\nCOPY . .\nVOLUME /app/data\nUSER app\n" + _SERVE,
            _APP,
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
        return self._repaired(_Repair(dockerfile, model, stage, start, account), place, reasons.decide)

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

    def __init__(self, dockerfile: Dockerfile, model: Image, stage: StageImage, start: Start, account: Account) -> None:
        self.dockerfile = dockerfile
        self.model = model
        self.stage = stage
        self.account = account
        self.first = _first_copy(stage) if account.creation else None
        self.writes = start_writes(start, model, stage)
        at = self.first.instruction if self.first is not None else None
        self.owned = ownership(model, stage, self.writes.places, account, at)

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person has to change first."""
        mounts = mount_problems(self.model, self.stage, tuple(self.writes.places), self.account.name)
        return (*self.owned.problems, *self.writes.needs, *dict.fromkeys(mounts))

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the app may still fail to write."""
        if not self.model.context.known:
            return ("the build context is not known, and with it what the program writes",)
        homeless = self.writes.home[:1] if self.account.home is None else []
        nameless = ["the base image has no useradd, and a mere number has no name and no home"]
        return (
            *([] if self.stage.start.argv else ["the base image may set an ENTRYPOINT that is not known"]),
            *(nameless if self.account.name[0].isdigit() else []),
            *self.writes.doubts.texts,
            *self.owned.doubts,
            *(f"{use} keeps files in a home folder, which {self.account.name} lacks" for use in homeless),
        )

    @property
    def because(self) -> str:
        """What was proved."""
        if self.owned.is_empty:
            return "nothing it starts needs root or writes to the image's folders"
        return f"nothing it starts needs root, and what it writes to belongs to {self.account.name}"

    @property
    def obstacle(self) -> str | None:
        """Why no edit can be made."""
        last = self.stage.final
        needs_shell = self.owned.late or (self.account.creation and self.first is None)
        if needs_shell and not last.is_posix:
            return "its shell is no POSIX shell, so that the commands for a user are not known"
        return None

    def edits(self) -> tuple[Edit, ...]:
        """The user, `--chown`, what changes hands after the copies, USER."""
        edits = [add_flag(copy, f"--chown={self.account.owner}") for copy in self.owned.copies]
        late = [*self.owned.late]
        if self.first is not None:
            edits.append(self._user_made(self.first))
        else:
            late = [*self.account.creation, *late]
        return (*edits, *self._user_set(late))

    def _user_made(self, first: Step) -> Edit:
        """The RUN above the first COPY."""
        _, follower = insert_paragraph(self.dockerfile, first.instruction, "", _PASSED)
        commands = [*self.account.creation, *self._given(self.stage.step(follower))]
        return insert_paragraph(self.dockerfile, first.instruction, self._run(commands), _PASSED)[0]

    def _given(self, at: Step) -> list[str]:
        folders = self.owned.folders
        missing = [folder for folder in self.owned.absent if folder not in at.before.folders]
        parts = ["mkdir -p " + " ".join(map(quoted, missing))] if missing else []
        parts += [f"chown {self.account.owner} " + " ".join(map(quoted, folders))] if folders else []
        line = " && ".join(parts)
        return parts if len(line) > _WIDTH else [line] if line else []

    def _run(self, commands: list[str]) -> str:
        style = self.dockerfile.style
        keyword = style.keyword("RUN")
        line = f"{keyword} {' && '.join(commands)}"
        if len(line) <= _WIDTH:
            return line
        glue = f" \\\n{style.indent}&& " if _leads_with_and(self.dockerfile) else f" && \\\n{style.indent}"
        return f"{keyword} {glue.join(commands)}"

    def _user_set(self, late: list[str]) -> list[Edit]:
        """What changes hands right after the last step that needs root; USER there, or above a later start command."""
        steps = self.stage.stage.instructions
        last = next((i for i in reversed(steps) if isinstance(i, Run | Copy | Add | Workdir)), steps[0])
        run = self._run(late) if late else ""
        user = f"{self.dockerfile.style.keyword('USER')} {self.account.name}"
        given = [insert_after(self.dockerfile, last, run)] if run else []
        root = next((i for i in reversed(steps) if isinstance(i, User)), None)
        if root is not None and root.index > last.index:
            return [*given, Edit(root.arguments.whole, encode(self.account.name))]
        start = next((i for i in steps if isinstance(i, Cmd | Entrypoint) and i.index > last.index), None)
        if start is None:
            return self._user_last(last, steps[-1], run, user)
        edit = insert_block(self.dockerfile, start, user)
        if given and given[0].span == edit.span:
            return [insert_block(self.dockerfile, start, f"{run}\n{user}")]
        return [*given, edit]

    def _user_last(self, last: Instruction, end: Instruction, run: str, user: str) -> list[Edit]:
        """USER as the end of a stage that leaves its start to others; a paragraph where the stage has some."""
        items = self.dockerfile.items
        first = self.stage.stage.instructions[0]
        between = items[items.index(first) : items.index(end)]
        user = f"\n{user}" if any(isinstance(item, Trivia) and not item.text.strip() for item in between) else user
        if end is last:
            return [insert_after(self.dockerfile, last, f"{run}\n{user}" if run else user)]
        return [*([insert_after(self.dockerfile, last, run)] if run else []), insert_after(self.dockerfile, end, user)]


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


def _first_copy(stage: StageImage) -> Step | None:
    """The first step that a source edit runs again, where root may make a user."""
    for step in stage.steps:
        mounts = [flag.value for flag in step.instruction.flags if flag.name == "mount"]
        if isinstance(step.instruction, Copy | Add) or any("type=bind" in mount for mount in mounts):
            return step if step.before.is_root and step.before.is_posix else None
    return None


def _leads_with_and(dockerfile: Dockerfile) -> bool:
    """Whether the file puts `&&` at the start of a line."""
    spans = [line.content for run in dockerfile.find(Run) for line in run.lines]
    lines = [dockerfile.source[span.start : span.end].strip() for span in spans]
    return sum(line.startswith(b"&&") for line in lines) > sum(line.endswith(b"&&") for line in lines)


def _sentence(reasons: tuple[str, ...]) -> str:
    """Reasons in one line: the first two, and how many more there are."""
    more = len(reasons) - 2
    return "; ".join(reasons[:2]) + (f"; and {more} more" if more > 0 else "")
