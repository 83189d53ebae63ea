import pytest

from dockerfix.syntax.references import ImageReference

DIGEST = "sha256:" + "86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa"


def parsed(text: str) -> ImageReference:
    reference = ImageReference.parse(text)
    assert reference is not None
    return reference


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("python", ("", "python", None, None)),
        ("python:3.12-slim", ("", "python", "3.12-slim", None)),
        ("library/python", ("", "library/python", None, None)),
        ("ghcr.io/astral-sh/uv:0.5", ("ghcr.io", "astral-sh/uv", "0.5", None)),
        ("localhost/app", ("localhost", "app", None, None)),
        ("registry:5000/team/app:1", ("registry:5000", "team/app", "1", None)),
        ("[fc00::1]:5000/docker", ("[fc00::1]:5000", "docker", None, None)),
        ("LOCALDOMAIN/debian", ("LOCALDOMAIN", "debian", None, None)),
        (f"busybox:latest@{DIGEST}", ("", "busybox", "latest", DIGEST)),
        (f"docker.io/library/redis@{DIGEST}", ("docker.io", "library/redis", None, DIGEST)),
        ("test_com/foo", ("", "test_com/foo", None, None)),
        ("192.168.0.1:80", ("", "192.168.0.1", "80", None)),
    ],
)
def test_parts_are_kept_as_written(text: str, parts: tuple[object, ...]) -> None:
    reference = parsed(text)
    assert (reference.registry, reference.repository, reference.tag, reference.digest) == parts
    assert str(reference) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Python",
        "docker/Docker",
        "-docker",
        "-docker.io/docker/docker",
        "docker///docker",
        "docker/",
        "docker-/docker",
        "dock..er/docker",
        "dock_.er/docker",
        "https://github.com/docker/docker",
        "[fc00::1]",
        "[fc00::1]:5000",
        "fc00::1:5000/debian",
        "[fe80::1%eth0]:5000/debian",
        "python:",
        "python:-x",
        "python:" + "x" * 129,
        "python@sha256:abc",
        "python@md5:" + "a" * 32,
        DIGEST.removeprefix("sha256:"),
        "python:$TAG",
        "${BASE}",
        "python:${TAG:-3.12}",
        "python 3",
        "python\n",
        "a" * 248,
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    assert ImageReference.parse(text) is None


def test_the_longest_name_that_docker_hub_takes_is_accepted() -> None:
    assert ImageReference.parse("a" * 247) is not None


@pytest.mark.parametrize(
    "text",
    [
        "python",
        "library/python",
        "docker.io/python",
        "docker.io/library/python",
        "index.docker.io/python",
        "registry-1.docker.io/library/python",
        "public.ecr.aws/docker/library/python",
        "mirror.gcr.io/library/python",
    ],
)
def test_each_spelling_of_an_official_image_has_one_familiar_name(text: str) -> None:
    assert parsed(text).familiar_name == "python"
    assert parsed(text).is_official("python")


@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("docker.io/nginx/unit", "nginx/unit"),
        ("library/foo/bar", "library/foo/bar"),
        ("ghcr.io/astral-sh/uv", "ghcr.io/astral-sh/uv"),
        ("registry.corp/python", "registry.corp/python"),
        ("public.ecr.aws/lambda/python", "public.ecr.aws/lambda/python"),
        ("mirror.gcr.io/bitnami/python", "bitnami/python"),
    ],
)
def test_other_images_are_not_official(text: str, familiar: str) -> None:
    assert parsed(text).familiar_name == familiar
    assert not parsed(text).is_official("python")


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("python", "python:3.12-slim"),
        ("python:latest", "python:3.12-slim"),
        ("docker.io/library/python:3", "docker.io/library/python:3.12-slim"),
        ("registry:5000/python", "registry:5000/python:3.12-slim"),
        (f"python:3@{DIGEST}", "python:3.12-slim"),
    ],
)
def test_a_new_tag_leaves_the_name_as_written(text: str, changed: str) -> None:
    assert parsed(text).with_tag("3.12-slim") == changed


def test_a_tag_outside_the_grammar_is_refused() -> None:
    with pytest.raises(ValueError, match="not an image tag"):
        parsed("python").with_tag("a b")


def test_scratch_is_the_empty_image_under_that_one_spelling() -> None:
    assert parsed("scratch").is_scratch
    assert not parsed("docker.io/library/scratch").is_scratch
    assert not parsed("scratch:latest").is_scratch
