"""Which folder a Dockerfile is built from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dockerfix.plans.ignore.fitting import contexts_of, fitting_context, missing_source
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import forget_repositories
from dockerfix.syntax import parse

PYTHON = "FROM python:3.12-slim\nWORKDIR /app\n"
APP = {"requirements.txt": "flask\n", "app.py": ""}


@pytest.fixture(autouse=True)
def _forgetting() -> Iterator[None]:
    forget_repositories()
    yield
    forget_repositories()


def write(root: Path, files: Mapping[str, str]) -> None:
    (root / ".git").mkdir(exist_ok=True)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def guess(root: Path, path: str, files: Mapping[str, str]) -> str | None:
    """The folder taken for the Dockerfile at `path`, whose text is among the files; None for none."""
    write(root, files)
    context, _ = fitting_context(parse(files[path]), root / path, root)
    return None if context.root is None else context.root.relative_to(root).as_posix()


def choices(root: Path, path: str, files: Mapping[str, str]) -> list[str | None]:
    write(root, files)
    found = contexts_of(parse(files[path]), root / path, root)
    roots = [choice.context.root for choice in found]
    return [None if place is None else place.relative_to(root).as_posix() for place in roots]


# --- nobody says ----------------------------------------------------------------------------------------------------


def test_own_folder_with_all_that_copy_names(tmp_path: Path) -> None:
    files = {
        "web/Dockerfile": PYTHON + "COPY requirements.txt app.py ./\n",
        "web/requirements.txt": "",
        "web/app.py": "",
    }
    assert guess(tmp_path, "web/Dockerfile", {**files, **APP}) == "web"


def test_folder_above_with_what_the_own_one_lacks(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY requirements.txt .\nCOPY . .\n"
    assert guess(tmp_path, "docker/Dockerfile", {"docker/Dockerfile": dockerfile, "docker/entry.sh": "", **APP}) == "."


def test_nearest_of_several_folders_above(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY requirements.txt .\n"
    files = {"web/docker/Dockerfile": dockerfile, "web/requirements.txt": "", **APP}
    assert guess(tmp_path, "web/docker/Dockerfile", files) == "web"


def test_dockerfile_of_the_context_is_known(tmp_path: Path) -> None:
    files = {"docker/Dockerfile": PYTHON + "COPY requirements.txt .\n", **APP}
    write(tmp_path, files)
    context, _ = fitting_context(parse(files["docker/Dockerfile"]), tmp_path / "docker/Dockerfile", tmp_path)
    assert context.dockerfile == "docker/Dockerfile"


@pytest.mark.parametrize(
    "command",
    [
        "RUN pip install -r requirements.txt\n",
        'CMD ["python", "app.py"]\n',
        "CMD python app.py\n",
        'ENTRYPOINT ["/app/start.sh"]\n',
        "CMD exec gunicorn app:app -b :$PORT\n",
        'CMD ["uvicorn", "web.main:app"]\n',
        "RUN cd web && npm ci\n",
        "RUN make\n",
        "RUN pip install .\n",
        "RUN sh ./start.sh\n",
        "RUN gradle :web:bootJar\n",
    ],
)
def test_folder_that_commands_expect(tmp_path: Path, command: str) -> None:
    files = {
        "docker/Dockerfile": PYTHON + "COPY . .\n" + command,
        "docker/nginx.conf": "",
        "start.sh": "",
        "Makefile": "",
        "setup.py": "",
        "web/package.json": "{}",
        **APP,
    }
    assert guess(tmp_path, "docker/Dockerfile", files) == "."


def test_own_folder_where_nothing_above_fits_better(tmp_path: Path) -> None:
    files = {"web/Dockerfile": PYTHON + "COPY . .\nRUN make all\n", "web/generate.py": "", **APP}
    assert guess(tmp_path, "web/Dockerfile", files) == "web"


def test_folder_of_nothing_but_dockerfiles_is_not_copied_whole(tmp_path: Path) -> None:
    files = {"docker/web/Dockerfile": PYTHON + "COPY . .\nRUN pip install -r requirements.txt\n",
             "docker/db/Dockerfile": "FROM postgres:16\n", **APP}  # fmt: skip
    assert guess(tmp_path, "docker/web/Dockerfile", files) == "."


def test_bind_mounts_need_their_sources(tmp_path: Path) -> None:
    run = "RUN --mount=type=bind,source=requirements.txt,target=/r.txt pip install -r /r.txt\n"
    assert guess(tmp_path, "docker/Dockerfile", {"docker/Dockerfile": PYTHON + run, "docker/x": "", **APP}) == "."


def test_several_folders_that_nothing_tells_apart(tmp_path: Path) -> None:
    files = {"docker/web/Dockerfile": PYTHON + "COPY . .\n", "docker/nginx.conf": "", **APP}
    assert guess(tmp_path, "docker/web/Dockerfile", files) is None


def test_folder_of_no_repository_is_not_copied_whole_by_a_guess(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY . .\n"
    write(tmp_path, {"a/Dockerfile": dockerfile, **APP})
    (tmp_path / ".git").rmdir()
    assert not fitting_context(parse(dockerfile), tmp_path / "a/Dockerfile", tmp_path)[0].known


def test_folder_above_that_lacks_what_commands_expect(tmp_path: Path) -> None:
    files = {"docker/Dockerfile": PYTHON + "COPY . .\nRUN make\n", **APP}
    assert guess(tmp_path, "docker/Dockerfile", files) is None
    files = {"docker/Dockerfile": PYTHON + "COPY requirements.txt .\nCOPY . .\nRUN make\n", **APP}
    assert guess(tmp_path, "docker/Dockerfile", files) == "."


def test_no_folder_fits(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY requirements.txt settings.yaml ./\n"
    write(tmp_path, {"web/Dockerfile": dockerfile, **APP})
    context, missing = fitting_context(parse(dockerfile), tmp_path / "web/Dockerfile", tmp_path)
    assert not context.known
    assert missing == "requirements.txt"


@pytest.mark.parametrize("source", ["dist", "build/app", "target/app-1.jar", "model.bin"])
def test_what_a_build_makes_before_may_be_missing(tmp_path: Path, source: str) -> None:
    dockerfile = PYTHON + f"COPY requirements.txt ./\nCOPY {source} ./\n"
    assert guess(tmp_path, "Dockerfile", {"Dockerfile": dockerfile, ".gitignore": "*.bin\n", **APP}) == "."


def test_nothing_above_the_top_is_looked_at(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY requirements.txt .\n"
    write(tmp_path, {"a/b/Dockerfile": dockerfile, **APP})
    context, missing = fitting_context(parse(dockerfile), tmp_path / "a/b/Dockerfile", tmp_path / "a")
    assert (context.known, missing) == (False, "requirements.txt")
    assert not fitting_context(parse(dockerfile), tmp_path / "a/b/Dockerfile", None)[0].known


@pytest.mark.parametrize("copy", ["COPY $FILE .", "COPY *.lock .", "COPY --from=x /a .", "ADD https://x/y ."])
def test_sources_that_prove_nothing(copy: str) -> None:
    context = BuildContext.of_files({})
    assert missing_source(parse(f"FROM scratch AS x\nFROM debian:12\n{copy}\n"), context) is None


# --- somebody says --------------------------------------------------------------------------------------------------


def test_compose_file_decides(tmp_path: Path) -> None:
    files = {
        "web/Dockerfile": PYTHON + "COPY . .\n",
        "web/app.py": "",
        "compose.yaml": "services:\n  web:\n    build: {context: ., dockerfile: web/Dockerfile}\n",
    }
    assert choices(tmp_path, "web/Dockerfile", files) == ["."]


def test_who_says_so_is_told(tmp_path: Path) -> None:
    files = {
        "Dockerfile": PYTHON,
        "compose.yaml": "services:\n  web: {build: .}\n",
        "Makefile": "x:\n\tdocker build .\n",
    }
    write(tmp_path, files)
    (choice,) = contexts_of(parse(PYTHON), tmp_path / "Dockerfile", tmp_path)
    assert [use.place for use in choice.uses] == ["compose.yaml:2", "Makefile:2"]


def test_two_contexts(tmp_path: Path) -> None:
    files = {
        "web/Dockerfile": PYTHON + "COPY app.py .\n",
        "web/app.py": "",
        "app.py": "",
        "compose.yaml": "services:\n  web: {build: web}\n",
        "Makefile": "x:\n\tdocker build -f web/Dockerfile .\n",
    }
    assert choices(tmp_path, "web/Dockerfile", files) == ["web", "."]


def test_build_that_fails_today_counts_only_where_all_do(tmp_path: Path) -> None:
    files = {
        "web/Dockerfile": PYTHON + "COPY app.py .\n",
        "web/app.py": "",
        "compose.yaml": "services:\n  web: {build: web}\n",
        "Makefile": "x:\n\tdocker build -f web/Dockerfile .\n",
    }
    assert choices(tmp_path, "web/Dockerfile", files) == ["web"]
    (tmp_path / "web/app.py").unlink()
    forget_repositories()
    del files["web/app.py"]
    assert choices(tmp_path, "web/Dockerfile", files) == ["web", "."]


def test_uncertain_reading_counts_where_it_fits(tmp_path: Path) -> None:
    files = {"Dockerfile": PYTHON + "COPY app.py .\n", "build.sh": "docker build $FLAGS .\n", "app.py": ""}
    assert choices(tmp_path, "Dockerfile", files) == ["."]
    files = {"web/Dockerfile": PYTHON + "COPY app.py .\n", "web/build.sh": "docker build $FLAGS ..\n", "web/app.py": ""}
    assert choices(tmp_path, "web/Dockerfile", files) == ["web"]


def test_context_that_is_made_for_the_build(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY app /app\n",
        ".goreleaser.yaml": "dockers:\n  - dockerfile: Dockerfile\n",
    }
    write(tmp_path, files)
    (choice,) = contexts_of(parse(files["Dockerfile"]), tmp_path / "Dockerfile", tmp_path)
    assert (choice.context.known, choice.missing, len(choice.uses)) == (False, None, 1)


def test_nobody_says_and_nothing_fits(tmp_path: Path) -> None:
    dockerfile = PYTHON + "COPY app.py .\n"
    write(tmp_path, {"Dockerfile": dockerfile})
    (choice,) = contexts_of(parse(dockerfile), tmp_path / "Dockerfile", tmp_path)
    assert (choice.context.known, choice.missing, choice.uses) == (False, "app.py", ())
