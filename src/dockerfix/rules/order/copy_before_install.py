"""Source copied before the dependency install: every edit of the code installs everything again."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.plans.order import Layout, Order, certainty, read_files, stage_orders
from dockerfix.rule import Aspect, BuildContext, Example, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Instruction

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
_APP = {"requirements.txt": "flask\n", "main.py": "import flask\n"}


class CopyBeforeInstall(Rule):
    """Application source is copied before the dependencies are installed.

    Why: a COPY is run again when one of its files changed, and so is every step below it. With the whole
    source above `pip install`, each edit of the code downloads and installs all dependencies anew.
    Fix: copy just the manifests that the install reads (with all that they include), install, then copy the
    rest; comments move with what they describe.
    Safety: safe when everything that the install reads is in the build context and no step in between needs the
    source. A step that needs the source, or cannot be read, is reported with the reason. What installs the project
    itself, or does more than install in one RUN, is for `install-with-source`.
    """

    code = "DF201"
    name = "copy-before-install"
    message = "source copied before the dependency install: each edit installs everything again"
    sources = ("Docker documentation: Optimize cache usage in builds", "Docker reference: COPY, cache invalidation")
    may_change = frozenset({Aspect.LAYER_ORDER, Aspect.BUILD_CONTEXT})
    examples = (
        Example(
            "one requirements file",
            before=_SLIM + 'COPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "main.py"]\n',
            after=_SLIM
            + 'COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD ["python", "main.py"]\n',
            files=_APP,
        ),
        Example(
            "comments move with what they describe",
            before="FROM python:3.12-slim\n\n# the application\nCOPY . /app\nWORKDIR /app\n\n# dependencies\n"
            'RUN pip install -r requirements.txt\n\n# start\nCMD ["python", "main.py"]\n',
            after="FROM python:3.12-slim\n\nWORKDIR /app\n\nCOPY requirements.txt /app/\n\n# dependencies\n"
            "RUN pip install -r requirements.txt\n\n# the application\nCOPY . /app\n\n# start\n"
            'CMD ["python", "main.py"]\n',
            files=_APP,
        ),
        Example(
            "files that the manifest includes come along, each to its folder",
            before=_SLIM + "COPY . .\nRUN pip install -r requirements/prod.txt -c constraints.txt\n",
            after=_SLIM
            + "COPY constraints.txt .\nCOPY requirements/base.txt requirements/prod.txt ./requirements/\n"
            + "RUN pip install -r requirements/prod.txt -c constraints.txt\nCOPY . .\n",
            files={
                "requirements/prod.txt": "-r base.txt\ngunicorn\n",
                "requirements/base.txt": "flask\n",
                "constraints.txt": "flask<4\n",
                "main.py": "",
            },
        ),
        Example(
            "an install that reads no manifest just comes first",
            before=_SLIM + "COPY . .\nRUN pip install flask\n",
            after=_SLIM + "RUN pip install flask\nCOPY . .\n",
            files={"main.py": ""},
        ),
        Example(
            "system packages in between need no source",
            before=_SLIM + "COPY . .\nRUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\n"
            "RUN pip install -r requirements.txt\n",
            after=_SLIM + "RUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\n"
            "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n",
            files=_APP,
        ),
        Example(
            "the manifest has its own COPY already",
            before=_SLIM + "COPY src/ ./src/\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY src/ ./src/\n",
            files={"requirements.txt": "flask\n", "src/main.py": ""},
        ),
        Example(
            "a list of files is parted",
            before=_SLIM + "COPY main.py requirements.txt ./\nRUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY main.py ./\n",
            files=_APP,
        ),
        Example(
            "flags are kept; lower case; ADD stays where it copies the rest",
            before="from python:3.12-slim\nadd --chown=1000:1000 . /srv\nworkdir /srv\n"
            "run pip install -r requirements.txt\n",
            after="from python:3.12-slim\nworkdir /srv\ncopy --chown=1000:1000 requirements.txt /srv/\n"
            "run pip install -r requirements.txt\nadd --chown=1000:1000 . /srv\n",
            files=_APP,
        ),
        Example(
            "a builder stage, no final newline",
            before="FROM python:3.12 AS build\nCOPY . /src\nRUN pip install -r /src/requirements.txt",
            after="FROM python:3.12 AS build\nCOPY requirements.txt /src/\n"
            "RUN pip install -r /src/requirements.txt\nCOPY . /src",
            files=_APP,
        ),
        Example(
            "the manifest is copied twice already",
            before=_SLIM + "COPY . /app\nCOPY ./requirements.txt /app/requirements.txt\n"
            "RUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY ./requirements.txt /app/requirements.txt\n"
            "RUN pip install -r requirements.txt\nCOPY . /app\n",
            files=_APP,
        ),
        Example.unchanged(
            "the project itself is installed",
            _SLIM + "COPY . .\nRUN pip install -e .\n",
            {"setup.py": "", "main.py": ""},
        ),
        Example(
            "the ignore file gets a line for what the install fills",
            before="FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n",
            after="FROM node:22-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
            files={"package.json": "{}", "package-lock.json": "{}", "index.js": "", ".dockerignore": ".git\n"},
            after_files={".dockerignore": ".git\nnode_modules\n"},
        ),
        Example.unsafe(
            "no ignore file leaves out what the install fills",
            before="FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n",
            after="FROM node:22-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
            files={"package.json": "{}", "package-lock.json": "{}", "index.js": ""},
        ),
        Example(
            "what stands beside the source goes along, with its comment; the manifests stand right above the install",
            before=_SLIM + "\n# the application\nCOPY main.py ./\n# and its settings\nCOPY alembic.ini ./\n"
            "COPY requirements.txt ./\n\nRUN pip install --upgrade pip\nRUN pip install -r requirements.txt\n\n"
            'CMD ["python", "main.py"]\n',
            after=_SLIM + "\nCOPY requirements.txt ./\n\nRUN pip install --upgrade pip\n"
            "RUN pip install -r requirements.txt\n\n# the application\nCOPY main.py ./\n# and its settings\n"
            'COPY alembic.ini ./\n\nCMD ["python", "main.py"]\n',
            files={**_APP, "alembic.ini": ""},
        ),
        Example.unsafe(
            "a comment wants the source first",
            before=_SLIM + "# Copy everything first, the next steps need it\nCOPY . .\n\n"
            "# Install\nRUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt .\n\n# Install\nRUN pip install -r requirements.txt\n\n"
            "# Copy everything first, the next steps need it\nCOPY . .\n",
            files=_APP,
        ),
        Example.reported(
            "a step in between needs the source",
            _SLIM + "COPY . .\nRUN python generate.py\nRUN pip install -r requirements.txt\n",
            {**_APP, "generate.py": ""},
        ),
        Example.reported(
            "a manifest installs a folder of the project",
            _SLIM + "COPY . .\nRUN pip install -r requirements.txt\n",
            {"requirements.txt": "./lib\n", "lib/setup.py": "", "main.py": ""},
        ),
        Example.reported(
            "the ignore file hides the manifest",
            _SLIM + "COPY . .\nRUN pip install -r requirements.txt\n",
            {**_APP, ".dockerignore": "requirements.txt\n"},
        ),
        Example.unchanged(
            "manifests first, source last",
            _SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n",
            _APP,
        ),
        Example.unchanged(
            "an upgrade of pip alone is nothing gained",
            _SLIM + "COPY . .\nRUN pip install --upgrade pip\nRUN python setup.py develop\n",
            {"setup.py": ""},
        ),
        Example.unchanged(
            "the second of two installs of the same finds all there",
            _SLIM + "COPY package.json ./\nRUN npm install\nCOPY . .\nRUN npm install\n",
            {"package.json": "{}", "index.js": "", ".dockerignore": "node_modules\n"},
        ),
        Example.unchanged("no install", _SLIM + 'COPY . .\nCMD ["python", "main.py"]\n', _APP),
        Example.unchanged(
            "a certificate that pip may need is no source",
            _SLIM + "COPY ca.crt /usr/local/share/ca-certificates/\nRUN pip install flask\n",
            {"ca.crt": ""},
        ),
        Example.unchanged(
            "what another stage made is not edited",
            "FROM node:22 AS web\nFROM python:3.12-slim\nCOPY --from=web /dist /dist\nRUN pip install flask\n",
            {},
        ),
        Example.unchanged(
            "only manifests above the install",
            _SLIM + "COPY requirements/ requirements/\nRUN pip install -r requirements/base.txt\n",
            {"requirements/base.txt": "flask\n"},
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for order in stage_orders(dockerfile, context):
            place = order.copies[0].instruction
            if order.last is not None:
                last = order.last.instruction
                facts = read_files(dockerfile, context, order, last)
                yield self.finding(place, _fix(dockerfile, context, order, last), facts=facts)
            elif order.reason is not None:
                yield self.finding(place, because=order.reason)


def _fix(dockerfile: Dockerfile, context: BuildContext, order: Order, last: Instruction) -> Fix:
    layout = Layout(dockerfile, context, order, last)
    sure = certainty(dockerfile, context, order, layout)
    title = "Install before copying the source"
    if sure.doubt:
        return Fix.unsafe(title, *layout.edits(), because=sure.doubt)
    files = [FileChange(*sure.change)] if sure.change is not None else []
    return Fix.safe(title, *layout.edits(), because=sure.because, files=files)
