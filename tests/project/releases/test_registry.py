"""Which release a tag means today, asked of a real registry on this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from image_registry import ImageRegistry, image_registry

from dockerfix.project.releases.registry import address, meaning
from dockerfix.project.releases.registry.meaning import Meaning, digest_of, meaning_of
from dockerfix.syntax.references import ImageReference

BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageRegistry]:
    with image_registry(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for function in (meaning_of, digest_of, meaning._registry, meaning._tags):
        function.cache_clear()
    monkeypatch.setattr(meaning, "_SILENT", {})


def meant(text: str) -> Meaning:
    reference = ImageReference.parse(text)
    assert reference is not None
    return meaning_of(reference)


def test_the_release_with_the_same_index(registry: ImageRegistry) -> None:
    registry.push("web", "1.29.2", "1.29.2-alpine", says="old", platforms=BOTH)
    digest = registry.push("web", "latest", "1", "1.29", "1.29.3", says="new", platforms=BOTH)
    assert meant(f"{registry.host}/web") == Meaning("1.29.3", digest)


def test_a_manifest_list_of_docker_too(registry: ImageRegistry) -> None:
    digest = registry.push("listed", "latest", "8.2.3", says="a", platforms=BOTH, kind="docker")
    assert meant(f"{registry.host}/listed:latest") == Meaning("8.2.3", digest)


def test_an_image_of_one_platform(registry: ImageRegistry) -> None:
    digest = registry.push("single", "latest", "2.0.1", says="a", kind="docker")
    assert meant(f"{registry.host}/single") == Meaning("2.0.1", digest)


def test_the_variant_stays(registry: ImageRegistry) -> None:
    registry.push("node", "24.11.1", "latest", says="full", platforms=BOTH)
    registry.push("node", "slim", "24-slim", "24.11.1-slim", "24.11.1-trixie-slim", says="slim", platforms=BOTH)
    registry.push("node", "lts-alpine", "22.21.0-alpine", "22.21.0-alpine3.22", says="alpine", platforms=BOTH)
    assert meant(f"{registry.host}/node:slim").tag == "24.11.1-slim"
    assert meant(f"{registry.host}/node:lts-alpine").tag == "22.21.0-alpine"


def test_stable_is_what_it_is_today_and_not_the_newest(registry: ImageRegistry) -> None:
    registry.push("server", "latest", "mainline", "1.31.2", says="mainline")
    registry.push("server", "stable", "1.30", "1.30.4", says="stable")
    assert meant(f"{registry.host}/server:stable").tag == "1.30.4"


def test_a_tag_that_moved_back_is_followed(registry: ImageRegistry) -> None:
    registry.push("moved", "latest", "2.0.0", says="broken")
    assert meant(f"{registry.host}/moved").tag == "2.0.0"
    registry.push("moved", "latest", "1.9.9", says="good")
    meaning_of.cache_clear()
    digest_of.cache_clear()
    meaning._tags.cache_clear()
    assert meant(f"{registry.host}/moved").tag == "1.9.9"


def test_the_same_release_with_other_platforms_is_another_content(registry: ImageRegistry) -> None:
    registry.push("partly", "latest", says="a", platforms=BOTH)
    registry.push("partly", "1.0.0", says="a", platforms=("linux/amd64",))
    assert meant(f"{registry.host}/partly").tag is None


def test_a_release_has_to_say_more_than_one_number_where_the_image_is_not_known(registry: ImageRegistry) -> None:
    registry.push("coarse", "latest", "7", says="a")
    found = meant(f"{registry.host}/coarse")
    assert found.tag is None
    assert "has no release of" in found.because


def test_prereleases_and_dates_are_no_releases(registry: ImageRegistry) -> None:
    registry.push("early", "latest", "20251112", "2.0.0rc1", "2.0-beta.2", "nightly", says="a")
    assert meant(f"{registry.host}/early").tag is None


def test_a_word_more_where_no_release_goes_without(registry: ImageRegistry) -> None:
    registry.push("temurin", "latest", "25.0.1_8-jdk", "25.0.1_8-jdk-noble", says="a")
    assert meant(f"{registry.host}/temurin").tag == "25.0.1_8-jdk"


def test_many_pages_of_tags(registry: ImageRegistry) -> None:
    registry.push("many", *(f"0.{minor}.{patch}" for minor in range(30) for patch in range(40)), says="old")
    registry.push("many", "latest", "3.0.1", says="new")
    assert len(meaning._registry(address.address_of(ImageReference(registry.host, "many"))).tags()) == 1202
    assert meant(f"{registry.host}/many").tag == "3.0.1"


def test_an_image_that_is_not_there(registry: ImageRegistry) -> None:
    found = meant(f"{registry.host}/nothing:latest")
    assert (found.tag, found.is_missing) == (None, True)


def test_docker_hub_knows_official_images_as_library(registry: ImageRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "_HUB_URL", f"http://{registry.host}")
    digest = registry.push("library/postgres", "latest", "18", "18.1", says="a", platforms=BOTH)
    assert meant("postgres") == meant("docker.io/library/postgres:latest") == Meaning("18.1", digest)


def test_one_number_will_do_where_it_names_a_release_line(
    registry: ImageRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "_HUB_URL", f"http://{registry.host}")
    registry.push("library/node", "latest", "26", says="a")
    assert meant("node:latest").tag == "26"


def test_skopeo_sees_the_same_digest(registry: ImageRegistry) -> None:
    skopeo = shutil.which("skopeo")
    if skopeo is None:
        pytest.skip("skopeo is not installed")
    registry.push("seen", "latest", "1.0.0", says="a", platforms=BOTH)
    inspect = [skopeo, "inspect", "--tls-verify=false", "--override-arch=arm64", "--format={{.Digest}}"]
    seen = subprocess.run([*inspect, f"docker://{registry.host}/seen"], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == meant(f"{registry.host}/seen").digest
