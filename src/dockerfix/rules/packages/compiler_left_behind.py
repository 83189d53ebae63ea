"""A compiler in the final image: hundreds of megabytes that were needed for the build, or not even for that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockerfix.image import Image, image
from dockerfix.plans.packages.dropped_packages import without_packages_of
from dockerfix.plans.packages.left_packages import LeftPackages, left_packages
from dockerfix.plans.packages.venv_stage import venv_edits
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, RuleOptions, by_flag
from dockerfix.syntax import Dockerfile

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
_APT = "RUN apt-get update && apt-get install -y --no-install-recommends "
_END = " && rm -rf /var/lib/apt/lists/*\n"
_REQUIREMENTS = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
_REST = 'COPY . .\nCMD ["gunicorn", "app:app"]\n'
_FILES = {"requirements.txt": "flask\ngunicorn\npsycopg2\n", "app.py": "import flask\n\napp = flask.Flask(__name__)\n"}
_VENV = "RUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
_STAGE = "FROM python:3.12-slim AS build\n" + _VENV + "WORKDIR /app\n"
_LIST = "RUN apt-get update && apt-get install -y --no-install-recommends \\\n"
_COPIED = "COPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\n"
_OLD = _SLIM.replace("slim", "slim-bookworm")
_GCC = _APT + "gcc g++" + _END
_PDF = "    # for PDFs\n    libcairo2 \\\n    && rm -rf /var/lib/apt/lists/*\n"


def _crlf(text: str) -> str:
    lower = text.replace("RUN", "run").replace("COPY", "copy").replace("CMD", "cmd")
    return lower.replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class CompilerLeftBehindOptions(RuleOptions):
    """`online`: whether uv's resolver is asked for wheels, where it is not empty."""

    online: str = by_flag("")


