import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.releases.python_version import PythonChoice, python_minor


def choice(files: dict[str, str], dockerfile: str = "Dockerfile") -> PythonChoice:
    return python_minor(BuildContext.of_files(files, dockerfile))


def requires(specifier: str) -> dict[str, str]:
    return {"pyproject.toml": f'[project]\nname = "a"\nrequires-python = "{specifier}"\n'}


# --- evidence -------------------------------------------------------------------------------------------------------


def test_without_evidence_the_default_stands_on_nothing() -> None:
    found = choice({"main.py": ""})
    assert (found.minor, found.evidence, found.doubts) == ("3.12", None, ())


def test_the_default_is_the_callers() -> None:
    assert python_minor(BuildContext.of_files({}), "3.13").minor == "3.13"


@pytest.mark.parametrize(
    ("specifier", "minor"),
    [
        (">=3.9", "3.12"),
        (">=3.13", "3.13"),
        (">=3.9,<3.12", "3.11"),
        (">=3.9,<3.14", "3.12"),
        ("==3.11.*", "3.11"),
        ("~=3.10.0", "3.10"),
        ("==3.11.4", "3.11"),
        ("<3.11", "3.10"),
        (">=3.8,!=3.12.*", "3.13"),
        ("not a specifier", "3.12"),
    ],
)
def test_requires_python(specifier: str, minor: str) -> None:
    assert choice(requires(specifier)).minor == minor


def test_the_line_that_decided_is_the_evidence() -> None:
    found = choice(requires("==3.11.*"))
    assert found.evidence == ("pyproject.toml", 3)
    assert found.because == 'pyproject.toml says requires-python = "==3.11.*"'


@pytest.mark.parametrize(
    ("constraint", "minor"), [("^3.11", "3.12"), ("~3.11", "3.11"), ("^3.13", "3.13"), (">=3.8,<3.11", "3.10")]
)
def test_poetrys_python(constraint: str, minor: str) -> None:
    text = f'[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "{constraint}"\n'
    assert choice({"pyproject.toml": text}).minor == minor


@pytest.mark.parametrize(
    ("path", "content", "minor"),
    [
        (".python-version", "3.11.4\n", "3.11"),
        (".python-version", "# pyenv\n3.10\n3.11\n", "3.10"),
        (".python-version", "cpython@3.13\n", "3.13"),
        (".python-version", "pypy3.9-7.3.11\n", "3.12"),
        (".python-version", "my-virtualenv\n", "3.12"),
        ("runtime.txt", "python-3.9.16\n", "3.9"),
        (".tool-versions", "nodejs 20.1.0\npython 3.11.2\n", "3.11"),
        ("mise.toml", '[tools]\npython = "3.10"\n', "3.10"),
        ("mise.toml", '[tools]\npython = { version = "3.10.1" }\n', "3.10"),
        ("Pipfile", '[requires]\npython_version = "3.8"\n', "3.8"),
        ("Pipfile.lock", '{"_meta": {"requires": {"python_version": "3.8"}}}', "3.8"),
        ("uv.lock", 'version = 1\nrequires-python = "==3.11.*"\n', "3.11"),
        ("poetry.lock", '[metadata]\npython-versions = ">=3.9,<3.11"\n', "3.10"),
        ("environment.yml", "dependencies:\n  - python=3.9\n", "3.9"),
        ("setup.py", 'from setuptools import setup\nsetup(python_requires=">=3.8,<3.10")\n', "3.9"),
        ("setup.cfg", "[options]\npython_requires = >=3.13\n", "3.13"),
        ("setup.cfg", "[metadata]\nclassifiers =\n    Programming Language :: Python :: 3.13\n", "3.13"),
        ("setup.cfg", "[metadata]\nclassifiers =\n    Programming Language :: Python :: 3.8\n", "3.12"),
    ],
)
def test_other_evidence(path: str, content: str, minor: str) -> None:
    assert choice({path: content}).minor == minor


def test_one_version_named_exactly_decides_within_the_range() -> None:
    assert choice({**requires(">=3.9,<3.13"), ".python-version": "3.10\n"}).minor == "3.10"


def test_a_version_that_requires_python_shuts_out_is_a_doubt() -> None:
    found = choice({**requires(">=3.12"), "runtime.txt": "python-3.9.1\n"})
    assert (found.minor, len(found.doubts)) == ("3.12", 1)
    assert "runtime.txt says python-3.9.1" in found.doubts[0]


def test_a_python_version_file_wins_over_the_pipfile() -> None:
    files = {".python-version": "3.11\n", "Pipfile": '[requires]\npython_version = "3.10"\n'}
    assert choice(files).evidence == (".python-version", 1)


# --- workflows ------------------------------------------------------------------------------------------------------


def workflow(*lines: str) -> dict[str, str]:
    return {".github/workflows/ci.yml": "\n".join(("jobs:", *lines)) + "\n"}


