import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfix.project.bases.tags import PythonTag, TagParts, python_tag, tag_parts


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("latest", TagParts(words=("latest",))),
        ("3.12.1", TagParts("3.12.1")),
        ("12-slim", TagParts("12", ("slim",))),
        ("bookworm-slim", TagParts(words=("slim",), distribution="debian", suite="bookworm")),
        ("noble-20240429", TagParts(distribution="ubuntu", suite="noble", dated=True)),
        ("20-alpine3.20", TagParts("20", ("alpine",), {"alpine": "3.20"}, "alpine", "3.20")),
        ("17-jre-alpine-3.24", TagParts("17", ("jre", "alpine"), {}, "alpine", "3.24")),
        ("8u151-jre", TagParts("8u151", ("jre",))),
        ("3.9-eclipse-temurin-17", TagParts("3.9", ("eclipse", "temurin"), {"temurin": "17"})),
        (
            "12.2.0-devel-ubuntu22.04",
            TagParts("12.2.0", ("devel", "ubuntu"), {"ubuntu": "22.04"}, "ubuntu", "jammy"),
        ),
        ("12.2.0-devel-ubuntu2204", TagParts("12.2.0", ("devel", "ubuntu"), {"ubuntu": "2204"}, "ubuntu", "jammy")),
        (
            "python3.12-bookworm-slim",
            TagParts("", ("python", "slim"), {"python": "3.12"}, "debian", "bookworm"),
        ),
        (
            "3.13-windowsservercore-ltsc2022",
            TagParts("3.13", ("windowsservercore",), {"ltsc": "2022"}, "windows", "ltsc2022"),
        ),
        ("3.7-windowsservercore-1809", TagParts("3.7", ("windowsservercore",), {}, "windows", "1809")),
    ],
)
def test_a_tag_is_taken_apart(tag: str, parts: TagParts) -> None:
    assert tag_parts(tag) == parts


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", fullmatch=True))
def test_every_tag_can_be_read(tag: str) -> None:
    tag_parts(tag)
    python_tag(tag)


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("3.1", "3.1", True),
        ("3.1.4", "3.1", True),
        ("3.12", "3.1", False),
        ("3.12", "3.1*", True),
        ("v3.1", "3.1", True),
        ("", "3", False),
    ],
)
def test_a_version_belongs_to_its_line(version: str, wanted: str, fits: bool) -> None:
    assert TagParts(version).has_version(wanted) is fits


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        (None, PythonTag()),
        ("latest", PythonTag()),
        ("3", PythonTag(3)),
        ("3.12", PythonTag(3, 12)),
        ("3.12.4-slim", PythonTag(3, 12, 4, variant="slim")),
        ("3.12-slim-bookworm", PythonTag(3, 12, variant="slim", suite="bookworm")),
        ("3.12-alpine3.20", PythonTag(3, 12, variant="alpine", suite="3.20")),
        ("3.13-windowsservercore-ltsc2025", PythonTag(3, 13, variant="windowsservercore", suite="ltsc2025")),
        ("3.15-rc-slim", PythonTag(3, 15, prerelease=True, variant="slim")),
        ("3.15.0rc1", PythonTag(3, 15, 0, prerelease=True)),
        ("3-onbuild", PythonTag(3, variant="onbuild")),
        ("3.12-mine", PythonTag(3, 12, other=("mine",))),
    ],
)
def test_a_python_tag_is_read(tag: str | None, read: PythonTag) -> None:
    assert python_tag(tag) == read


@pytest.mark.parametrize(
    "tag",
    [
        *(None, "latest", "3", "2", "slim", "3-slim", "alpine", "3-alpine", "alpine3.20", "3-alpine3.20", "rc", "3-rc"),
        *("bookworm", "slim-bookworm", "3-bookworm", "3-slim-bookworm", "windowsservercore", "onbuild", "3-onbuild"),
    ],
)
def test_a_python_tag_without_a_minor_version_floats(tag: str | None) -> None:
    assert python_tag(tag).is_floating


@pytest.mark.parametrize("tag", ["3.12", "3.12-slim", "3.12.4", "3.15-rc", "2.7", "3.12-alpine", "3.12-bookworm"])
def test_a_python_tag_with_a_minor_version_does_not_float(tag: str) -> None:
    assert not python_tag(tag).is_floating


def test_nothing_is_said_of_a_python_tag_that_no_official_image_has() -> None:
    assert not python_tag("team-build").is_floating


@pytest.mark.parametrize(
    ("tag", "slim", "rendered"),
    [
        (None, True, "3.12-slim"),
        (None, False, "3.12"),
        ("3", None, "3.12"),
        ("slim", None, "3.12-slim"),
        ("3-slim", True, "3.12-slim"),
        ("3-slim", False, "3.12"),
        ("bookworm", True, "3.12-slim-bookworm"),
        ("slim-bookworm", True, "3.12-slim-bookworm"),
        ("3-bookworm", False, "3.12-bookworm"),
        ("alpine", True, "3.12-alpine"),
        ("3-alpine3.20", True, "3.12-alpine3.20"),
        ("windowsservercore-ltsc2022", True, "3.12-windowsservercore-ltsc2022"),
        ("3.9.1-slim-buster", None, "3.12-slim-buster"),
    ],
)
def test_a_python_tag_is_rendered_in_the_official_order(tag: str | None, slim: bool | None, rendered: str) -> None:
    assert python_tag(tag).render("3.12", slim=slim) == rendered


def test_the_release_line_of_a_python_tag() -> None:
    assert python_tag("3.12.4-slim").release == "3.12"
    assert python_tag("3-slim").release is None
