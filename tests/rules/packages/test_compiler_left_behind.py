"""DF321 with `--online`: what is taken out where all wheels are proven, asked for real, and what must not be."""

from __future__ import annotations

import pytest

from dockerfix.config import Settings
from dockerfix.project.releases.resolver import resolve
from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules.packages.compiler_left_behind import CompilerLeftBehind
from dockerfix.selection import rules_for
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"
INSTALL = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
TAIL = 'COPY . .\nCMD ["gunicorn", "app:app"]\n'
APP = "import flask\n\napp = flask.Flask(__name__)\n"


@pytest.fixture(autouse=True)
def index() -> None:
    """Skips the test where the package index cannot be asked."""
    answer = resolve(("six",), (), "3.12")
    if not answer.proven:
        pytest.skip(f"the package index does not answer: {answer.because}")


def apt(*names: str) -> str:
    return f"RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(names)}\n"


def findings(dockerfile: str, requirements: str = "flask\ngunicorn\n", **files: str) -> list[Finding]:
    (rule,) = rules_for([CompilerLeftBehind], Settings(online=True))
    named = {path.replace("__", "."): text for path, text in files.items()}
    context = BuildContext.of_files({"requirements.txt": requirements, "app.py": APP, **named})
    return list(rule.check(parse(dockerfile), context))


def repaired(dockerfile: str, requirements: str = "flask\ngunicorn\n", **files: str) -> str:
    """The file after what is safe."""
    fixes = [one.fix for one in findings(dockerfile, requirements, **files) if one.fix is not None]
    edits = [edit for fix in fixes if fix.applicability is Applicability.SAFE for edit in fix.edits]
    return apply_edits(parse(dockerfile).source, edits).decode()


def why_open(dockerfile: str, requirements: str = "flask\ngunicorn\n", **files: str) -> str:
    """Why nothing is proven; the suggestion is made all the same where its form fits."""
    (found,) = findings(dockerfile, requirements, **files)
    assert found.fix is None or found.fix.applicability is Applicability.SUGGESTION
    return found.because


@pytest.mark.parametrize(
    ("packages", "left"),
    [
        (("build-essential",), ()),
        (("gcc", "g++"), ()),
        (("build-essential", "curl"), ("curl",)),
        (("curl", "build-essential", "libpq-dev", "git"), ("curl", "git")),
        (("g++", "make", "python3-dev", "libffi-dev", "libssl-dev", "tini"), ("tini",)),
        (("build-essential", "libpq-dev", "libpq5"), ("libpq5",)),
        (("build-essential", "pkg-config", "default-libmysqlclient-dev"), ()),
        (("gcc=4:14.2.0-1", "g++", "curl"), ("curl",)),
    ],
)
def test_all_wheels_proven(packages: tuple[str, ...], left: tuple[str, ...]) -> None:
    before = HEAD + apt(*packages) + INSTALL + TAIL
    assert repaired(before) == HEAD + (apt(*left) if left else "") + INSTALL + TAIL


def test_the_reason_names_what_was_asked() -> None:
    (found,) = findings(HEAD + apt("build-essential") + INSTALL + TAIL)
    assert found.fix is not None
    assert "(uv, linux/amd64 and linux/arm64), and no RUN compiles anything else" in found.fix.because


def test_a_library_that_a_wheel_loads_stays() -> None:
    before = HEAD + apt("build-essential", "libmagic-dev") + INSTALL + TAIL
    after = HEAD + apt("libmagic1t64") + INSTALL + TAIL
    assert repaired(before, "flask\ngunicorn\npython-magic\n") == after


def test_lightgbm_keeps_the_library_that_came_with_gcc() -> None:
    before = HEAD + apt("build-essential") + INSTALL + TAIL
    assert repaired(before, "gunicorn\nlightgbm\n") == HEAD + apt("libgomp1") + INSTALL + TAIL


def test_packages_that_the_command_names() -> None:
    before = HEAD + apt("build-essential") + "RUN pip install flask gunicorn==23.0.0\n" + TAIL
    assert repaired(before) == before.replace(apt("build-essential"), "")


def test_what_has_no_wheel_is_compiled() -> None:
    before = HEAD + apt("build-essential", "libpq-dev") + INSTALL + TAIL
    assert "psycopg2==2.9.9 has no wheel (linux/amd64)" in why_open(before, "flask\npsycopg2==2.9.9\n")


def test_a_platform_without_wheels() -> None:
    before = HEAD + apt("build-essential") + INSTALL + TAIL
    requirements = "pyodbc==4.0.35\n"  # wheels for x86-64 alone
    if resolve(("pyodbc==4.0.35",), (), "3.11", "linux/arm64").proven:
        pytest.skip("it has wheels for ARM after all")
    assert "(linux/arm64)" in why_open(before.replace("3.12", "3.11"), requirements)


