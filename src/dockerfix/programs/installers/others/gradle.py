"""Gradle: its wrapper, the task `dependencies`, and every other task, which downloads on the way.

Source: Gradle documentation, "Gradle Wrapper", "Viewing dependencies", "Directories and files", "Settings file".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.kept import keeps
from dockerfix.programs.installers.others.wrapper import wrapper_problem
from dockerfix.regexes import regex

__all__ = ["recognise"]

_VALUED = frozenset(
    "-p --project-dir -x --exclude-task -g --gradle-user-home -I --init-script -b --build-file -c --settings-file "
    "--max-workers --console --warning-mode --priority -D -P --system-prop --project-prop --tests".split()
)
_SCRIPTS = ("settings.gradle", "settings.gradle.kts", "build.gradle", "build.gradle.kts")
_FILES = ("gradle.properties", "gradle.lockfile", "buildscript-gradle.lockfile")
_NO_DOWNLOAD = frozenset({"clean", "wrapper", "init", "help", "tasks"})
# What a script says that looks at files, at other projects, or runs something while it is evaluated.
_LOOKS = regex(
    r"\b(?:includeBuild|include|apply\s*\(?\s*from|files?|fileTree|rootDir|projectDir|rootProject\.file|File|exec|"
    r"providers|readText|readLines|newReader|execute|flatDir|subprojects|allprojects|project)\s*[({:.'\"]|\.text\b"
)
_COMMENT = regex(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_DOUBT = (
    "the task dependencies fetches plugins and descriptions, not every archive, and scripts of Gradle are code that "
    "may read the source; a cache mount for the folder .gradle keeps all of it"
)


def recognise(call: Call) -> Install | None:
    """The download that a call of Gradle is, or does on the way. None where a cache mount keeps what it downloads."""
    given = arguments(call.program.words[1:], _VALUED)
    if keeps(call, call.setting("GRADLE_USER_HOME") or "~/.gradle"):
        return None
    tasks = [task or "" for task in given.operands if task not in _NO_DOWNLOAD]
    project = _Project(call, given)
    if not tasks:
        return project.wrapper() if given.has("--version", "-v") else None
    problem = project.problem()
    reads, folders = project.reading.reads, tuple(project.folders)
    if all(task.rpartition(":")[2] == "dependencies" for task in tasks):
        return Install("gradle", call.program, reads, folders, problem=problem, doubt=_DOUBT)
    split = None
    if problem is None:
        instead = f"{call.program.words[0].raw} dependencies --no-daemon"
        split = Split(dict(reads), instead=instead, doubt=_DOUBT, by_person=True)
    problem = problem or f"the task {tasks[-1]} reads the source"
    return Install("gradle", call.program, reads, folders, problem=problem, split=split, is_project=True)


class _Project:
    """One project as Gradle sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        self.folders: list[str] = []
        self.reading = Reading(call, call.workdir)

    @property
    def called(self) -> str:
        """The program as called."""
        return self.call.program.words[0].value or ""

    def wrapper(self) -> Install | None:
        """`./gradlew --version`, which downloads Gradle itself and evaluates no script."""
        if not self.called.endswith("gradlew"):
            return None
        problem = wrapper_problem(self.reading, self.called) or self._take_folder("gradle/wrapper")
        return Install("gradlew", self.call.program, self.reading.reads, tuple(self.folders), problem=problem)

    def problem(self) -> str | None:
        """Fills `reading` and `folders`; why what a task reads is not certain, or None."""
        return next((problem for problem in self._problems() if problem is not None), None)

    def _problems(self) -> Iterator[str | None]:
        if self.call.workdir is None or self.given.values("-p", "--project-dir", "-b", "--build-file", "-I", "-c"):
            yield "another project than that of the working directory is not followed here"
            return
        if self.called.endswith("gradlew"):
            yield wrapper_problem(self.reading, self.called)
        origins = [origin for name in _SCRIPTS if (origin := self.reading.take(name)) is not None]
        if not any(posixpath.basename(origin).startswith("build.gradle") for origin in origins):
            yield "build.gradle is not among the files copied from the build context"
        if self._has_files("buildSrc"):
            yield "the project's own build code (buildSrc) is compiled first"
        yield from map(self._looking, origins)
        for name in _FILES:
            self.reading.take(name)
        yield self._take_folder("gradle")

    def _looking(self, origin: str) -> str | None:
        found = _LOOKS.search(_COMMENT.sub("", self.call.context.text(origin) or ""))
        word = re.match(r"\W*\w+", found[0]) if found is not None else None
        return f"{origin} is code that may look at the source ({word[0].strip('.')})" if word is not None else None

    def _has_files(self, name: str) -> bool:
        place = self.call.place(name)
        return place is not None and any(True for _ in self.call.below(place))

    def _take_folder(self, name: str) -> str | None:
        if not self._has_files(name):
            return None
        folder = self.reading.take_below(name)
        if folder is None:
            return f"the folder {name} comes from more than one folder"
        self.folders.append(folder)
        return None
