"""The project and its dependencies installed by one RUN: every edit of the code installs everything again."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.plans.order import Layout, Order, certainty, chef_edits, parted_orders, read_files
from dockerfix.rule import Aspect, BuildContext, Example, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Instruction

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
_NODE = "FROM node:22-slim\nWORKDIR /app\n"
_IGNORED = {".dockerignore": ".venv\nnode_modules\n"}
_PACKAGE = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
_UV = {
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n' + _PACKAGE,
    "uv.lock": "version = 1\n",
    "src/app/__init__.py": "",
    **_IGNORED,
}
_POETRY = {
    "pyproject.toml": '[tool.poetry]\nname = "app"\nversion = "1"\n[tool.poetry.dependencies]\nflask = "*"\n',
    "poetry.lock": "",
    "app/__init__.py": "",
    **_IGNORED,
}
_SETUPTOOLS = {
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = {file = ["requirements.txt"]}\n',
    "requirements.txt": "flask\n",
    "app/__init__.py": "",
}
_NPM = {
    "package.json": '{"name": "app", "scripts": {"build": "vite build"}}',
    "package-lock.json": "{}",
    "src/main.js": "",
    **_IGNORED,
}


class InstallWithSource(Rule):
    """One RUN installs the dependencies and needs the source, so each edit of the code installs them again.

    Why: `uv sync`, `poetry install` or `pip install .` below `COPY . .` install the project, a few files, together with
    all that it depends on; `npm ci && npm run build` does the same in one RUN. Every edit of the code then downloads
    and installs all dependencies anew.
    Fix: the form that each package manager's documentation has for images: the manifests and an install of the
    dependencies alone (`uv sync --no-install-project`, `poetry install --no-root`, `pdm install --no-self`,
    `uv pip install -r pyproject.toml`, `go mod download`, `pnpm fetch`, `composer install --no-scripts
    --no-autoloader`, `dotnet restore`, `mvn dependency:go-offline`), then the source, then the install as it was,
    which finds them there. A list of commands is cut in front of the first one that needs the source.
    Safety: safe when the build context shows all that the dependencies' install reads. What cannot be parted is
    reported with the reason. `pip install .` is parted where its dependencies stand in a requirements file, and with
    `--only-deps` where the image is known to have pip 26.2; a suggestion where it may have, where setuptools would make
    an empty package of the manifest, or where uv could read it.
    Scripts of Gradle are code, so a person decides; Cargo takes no manifest without its sources, and needs cargo-chef.
    """

    code = "DF202"
    name = "install-with-source"
    message = "one RUN installs dependencies and needs the source: each edit installs everything again"
    sources = (
        "uv documentation: Using uv in Docker, Intermediate layers",
        "Poetry documentation: FAQ, Docker cache; Commands, --no-root",
        "PDM documentation: CLI reference, --no-self",
        "pnpm documentation: pnpm fetch",
        "Go modules reference: go mod download",
        "Composer documentation: Command-line interface, install",
        "Microsoft documentation: dotnet restore",
        "Docker documentation: Java guide (dependency:go-offline)",
        "Docker documentation: Optimize cache usage in builds",
    )
    may_change = frozenset({Aspect.LAYER_ORDER, Aspect.COMMANDS, Aspect.BUILD_CONTEXT})
    examples = (
        Example(
            "uv: the dependencies first, the project last",
            before=_SLIM + "COPY . .\nRUN uv sync --locked\n",
            after=_SLIM + "COPY pyproject.toml uv.lock ./\nRUN uv sync --no-install-project --locked\n"
            "COPY . .\nRUN uv sync --locked\n",
            files=_UV,
        ),
        Example(
            "Poetry: the tool moves up too, paragraphs stay paragraphs",
            before=_SLIM + "\nCOPY . .\n\nRUN pip install poetry\nRUN poetry install --only main\n\n"
            'CMD ["poetry", "run", "app"]\n',
            after=_SLIM + "\nRUN pip install poetry\nCOPY pyproject.toml poetry.lock ./\n"
            "RUN poetry install --no-root --only main\n\nCOPY . .\n\nRUN poetry install --only main\n\n"
            'CMD ["poetry", "run", "app"]\n',
            files=_POETRY,
        ),
        Example(
            "what stands in front in the same RUN goes along",
            before=_SLIM + "COPY . .\nRUN pip install poetry && \\\n    poetry install\n",
            after=_SLIM + "COPY pyproject.toml poetry.lock ./\n"
            "RUN pip install poetry && \\\n    poetry install --no-root\nCOPY . .\nRUN poetry install\n",
            files=_POETRY,
        ),
        Example(
            "flags of the RUN are kept",
            before=_SLIM + "COPY . .\nRUN --mount=type=cache,target=/root/.cache/uv \\\n    uv sync --frozen\n",
            after=_SLIM + "COPY pyproject.toml uv.lock ./\n"
            "RUN --mount=type=cache,target=/root/.cache/uv \\\n    uv sync --no-install-project --frozen\n"
            "COPY . .\nRUN --mount=type=cache,target=/root/.cache/uv \\\n    uv sync --frozen\n",
            files=_UV,
        ),
        Example(
            "uv pip reads a pyproject.toml without building it",
            before=_SLIM + "COPY . .\nRUN uv pip install --system -e .\n",
            after=_SLIM + "COPY pyproject.toml .\nRUN uv pip install --system -r pyproject.toml\n"
            "COPY . .\nRUN uv pip install --system -e .\n",
            files=_UV,
        ),
        Example(
            "setuptools takes the dependencies from a file",
            before=_SLIM + "COPY . .\nRUN pip install --no-cache-dir .\n",
            after=_SLIM + "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
            "COPY . .\nRUN pip install --no-cache-dir .\n",
            files=_SETUPTOOLS,
        ),
        Example(
            "requirements and the project in one command",
            before=_SLIM + "COPY . .\nRUN pip install -r requirements.txt -e .\n",
            after=_SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"
            "COPY . .\nRUN pip install -r requirements.txt -e .\n",
            files={"requirements.txt": "flask\n", "setup.py": "", "main.py": ""},
        ),
        Example(
            "an install and a build in one RUN",
            before=_NODE + "COPY . .\nRUN npm ci && npm run build\n",
            after=_NODE + "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n",
            files=_NPM,
        ),
        Example(
            "the ignore file gets a line for what the install fills",
            before=_SLIM + "COPY . .\nRUN uv sync\n",
            after=_SLIM + "COPY pyproject.toml uv.lock ./\nRUN uv sync --no-install-project\nCOPY . .\nRUN uv sync\n",
            files={**_UV, ".dockerignore": ".git"},
            after_files={".dockerignore": ".git\n.venv\n"},
        ),
        Example.unsafe(
            "no ignore file leaves out what is installed",
            before=_NODE + "COPY . .\nRUN npm ci && npm run build\n",
            after=_NODE + "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n",
            files={path: text for path, text in _NPM.items() if path != ".dockerignore"},
        ),
        Example.unsafe(
            "setup.py reads a requirements file",
            before=_SLIM + "COPY . .\nRUN pip install .\n",
            after=_SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN pip install .\n",
            files={
                "setup.py": "from setuptools import setup\nsetup(install_requires=open('requirements.txt').read())\n",
                "requirements.txt": "flask\n",
                "app/__init__.py": "",
            },
        ),
        Example.suggested(
            "setuptools makes an empty package of the manifest alone",
            before=_SLIM + "COPY . .\nRUN pip install .\n",
            after=_SLIM + "COPY pyproject.toml .\nRUN pip install .\nCOPY . .\nRUN pip install .\n",
            files={
                "pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n',
                "app/__init__.py": "",
            },
        ),
        Example.suggested(
            "uv reads the dependencies of any other manifest, which pip cannot",
            before=_SLIM + "COPY . .\nRUN pip install --no-cache-dir .\n",
            after=_SLIM + "COPY pyproject.toml .\n"
            "RUN pip install --no-cache-dir uv && uv pip install --no-cache --system -r pyproject.toml\n"
            "COPY . .\nRUN pip install --no-cache-dir .\n",
            files={**_UV, "uv.lock": ""},
        ),
        Example.reported(
            "pip cannot install the dependencies of a project alone",
            _SLIM + "COPY . .\nRUN pip install .\n",
            {"setup.py": "from setuptools import setup\nsetup(install_requires=['flask'])\n", "main.py": ""},
        ),
        Example.reported(
            "what tidies up has to stay in its layer",
            _SLIM + "COPY . .\nRUN apk add --no-cache gcc && uv sync && python build.py && apk del gcc\n",
            {**_UV, "build.py": ""},
        ),
        Example.reported(
            "a folder that holds for all that follows",
            _NODE + "COPY . .\nRUN cd web && npm ci && npm run build\n",
            {f"web/{path}": text for path, text in _NPM.items()},
        ),
        Example.unchanged(
            "the dependencies are installed already",
            _SLIM + "COPY pyproject.toml uv.lock ./\nRUN uv sync --locked --no-install-project\n"
            "COPY . .\nRUN uv sync --locked\n",
            _UV,
        ),
        Example.unchanged(
            "requirements first, the project below",
            _SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN pip install -e .\n",
            {"requirements.txt": "flask\n", "setup.py": "", "main.py": ""},
        ),
        Example.unchanged(
            "a project that is no package is for copy-before-install",
            _SLIM + "COPY . .\nRUN uv sync\n",
            {"pyproject.toml": '[project]\nname = "app"\nversion = "1"\n', "main.py": "", **_IGNORED},
        ),
        Example.unchanged("nothing is installed", _SLIM + "COPY . .\nRUN python build.py\n", {"build.py": ""}),
        Example.unchanged(
            "system packages stay with what is built from them",
            _SLIM + "COPY . .\nRUN apt-get update && apt-get install -y gcc && make\n",
            {"Makefile": ""},
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for order in parted_orders(dockerfile, context):
            assert order.blocker is not None  # the RUN to be parted
            place = order.blocker.instruction
            if order.parting is None:
                yield self.finding(place, _offer(dockerfile, context, order), because=order.reason or "")
            else:
                facts = read_files(dockerfile, context, order, place)
                yield self.finding(place, _fix(dockerfile, context, order, place), facts=facts)


def _offer(dockerfile: Dockerfile, context: BuildContext, order: Order) -> Fix | None:
    """What a person may do where nothing can be parted."""
    edits = chef_edits(dockerfile, context, order)
    if edits is None:
        return None
    return Fix.suggestion("Build the dependencies with cargo-chef", *edits, because=order.reason or "")


def _fix(dockerfile: Dockerfile, context: BuildContext, order: Order, run: Instruction) -> Fix:
    layout = Layout(dockerfile, context, order, run)
    sure = certainty(dockerfile, context, order, layout)
    title = "Install the dependencies before copying the source"
    if order.parting is not None and order.parting.by_person:
        return Fix.suggestion(title, *layout.edits(), because=sure.doubt or "a person has to decide")
    if sure.doubt:
        return Fix.unsafe(title, *layout.edits(), because=sure.doubt)
    files = [FileChange(*sure.change)] if sure.change is not None else []
    return Fix.safe(title, *layout.edits(), because=sure.because, files=files)