def test_the_platform_that_from_names_is_the_only_one_asked_about() -> None:
    before = (HEAD + apt("build-essential") + INSTALL + TAIL).replace("3.12", "3.11")
    before = before.replace("FROM ", "FROM --platform=linux/amd64 ")
    assert repaired(before, "pyodbc==4.0.35\n") != before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("RUN pip install --no-binary :all: lxml\n", "calls pip with --no-binary"),
        ("RUN pip install --extra-index-url https://example.com/ acme\n", "calls pip with --extra-index-url"),
        ("ENV PIP_NO_BINARY=lxml\n", "PIP_NO_BINARY may change"),
        ("RUN make report\n", "calls make"),
        ("RUN npm ci\n", "runs npm, which may compile"),
        ("RUN ./configure\n", "runs configure, which may compile"),
        ("RUN python setup.py build_ext --inplace\n", "runs python setup.py build_ext, which may compile"),
        ("RUN pip install ./vendored\n", "installs a package from a path"),
        ("RUN pip install -c limits.txt flask\n", "calls pip with -c"),
        ("RUN curl -sSf https://example.com/x.sh | sh\n", "runs what is only known at build time"),
        ("RUN pip install git+https://example.com/a.git\n", "cannot be read in full"),
        ("RUN pip install -r elsewhere/other.txt\n", "elsewhere/other.txt, which is not known"),
    ],
)
def test_what_may_compile_besides(line: str, said: str) -> None:
    before = HEAD + apt("build-essential") + INSTALL + line + TAIL
    assert said in why_open(before)


def test_requirements_from_git() -> None:
    before = HEAD + apt("build-essential", "git") + INSTALL + TAIL
    assert "with git" in why_open(before, "flask\ngit+https://example.com/a.git\n")


def test_another_index() -> None:
    before = HEAD + apt("build-essential") + INSTALL + TAIL
    assert "extra-index-url" in why_open(before, "--extra-index-url https://example.com/\nflask\n")


def test_an_extension_of_the_projects_own() -> None:
    before = HEAD + apt("build-essential") + "COPY . .\nRUN pip install .\n" + TAIL
    setup = 'from setuptools import Extension, setup\n\nsetup(name="a", ext_modules=[Extension("a", ["a.c"])])\n'
    assert "extension module" in why_open(before, setup__py=setup)


@pytest.mark.parametrize("name", ["torch", "triton", "numba", "pytensor"])
def test_packages_that_compile_when_they_are_used(name: str) -> None:
    (found,) = findings(HEAD + apt("build-essential") + INSTALL + TAIL, f"flask\n{name}\n")
    assert found.declined
    assert found.because == f"{name} calls a compiler when it is used"


def test_packages_that_compile_when_they_are_used_and_that_another_brings() -> None:
    before = HEAD + apt("build-essential") + INSTALL + TAIL
    assert "numba calls a compiler when it is used" in why_open(before, "flask\nlibrosa\n")


def test_the_stage_is_not_made_where_the_file_names_places_of_packages() -> None:
    before = HEAD + apt("build-essential") + INSTALL + 'COPY . .\nCMD ["/usr/local/bin/gunicorn", "app:app"]\n'
    assert "by hand, as the file names /usr/local/bin" in why_open(before, "psycopg2==2.9.9\n")


def test_nor_below_another_user() -> None:
    before = HEAD + apt("build-essential") + "RUN useradd app\nUSER app\n" + INSTALL + TAIL
    assert "runs as another user than root" in why_open(before, "psycopg2==2.9.9\n")


def test_nor_beside_other_stages() -> None:
    before = "FROM node:22 AS web\nRUN ls\n" + HEAD + apt("build-essential") + INSTALL + TAIL
    assert "other stages already" in why_open(before, "psycopg2==2.9.9\n")


def test_an_image_without_a_command_that_compose_starts_is_no_base_for_others() -> None:
    before = HEAD + apt("build-essential") + INSTALL + "COPY . .\n"
    compose = "services:\n  web:\n    build: .\n    command: gunicorn app:app\n"
    assert repaired(before) == before
    assert repaired(before, compose__yaml=compose) == HEAD + INSTALL + "COPY . .\n"


def test_a_compose_file_that_calls_the_compiler_keeps_it() -> None:
    compose = "services:\n  web:\n    build: .\n    command: sh -c 'make assets && gunicorn app:app'\n"
    before = HEAD + apt("build-essential") + INSTALL + TAIL
    assert repaired(before, compose__yaml=compose) == before


def test_a_compiler_that_cannot_compile_is_left_to_its_own_rule() -> None:
    assert findings(HEAD + apt("gcc", "curl") + INSTALL + TAIL) == []
