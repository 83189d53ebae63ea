"""The programs that a container runs when it starts, followed through shells, wrappers and scripts of the project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.image.commands import commands_of
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.start import shell_text
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.project.context import BuildContext
from dockerfix.project.package_json import ScriptCall, package_json, package_script
from dockerfix.shell import Command, Script, ShellWord, parse_script, unwrapped
from dockerfix.text import MappedText, Span, encode

__all__ = ["UNSAID", "Program", "Start", "command_followed", "inner_program", "is_shell_script", "start_of"]

# Programs that start the words behind their own options; the set holds the options that take a value.
_RUNNERS: dict[str, frozenset[str]] = {
    "tini": frozenset({"-p", "-e"}),
    "dumb-init": frozenset({"-r", "--rewrite"}),
    "catatonit": frozenset(),
    "docker-init": frozenset(),
    "timeout": frozenset({"-s", "--signal", "-k", "--kill-after"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xvfb-run": frozenset({"-n", "-s", "-e", "-f", "--server-num", "--server-args"}),
    "ddtrace-run": frozenset(),
    "opentelemetry-instrument": frozenset(),
    "npx": frozenset({"-p", "--package"}),
    "bunx": frozenset({"-p", "--package"}),
    "cross-env": frozenset(),
    "docker-entrypoint.sh": frozenset(),
    "docker-php-entrypoint": frozenset(),
    "__cacert_entrypoint.sh": frozenset(),
}
# Programs that do so behind a subcommand.
_SUBCOMMANDS: dict[str, tuple[str, frozenset[str]]] = {
    "poetry": ("run", frozenset({"-C", "--directory", "-P", "--project"})),
    "pipenv": ("run", frozenset()),
    "pdm": ("run", frozenset({"-p", "--project", "-e", "--env-file"})),
    "hatch": ("run", frozenset({"-e", "--env"})),
    "rye": ("run", frozenset()),
    "uv": (
        "run",
        frozenset(
            "--with --group --extra --package --python -p --env-file --project --directory --index-url --with-editable "
            "--with-requirements --no-group --only-group --index --cache-dir".split()
        ),
    ),
    "newrelic-admin": ("run-program", frozenset()),
    "coverage": ("run", frozenset({"--source", "--rcfile"})),
    "conda": ("run", frozenset({"-n", "--name", "-p", "--prefix"})),
    "micromamba": ("run", frozenset({"-n", "--name", "-p", "--prefix"})),
}
# Programs that do so behind a lone `--`.
_BEHIND_DASHES = frozenset(
    "wait-for-it wait-for-it.sh wait-for wait-for.sh doppler infisical dockerize watchmedo op chamber".split()
)
_USER_SWITCHES = frozenset({"gosu", "su-exec", "sudo", "doas"})  # taken off as wrappers, and noted all the same
_ALL_ARGUMENTS = frozenset({'"$@"', "$@", "$*", '"${@}"', "${@}"})
_SEARCHED = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_FUNCTION = re.compile(rb"^[ \t]*(?:function[ \t]+)?([\w.-]+)[ \t]*\(\)", re.MULTILINE)
UNSAID = "starts what it is given, and nothing here says what that is"
_DEPTH = 6  # scripts that start scripts


@frozen(eq=False)
class Program:
    """One command of the start, wrappers taken off; those that change the user are commands of their own.

    `place` says where it stands ("CMD", "entrypoint.sh:4"); `workdir` is the folder it runs in, None when unknown.
    `file` is the context path of what it runs, where that is a file of the project. `service` names the service of
    a compose file that starts it; it is empty for what the image starts by itself.
    """

    command: Command
    place: str
    workdir: str | None
    file: str | None = None
    service: str = ""

    @property
    def name(self) -> str | None:
        """The program without its folder; None when it is only known at run time."""
        return self.command.name

    @property
    def argv(self) -> tuple[str | None, ...]:
        """The value of each word; None where it is only known at run time."""
        return self.command.argv

    def __str__(self) -> str:
        return " ".join(word.raw for word in self.command.words)


@frozen(eq=False)
class Start:
    """All that runs when a container starts, in the order of the text; `problems` name what could not be followed."""

    programs: tuple[Program, ...]
    problems: tuple[str, ...] = ()

    def and_also(self, others: Iterable[Start]) -> Start:
        """This start and others of the same image, put together; the others say what an entry point is given."""
        starts = (self, *others)
        if len(starts) > 1:
            said = tuple(problem for problem in self.problems if not problem.endswith(UNSAID))
            starts = (Start(self.programs, said), *starts[1:])
        programs = tuple(program for start in starts for program in start.programs)
        return Start(programs, tuple(dict.fromkeys(problem for start in starts for problem in start.problems)))


def start_of(
    model: Image, stage: StageImage, argv: tuple[str, ...] | None = None, service: str = "", place: str = ""
) -> Start | None:
    """The programs that a stage's image starts.

    Args:
        argv: another argument list than the image's own, as the `service` of a compose file gives it.
        place: where that list stands, for people.
    Returns:
        None where the argument list is unknown or empty.
    """
    words = stage.start.argv if argv is None else argv
    if not words:
        return None
    own = {instruction.kind for instruction in stage.stage.instructions}
    follower = _Follower(context_files(model, stage), model.context, service)
    follower.follow(
        _literal(words), _At(place or ("ENTRYPOINT" if "ENTRYPOINT" in own else "CMD"), stage.final.workdir)
    )
    return Start(tuple(follower.programs), tuple(follower.problems))


def command_followed(model: Image, stage: StageImage, command: Command, workdir: str | None, place: str) -> Start:
    """All that one command of a RUN runs, followed as a start is: runners, shells, scripts of the project.

    Args:
        place: where it stands, for people.
    """
    follower = _Follower(context_files(model, stage), model.context, "")
    follower.follow(command, _At(place, workdir))
    return Start(tuple(follower.programs), tuple(follower.problems))


@frozen
class _At:
    """Where a command stands: for people, in which folder, in how many scripts, with which arguments (`$@`)."""

    place: str
    workdir: str | None
    depth: int = 0
    arguments: tuple[ShellWord, ...] = ()


class _Follower:
    def __init__(self, files: Mapping[str, str], context: BuildContext, service: str) -> None:
        self.files = files
        self.service = service
        self.context = context
        self.programs: list[Program] = []
        self.problems: list[str] = []

    def follow(self, command: Command, at: _At) -> None:
        """Notes a command, and what it starts in its turn."""
        whole = _spliced(command, at.arguments)
        given = command.words[1:] if command.name == "exec" else command.words
        if given and given[0].raw in _ALL_ARGUMENTS and not at.arguments and not command.within:
            self.problems.append(f"{at.place} {UNSAID}")
        command = unwrapped(whole)
        if not command.words:
            return
        for number, word in enumerate(whole.words[: len(whole.words) - len(command.words)]):
            if (word.value or "").rpartition("/")[2] in _USER_SWITCHES:
                switch = whole.without_first(number)
                self.programs.append(Program(switch, at.place, at.workdir, service=self.service))
        file = self._file(command.words[0].value, at.workdir)
        self.programs.append(Program(command, at.place, at.workdir, file, self.service))
        behind = _behind_runner(command)
        argv = tuple(word.value or "" for word in command.words)
        if behind is not None:
            self.follow(command.without_first(behind), at)
        elif (wanted := package_script(command.argv)) is not None:
            self._package_scripts(wanted, at)
        elif (text := shell_text(argv)) is not None and command.words[2].value is not None:
            self._script(text, at, at.place)
        elif command.name in POSIX_SHELLS | {".", "source"}:
            self._interpreted(command, at)
        elif file is not None:
            self._read(file, replace(at, arguments=command.words[1:]))

    def _package_scripts(self, wanted: ScriptCall, at: _At) -> None:
        """`npm start`: the script of that name in package.json, with those before and behind it."""
        place = posixpath.normpath(posixpath.join(at.workdir or "/", wanted.folder, "package.json"))
        path = self.files.get(place) if at.workdir is not None else None
        scripts = package_json(self.context, path).scripts if path is not None else {}
        if wanted.name not in scripts:
            self.problems.append(f"the script {wanted.name} of package.json is not found")
        elif at.depth >= _DEPTH:
            self.problems.append(f"{path}: scripts start each other too deep")
        else:
            inside = replace(at, depth=at.depth + 1, workdir=posixpath.dirname(place))
            for name in (f"pre{wanted.name}", wanted.name, f"post{wanted.name}"):
                if name in scripts:
                    self._script(scripts[name], inside, f"{path}, {name}")

    def _interpreted(self, command: Command, at: _At) -> None:
        """`bash run.sh …`, `. ./env.sh`."""
        number = 1
        while number < len(command.words) and (command.words[number].value or "").startswith(("-", "+")):
            number += 2 if command.words[number].value in ("-o", "+o", "-O") else 1
        if number >= len(command.words):
            return
        file = self._file(command.words[number].value, at.workdir)
        if file is None and not self.service:
            self.problems.append(f"{command.words[number].raw} is not among the files copied from the build context")
        elif file is not None:
            self._read(file, replace(at, arguments=command.words[number + 1 :]), is_shell=True)

    def _file(self, name: str | None, workdir: str | None) -> str | None:
        """The context path of a program or script, as the shell would find it."""
        if not name:
            return None
        if "/" not in name:
            below = [f"{folder}/{name}" for folder in _SEARCHED]
            places = [*below, posixpath.join(workdir, name)] if workdir and "." in name else below
        elif name.startswith("/") or workdir is not None:
            places = [posixpath.normpath(posixpath.join(workdir or "/", name))]
        else:
            return None
        return next((self.files[place] for place in places if place in self.files), None)

    def _read(self, file: str, at: _At, *, is_shell: bool = False) -> None:
        text = self.context.text(file)
        if text is None:
            self.problems.append(f"{file} cannot be read")
            return
        if not is_shell and not is_shell_script(text):
            return
        if at.depth >= _DEPTH:
            self.problems.append(f"{file}: scripts start each other too deep")
            return
        self._script(text, replace(at, depth=at.depth + 1), file)

    def _script(self, text: str, at: _At, name: str) -> None:
        raw = encode(text.replace("\r\n", "\n"))
        script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
        if not script.readable:
            self.problems.append(f"{name} cannot be read with certainty")
            return
        functions = _functions(script)
        for item in commands_of(script, at.workdir):
            if item.command.name in functions and not item.command.redirects:
                continue
            line = raw.count(b"\n", 0, item.command.start) + 1
            place = f"{name}:{line}" if name != at.place else name
            self.follow(item.command, replace(at, place=place, workdir=item.workdir))


def is_shell_script(text: str) -> bool:
    """Whether the first line of a file hands it to a POSIX shell."""
    first = text.split("\n", 1)[0].split("/")[-1].removeprefix("env ").split()
    return text.startswith("#!") and bool(first) and first[0] in POSIX_SHELLS


def _functions(script: Script) -> frozenset[str]:
    """The functions that a script defines; what stands in them is among its commands already."""
    if not any("function_definition" in command.within for command in script.commands):
        return frozenset()
    return frozenset(match[1].decode("utf-8", "replace") for match in _FUNCTION.finditer(script.source.raw))


def _literal(words: tuple[str, ...]) -> Command:
    nowhere = Span(0, 0)
    found = tuple(ShellWord(word, word, False, 0, 0, nowhere) for word in words)
    return Command(found, (), (), (), "", 0, 0, nowhere, "json")


def _spliced(command: Command, arguments: tuple[ShellWord, ...]) -> Command:
    """The command with `"$@"` replaced by what the script was given."""
    if not any(word.raw in _ALL_ARGUMENTS for word in command.words):
        return command
    parts = [arguments if word.raw in _ALL_ARGUMENTS else (word,) for word in command.words]
    return replace(command, words=tuple(word for part in parts for word in part))


def inner_program(command: Command) -> Command:
    """What a command comes down to, wrappers and runners (`exec`, `tini --`, `poetry run`) taken off."""
    program = unwrapped(command)
    behind = _behind_runner(program)
    return program if behind is None else inner_program(program.without_first(behind))


def _behind_runner(command: Command) -> int | None:
    """How many words stand before the program that a runner starts; None for no runner."""
    name = command.name or ""
    if name in _BEHIND_DASHES:
        return next((at + 1 for at, word in enumerate(command.words[:-1]) if word.value == "--"), None)
    if name in _SUBCOMMANDS:
        verb, valued = _SUBCOMMANDS[name]
        at = next((at for at, word in enumerate(command.words) if at and word.value == verb), None)
        return None if at is None else _behind_options(command, at + 1, valued)
    if name in _RUNNERS:
        behind = _behind_options(command, 1, _RUNNERS[name])
        if name == "cross-env":
            behind = next((at for at, word in enumerate(command.words) if at and "=" not in word.raw), None)
        return None if behind is None else behind + (1 if name == "timeout" else 0)
    return None


def _behind_options(command: Command, at: int, valued: frozenset[str]) -> int | None:
    while at < len(command.words):
        value = command.words[at].value
        if value == "--":
            at += 1
            break
        if value is None or not value.startswith("-"):
            break
        at += 2 if value in valued else 1
    return at if at < len(command.words) else None
