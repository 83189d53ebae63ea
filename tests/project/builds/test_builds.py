"""The builds of a repository, of a Dockerfile and of a build context."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import repository, told

from dockerfix.project.builds.reading import Mount, build_uses, builds_of, uses_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import forget_repositories, repository_of, repository_root, share_repository

COMPOSE = "services:\n  web:\n    build: {context: ., dockerfile: docker/Dockerfile}\n"
BACKEND = "services:\n  api:\n    build: ./backend\n    volumes: ['./backend:/app', './data:/data']\n"


@pytest.fixture(autouse=True)
def _forgetting() -> None:
    forget_repositories()


def test_files_in_their_order(tmp_path: Path) -> None:
    found = repository(
        tmp_path,
        {
            "Dockerfile": "",
            "Makefile": "x:\n\tdocker build .\n",
            "compose.yaml": "services:\n  web: {build: .}\n",
            ".github/workflows/ci.yml": "jobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n",
        },
    )
    assert told(build_uses(found)) == [
        "Dockerfile from . (compose.yaml:2)",
        "Dockerfile from . (Makefile:2)",
        "Dockerfile from . (.github/workflows/ci.yml:4)",
    ]


def test_foreign_folders_and_deep_ones_are_left_out(tmp_path: Path) -> None:
    text = "services:\n  web: {build: .}\n"
    places = ("node_modules/x", ".venv/x", "a/b/c", "a/b/c/d")
    files = {f"{place}/{name}": text for place in places for name in ("compose.yaml", "Dockerfile")}
    assert told(build_uses(repository(tmp_path, files))) == ["a/b/c/Dockerfile from a/b/c (a/b/c/compose.yaml:2)"]


def test_files_beside_a_deep_dockerfile_count(tmp_path: Path) -> None:
    text = "services:\n  web: {build: .}\n"
    found = repository(tmp_path, {"a/b/c/d/e/Dockerfile": "", "a/b/c/d/e/compose.yaml": text})
    assert told(uses_of(found, "a/b/c/d/e/Dockerfile")) == [
        "a/b/c/d/e/Dockerfile from a/b/c/d/e (a/b/c/d/e/compose.yaml:2)"
    ]


def test_symlinks_and_large_files_are_not_read(tmp_path: Path) -> None:
    found = repository(tmp_path, {"Dockerfile": "", "Makefile": "x:\n\tdocker build .\n" + "# x\n" * 200_000})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "linked.sh").symlink_to("Makefile")
    assert build_uses(found) == ()


def test_builds_of_a_context(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        "docker/Dockerfile": "",
        "backend/Dockerfile": "",
        "backend/compose.yaml": BACKEND,
    }
    repository(tmp_path, files)
    (web,) = builds_of(BuildContext.at(tmp_path, "docker/Dockerfile"))
    assert web.service == "web"
    assert builds_of(BuildContext.at(tmp_path, "Dockerfile")) == ()
    assert builds_of(BuildContext.at(tmp_path / "docker", "Dockerfile")) == ()


def test_mounts_are_seen_from_the_context(tmp_path: Path) -> None:
    repository(tmp_path, {"compose.yaml": BACKEND, "backend/Dockerfile": ""})
    (api,) = builds_of(BuildContext.at(tmp_path / "backend", "Dockerfile"))
    assert api.mounts == (
        Mount("bind", "", "/app", False, in_context=True),
        Mount("bind", "../data", "/data", False),
    )


def test_dockerfile_outside_of_the_context(tmp_path: Path) -> None:
    text = "services:\n  api:\n    build: {context: app, dockerfile: ../docker/Dockerfile}\n"
    repository(tmp_path, {"compose.yaml": text, "docker/Dockerfile": "", "app/Dockerfile": ""})
    (api,) = builds_of(BuildContext.at(tmp_path / "app"))
    assert (api.dockerfile, api.certain) == ("docker/Dockerfile", True)


def test_several_dockerfiles_outside_of_the_context_are_not_told_apart(tmp_path: Path) -> None:
    text = (
        "services:\n  a:\n    build: {context: app, dockerfile: ../docker/a.Dockerfile}\n"
        "  b:\n    build: {context: app, dockerfile: ../docker/b.Dockerfile}\n"
    )
    repository(tmp_path, {"compose.yaml": text, "docker/a.Dockerfile": "", "docker/b.Dockerfile": "", "app/x": ""})
    assert [use.certain for use in builds_of(BuildContext.at(tmp_path / "app"))] == [False, False]


def test_context_in_memory_is_its_own_repository() -> None:
    context = BuildContext.of_files({"compose.yaml": "services:\n  web:\n    build: .\n    user: root\n"})
    (web,) = builds_of(context)
    assert (web.dockerfile, web.user) == ("Dockerfile", "root")


def test_nothing_is_known_of_an_unknown_context() -> None:
    assert builds_of(BuildContext.unknown()) == ()


def test_a_folder_outside_of_repositories_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web: {build: app}\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").touch()
    assert repository_root(tmp_path / "app") is None
    assert builds_of(BuildContext.at(tmp_path / "app", "Dockerfile")) == ()


def test_a_shared_folder_is_the_repository_of_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web: {build: app}\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").touch()
    shared = share_repository(tmp_path)
    context = BuildContext.at(tmp_path / "app", "Dockerfile")
    assert repository_of(context) == (shared, "app")
    assert [use.service for use in builds_of(context)] == ["web"]


def test_a_repository_is_read_anew_when_it_was_forgotten(tmp_path: Path) -> None:
    shared = share_repository(repository(tmp_path, {"a": ""}).root or tmp_path)
    assert share_repository(tmp_path) is shared
    forget_repositories()
    assert share_repository(tmp_path) is not shared


def test_submodule_is_a_repository(tmp_path: Path) -> None:
    repository(tmp_path, {"compose.yaml": "services:\n  web: {build: module}\n", "module/Dockerfile": ""})
    (tmp_path / "module/.git").write_text("gitdir: ../.git/modules/module\n")
    assert repository_root(tmp_path / "module") == tmp_path / "module"
    assert builds_of(BuildContext.at(tmp_path / "module", "Dockerfile")) == ()
