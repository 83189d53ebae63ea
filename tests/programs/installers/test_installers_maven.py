"""What `mvn dependency:go-offline` and the phases of a build read."""

from __future__ import annotations

from pathlib import Path

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs
from dockerfix.rule import BuildContext

POM = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>app</artifactId>{}'
    "<dependencies><dependency><artifactId>guava</artifactId></dependency></dependencies></project>"
)
APP = {"pom.xml": POM.format(""), "src/main/java/App.java": ""}
PARTED = {
    "pom.xml": POM.format("<modules><module>api</module><module>core</module></modules>"),
    "api/pom.xml": POM.format("<parent><artifactId>app</artifactId></parent>"),
    "core/pom.xml": POM.format("<parent><artifactId>app</artifactId></parent>"),
    "api/src/main/java/Api.java": "",
}


def _installs(run: str, files: Files | Path) -> list[Install]:
    text = f"FROM maven:3.9\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    model = modelled(text, None if isinstance(files, Path) else files, _on_disk(files))
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _on_disk(files: Files | Path) -> BuildContext | None:
    return BuildContext.at(files) if isinstance(files, Path) else None


def _install(run: str = "mvn dependency:go-offline", files: Files | Path = APP) -> Install:
    (install,) = _installs(run, files)
    return install


def _reads(run: str = "mvn dependency:go-offline", files: Files = APP) -> set[str]:
    install = _install(run, files)
    assert install.problem is None
    return set(install.reads.values())


@pytest.mark.parametrize(
    "run",
    [
        "mvn -B dependency:go-offline",
        "mvn dependency:resolve dependency:resolve-plugins",
        "mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.6.0:go-offline",
        "mvn -f /app/pom.xml clean dependency:resolve",
    ],
)
def test_manifest_is_enough_to_download(run: str) -> None:
    assert _reads(run) == {"pom.xml"}


@pytest.fixture
def wrapped(tmp_path: Path) -> Path:
    """A project with an executable wrapper; modes are known of files on disk only."""
    (tmp_path / "src").mkdir()
    (tmp_path / ".mvn/wrapper").mkdir(parents=True)
    (tmp_path / ".mvn/wrapper/maven-wrapper.properties").touch()
    (tmp_path / "src/App.java").touch()
    (tmp_path / "pom.xml").write_text(APP["pom.xml"])
    (tmp_path / "mvnw").write_text("#!/bin/sh\n")
    (tmp_path / "mvnw").chmod(0o755)
    return tmp_path


def test_wrapper_is_read_with_its_settings(wrapped: Path) -> None:
    install = _install("./mvnw dependency:go-offline", wrapped)
    names = {"pom.xml", "mvnw", ".mvn/wrapper/maven-wrapper.properties"}
    assert (set(install.reads.values()), install.folders, install.problem) == (names, (".mvn",), None)


def test_maven_of_the_image_reads_no_wrapper() -> None:
    files = {**APP, ".mvn/wrapper/maven-wrapper.properties": "", ".mvn/maven.config": "-B\n"}
    assert _reads(files=files) == {"pom.xml", ".mvn/maven.config"}


def test_settings_of_a_folder_above_count() -> None:
    files = {**PARTED, ".mvn/maven.config": ""}
    assert ".mvn/maven.config" in _reads("cd api && mvn dependency:resolve", files)


def test_module_that_is_not_there_is_named() -> None:
    parted = {name: text for name, text in PARTED.items() if name != "core/pom.xml"}
    assert "core/pom.xml" in (_install(files=parted).problem or "")


def test_wrapper_that_a_step_makes_executable_is_left_alone(wrapped: Path) -> None:
    (wrapped / "mvnw").chmod(0o644)
    problem = _install("./mvnw dependency:go-offline", wrapped).problem
    assert problem is not None
    assert "executable" in problem


def test_wrapper_whose_line_ends_a_step_mends_is_left_alone(wrapped: Path) -> None:
    (wrapped / "mvnw").write_bytes(b"#!/bin/sh\r\n")
    problem = _install("./mvnw dependency:go-offline", wrapped).problem
    assert problem is not None
    assert "line ends" in problem


def test_wrapper_downloads_for_a_phase_too(wrapped: Path) -> None:
    split = _install("./mvnw install -P prod", wrapped).split
    assert split is not None
    assert (split.instead, "mvnw" in split.reads.values()) == ("./mvnw -P prod dependency:go-offline", True)


def test_settings_that_are_named_are_read() -> None:
    assert "ci/settings.xml" in _reads("mvn -s ci/settings.xml dependency:resolve", {**APP, "ci/settings.xml": ""})


def test_settings_that_are_named_but_not_there_may_be_there_at_build_time() -> None:
    problem = _install("mvn -s settings.xml dependency:resolve").problem
    assert problem is not None
    assert "settings.xml" in problem


def test_settings_of_the_image_are_not_read_from_the_project() -> None:
    assert _reads("mvn -s /usr/share/maven/conf/settings.xml dependency:resolve") == {"pom.xml"}


def test_every_module_is_read() -> None:
    assert _reads(files=PARTED) == {"pom.xml", "api/pom.xml", "core/pom.xml"}


def test_parent_in_the_project_is_read_without_its_modules() -> None:
    assert _reads("mvn -f api dependency:go-offline", PARTED) == {"pom.xml", "api/pom.xml"}


def test_parent_that_is_only_looked_for_in_repositories_is_not_read() -> None:
    parent = "<parent><artifactId>boot</artifactId><relativePath/></parent>"
    assert _reads("cd api && mvn dependency:resolve", {"pom.xml": "", "api/pom.xml": POM.format(parent)}) == {
        "api/pom.xml"
    }


@pytest.mark.parametrize(
    ("run", "instead"),
    [
        ("mvn clean package -DskipTests", "mvn dependency:go-offline"),
        ("mvn -B -s settings.xml -Pprod verify", "mvn -B -s settings.xml -Pprod dependency:go-offline"),
        ("mvn --file=pom.xml package", "mvn --file=pom.xml dependency:go-offline"),
    ],
)
def test_phase_of_a_build_is_parted_by_a_download(run: str, instead: str) -> None:
    install = _install(run, {**APP, "settings.xml": ""})
    assert install.problem is not None
    assert install.split is not None
    assert install.split.instead == instead


def test_build_of_several_modules_is_not_parted() -> None:
    install = _install("mvn package", PARTED)
    assert install.split is None
    assert install.problem is not None
    assert "not built yet" in install.problem


def test_cache_mount_keeps_the_repository() -> None:
    assert not _installs("--mount=type=cache,target=/root/.m2 mvn package", APP)


@pytest.mark.parametrize("run", ["mvn clean", "mvn --version", "mvn -o package"])
def test_command_that_downloads_nothing_of_the_project(run: str) -> None:
    assert not _installs(run, APP)


@pytest.mark.parametrize(
    "part",
    [
        "<dependencyManagement><systemPath>${basedir}/lib/x.jar</systemPath></dependencyManagement>",
        "<repositories><repository><url>file://${project.basedir}/repo</url></repository></repositories>",
        "<profiles><profile><activation><file><exists>src/x</exists></file></activation></profile></profiles>",
    ],
)
def test_project_that_may_look_at_the_source_is_left_alone(part: str) -> None:
    install = _install("mvn package", {**APP, "pom.xml": POM.format(part)})
    assert install.problem is not None
    assert install.split is None


def test_extensions_of_maven_are_left_alone() -> None:
    problem = _install(files={**APP, ".mvn/extensions.xml": "<extensions/>"}).problem
    assert problem is not None
    assert "extensions" in problem
