"""What those who build and start an image from outside decide for it."""

from __future__ import annotations

import pytest
from modelled import modelled

from dockerfix.plans.user.built import built_stages, published_ports, root_by_decree, root_by_platform
from dockerfix.project.builds.reading import Mount, services_of
from dockerfix.rule import BuildContext

STAGES = "FROM python:3.12-slim AS base\nFROM base AS Prod\nFROM base AS dev\n"


def compose(*services: str) -> dict[str, str]:
    lines = (f"  s{number}: {body}\n" for number, body in enumerate(services))
    return {"compose.yaml": "services:\n" + "".join(lines)}


@pytest.mark.parametrize(
    ("services", "stages"),
    [
        (["{build: .}"], ["dev"]),
        (["{build: {context: ., target: prod}}"], ["prod"]),
        (["{build: {context: ., target: '1'}}"], ["prod"]),
        (["{build: {context: ., target: prod}}", "{build: {context: ., target: dev}}"], ["prod", "dev"]),
        (["{build: {context: ., target: base}}", "{build: .}"], ["base", "dev"]),
        (["{build: {context: ., target: $STAGE}}"], ["dev"]),
        (["{build: {context: ., target: missing}}"], ["dev"]),
        (["{image: other}"], ["dev"]),
    ],
)
def test_stages_that_are_built(services: list[str], stages: list[str]) -> None:
    assert [stage.name.lower() for stage in built_stages(modelled(STAGES, compose(*services)))] == stages


def test_stage_to_work_in_says_nothing_of_the_others() -> None:
    build = '{"dockerfile": "../Dockerfile", "context": "..", "target": "base"}'
    files = {".devcontainer/devcontainer.json": f'{{"build": {build}}}'}
    assert [stage.name for stage in built_stages(modelled(STAGES, files))] == ["dev"]


def test_last_stage_where_nothing_is_known() -> None:
    assert [stage.name for stage in built_stages(modelled(STAGES))] == ["dev"]


def test_ports_that_are_reached() -> None:
    model = modelled(STAGES, compose("{build: ., ports: ['8080:80', '443']}", "{build: ., ports: ['80:80']}"))
    assert published_ports(model) == (80, 443)


@pytest.mark.parametrize("user", ["root", "0", "'0:0'", "root:root"])
def test_service_that_says_root(user: str) -> None:
    model = modelled(STAGES, compose(f"{{build: ., user: {user}}}"))
    assert [*root_by_decree(model)] == ["compose.yaml:2 starts s0 as root; somebody may have had a reason"]


@pytest.mark.parametrize("user", ["app", "1000", "'1000:0'", ""])
def test_service_that_says_another_user(user: str) -> None:
    assert [*root_by_decree(modelled(STAGES, compose(f"{{build: ., user: {user}}}")))] == []


def test_action_that_github_runs() -> None:
    files = {"action.yml": "name: x\nruns:\n  using: docker\n  image: Dockerfile\n"}
    assert (root_by_platform(modelled(STAGES, files)) or "").startswith("action.yml:4: GitHub runs it as root")
    assert root_by_platform(modelled(STAGES, compose("{build: .}"))) is None


def test_services_of_platforms_come_after_those_of_compose_files() -> None:
    fly = 'app = "x"\n[mounts]\nsource = "data"\ndestination = "/data"\n'
    context = BuildContext.of_files({**compose("{build: ., command: serve}"), "fly.toml": fly, "Dockerfile": STAGES})
    web, app = services_of(context.for_dockerfile("Dockerfile"))
    assert (web.name, web.command) == ("s0", ("serve",))
    assert (app.name, app.file, app.mounts) == ("app", "fly.toml", (Mount("volume", "data", "/data", False),))


def test_no_services_of_a_context_that_is_not_known() -> None:
    assert services_of(BuildContext.unknown()) == ()
