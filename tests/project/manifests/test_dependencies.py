import pytest
from packaging.version import Version

from dockerfix.project.manifests.dependencies import applies_on, archive_name, dependency, normal_name, upper_bound


def test_a_requirement_is_read_with_all_its_parts() -> None:
    read = dependency('Flask_Login[sec,db] >=0.5,<1 ; python_version < "3.13"', "requirements.txt", 4)
    assert read is not None
    assert (read.name, read.extras, read.where) == ("flask-login", ("db", "sec"), ("requirements.txt", 4))
    assert (read.specifier, read.marker) == ("<1,>=0.5", 'python_version < "3.13"')


def test_a_specifier_that_only_old_pips_took_keeps_its_name() -> None:
    read = dependency("pkg>=1.0.*", "requirements.txt", 1)
    assert read is not None
    assert (read.name, read.specifier, read.valid) == ("pkg", ">=1.0.*", False)


def test_text_without_a_name_is_no_dependency() -> None:
    assert dependency("<<<<<<< HEAD", "requirements.txt", 1) is None


@pytest.mark.parametrize(
    ("specifier", "pinned"), [("==1.2", "1.2"), ("===1.2", "1.2"), ("==1.2.*", None), (">=1", None), ("", None)]
)
def test_only_an_exact_version_is_a_pin(specifier: str, pinned: str | None) -> None:
    read = dependency(f"numpy{specifier}", "requirements.txt", 1)
    assert read is not None
    assert read.pinned == pinned


def test_names_are_compared_as_the_index_does() -> None:
    assert normal_name("Ruamel.Yaml__clib") == "ruamel-yaml-clib"


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("my_lib-1.0-py3-none-any.whl", "my-lib"),
        ("my-lib-1.0.tar.gz", "my-lib"),
        ("notes.whl", None),
        ("archive.zip", None),
    ],
)
def test_the_project_of_an_archive_is_in_its_file_name(filename: str, name: str | None) -> None:
    assert archive_name(filename) == name


@pytest.mark.parametrize(
    ("specifier", "bound"),
    [
        ("==1.4.2", ("1.4.2", True)),
        ("==1.4.*", ("1.5", False)),
        ("~=1.4.2", ("1.5", False)),
        ("~=1.4", ("2", False)),
        (">=1,<2,<=1.9", ("1.9", True)),
        ("<2", ("2", False)),
    ],
)
def test_the_highest_version_a_specifier_allows(specifier: str, bound: tuple[str, bool]) -> None:
    assert upper_bound(specifier) == (Version(bound[0]), bound[1])


@pytest.mark.parametrize("specifier", ["", ">=1", "!=2", "no specifier"])
def test_nothing_caps_the_version(specifier: str) -> None:
    assert upper_bound(specifier) is None


def test_markers_are_judged_on_linux_for_the_given_python() -> None:
    assert applies_on('python_version < "3.11"', "3.10") is True
    assert applies_on('python_version < "3.11"', "3.12") is False
    assert applies_on('sys_platform == "win32"', "3.12") is False


def test_a_broken_marker_is_unclear() -> None:
    assert applies_on("python_version <", "3.12") is None
