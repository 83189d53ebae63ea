"""What Gradle reads, and why its builds are parted by a person only."""

from __future__ import annotations

from pathlib import Path

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs
from dockerfix.rule import BuildContext

SCRIPT = """
plugins { id 'org.springframework.boot' version '3.3.0' }
group = 'org.example'
repositories { mavenCentral() }
// include('comments') count for nothing
dependencies { implementation 'org.springframework.boot:spring-boot-starter' }
tasks.named('test') { useJUnitPlatform() }
"""
APP = {
    "build.gradle": SCRIPT,
    "settings.gradle": "rootProject.name = 'app'\n",
    "gradle.properties": "",
    "gradle/libs.versions.toml": "",
    "src/main/java/App.java": "",
}
NAMES = {"build.gradle", "settings.gradle", "gradle.properties", "gradle/libs.versions.toml"}


def _installs(run: str, files: Files | Path) -> list[Install]:
    text = f"FROM gradle:8-jdk21\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    context = BuildContext.at(files) if isinstance(files, Path) else BuildContext.of_files(files)
    model = modelled(text, context=context)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str = "gradle build", files: Files | Path = APP) -> Install:
    (install,) = _installs(run, files)
    return install


def test_build_is_parted_only_by_a_person() -> None:
    split = _install("gradle build --no-daemon -x test").split
    assert split is not None
    assert (split.instead, split.by_person, bool(split.doubt)) == ("gradle dependencies --no-daemon", True, True)
    assert set(split.reads.values()) == NAMES


def test_task_dependencies_leaves_a_doubt() -> None:
    install = _install("gradle dependencies --no-daemon")
    assert (install.problem, bool(install.doubt), set(install.reads.values())) == (None, True, NAMES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.gradle", "include 'api', 'core'\n"),
        ("settings.gradle", "includeBuild('build-logic')\n"),
        ("build.gradle", "apply from: 'gradle/checks.gradle'\n"),
        ("build.gradle", "version = file('VERSION').text\n"),
        ("build.gradle", "dependencies { implementation files('libs/x.jar') }\n"),
        ("build.gradle", "def hash = 'git rev-parse HEAD'.execute()\n"),
        ("buildSrc/build.gradle", ""),
    ],
)
def test_script_that_may_look_at_the_source_is_left_alone(name: str, text: str) -> None:
    install = _install(files={**APP, name: text})
    assert install.problem is not None
    assert install.split is None


def test_project_in_another_folder_is_left_alone() -> None:
    assert _install("gradle -p api build").split is None


@pytest.mark.parametrize("target", ["/root/.gradle", "/home/gradle/.gradle"])
def test_cache_mount_keeps_what_is_downloaded(target: str) -> None:
    assert not _installs(f"--mount=type=cache,target={target} gradle build", APP)


@pytest.mark.parametrize("run", ["gradle --version", "gradle clean"])
def test_command_that_downloads_nothing(run: str) -> None:
    assert not _installs(run, APP)


def test_wrapper_downloads_gradle_without_any_script(tmp_path: Path) -> None:
    (tmp_path / "gradle/wrapper").mkdir(parents=True)
    (tmp_path / "gradle/wrapper/gradle-wrapper.properties").touch()
    (tmp_path / "build.gradle").write_text(SCRIPT)
    (tmp_path / "gradlew").write_text("#!/bin/sh\n")
    (tmp_path / "gradlew").chmod(0o755)
    install = _install("./gradlew --version", tmp_path)
    names = {"gradlew", "gradle/wrapper/gradle-wrapper.properties"}
    assert (set(install.reads.values()), install.folders, install.problem) == (names, ("gradle/wrapper",), None)
