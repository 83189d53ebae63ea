"""What a compose file gives to a build and a start."""

from __future__ import annotations

from pathlib import Path

from dockerfix.project.builds.compose_given import ComposeGiven, compose_given
from dockerfix.rule import BuildContext


def given(folder: Path, compose: str, **files: str) -> ComposeGiven | None:
    (folder / ".git").mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.12-slim AS prod\n")
    (folder / "compose.yaml").write_text(compose)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return compose_given(BuildContext.at(folder, "Dockerfile"))


def test_target_arguments_variables_and_health_check_are_taken(tmp_path: Path) -> None:
    compose = """
services:
  db:
    image: postgres
  web:
    build:
      context: .
      target: prod
      args:
        VERSION: "3"
        TOKEN: ${TOKEN}
    env_file: [app.env, missing.env]
    environment:
      DEBUG: "0"
      SECRET:
    healthcheck:
      test: curl -f localhost/health
"""
    found = given(tmp_path, compose, app_env="DEBUG=1\nexport NAME='a b'\n# no\n")
    assert found == ComposeGiven(
        "compose.yaml:5",
        "web",
        "prod",
        (("VERSION", "3"),),
        (("DEBUG", "0"), ("NAME", "a b")),
        ("CMD-SHELL", "curl -f localhost/health"),
    )


def test_env_files_have_a_long_form_and_checks_a_list(tmp_path: Path) -> None:
    compose = """
services:
  web:
    build: .
    env_file:
      - path: app.env
        required: false
    healthcheck:
      test: ["CMD", "wget", "-q", "localhost"]
"""
    found = given(tmp_path, compose, app_env="A=1\n")
    assert found is not None
    assert (found.environment, found.health) == ((("A", "1"),), ("CMD", "wget", "-q", "localhost"))


def test_a_check_that_is_switched_off_is_none(tmp_path: Path) -> None:
    found = given(tmp_path, "services:\n  web:\n    build: .\n    healthcheck:\n      disable: true\n")
    assert found is not None
    assert found.health == ("NONE",)


def test_a_service_of_another_image_says_nothing(tmp_path: Path) -> None:
    assert given(tmp_path, "services:\n  web:\n    image: nginx\n    env_file: x.env\n") is None
