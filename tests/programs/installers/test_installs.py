"""What a dependency install reads of the project."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

APP = {"requirements.txt": "flask\n", "main.py": "", "lib/setup.py": "", "ca.crt": "", "wheels/x.whl": ""}
HEAD = "FROM python:3.12-slim AS base\nFROM python:3.12-slim\nWORKDIR /app\n"


def _installs(run: str, files: Files = APP, copy: str = "COPY . .\n", settings: str = "") -> list[Install]:
    model = modelled(f"{HEAD}{settings}{copy}RUN {run}\n", files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str, files: Files = APP, copy: str = "COPY . .\n", settings: str = "") -> Install:
    (install,) = _installs(run, files, copy, settings)
    return install


@pytest.mark.parametrize(
    ("run", "reads"),
    [
        ("pip install -r requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("pip install -r ./requirements.txt flask", {"/app/requirements.txt": "requirements.txt"}),
        ("pip install --requirement=/app/requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("cd /app/lib && pip install -r ../requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("bash -c 'pip install -r requirements.txt'", {"/app/requirements.txt": "requirements.txt"}),
        ("python -m pip install -r requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("uv pip install --system -r requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("uv pip sync requirements.txt", {"/app/requirements.txt": "requirements.txt"}),
        ("pip install flask", {}),
        ("pip install -r https://example.com/r.txt", {}),
        ("pip install --cert ca.crt flask", {"/app/ca.crt": "ca.crt"}),
    ],
)
def test_what_is_read(run: str, reads: dict[str, str]) -> None:
    install = _install(run)
    assert (dict(install.reads), install.problem) == (reads, None)


def test_files_that_requirements_include_are_read_too() -> None:
    files = {"req/dev.txt": "-r base.txt\n-c ../limits.txt\n", "req/base.txt": "flask\n", "limits.txt": "flask<3\n"}
    assert set(_install("pip install -r req/dev.txt", files).reads.values()) == set(files)


def test_file_is_read_where_it_was_copied_to() -> None:
    copy = "COPY requirements.txt /deps/all.txt\n"
    assert _install("pip install -r /deps/all.txt", copy=copy).reads == {"/deps/all.txt": "requirements.txt"}


def test_uv_reads_its_settings() -> None:
    for settings, text in (("pyproject.toml", "[tool.uv]\nno-cache = true\n"), ("uv.toml", "")):
        files = {**APP, settings: text}
        reads = _install("uv pip install --system -r requirements.txt", files).reads
        assert set(reads.values()) == {"requirements.txt", settings}


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("pip install .", "the project itself"),
        ("pip install -e ./lib", "the project itself"),
        ("pip install -r $REQUIREMENTS", "only known at build time"),
        ("pip install $PACKAGES", "only known at build time"),
        ("pip install -r missing.txt", "not among the files"),
        ("pip install --group dev", "pyproject.toml"),
        ("pip install --target lib flask", "the copied folder lib"),
        ("cd $X && pip install -r requirements.txt", "not among the files"),
        ("PIP_CONSTRAINT=limits.txt pip install flask", "limits.txt is not among"),
        ("PIP_CONSTRAINT=$LIMITS pip install flask", "PIP_CONSTRAINT names a file that is only known"),
    ],
)
def test_what_is_not_certain(run: str, words: str) -> None:
    assert words in (_install(run).problem or "")


@pytest.mark.parametrize(
    "options",
    ["--extra-index-url $INDEX", '--index-url="$INDEX"', "--prefix \"$(python -c 'import sys; print(sys.prefix)')\""],
)
def test_unknown_value_of_an_option_that_names_no_file(options: str) -> None:
    assert _install(f"pip install {options} -r requirements.txt").problem is None


def test_folder_of_wheels_is_read_whole() -> None:
    install = _install("pip install --no-index --find-links wheels flask")
    assert (install.folders, install.problem) == (("wheels",), None)


def test_settings_that_are_not_there_yet_may_come_with_the_source() -> None:
    settings = "ENV PIP_CONFIG_FILE=/app/pip.conf\n"
    assert "pip.conf is not among" in (_install("pip install flask", settings=settings).problem or "")


def test_settings_that_a_variable_names_are_read_with_what_they_name() -> None:
    files = {**APP, "pip.conf": "[global]\nfind-links = wheels\ncert = ca.crt\n"}
    install = _install("pip install flask", files, settings="ENV PIP_CONFIG_FILE=/app/pip.conf\n")
    assert (sorted(install.reads.values()), install.problem) == (["ca.crt", "pip.conf", "wheels/x.whl"], None)


def test_manifest_that_installs_from_the_project_is_told() -> None:
    files = {**APP, "requirements.txt": "./lib\n"}
    assert "installs ./lib from the project" in (_install("pip install -r requirements.txt", files).problem or "")


def test_included_file_that_is_not_copied_is_told() -> None:
    files = {"requirements.txt": "-r base.txt\n", "base.txt": "flask\n"}
    problem = _install("pip install -r requirements.txt", files, "COPY requirements.txt .\n").problem
    assert "base.txt is not copied" in (problem or "")


def test_file_that_another_stage_may_have_replaced_is_not_certain() -> None:
    copy = "COPY . .\nCOPY --from=base /x /app\n"
    assert "not among the files" in (_install("pip install -r requirements.txt", copy=copy).problem or "")
    beside = "COPY . .\nCOPY --from=base /x /app/static\n"
    assert _install("pip install -r requirements.txt", copy=beside).problem is None


@pytest.mark.parametrize("run", ["pip --version", "pip list", "echo pip install flask"])
def test_what_is_no_install(run: str) -> None:
    assert _installs(run) == []


def test_nothing_is_known_below_a_copy_whose_files_are_unknown() -> None:
    assert _installs("pip install flask", copy="ARG D\nCOPY $D /x/\n") == []


def test_files_of_the_stage_below_are_there() -> None:
    text = "FROM python:3.12-slim AS a\nWORKDIR /app\nCOPY . .\nFROM a\nRUN pip install -r requirements.txt\n"
    model = modelled(text, APP)
    ((install,),) = installs(model.dockerfile, model.context).values()
    assert (install.reads, install.problem) == ({"/app/requirements.txt": "requirements.txt"}, None)
