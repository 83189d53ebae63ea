import json
import textwrap

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.needs import manifest_needs
from dockerfix.project.manifests.poetry import pep440
from dockerfix.project.manifests.python_project import PythonProject, python_project
from dockerfix.project.releases.python_version import python_minor
from dockerfix.project.releases.slim import slim_blockers


def project(files: dict[str, str]) -> PythonProject:
    return python_project(BuildContext.of_files(files))


def written(found: PythonProject, use: str) -> list[str]:
    return sorted(one.written for one in found.dependencies if one.use == use)


def needs(files: dict[str, str]) -> dict[str, str]:
    return {need.path: need.kind for need in manifest_needs(BuildContext.of_files(files)) if need.kind != "manifest"}


# --- manifests ------------------------------------------------------------------------------------------------------


def test_manifests_are_told_by_name_nearest_to_the_root_first() -> None:
    found = project({"b/Pipfile.lock": "{}", "requirements/prod.txt": "", "pyproject.toml": "", "constraints.txt": ""})
    assert [(one.path, one.kind) for one in found.manifests] == [
        ("constraints.txt", "constraints"),
        ("pyproject.toml", "pyproject"),
        ("b/Pipfile.lock", "pipfile-lock"),
        ("requirements/prod.txt", "requirements"),
    ]


def test_manifests_of_installed_packages_are_not_the_projects() -> None:
    found = project({"env/pyvenv.cfg": "", "env/x/requirements.txt": "a", "node_modules/y/setup.py": ""})
    assert found.manifests == ()


def test_packages_put_into_a_folder_by_pip_are_not_the_projects() -> None:
    assert project({"deps/a-1.dist-info/RECORD": "", "deps/a/setup.py": ""}).manifests == ()


def test_development_requirements_are_no_run_dependencies() -> None:
    found = project({"requirements.txt": "flask\n", "requirements-dev.txt": "pytest\n"})
    assert found.names == {"flask"}
    assert {one.name for one in found.dependencies} == {"flask", "pytest"}


def test_a_dependency_knows_the_manifest_and_the_line() -> None:
    found = project({"pyproject.toml": '[project]\nname = "a"\ndependencies = [\n  "flask>=3",\n]\n'})
    assert [(one.written, one.where) for one in found.stated("flask")] == [("flask>=3", ("pyproject.toml", 4))]


def test_dependencies_of_a_pyproject_by_use() -> None:
    text = """
        [build-system]
        requires = ["hatchling"]
        [project]
        name = "a"
        dependencies = ["flask"]
        [project.optional-dependencies]
        pg = ["psycopg2"]
        [dependency-groups]
        dev = ["pytest", {include-group = "x"}]
        """
    found = project({"pyproject.toml": text})
    assert {use: written(found, use) for use in ("run", "optional", "development", "build")} == {
        "run": ["flask"],
        "optional": ["psycopg2"],
        "development": ["pytest"],
        "build": ["hatchling"],
    }


def test_a_broken_pyproject_is_a_problem() -> None:
    found = project({"pyproject.toml": "[project\n"})
    assert [(one.kind, one.path) for one in found.problems] == [("invalid", "pyproject.toml")]


ODD_VALUES = ("1", "'x'", "[1]", "[['x']]", "{a = 1}", "{a = 'x'}", "true", "2026-01-01", "[{a = 1}]")
TABLES = (
    "project",
    "project.name",
    "project.readme",
    "project.license",
    "project.license-files",
    "project.dependencies",
    "project.requires-python",
    "project.optional-dependencies",
    "project.classifiers",
    "project.dynamic",
    "build-system",
    "build-system.requires",
    "dependency-groups",
    "tool",
    "tool.poetry",
    "tool.poetry.readme",
    "tool.poetry.packages",
    "tool.poetry.dependencies",
    "tool.poetry.dependencies.python",
    "tool.poetry.dependencies.a",
    "tool.poetry.group",
    "tool.poetry.group.dev",
    "tool.pdm",
    "tool.pdm.dev-dependencies",
    "tool.uv.sources",
    "tool.uv.sources.a",
    "tool.uv.workspace",
    "tool.hatch.version",
    "tool.hatch.build.targets.wheel",
    "tool.hatch.metadata.hooks.fancy-pypi-readme.fragments",
    "tool.setuptools.dynamic",
    "tool.setuptools.dynamic.readme",
    "tool.setuptools.packages",
    "tool.setuptools.data-files",
    "tool.setuptools.package-dir",
)


