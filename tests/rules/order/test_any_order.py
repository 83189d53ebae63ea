"""Any mixture of copies, installs and other steps: the repair settles, and the gate has nothing to hold back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.fix import repair
from dockerfix.rule import BuildContext
from dockerfix.rules.order.copy_before_install import CopyBeforeInstall
from dockerfix.rules.order.install_with_source import InstallWithSource
from dockerfix.syntax import parse

FILES = {
    "requirements.txt": "flask\n",
    "main.py": "",
    "alembic.ini": "",
    "src/a.py": "",
    "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[build-system]\nbuild-backend = "hatchling.build"\n',
    "uv.lock": "version = 1\n",
    "package.json": '{"scripts": {"build": "x"}}',
    "package-lock.json": "{}",
    "entry.sh": "#!/bin/sh\n",
    ".dockerignore": ".venv\nnode_modules\n",
}
COPIES = [
    "COPY . .",
    "COPY . /app/",
    "ADD . /srv/x",
    "COPY src ./src",
    "COPY main.py alembic.ini ./",
    "COPY requirements.txt .",
    "COPY --link . .",
    'COPY [".", "/app/"]',
    "COPY entry.sh /entry.sh",
]
RUNS = [
    "RUN pip install -r requirements.txt",
    "RUN pip install --upgrade pip",
    "RUN pip install flask",
    "RUN uv sync --locked",
    "RUN uv sync --no-install-project",
    "RUN uv pip install --system .",
    "RUN npm ci && npm run build",
    "RUN pip install -r requirements.txt \\\n    && python main.py",
    "RUN apt-get update && apt-get install -y gcc",
    "RUN python main.py",
    "RUN chmod +x /entry.sh",
]
OTHERS = [
    "WORKDIR /srv",
    "ENV A=1",
    "USER app",
    "VOLUME /x",
    "",
    "# Copy the code",
    "# RUN old",
    "#####",
    "FROM python:3.12-slim",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*COPIES, *RUNS, *OTHERS]), min_size=2, max_size=10), st.booleans())
def test_repair_settles_and_keeps_what_it_promises(lines: list[str], crlf: bool) -> None:
    text = "\n".join(["FROM python:3.12-slim", "WORKDIR /app", *lines, "RUN npm ci"]) + "\n"
    text = text.replace("\n", "\r\n") if crlf else text
    context = BuildContext.of_files(FILES)
    rules = [CopyBeforeInstall(), InstallWithSource()]
    outcome = repair(parse(text), context, rules, unsafe=True)
    assert not outcome.held_back
    assert not repair(outcome.after, context, rules, unsafe=True).changed
    assert repair(parse(text), context, rules[::-1], unsafe=True).after.source == outcome.after.source
