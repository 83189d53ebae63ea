"""Files of the context that an ignore file must not hide, because the build or the program names them."""

from __future__ import annotations

import pytest
from modelled import Files, context_of, modelled

from dockerfix.plans.ignore.needs import needed_paths
from dockerfix.plans.ignore.shared_context import dockerfiles_at_root
from dockerfix.project.readers.mentions import who_speaks_of
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

FILES = {
    "Dockerfile": "",
    "main.py": "",
    "tests/test_a.py": "",
    "docs/index.md": "",
    "scripts/run.sh": "",
    "conf/app.ini": "",
    ".env": "",
}
HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"


def _needed(lines: str, files: Files | None = FILES) -> set[str]:
    model = modelled(HEAD + lines, context=context_of(files))
    return set(needed_paths(model.dockerfile, model.context))


@pytest.mark.parametrize(
    ("copy", "needed"),
    [
        ("COPY . .", set()),
        ("COPY ./ /x", set()),
        ("COPY * .", set()),
        ("COPY tests /t", {"tests"}),
        ("COPY ./docs/ .env /t/", {"docs", ".env"}),
        ("COPY docs/*.md /d/", {"docs/index.md"}),
        ("COPY t*/ /d/", {"tests"}),
        ("COPY --from=x tests /t", set()),
        ("COPY missing /t", {"missing"}),
        ("COPY .env* /t/", {".env", ".env.local"}),
        ("COPY poetry.lock* /t/", {"poetry.lock", "poetry.lock.local"}),
        ("ARG D=docs\nCOPY $D /d", {"docs"}),
        ("ARG D\nCOPY $D/index.md /d/", {"docs/index.md"}),
        ("ADD https://example.com/x /x", set()),
    ],
)
def test_what_a_copy_names(copy: str, needed: set[str]) -> None:
    assert _needed(copy) == needed


@pytest.mark.parametrize(
    ("lines", "needed"),
    [
        ("RUN sh scripts/run.sh", {"scripts/run.sh"}),
        ("RUN cd scripts && ./run.sh", {"scripts", "scripts/run.sh"}),
        ("RUN pytest tests", {"tests"}),
        ("RUN tool --config=conf/app.ini", {"conf/app.ini"}),
        ('RUN ["sh", "-c", "sh scripts/run.sh"]', {"scripts/run.sh"}),
        ("CMD sh /app/scripts/run.sh", {"scripts/run.sh"}),
        ('CMD ["sh", "-c", "cd docs && exec serve index.md"]', {"docs", "docs/index.md"}),
        ('ENTRYPOINT ["scripts/run.sh"]', {"scripts/run.sh"}),
        ("RUN echo hello", set()),
    ],
)
def test_what_a_command_names(lines: str, needed: set[str]) -> None:
    assert _needed(f"COPY . .\n{lines}") == needed


def test_start_command_runs_in_the_last_folder() -> None:
    assert _needed("COPY . .\nCMD sh run.sh\nWORKDIR scripts") == {"scripts/run.sh"}


def test_name_is_taken_for_a_path_of_the_context_where_places_are_unknown() -> None:
    assert _needed("ARG D\nWORKDIR $D\nCOPY . .\nRUN sh scripts/run.sh") == {"scripts/run.sh"}
    assert _needed("ARG D=.\nCOPY $D .\nRUN pytest tests") == {"tests"}


def test_what_another_dockerfile_copies() -> None:
    files = {**FILES, "Dockerfile.dev": "FROM x\nCOPY tests /t\n", "docs.dockerfile": "FROM x\nCOPY docs /d\n"}
    assert _needed("COPY . .", files) == {"tests", "docs"}


def test_another_dockerfile_that_is_none_says_nothing() -> None:
    assert _needed("COPY . .", {**FILES, "Dockerfile.bad": "no\n"}) == set()


def test_other_dockerfiles_are_those_at_the_root() -> None:
    files = (
        "Dockerfile",
        "Dockerfile.dev",
        "Dockerfile.dev.dockerignore",
        "x.Dockerfile",
        "Containerfile",
        "a/Dockerfile",
    )
    context = BuildContext.of_files(dict.fromkeys(files, ""))
    assert dockerfiles_at_root(context) == ("Containerfile", "Dockerfile.dev", "x.Dockerfile")


def test_reason_says_who_needs_it() -> None:
    dockerfile = parse(HEAD + "COPY docs /d\n")
    assert needed_paths(dockerfile, BuildContext.of_files(FILES))["docs"] == "the Dockerfile copies it"


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ('open("docs/index.md")', True),
        ("path = 'x/docs'", True),
        ("from docs import x", True),
        ("import docs", True),
        ("# docs are elsewhere", False),
        ("documents = 1", False),
    ],
)
def test_source_that_speaks_of_a_folder(text: str, speaks: bool) -> None:
    context = BuildContext.of_files({"main.py": text, "docs/conf.py": 'x = "docs/"'})
    assert who_speaks_of(context, "docs") == ("main.py" if speaks else None)