@pytest.mark.parametrize("key", TABLES)
@pytest.mark.parametrize("value", ODD_VALUES)
def test_a_value_of_another_kind_breaks_nothing(key: str, value: str) -> None:
    context = BuildContext.of_files({"pyproject.toml": f"{key} = {value}\n", "README.md": ""})
    python_minor(context)
    manifest_needs(context)
    slim_blockers(context)
    assert python_project(context).pyprojects[0].problem is None


@pytest.mark.parametrize("key", ["package", "metadata", "metadata.python-versions", "requires-python"])
@pytest.mark.parametrize("value", ODD_VALUES)
def test_a_lock_file_of_another_shape_breaks_nothing(key: str, value: str) -> None:
    files = dict.fromkeys(("poetry.lock", "uv.lock", "pdm.lock"), f"{key} = {value}\n")
    assert python_project(BuildContext.of_files(files)).problems == ()


@pytest.mark.parametrize("key", ["packages", "packages.a", "requires", "requires.python_version"])
@pytest.mark.parametrize("value", ODD_VALUES)
def test_a_pipfile_of_another_shape_breaks_nothing(key: str, value: str) -> None:
    assert python_project(BuildContext.of_files({"Pipfile": f"{key} = {value}\n"})).problems == ()


@pytest.mark.parametrize(
    "lock", ["[]", '{"_meta": 1}', '{"default": {"a": 1}}', '{"default": {"a": {"version": 1}}}', "{"]
)
def test_a_pipfile_lock_of_another_shape_breaks_nothing(lock: str) -> None:
    assert python_minor(BuildContext.of_files({"Pipfile.lock": lock})).minor == "3.12"


def test_poetry_states_dependencies_its_own_way() -> None:
    text = """
        [tool.poetry.dependencies]
        python = "^3.11"
        flask = "^2.1"
        pandas = { version = "~1.4", optional = true }
        lib = { path = "./lib", develop = true }
        core = { git = "https://example.org/core.git" }
        [tool.poetry.group.dev.dependencies]
        pytest = "*"
        """
    found = project({"pyproject.toml": text, "lib/setup.py": ""})
    assert written(found, "run") == ["core", "flask>=2.1,<3.0", "lib"]
    assert written(found, "optional") == ["pandas>=1.4,<1.5"]
    assert written(found, "development") == ["pytest"]
    assert (found.pyprojects[0].requires_python, found.pyprojects[0].git_dependencies) == (">=3.11,<4.0", ("core",))


def test_poetrys_constraints_as_pep_440() -> None:
    assert [
        pep440(text) for text in ("^0.3.1", "^1.2.3", "~1", "~1.2.3", "*", "1.2.*", ">=1,<2", "==1.0", "^2|^3")
    ] == [
        ">=0.3.1,<0.4",
        ">=1.2.3,<2.0",
        ">=1,<2.0",
        ">=1.2.3,<1.3",
        "",
        "==1.2.*",
        ">=1,<2",
        "==1.0",
        None,
    ]


def test_locked_versions_are_dependencies() -> None:
    lock = '[[package]]\nname = "Numpy"\nversion = "1.21.0"\n[metadata]\npython-versions = ">=3.8,<3.11"\n'
    found = project({"poetry.lock": lock})
    assert written(found, "locked") == ["numpy==1.21.0"]
    assert (found.lock_files[0].requires_python, found.lock_files[0].python_line) == (">=3.8,<3.11", 5)


