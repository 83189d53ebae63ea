"""DF501 where compose files and platforms say how the image is built and started."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules.user.root_user import RootUser
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

FLASK = {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n"}
START = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'


def finding(text: str, files: Mapping[str, str]) -> Finding:
    (found,) = RootUser().check(parse(text), BuildContext.of_files({**FLASK, **files}))
    return found


def applicability(found: Finding) -> Applicability | None:
    return found.fix.applicability if found.fix is not None else None


@pytest.mark.parametrize(
    ("service", "because"),
    [
        ("user: root", "compose.yaml:3 starts web as root; somebody may have had a reason"),
        (
            "ports: ['8080:80']",
            "it listens on port 80; Docker 20.10 and later let any user do so, not every Kubernetes does",
        ),
        ("privileged: true", "compose.yaml:2: the service web is privileged"),
    ],
)
def test_service_that_makes_it_a_suggestion(service: str, because: str) -> None:
    found = finding(START, {"compose.yaml": f"services:\n  web:\n    build: .\n    {service}\n"})
    assert applicability(found) is Applicability.SUGGESTION
    assert because in found.because


def test_service_that_changes_nothing() -> None:
    found = finding(START, {"compose.yaml": "services:\n  web:\n    build: .\n    ports: ['80:8000']\n"})
    assert applicability(found) is Applicability.SAFE


PROD = START.replace("slim\n", "slim AS prod\n")
TARGET = {"compose.yaml": "services:\n  web:\n    build: {context: ., target: prod}\n"}


def findings(text: str, files: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(RootUser().check(parse(text), BuildContext.of_files({**FLASK, **files})))


def test_stage_that_is_built_is_repaired_and_the_last_one_left_alone() -> None:
    text = PROD + "FROM python:3.12-slim AS other\nCOPY . .\nCMD python app.py\n"
    built, last = findings(text, TARGET)
    assert applicability(built) is Applicability.SAFE
    assert built.fix is not None
    after = apply_edits(text.encode(), built.fix.edits).decode()
    assert after.index("USER app") < after.index("FROM python:3.12-slim AS other")
    assert after.count("USER app") == 1
    assert last.declined
    assert last.because == "the stage prod is the one that is built, and this one is not"


def test_stage_that_another_one_starts_from_is_a_suggestion() -> None:
    built, last = findings(PROD + "FROM prod AS more\nRUN pip install ipython\n", TARGET)
    assert applicability(built) is Applicability.SUGGESTION
    assert built.because == "the stage more starts from it, and would go on as another user"
    assert last.declined


JOB = START.replace("slim\n", "slim AS job\n")


def test_each_stage_that_is_built_gets_a_user_of_its_own() -> None:
    job = "  job:\n    build: {context: ., target: job}\n"
    found = findings(PROD + JOB, {"compose.yaml": TARGET["compose.yaml"] + job})
    assert [applicability(one) for one in found] == [Applicability.SAFE, Applicability.SAFE]


def test_last_stage_counts_where_only_one_for_development_is_built() -> None:
    text = START.replace("slim\n", "slim AS dev\n") + START
    services = "services:\n  web:\n    build: {context: ., target: dev}\n    volumes: ['data:/app/data']\n"
    dev, last = findings(text, {"compose.yaml": services})
    assert dev.declined
    assert applicability(last) is Applicability.SAFE


def test_service_of_another_stage_says_nothing_of_this_one() -> None:
    job = "  job:\n    build: {context: ., target: job}\n    volumes: ['data:/app/data']\n"
    found = findings(PROD + JOB, {"compose.yaml": TARGET["compose.yaml"] + job})
    assert [applicability(one) for one in found] == [Applicability.SAFE, Applicability.SUGGESTION]


def test_service_of_a_stage_that_is_not_known_may_be_of_any() -> None:
    other = "  x:\n    build: {context: ., target: $T}\n    volumes: ['data:/app/data']\n"
    built, _ = findings(PROD + "FROM debian:12\n", {"compose.yaml": TARGET["compose.yaml"] + other})
    assert applicability(built) is Applicability.SUGGESTION


def test_action_of_github_is_left_alone() -> None:
    found = finding(START, {"action.yml": "runs:\n  using: docker\n  image: Dockerfile\n"})
    assert found.declined
    assert found.because.startswith("action.yml:3: GitHub runs it as root")


def test_volume_of_a_platform() -> None:
    fly = 'app = "x"\n[mounts]\nsource = "data"\ndestination = "/data"\n'
    found = finding(START, {"fly.toml": fly, "Dockerfile": START})
    assert applicability(found) is Applicability.SUGGESTION
    assert found.because == "fly.toml:2 mounts the volume data at /data: what it already holds belongs to root"


@pytest.mark.parametrize("place", ["/tmp", "/var/tmp/"])
def test_volume_on_a_folder_for_all_is_no_matter(place: str) -> None:
    compose = f"services:\n  web:\n    build: .\n    volumes: ['tmp:{place}']\n"
    found = finding(START.replace("CMD", f"VOLUME {place}\nCMD"), {"compose.yaml": compose})
    assert applicability(found) is Applicability.SAFE