class CompilerLeftBehind(Rule):
    """A final image of Python keeps the compiler and headers that its packages were built with.

    Why: build-essential takes 350 MB and gcc 215 MB on Debian 13, and whoever breaks in finds a compiler.
    Fix: with `--online`, where each package has a wheel and no RUN compiles anything, the compilers and -dev packages
    are taken off the list; the libraries that came with them stay by name (`libpq5` of `libpq-dev`) unless each Python
    package is known not to load them. Else, as a suggestion, a stage of its own that builds a virtual environment: it
    has the compiler, and the final stage copies the environment and installs the libraries alone.
    Safety: safe where uv's resolver finds wheels for x86-64 and ARM, for all that pip installs and all that this
    requires, and nothing in the image calls a compiler when it runs. Left alone in images for developers, in bases for
    other images, where the RUN takes the compiler away again, where packages are installed when the container runs,
    and beside packages that compile when they are used (torch, Triton, PyTensor, Numba).
    """

    code = "DF321"
    name = "compiler-left-behind"
    message = "the image keeps a compiler that only its build can need"
    sources = (
        "Docker documentation: Multi-stage builds",
        "Debian 13: installed sizes of build-essential, gcc and libpq-dev over python:3.12-slim",
    )
    may_change = frozenset({Aspect.SYSTEM_PACKAGES})
    options: CompilerLeftBehindOptions
    options_type = CompilerLeftBehindOptions
    examples = (
        Example.suggested(
            "a stage that builds the environment; libpq-dev leaves its library",
            before=_SLIM + _APT + "build-essential libpq-dev" + _END + _REQUIREMENTS + _REST,
            after=_STAGE + _APT + "build-essential libpq-dev" + _END + _REQUIREMENTS + "\n"
            + _SLIM + _APT + "libpq5" + _END + _COPIED + _REST,
            files=_FILES,
        ),
        Example.suggested(
            "nothing is left to install",
            before=_SLIM + _APT + "gcc g++" + _END + _REQUIREMENTS + _REST,
            after=_STAGE + _APT + "gcc g++" + _END + _REQUIREMENTS + "\n" + _SLIM + _COPIED + _REST,
            files=_FILES,
        ),
        Example.suggested(
            "what the image runs with stays",
            before=_SLIM + _APT + "curl build-essential libffi-dev" + _END + _REQUIREMENTS + _REST,
            after=_STAGE + _APT + "curl build-essential libffi-dev" + _END + _REQUIREMENTS + "\n"
            + _SLIM + _APT + "curl" + _END + _COPIED + _REST,
            files=_FILES,
        ),
        Example.suggested(
            "a list with a line for each; comments stay",
            before=_SLIM + "# system packages\n" + _LIST + "    build-essential \\\n    libpq-dev \\\n" + _PDF
            + _REQUIREMENTS + _REST,
            after=_STAGE + "# system packages\n" + _LIST + "    build-essential \\\n    libpq-dev \\\n" + _PDF
            + _REQUIREMENTS + "\n"
            + _SLIM + "# system packages\n" + _LIST + "    libpq5 \\\n" + _PDF + _COPIED + _REST,
            files=_FILES,
        ),
        Example.suggested(
            "an older release of Debian has other libraries",
            before=_OLD + _APT + "gcc g++ libldap2-dev" + _END + _REQUIREMENTS + _REST,
            after=_STAGE.replace("slim", "slim-bookworm") + _APT + "gcc g++ libldap2-dev" + _END + _REQUIREMENTS + "\n"
            + _OLD + _APT + "libldap-2.5-0" + _END + _COPIED + _REST,
            files=_FILES,
        ),
        Example.suggested(
            "a package that nobody looked at may load what came with gcc",
            before=_SLIM + _APT + "build-essential" + _END + _REQUIREMENTS + _REST,
            after=_STAGE + _APT + "build-essential" + _END + _REQUIREMENTS + "\n"
            + _SLIM + _APT + "libgomp1" + _END + _COPIED + _REST,
            files={**_FILES, "requirements.txt": "flask\ngunicorn\nacme-internal-thing\n"},
        ),
        Example.suggested(
            "lower case, CRLF, a stage name, packages that the command names",
            before=_crlf("from python:3.12-slim as Web\n" + _GCC + "run pip install uwsgi\n" + _REST),
            after=_crlf(
                "from python:3.12-slim as build\nrun python -m venv /opt/venv\nenv PATH=/opt/venv/bin:$PATH\n"
                + _GCC + "run pip install uwsgi\n\nfrom python:3.12-slim as Web\n"
                "copy --from=build /opt/venv /opt/venv\nenv PATH=/opt/venv/bin:$PATH\n" + _REST
            ),
            files={"app.py": "app = 1\n"},
        ),
        Example.suggested(
            "pip in two steps; the whole project is copied before",
            before=_SLIM + _APT + "build-essential" + _END + "COPY . .\nRUN pip install -U pip\n"
            'RUN pip install -r requirements.txt\nEXPOSE 8000\nCMD ["gunicorn", "app:app"]\n',
            after=_STAGE + _APT + "build-essential" + _END + "COPY . .\nRUN pip install -U pip\n"
            "RUN pip install -r requirements.txt\n\n" + _SLIM + "COPY . .\n" + _COPIED
            + 'EXPOSE 8000\nCMD ["gunicorn", "app:app"]\n',
            files=_FILES,
        ),
        Example.reported(
            "a RUN that calls the compiler", _SLIM + _GCC + _REQUIREMENTS + "RUN gcc -v\n" + _REST, _FILES
        ),
        Example.reported(
            "one RUN for all",
            _SLIM + "COPY . .\n" + _APT + "gcc g++ && pip install -r requirements.txt\n" + _REST,
            _FILES,
        ),
        Example.unchanged(
            "it is taken away again",
            _SLIM + "COPY . .\n" + _APT + "gcc g++ && pip install uwsgi && apt-get purge -y gcc g++\n" + _REST,
            _FILES,
        ),
        Example.unchanged(
            "a stage that only builds",
            "FROM python:3.12-slim AS build\n" + _GCC + _REQUIREMENTS
            + 'FROM python:3.12-slim\nCOPY --from=build /a /a\nCMD ["/a"]\n',
            _FILES,
        ),
        Example.unchanged("the full image has it", "FROM python:3.12\n" + _GCC + _REQUIREMENTS + _REST, _FILES),
        Example.unchanged(
            "packages are installed when the container runs",
            _SLIM + _GCC + _REQUIREMENTS + 'COPY . .\nENTRYPOINT ["./entry.sh"]\n',
            {**_FILES, "entry.sh": "#!/bin/sh\npip install -r extra.txt\nexec gunicorn app:app\n"},
        ),
        Example.unchanged(
            "the program calls make",
            _SLIM + _APT + "build-essential" + _END + _REQUIREMENTS + _REST,
            {**_FILES, "app.py": 'import subprocess\nsubprocess.run(["make", "report"])\n'},
        ),
        Example.unchanged(
            "a package compiles when it is used",
            _SLIM + _GCC + _REQUIREMENTS + _REST,
            {**_FILES, "requirements.txt": "flask\ngunicorn\ntorch\n"},
        ),
        Example.unchanged("a base for other images", _SLIM + _GCC + _REQUIREMENTS, _FILES),
        Example.unchanged("for developers", "FROM python:3.12-slim AS dev\n" + _GCC + _REQUIREMENTS + _REST, _FILES),
        Example.unchanged("runtime tools alone", _SLIM + _APT + "curl libpq5" + _END + _REQUIREMENTS + _REST, _FILES),
        Example.unchanged(
            "text is no command", _SLIM + 'RUN echo "apt-get install gcc g++"\n' + _REQUIREMENTS + _REST, _FILES
        ),
    )  # fmt: skip

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if b"apt" not in dockerfile.source or b"pip" not in dockerfile.source:
            return
        model = image(dockerfile, context)
        left = left_packages(model)
        if left is None:
            return
        place = left.words[0].word.span
        if left.leave is not None:
            yield self.declined(place, left.leave)
            return
        reason = ""
        if self.options.online:
            fix, reason = _dropped(model, left)
            if fix is not None:
                yield self.finding(place, fix)
                return
        yield self._in_a_stage(model, left, reason or "the package index was not asked (--online)")

    def _in_a_stage(self, model: Image, left: LeftPackages, reason: str) -> Finding:
        place, edits = left.words[0].word.span, venv_edits(model, left)
        why = (f"something may be compiled: {reason}",)
        if isinstance(edits, str):
            said = f"a stage of its own for the compiler has to be made by hand, as {edits}"
            return self.finding(place, because="; ".join((*why, said)))
        said = "what the packages of Python load of the system has to be among the libraries that stay; build it once"
        title = "Build the packages of Python in a stage of its own"
        return self.finding(place, Fix.suggestion(title, *edits, because="; ".join((*why, said))))


def _dropped(model: Image, left: LeftPackages) -> tuple[Fix | None, str]:
    """The repair where nothing is compiled, else why that is not proven."""
    from dockerfix.plans.packages.proven_wheels import proven_wheels

    if left.called is not None:
        return None, left.called
    proof = proven_wheels(model, left.stage)
    replaced = {one.word.span: left.kept(one, compiled=False) for one in left.words}
    edits = without_packages_of(model.dockerfile, left.stage, replaced) if proof.names is not None else None
    if not edits:
        return None, proof.because if proof.names is None else "the packages cannot be taken out without a comment"
    kept = sorted({name for names in replaced.values() for name in names})
    said = f"; {', '.join(kept)} stay{'' if len(kept) > 1 else 's'}, as something may load them" if kept else ""
    names = ", ".join(dict.fromkeys(one.name for one in left.words))
    return Fix.safe(f"Do not install {names}", *edits, because=proof.because + said), ""
