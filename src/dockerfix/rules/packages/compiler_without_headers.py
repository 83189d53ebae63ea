"""gcc without the C library's headers: 183 MB that cannot compile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, image
from dockerfix.image.package_work import installed_by, is_apt_work
from dockerfix.plans.packages.dropped_commands import without_commands
from dockerfix.plans.packages.idle_compilers import IdleCompiler, idle_compilers
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import remove_word, replace_word
from dockerfix.shell.apt import apt_command
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_COMPILER = re.compile(r"\bgcc\b|[ck]ompil", re.I)  # "compilar", "compiling", "Kompiler" but not "build tools"
_SLIM = "FROM python:3.12-slim\n"
_APT = "RUN apt-get update && apt-get install -y --no-install-recommends "
_END = " && rm -rf /var/lib/apt/lists/*\n"
_GCC = _APT + "gcc" + _END
_REST = 'COPY . .\nRUN pip install -r requirements.txt\nCMD ["gunicorn", "app:app"]\n'
_FLASK = {"requirements.txt": "flask\ngunicorn\n", "app.py": "import flask\n\napp = flask.Flask(__name__)\n"}
_TREES = {**_FLASK, "requirements.txt": "flask\ngunicorn\nlightgbm\n"}
_OWN = {**_FLASK, "requirements.txt": "flask\ngunicorn\nacme-internal-thing\n"}


class CompilerWithoutHeaders(Rule):
    """`--no-install-recommends gcc` on Debian installs a compiler that cannot compile.

    Why: Debian's gcc only recommends libc6-dev, which has `stdio.h` and `crti.o`. Without it no C program is compiled
    and nothing is linked, so an image that builds this way compiled nothing: 183 MB for nothing, and a larger attack
    surface.
    Fix: gcc is taken off the list, and the whole RUN where it did nothing else. Libraries that came along with gcc and
    that a package is known to load (`libgomp1` for lightgbm) are installed by name instead.
    Safety: safe where nothing brings the headers, nothing calls gcc or what comes with it, and each Python package is
    known to load none of gcc's libraries, or which. Unsafe, with `libgomp1` in its place, where that is not known. Left
    alone in images for developers, in bases for other images, and where packages are installed when the container runs.
    """

    code = "DF311"
    name = "compiler-without-headers"
    message = "gcc is installed without libc6-dev, and so cannot compile"
    sources = (
        "Debian package gcc: Recommends: libc6-dev",
        "tried on Debian 13: `gcc a.c` ends with stdio.h: No such file, `gcc -shared` with cannot find crti.o",
    )
    may_change = frozenset({Aspect.SYSTEM_PACKAGES})
    worth = Worth.megabytes(183)
    examples = (
        Example(
            "nothing else is installed: the RUN goes",
            before=_SLIM + "WORKDIR /app\n\n" + _GCC + "\n" + _REST,
            after=_SLIM + "WORKDIR /app\n\n" + _REST,
            files=_FLASK,
        ),
        Example(
            "one of several packages",
            before=_SLIM + _APT + "curl gcc libpq-dev" + _END + _REST,
            after=_SLIM + _APT + "curl libpq-dev" + _END + _REST,
            files=_FLASK,
        ),
        Example(
            "a list with a line for each",
            before=_SLIM + _APT + "\\\n    gcc \\\n    libpq-dev \\\n    && rm -rf /var/lib/apt/lists/*\n" + _REST,
            after=_SLIM + _APT + "\\\n    libpq-dev \\\n    && rm -rf /var/lib/apt/lists/*\n" + _REST,
            files=_FLASK,
        ),
        Example(
            "a comment inside the list stays",
            before=_SLIM + _APT + "\\\n    # for the probe\n    curl \\\n    gcc" + _END + _REST,
            after=_SLIM + _APT + "\\\n    # for the probe\n    curl" + _END + _REST,
            files=_FLASK,
        ),
        Example(
            "what else the RUN does stays",
            before=_SLIM + "COPY . .\n" + _APT + "gcc && \\\n    pip install -r requirements.txt && \\\n"
            '    rm -rf /var/lib/apt/lists/*\nCMD ["gunicorn", "app:app"]\n',
            after=_SLIM + 'COPY . .\nRUN pip install -r requirements.txt\nCMD ["gunicorn", "app:app"]\n',
            files=_FLASK,
        ),
        Example(
            "the flag behind the packages, commands parted by semicolons, CRLF",
            before=_SLIM.replace("\n", "\r\n")
            + "run apt-get update; apt-get install -y curl gcc --no-install-recommends; rm -rf /var/lib/apt/lists/*\r\n"
            + _REST.replace("\n", "\r\n"),
            after=_SLIM.replace("\n", "\r\n")
            + "run apt-get update; apt-get install -y curl --no-install-recommends; rm -rf /var/lib/apt/lists/*\r\n"
            + _REST.replace("\n", "\r\n"),
            files=_FLASK,
        ),
        Example(
            "a builder that compiled nothing",
            before="FROM python:3.12-slim-bookworm AS build\n"
            + _APT
            + "gcc libffi-dev"
            + _END
            + "COPY requirements.txt .\nRUN pip install --prefix=/opt/deps -r requirements.txt\n"
            "FROM python:3.12-slim-bookworm\nCOPY --from=build /opt/deps /usr/local\nCOPY app.py .\n"
            'CMD ["gunicorn", "app:app"]\n',
            after="FROM python:3.12-slim-bookworm AS build\n"
            + _APT
            + "libffi-dev"
            + _END
            + "COPY requirements.txt .\nRUN pip install --prefix=/opt/deps -r requirements.txt\n"
            "FROM python:3.12-slim-bookworm\nCOPY --from=build /opt/deps /usr/local\nCOPY app.py .\n"
            'CMD ["gunicorn", "app:app"]\n',
            files=_FLASK,
        ),
        Example(
            "lightgbm loads a library that came with gcc",
            before=_SLIM + _GCC + _REST,
            after=_SLIM + _APT + "libgomp1" + _END + _REST,
            files=_TREES,
        ),
        Example.unsafe(
            "a package that nobody looked at may load one",
            _SLIM + _GCC + _REST,
            _SLIM + _APT + "libgomp1" + _END + _REST,
            _OWN,
        ),
        Example.unsafe(
            "nothing is known of the project",
            _SLIM + _APT + "gcc curl" + _END + _REST,
            _SLIM + _APT + "libgomp1 curl" + _END + _REST,
        ),
        Example.unsafe(
            "a comment above it would stand alone",
            _SLIM + "# what the wheels need\n" + _GCC + _REST,
            _SLIM + "# what the wheels need\n" + _REST,
            _FLASK,
        ),
        Example.unchanged("recommended packages come along", _SLIM + "RUN apt-get install -y gcc\n" + _REST, _FLASK),
        Example.unchanged("libc6-dev by name", _SLIM + _APT + "gcc libc6-dev" + _END + _REST, _FLASK),
        Example.unchanged("g++ brings it", _SLIM + _APT + "gcc g++" + _END + _REST, _FLASK),
        Example.unchanged("so does build-essential", _SLIM + _APT + "build-essential gcc" + _END + _REST, _FLASK),
        Example.unchanged(
            "so do python3-dev, default-libmysqlclient-dev and zlib1g-dev",
            _SLIM + _APT + "gcc python3-dev" + _END + _APT + "gcc default-libmysqlclient-dev" + _END + _REST,
            _FLASK,
        ),
        Example.unchanged("a later RUN brings it", _SLIM + _GCC + _APT + "zlib1g-dev" + _END + _REST, _FLASK),
        Example.unchanged("a package that is not known", _SLIM + _APT + "gcc acme-sdk" + _END + _REST, _FLASK),
        Example.unchanged("the full image has it", "FROM python:3.12\n" + _GCC + _REST, _FLASK),
        Example.unchanged("a base that is not known", "FROM corp/python:3.12-slim\n" + _GCC + _REST, _FLASK),
        Example.unchanged("something calls ld", _SLIM + _GCC + "RUN ld --version\n" + _REST, _FLASK),
        Example.unchanged(
            "the program calls it",
            _SLIM + _GCC + _REST,
            {**_FLASK, "app.py": 'import subprocess\nsubprocess.run(["objdump", "-d", "x"])\n'},
        ),
        Example.unchanged(
            "an entry script installs packages",
            _SLIM + _GCC + 'COPY . .\nENTRYPOINT ["./entry.sh"]\n',
            {**_FLASK, "entry.sh": "#!/bin/sh\npip install -r requirements.txt\nexec gunicorn app:app\n"},
        ),
        Example.unchanged("a base for other images", _SLIM + _GCC, _FLASK),
        Example.unchanged("ONBUILD compiles later", _SLIM + _GCC + "ONBUILD RUN apt-get install -y g++\n", {}),
        Example.unchanged("a development stage", "FROM python:3.12-slim AS dev\n" + _GCC + _REST, _FLASK),
        Example.unchanged("text is no command", _SLIM + 'RUN echo "apt-get install gcc"\n' + _REST, _FLASK),
        Example.unchanged(
            "a script from elsewhere", _SLIM + _APT + "gcc curl" + _END + "RUN curl x.org | sh\n" + _REST, _FLASK
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if b"gcc" not in dockerfile.source:
            return
        model = image(dockerfile, context)
        for stage in model.stages:
            if any(True for _ in stage.stage.find(Run)):
                yield from (self._judged(one, model, stage) for one in idle_compilers(model, stage))

    def _judged(self, found: IdleCompiler, model: Image, stage: StageImage) -> Finding:
        place = found.word.span
        if found.leave is not None:
            return self.declined(place, found.leave)
        there = {name for step in stage.all_steps for apt in installed_by(step) for name in apt.names}
        needs = [name for name in found.needs if name not in there]
        edits = _edits(found, needs, model.dockerfile)
        if edits is None:
            return self.finding(place, because="gcc cannot be taken out without a comment; edit it by hand")
        title = f"Install {', '.join(needs)} in place of gcc" if needs else "Do not install gcc"
        doubts = found.doubts or _orphans(found, model.dockerfile, edits)
        if doubts:
            return self.finding(place, Fix.unsafe(title, *edits, because=doubts[0]))
        why = "nothing brings the C library's headers, so nothing was compiled here; nothing calls gcc"
        return self.finding(place, Fix.safe(title, *edits, because=why + _loads(needs)))


def _loads(needs: list[str]) -> str:
    return f", and what is loaded of its libraries is in {', '.join(needs)}" if needs else " or loads its libraries"


def _edits(found: IdleCompiler, needs: list[str], dockerfile: Dockerfile) -> tuple[Edit, ...] | None:
    apt = found.apt
    if needs:
        edit = replace_word(apt.command, found.word, needs[0])
        return (edit,) if edit is not None and len(needs) == 1 else None
    if len(apt.packages) > 1:
        edit = remove_word(apt.command, found.word, dockerfile.source)
        return (edit,) if edit is not None else None
    alone = len(installed_by(found.step)) == 1

    def drops(item: RunCommand) -> bool:
        return is_apt_work(item) if alone else _is(item, found)

    return without_commands(dockerfile, found.step, drops)


def _is(item: RunCommand, found: IdleCompiler) -> bool:
    apt = apt_command(item.program)
    return apt is not None and apt.command.span == found.apt.command.span


def _orphans(found: IdleCompiler, dockerfile: Dockerfile, edits: tuple[Edit, ...]) -> tuple[str, ...]:
    """The comments above that would speak of what is no longer there."""
    run = found.step.instruction
    comments = dockerfile.comments_above(run)
    goes = any(edit.span.start <= run.span.start and edit.span.end >= run.span.end for edit in edits)
    if goes and comments:
        return ("the comment above it stays, and speaks of nothing",)
    named = any(_COMPILER.search(comment.text) for comment in comments)
    return ("the comment above it speaks of gcc; change that along with it",) if named else ()