def test_one_version_throughout_ci_is_evidence() -> None:
    found = choice(workflow("  - uses: actions/setup-python@v5", "    with:", '      python-version: "3.11"  # LTS'))
    assert (found.minor, found.evidence) == ("3.11", (".github/workflows/ci.yml", 4))


@pytest.mark.parametrize("matrix", ['[ "3.11" ]', '\n          - "3.11"'])
def test_a_matrix_of_one_version_is_evidence(matrix: str) -> None:
    lines = f"      matrix:\n        python-version: {matrix}\n    steps:"
    assert choice(workflow(lines, "      python-version: ${{ matrix.python-version }}")).minor == "3.11"


@pytest.mark.parametrize("value", ['["3.9", "3.10"]', "${{ env.PYTHON }}", '"3.x"', "pypy-3.10"])
def test_an_unclear_ci_is_no_evidence(value: str) -> None:
    assert choice(workflow(f"    python-version: {value}")).evidence is None


# --- where the evidence stands --------------------------------------------------------------------------------------


def test_files_beside_the_dockerfile_count() -> None:
    files = {"api/.python-version": "3.10\n", "web/.python-version": "3.11\n"}
    assert choice(files, "api/Dockerfile").minor == "3.10"


def test_folders_that_disagree_are_no_evidence_for_a_dockerfile_above_them() -> None:
    assert choice({"api/.python-version": "3.10\n", "web/.python-version": "3.11\n"}).evidence is None


def test_the_only_folder_with_evidence_counts_for_a_dockerfile_above_it() -> None:
    assert choice({"app/Pipfile": '[requires]\npython_version = "3.11"\n'}).minor == "3.11"


# --- doubts ---------------------------------------------------------------------------------------------------------


def doubts(requirements: str, **files: str) -> tuple[str, ...]:
    return choice({"requirements.txt": requirements, **files}).doubts


def test_a_pin_without_a_wheel_is_a_doubt() -> None:
    assert doubts("numpy==1.21.0\n") == ("numpy==1.21.0 has no wheel for Python 3.12",)


@pytest.mark.parametrize("requirement", ["numpy", "numpy==1.26.4", "numpy>=1.21", "numpy<2", "numpy~=1.26.0"])
def test_a_version_with_a_wheel_is_no_doubt(requirement: str) -> None:
    assert doubts(f"{requirement}\n") == ()


@pytest.mark.parametrize("requirement", ["numpy<1.26", "numpy~=1.21.0", "numpy==1.21.*", "numpy<=1.25"])
def test_a_cap_below_the_first_wheel_is_a_doubt(requirement: str) -> None:
    assert len(doubts(f"{requirement}\n")) == 1


def test_a_pin_in_a_gap_between_releases_with_wheels_is_a_doubt() -> None:
    assert doubts("blis==0.9.1\n") == ("blis==0.9.1 has no wheel for Python 3.12",)


def test_a_marker_that_does_not_hold_is_no_doubt() -> None:
    assert doubts('numpy==1.21.0; python_version < "3.11"\n') == ()


def test_development_pins_are_no_doubt() -> None:
    assert choice({"requirements-dev.txt": "numpy==1.21.0\n"}).doubts == ()


def test_a_pure_package_that_breaks_is_a_doubt() -> None:
    (doubt,) = doubts("redis==3.5.3\n")
    assert doubt == "redis==3.5.3 does not run on Python 3.12: it imports distutils, which Python 3.12 removed"


def test_a_package_that_brings_the_lost_module_back_settles_the_doubt() -> None:
    assert doubts("redis==3.5.3\nsetuptools\n") == ()


def test_breakage_of_a_later_python_is_no_doubt_yet() -> None:
    assert doubts("bottle==0.12.25\n") == ()


def test_an_import_of_a_removed_module_is_a_doubt() -> None:
    assert doubts("", **{"app.py": "import imp\n"}) == ("app.py:1 imports imp, which Python 3.12 removed",)


def test_a_guarded_import_of_a_removed_module_is_no_doubt() -> None:
    assert doubts("", **{"app.py": "try:\n    import imp\nexcept ImportError:\n    imp = None\n"}) == ()


def test_setuptools_must_be_asked_for_since_images_ship_none() -> None:
    assert len(doubts("", **{"app.py": "import pkg_resources\n"})) == 1
    assert doubts("setuptools\n", **{"app.py": "import pkg_resources\n"}) == ()


def test_the_newest_python_without_doubts_is_offered() -> None:
    assert choice({"requirements.txt": "numpy==1.23.2\n"}).alternative == "3.11"


def test_the_alternative_obeys_requires_python() -> None:
    assert choice({**requires(">=3.12"), "requirements.txt": "numpy==1.21.0\n"}).alternative is None


def test_no_alternative_to_what_the_project_names() -> None:
    assert choice({".python-version": "3.12\n", "requirements.txt": "numpy==1.23.2\n"}).alternative is None
