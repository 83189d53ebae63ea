import re

from packaging.version import Version

from dockerfix.project.manifests.dependencies import Dependency, normal_name
from dockerfix.project.releases.python_evidence import MINORS
from dockerfix.project.releases.python_packages import has_wheel, minor_key, package_facts


def test_names_in_the_data_are_normalised() -> None:
    facts = package_facts()
    for table in (facts.wheels, facts.breaks, facts.source_only, facts.brings, facts.shared_libraries):
        assert [name for name in table if name != normal_name(name)] == []


def test_each_project_tells_of_every_python() -> None:
    assert {name: tuple(spans) for name, spans in package_facts().wheels.items() if tuple(spans) != MINORS} == {}


def test_spans_of_releases_are_in_order() -> None:
    for name, by_minor in package_facts().wheels.items():
        for minor, spans in by_minor.items():
            ends = [Version(end) for span in spans.split() for end in span.split("-") if end]
            assert ends == sorted(ends), (name, minor)
            assert all(span.endswith("-") is False for span in spans.split()[:-1]), (name, minor)


def test_a_newer_python_never_has_an_older_first_wheel() -> None:
    for name, by_minor in package_facts().wheels.items():
        spans = [by_minor[minor] for minor in MINORS if minor_key(minor) >= (3, 10)]
        firsts = [Version(re.split("[- ]", one)[0]) for one in spans if one]
        assert firsts == sorted(firsts), name


def test_limits_of_breakage_are_versions_and_minors() -> None:
    for entries in package_facts().breaks.values():
        for entry in entries:
            assert Version(entry["below"])
            assert entry["python"] in MINORS


def test_a_package_outside_the_data_is_unknown() -> None:
    assert has_wheel(Dependency("some-package", "==1.0", "r.txt"), "3.12") is None


def test_a_python_outside_the_data_is_unknown() -> None:
    assert has_wheel(Dependency("numpy", "==1.0", "r.txt"), "3.99") is None


def test_a_direct_url_is_unknown() -> None:
    assert has_wheel(Dependency("numpy", "", "r.txt", url="https://example.org/numpy.whl"), "3.12") is None
