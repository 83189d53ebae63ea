import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.requirements_closure import RequirementsClosure, requirements_closure


def closure(files: dict[str, str], path: str = "requirements.txt", folder: str = "") -> RequirementsClosure:
    return requirements_closure(BuildContext.of_files(files), path, folder)


def kinds(found: RequirementsClosure) -> list[str]:
    return [problem.kind for problem in found.problems]


def test_all_included_files_are_read_in_order() -> None:
    found = closure(
        {"requirements.txt": "-r base.txt\nuvicorn\n", "base.txt": "-r core.txt\nflask\n", "core.txt": "six\n"}
    )
    assert found.files == ("requirements.txt", "base.txt", "core.txt")
    assert sorted(one.name for one in found.requirements) == ["flask", "six", "uvicorn"]
    assert found.certain


@pytest.mark.parametrize("line", ["-r base.txt", "-rbase.txt", "--requirement base.txt", "--requirement=base.txt"])
def test_every_way_to_write_an_include(line: str) -> None:
    assert closure({"requirements.txt": line, "base.txt": ""}).files == ("requirements.txt", "base.txt")


def test_an_include_is_relative_to_the_file_that_names_it() -> None:
    found = closure(
        {"requirements/dev.txt": "-r base.txt\n", "requirements/base.txt": "flask\n"}, "requirements/dev.txt"
    )
    assert found.files == ("requirements/dev.txt", "requirements/base.txt")


def test_constraints_are_kept_apart() -> None:
    found = closure(
        {"requirements.txt": "-c pins.txt\nflask\n", "pins.txt": "-r more.txt\n", "more.txt": "flask==3.0\n"}
    )
    assert [one.written for one in found.requirements] == ["flask"]
    assert [(one.written, one.use) for one in found.constraints] == [("flask==3.0", "constraint")]
    assert found.files == ("requirements.txt", "pins.txt", "more.txt")


def test_a_file_included_twice_is_read_once() -> None:
    found = closure({"requirements.txt": "-r a.txt\n-r b.txt\n", "a.txt": "-r b.txt\n", "b.txt": "flask\n"})
    assert [one.name for one in found.requirements] == ["flask"]


def test_files_that_include_each_other_are_a_problem() -> None:
    assert kinds(closure({"requirements.txt": "-r a.txt\n", "a.txt": "-r requirements.txt\n"})) == ["cycle"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-r gone.txt", "missing"),
        ("-r https://example.org/r.txt", "remote"),
        ("-r ../r.txt", "outside"),
        ("-r /etc/r.txt", "outside"),
        ("-c ${PINS}", "variable"),
    ],
)
def test_what_cannot_be_followed_leaves_the_closure_uncertain(line: str, kind: str) -> None:
    found = closure({"requirements.txt": f"{line}\nflask\n"})
    assert kinds(found) == [kind]
    assert not found.certain
    assert [one.name for one in found.requirements] == ["flask"]


def test_a_missing_first_file_is_a_problem_and_no_file() -> None:
    found = closure({})
    assert (found.files, kinds(found)) == ((), ["missing"])


def test_local_projects_of_included_files_are_gathered() -> None:
    found = closure({"requirements.txt": "-r a.txt\n", "a.txt": "-e ./lib\n", "lib/setup.py": ""})
    assert [(one.path, one.source, one.line) for one in found.editable] == [("lib", "a.txt", 1)]
