"""What workflows and other continuous integration build."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import told, uses

PLACES = ("Dockerfile", "backend/Dockerfile", "docker/web.Dockerfile")
WORKFLOW = ".github/workflows/ci.yml"


def step(root: Path, text: str, job: str = "") -> list[str]:
    body = "".join(f"          {line}\n" for line in text.splitlines()).replace("          ", "        - ", 1)
    workflow = f"on: push\njobs:\n  build:\n{job}    steps:\n{body}"
    return told(uses(root, {WORKFLOW: workflow}, *PLACES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uses: docker/build-push-action@v6", ["Dockerfile from . (.github/workflows/ci.yml:5)"]),
        (
            "name: x\nuses: docker/build-push-action@v6\nwith: {context: backend}",
            ["backend/Dockerfile from backend (.github/workflows/ci.yml:6)"],
        ),
        (
            "uses: docker/build-push-action@v6\nwith:\n  context: .\n  file: ./docker/web.Dockerfile",
            ["docker/web.Dockerfile from . (.github/workflows/ci.yml:5)"],
        ),
        (
            'uses: docker/build-push-action@v6\nwith:\n  context: "{{defaultContext}}:docker"\n  file: web.Dockerfile',
            ["docker/web.Dockerfile from docker (.github/workflows/ci.yml:5)"],
        ),
        (
            "uses: docker/build-push-action@v6\nwith: {context: '${{ github.workspace }}/backend'}",
            ["backend/Dockerfile from backend (.github/workflows/ci.yml:5)"],
        ),
        (
            "uses: docker/build-push-action@v6\nwith: {context: \"${{ inputs.x || 'backend' }}\"}",
            [],
        ),
        ("uses: docker/build-push-action@v6\nwith: {context: 'https://github.com/some/where.git'}", []),
        ("uses: docker/build-push-action@v6\nwith: {file: '${{ env.UNSET }}'}", []),
        ("uses: some/other-action@v1\nwith: {context: backend}", []),
        (
            "uses: redhat-actions/buildah-build@v2\nwith:\n  containerfiles: |\n    docker/web.Dockerfile",
            ["docker/web.Dockerfile from . (.github/workflows/ci.yml:5)"],
        ),
        ("run: docker build backend", ["backend/Dockerfile from backend (.github/workflows/ci.yml:5)"]),
        (
            "run: |\n  echo x\n  docker build -t ${{ github.sha }} backend",
            ["backend/Dockerfile from backend (.github/workflows/ci.yml:7)"],
        ),
        (
            "run: docker build .\nworking-directory: backend",
            ["backend/Dockerfile from backend (.github/workflows/ci.yml:5)"],
        ),
        ("run: docker build .\nshell: pwsh", []),
        (
            "run: docker build $WHERE\nenv: {WHERE: backend}",
            ["backend/Dockerfile from backend (.github/workflows/ci.yml:5)"],
        ),
        ("run: docker build $WHERE\nenv: {WHERE: '${{ vars.WHERE }}'}", []),
    ],
)
def test_workflow_step(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert step(tmp_path, text) == expected


def test_target_and_arguments_of_an_action(tmp_path: Path) -> None:
    workflow = (
        "jobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          target: prod\n"
        "          build-args: |\n            A=1\n            B=${{ github.sha }}\n"
    )
    (found,) = uses(tmp_path, {WORKFLOW: workflow})
    assert (found.target, found.args, found.certain) == ("prod", (("A", "1"), ("B", None)), True)


def test_matrix(tmp_path: Path) -> None:
    job = (
        "    strategy:\n      matrix:\n        python: ['3.12', '3.13']\n        image:\n"
        "          - {folder: ., file: docker/web.Dockerfile}\n"
        "          - {folder: backend, file: backend/Dockerfile}\n"
    )
    text = (
        "uses: docker/build-push-action@v6\nwith:\n  context: ${{ matrix.image.folder }}\n"
        "  file: ${{ matrix.image.file }}\n  target: ${{ matrix.image.target }}"
    )
    assert step(tmp_path, text, job) == [
        "docker/web.Dockerfile from . (.github/workflows/ci.yml:11)",
        "backend/Dockerfile from backend (.github/workflows/ci.yml:11)",
    ]


def test_matrix_of_included_combinations(tmp_path: Path) -> None:
    job = (
        "    strategy:\n      matrix:\n        include:\n          - folder: backend\n"
        "          - {folder: ., file: docker/web.Dockerfile}\n"
    )
    text = "uses: docker/build-push-action@v6\nwith: {context: '${{ matrix.folder }}', file: '${{ matrix.file }}'}"
    assert step(tmp_path, text, job) == [
        "backend/Dockerfile from backend (.github/workflows/ci.yml:10)",
        "docker/web.Dockerfile from . (.github/workflows/ci.yml:10)",
    ]


def test_matrix_that_is_worked_out_at_run_time(tmp_path: Path) -> None:
    job = "    strategy:\n      matrix: ${{ fromJson(needs.list.outputs.all) }}\n"
    assert step(tmp_path, "uses: docker/build-push-action@v6\nwith: {context: '${{ matrix.folder }}'}", job) == []


def test_folder_of_all_runs(tmp_path: Path) -> None:
    job = "    defaults:\n      run:\n        working-directory: ./backend\n"
    assert step(tmp_path, "run: docker build .", job) == [
        "backend/Dockerfile from backend (.github/workflows/ci.yml:8)"
    ]


def test_repository_in_a_folder_of_its_own(tmp_path: Path) -> None:
    workflow = (
        "jobs:\n  b:\n    steps:\n      - uses: actions/checkout@v4\n        with: {path: source}\n"
        "      - uses: docker/build-push-action@v6\n        with: {context: source/backend}\n"
        "      - uses: docker/build-push-action@v6\n"
    )
    found = told(uses(tmp_path, {WORKFLOW: workflow}, *PLACES))
    assert found == ["backend/Dockerfile from backend (.github/workflows/ci.yml:6)"]


def test_another_repository(tmp_path: Path) -> None:
    workflow = (
        "jobs:\n  b:\n    steps:\n      - uses: actions/checkout@v4\n        with: {repository: some/where}\n"
        "      - uses: docker/build-push-action@v6\n"
    )
    assert uses(tmp_path, {WORKFLOW: workflow}) == ()


def test_composite_action(tmp_path: Path) -> None:
    action = "runs:\n  using: composite\n  steps:\n    - run: docker build backend\n      shell: bash\n"
    assert told(uses(tmp_path, {".github/actions/build/action.yml": action}, *PLACES)) == [
        "backend/Dockerfile from backend (.github/actions/build/action.yml:4)"
    ]


def test_action_in_a_container(tmp_path: Path) -> None:
    action = "runs:\n  using: docker\n  image: web.Dockerfile\n"
    (found,) = uses(tmp_path, {"docker/action.yml": action}, *PLACES)
    assert told((found,)) == ["docker/web.Dockerfile from docker (docker/action.yml:3)"]
    assert (found.service, found.user) == ("GitHub action", "root")


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (
            ".gitlab-ci.yml",
            "variables: {WHERE: backend}\nbuild:\n  script:\n    - echo x\n    - docker build $WHERE\n",
            5,
        ),
        (".gitlab-ci.yml", "build:\n  script:\n    - cd backend\n    - docker build .\n", 4),
        (
            ".gitlab-ci.yml",
            "build:\n  script: /kaniko/executor --context $CI_PROJECT_DIR/backend --dockerfile Dockerfile\n",
            2,
        ),
        (".circleci/config.yml", "jobs:\n  b:\n    steps:\n      - run:\n          command: docker build backend\n", 5),
        (".circleci/config.yml", "jobs:\n  b:\n    steps:\n      - run: docker build backend\n", 4),
        (".circleci/config.yml", "j:\n  - run: {command: docker build ., working_directory: backend}\n", 2),
        ("azure-pipelines.yml", "steps:\n- script: |\n    docker build backend\n", 3),
        (
            "azure-pipelines.yml",
            "steps:\n- task: Docker@2\n  inputs:\n    command: build\n    Dockerfile: backend/Dockerfile\n",
            2,
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n    - step:\n        script:\n          - docker build backend\n",
            5,
        ),
        (".travis.yml", "script: docker build backend\n", 1),
        ("buildspec.yml", "phases:\n  build:\n    commands:\n      - docker build backend\n", 4),
        ("cloudbuild.yaml", "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -t, '$TAG', backend]\n", 3),
        ("cloudbuild.yaml", "steps:\n- name: gcr.io/cloud-builders/docker\n  dir: backend\n  args: [build, .]\n", 4),
        (
            ".drone.yml",
            "steps:\n- image: plugins/docker\n  settings: {dockerfile: backend/Dockerfile, context: backend}\n",
            2,
        ),
        (".woodpecker/build.yml", "steps:\n  - image: docker\n    commands:\n      - docker build backend\n", 4),
        ("Taskfile.yml", "tasks:\n  image:\n    dir: backend\n    cmds:\n      - docker build .\n", 5),
    ],
)
def test_other_services(tmp_path: Path, path: str, text: str, line: int) -> None:
    assert told(uses(tmp_path, {path: text}, *PLACES)) == [f"backend/Dockerfile from backend ({path}:{line})"]


@pytest.mark.parametrize(
    "text",
    [
        "build:\n  script: [docker build $WHERE]\n",
        "build:\n  variables: {WHERE: $OTHER}\n  script: [docker build $WHERE]\n",
        "build:\n  script: !reference [.docker, script]\n",
        "script: [",
        "- docker build backend\n",
    ],
)
def test_pipeline_that_says_nothing_certain(tmp_path: Path, text: str) -> None:
    assert uses(tmp_path, {".gitlab-ci.yml": text}, *PLACES) == ()