def test_a_pipfile_lock_is_read() -> None:
    lock = {"_meta": {"requires": {"python_version": "3.9"}}, "default": {"flask": {"version": "==2.0"}}, "develop": {}}
    found = project({"Pipfile.lock": json.dumps(lock, indent=4)})
    assert written(found, "locked") == ["flask==2.0"]
    assert (found.lock_files[0].python_version, found.lock_files[0].python_line) == ("3.9", 4)


def test_setup_py_is_read_without_running_it() -> None:
    text = """
        from setuptools import setup
        NEEDS = ["flask>=2"]
        raise SystemExit(1)
        setup(name="a", install_requires=NEEDS, python_requires=">=3.8", extras_require={"x": ["redis"]})
        """
    found = project({"setup.py": textwrap.dedent(text)})
    assert (written(found, "run"), written(found, "optional")) == (["flask>=2"], ["redis"])
    assert found.setup_files[0].requires_python == ">=3.8"


def test_computed_dependencies_leave_setup_py_incomplete() -> None:
    found = project(
        {"setup.py": "from setuptools import setup\nsetup(install_requires=open('r.txt').read().split())\n"}
    )
    assert not found.setup_files[0].complete


def test_setup_cfg_is_read() -> None:
    text = "[options]\npython_requires = >=3.9\ninstall_requires =\n    flask>=2\n    six ; python_version<'3'\n"
    found = project({"setup.cfg": text})
    assert written(found, "run") == ["flask>=2", "six"]
    assert (found.setup_files[0].requires_python, found.setup_files[0].requires_python_line) == (">=3.9", 2)


# --- needs ----------------------------------------------------------------------------------------------------------


def test_readme_and_licence_named_by_pyproject_are_needed() -> None:
    text = '[project]\nname = "a"\nreadme = "docs/README.md"\nlicense-files = ["LICENSES/*"]\n'
    files = {"pyproject.toml": text, "docs/README.md": "", "LICENSES/MIT": "", "LICENSE": "", "other.md": ""}
    assert needs(files) == {"docs/README.md": "readme", "LICENSES/MIT": "license", "LICENSE": "license"}


def test_git_is_needed_for_a_version_out_of_it() -> None:
    for manifest in (
        {"pyproject.toml": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n[project]\nname = "a"\n'},
        {"pyproject.toml": '[build-system]\nrequires = ["setuptools_scm[toml]>=6"]\nbuild-backend = "setuptools"\n'},
        {"setup.py": "from setuptools import setup\nsetup(use_scm_version=True)\n"},
        {"setup.py": "import versioneer\n"},
        {"setup.cfg": "[options]\nsetup_requires =\n    pbr\n"},
    ):
        assert needs(manifest) == {".git": "vcs"}


def test_settings_of_tools_alone_need_nothing() -> None:
    assert needs({"pyproject.toml": "[tool.black]\nline-length = 100\n", "README.md": "", "LICENSE": ""}) == {}


def test_included_requirements_and_local_projects_are_needed() -> None:
    files = {"requirements.txt": "-r pins/base.in\n-e ./lib\n", "pins/base.in": "", "lib/setup.py": ""}
    assert needs(files) == {"pins/base.in": "requirements", "lib": "local"}


def test_files_that_setup_py_names_are_needed() -> None:
    files = {"setup.py": 'long = open("README.rst").read()\n', "README.rst": "", "CHANGES.rst": ""}
    assert needs(files) == {"README.rst": "readme"}


def test_members_of_a_workspace_are_needed() -> None:
    text = '[project]\nname = "a"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    files = {"pyproject.toml": text, "packages/b/pyproject.toml": ""}
    assert needs(files) == {"packages/b": "local"}


def test_a_path_above_the_context_is_no_need() -> None:
    assert needs({"pyproject.toml": '[project]\nname = "a"\nreadme = "../README.md"\n'}) == {}


def test_a_need_says_who_names_it() -> None:
    context = BuildContext.of_files(
        {"pyproject.toml": '[project]\nname = "a"\nreadme = "README.md"\n', "README.md": ""}
    )
    (need,) = [need for need in manifest_needs(context) if need.kind == "readme"]
    assert (need.because, need.source, need.line) == ("pyproject.toml names README.md", "pyproject.toml", 3)
