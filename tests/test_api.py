"""dockerfix from Python: a text, a file, a `DockerfileParser`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

import dockerfix
from dockerfix.adapter import fix_parser
from dockerfix.errors import FileError, ParseError, UsageError
from dockerfix.rule import BuildContext

PIP = "FROM python:3.12-slim\nRUN pip install flask\n"
PIP_REPAIRED = "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"
COPIES = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"


def test_all_that_is_promised_is_there() -> None:
    assert all(hasattr(dockerfix, name) for name in dockerfix.__all__)
    assert dockerfix.__version__.count(".") >= 2


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="fix_everything"):
        dockerfix.fix_everything  # noqa: B018


@pytest.mark.parametrize("source", [PIP, PIP.encode()])
def test_a_text_is_repaired(source: str | bytes) -> None:
    outcome = dockerfix.fix_source(source, select=["DF301"])
    assert outcome.after.text == PIP_REPAIRED
    assert [applied.finding.code for applied in outcome.applied] == ["DF301"]


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    source = b"FROM python:3.12-slim\n# \xff\nRUN pip install flask\n"
    assert dockerfix.fix_source(source, select=["DF301"]).after.source == source.replace(
        b"install", b"install --no-cache-dir"
    )


def test_rules_are_chosen() -> None:
    assert not dockerfix.fix_source(PIP, ignore=["pip-cache-kept"]).changed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"select": ["DF999"]}, "select: there is no rule DF999"),
        ({"ignore": ["DF999"]}, "ignore: there is no rule DF999"),
        ({"select": ["DF301"], "ignore": ["DF3"]}, "DF301 is both selected and ignored"),
        ({"python": "three"}, 'python: "3.13" is what a version looks like'),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        dockerfix.fix_source(PIP, **arguments)  # type: ignore[arg-type]


def test_text_that_is_no_dockerfile() -> None:
    with pytest.raises(ParseError) as caught:
        dockerfix.fix_source("FROM a\nNOPE\n")
    assert caught.value.line == 2


def test_the_context_may_be_a_folder_or_an_object(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print()\n")
    for context in (tmp_path, str(tmp_path), BuildContext.at(tmp_path, "Dockerfile")):
        outcome = dockerfix.fix_source(COPIES, context=context, select=["DF601"])
        assert [change.path for change in outcome.files] == [".dockerignore"]
    assert not (tmp_path / ".dockerignore").exists()


def test_a_file_is_repaired_in_place_with_the_files_around_it(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print()\n")
    (tmp_path / "Dockerfile").write_text(COPIES)
    assert dockerfix.fix_file(tmp_path / "Dockerfile", select=["DF601"]).changed
    assert (tmp_path / ".dockerignore").is_file()
    assert not dockerfix.fix_file(tmp_path / "Dockerfile", select=["DF601"]).changed


INSTALL = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
REORDERED = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"


def _project(root: Path, contexts: tuple[str, ...], files: dict[str, str]) -> Path:
    """A repository with a Dockerfile in docker/ that a compose file builds from these folders; returns its path."""
    (root / ".git").mkdir(exist_ok=True)
    services = ["services:"]
    for at, context in enumerate(contexts):
        dockerfile = "docker/Dockerfile" if context == "." else "../docker/Dockerfile"
        services.append(f"  s{at}:\n    build: {{context: {context}, dockerfile: {dockerfile}}}")
    for path, text in {**files, "compose.yaml": "\n".join(services)}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root / "docker/Dockerfile"


def test_a_file_is_repaired_in_the_context_that_the_repository_names(tmp_path: Path) -> None:
    file = _project(tmp_path, (".",), {"requirements.txt": "flask\n", "docker/Dockerfile": INSTALL})
    assert REORDERED in dockerfix.fix_file(file, select=["DF201"]).after.text


def test_other_files_are_written_into_the_context_that_the_repository_names(tmp_path: Path) -> None:
    file = _project(tmp_path, (".",), {".env": "A=1\n", "main.py": "", "docker/Dockerfile": COPIES})
    assert dockerfix.fix_file(file, select=["DF601"]).changed
    assert (tmp_path / ".dockerignore").is_file()
    assert not (tmp_path / "docker/.dockerignore").exists()


def test_a_file_built_from_two_folders_gets_what_is_right_in_both(tmp_path: Path) -> None:
    files = {"a/requirements.txt": "flask\n", "a/main.py": "", "b/requirements.txt": "-e .\n", "b/setup.py": ""}
    file = _project(tmp_path, ("a", "b"), {**files, "docker/Dockerfile": INSTALL})
    outcome = dockerfix.fix_file(file, select=["DF201"])
    assert not outcome.changed
    assert "it is built from" in outcome.remaining[0].finding.because


def test_the_context_that_is_named_wins(tmp_path: Path) -> None:
    files = {"a/requirements.txt": "flask\n", "a/main.py": "", "docker/Dockerfile": INSTALL}
    file = _project(tmp_path, (".",), files)
    assert REORDERED in dockerfix.fix_file(file, context=tmp_path / "a", select=["DF201"]).after.text


def test_the_ignore_file_beside_a_dockerfile_outside_its_context_counts(tmp_path: Path) -> None:
    files = {"docker/Dockerfile": COPIES, "docker/Dockerfile.dockerignore": ".env\n", "web/.env": "A=1\n"}
    assert not dockerfix.fix_file(_project(tmp_path, ("web",), files), select=["DF601"]).changed


def test_what_changed_between_two_calls_is_read_anew(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "docker/Dockerfile": INSTALL, "web/main.py": ""}
    assert not dockerfix.fix_file(_project(tmp_path, ("web",), files), select=["DF201"], write=False).changed
    assert dockerfix.fix_file(_project(tmp_path, (".",), files), select=["DF201"], write=False).changed


def test_a_file_may_only_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(PIP)
    assert dockerfix.fix_file(str(tmp_path / "Dockerfile"), select=["DF301"], write=False).after.text == PIP_REPAIRED
    assert (tmp_path / "Dockerfile").read_text() == PIP


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        dockerfix.fix_file(tmp_path / "Dockerfile")


class TestParser:
    def test_its_file_is_rewritten(self, tmp_path: Path) -> None:
        (tmp_path / "Dockerfile").write_bytes(PIP.replace("\n", "\r\n").encode())
        parser = DockerfileParser(str(tmp_path))
        assert fix_parser(parser, select=["DF301"]).changed
        assert (tmp_path / "Dockerfile").read_bytes() == PIP_REPAIRED.replace("\n", "\r\n").encode()
        assert parser.structure[1]["value"] == "pip install --no-cache-dir flask"

    def test_its_file_object_is_rewritten(self) -> None:
        file = io.BytesIO(PIP.encode())
        parser = DockerfileParser(fileobj=file)
        fix_parser(parser, select=["DF301"])
        assert file.getvalue() == PIP_REPAIRED.encode()

    def test_its_cache_is_renewed(self, tmp_path: Path) -> None:
        (tmp_path / "Dockerfile").write_text(PIP)
        parser = DockerfileParser(str(tmp_path), cache_content=True)
        fix_parser(parser, select=["DF301"])
        assert parser.content == PIP_REPAIRED

    def test_the_folder_of_its_file_is_the_context(self, tmp_path: Path) -> None:
        (tmp_path / "main.py").write_text("print()\n")
        (tmp_path / "Dockerfile").write_text(COPIES)
        outcome = fix_parser(DockerfileParser(str(tmp_path)), select=["DF601"])
        assert [change.path for change in outcome.files] == [".dockerignore"]
        assert not (tmp_path / ".dockerignore").exists()

    def test_what_is_no_dockerfile_is_left(self) -> None:
        file = io.BytesIO(b"NOPE\n")
        with pytest.raises(ParseError):
            fix_parser(DockerfileParser(fileobj=file))
        assert file.getvalue() == b"NOPE\n"
