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
from dockerfix.image.state import POSIX_SHELLS, absolute
from dockerfix.programs.own_programs import OwnProgram, OwnPrograms, own_programs
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.package_calls import MANAGERS, PackageCall, member, package_call, workspace_patterns
from dockerfix.project.manifests.package_json import package_json
from dockerfix.regexes import regex
from dockerfix.shell import Command, Script, ShellWord, parse_script, runner, started_at, unwrapped
from dockerfix.text import MappedText, Span, encode

__all__ = ["UNSAID", "Program", "Start", "command_followed", "functions_in", "inner_program", "start_of"]

_ALL_ARGUMENTS = frozenset({'"$@"', "$@", "$*", '"${@}"', "${@}"})
_FUNCTION = regex(rb"^[ \t]*(?:function[ \t]+)?([\w.-]+)[ \t]*\(\)", re.MULTILINE)
UNSAID = "starts what it is given, and nothing here says what that is"
_LARGEST_SCRIPT = 128 * 1024  # characters
_MOST_COMMANDS = 1_000  # of one script; no start script has so many
_DEPTH = 6  # scripts that start scripts


@frozen(eq=False)
class Program:
    """One command of the start, wrappers taken off; those that change the user are commands of their own.

    `place` says where it stands ("CMD", "entrypoint.sh:4"); `workdir` is the folder it runs in, None when unknown.
    `file` is the context path of what it runs, where that is a file of the project. `service` names the service of
    a compose file that starts it; it is empty for what the image starts by itself. `is_own` tells that the project or
    its build wrote the program, so that its name says nothing; `is_read` that its commands stand behind it.
    """

    command: Command
    place: str
    workdir: str | None
    file: str | None = None
    service: str = ""
    is_own: bool = False
    is_read: bool = False

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
    model: Image,
    stage: StageImage,
    argv: tuple[str, ...] | None = None,
    service: str = "",
    place: str = "",
    workdir: str | None = None,
) -> Start | None:
    """The programs that a stage's image starts.

    Args:
        argv: another argument list than the image's own, as the `service` of a compose file gives it.
        place: where that list stands, for people.
        workdir: the folder that it starts in, where that is not the image's own.
    Returns:
        None where the argument list is unknown or empty.
    """
    words = stage.start.argv if argv is None else argv
    if not words:
        return None
    own = {instruction.kind for instruction in stage.stage.instructions}
    follower = _Follower(own_programs(model, stage), context_files(model, stage), model.context, service)
    follower.follow(
        _literal(words), _At(place or ("ENTRYPOINT" if "ENTRYPOINT" in own else "CMD"), workdir or stage.final.workdir)
    )
    return Start(tuple(follower.programs), tuple(follower.problems))


def command_followed(model: Image, stage: StageImage, command: Command, workdir: str | None, place: str) -> Start:
    """All that one command of a RUN runs, followed as a start is: runners, shells, scripts of the project.

    Args:
        place: where it stands, for people.
    """
    follower = _Follower(own_programs(model, stage), context_files(model, stage), model.context, "")
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
    def __init__(self, own: OwnPrograms, files: Mapping[str, str], context: BuildContext, service: str) -> None:
        self.own = own
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
        command = unwrapped(whole, lambda one: self._own(one, at) is not None)
        if not command.words:
            return
        for number, word in enumerate(whole.words[: len(whole.words) - len(command.words)]):
            taken = runner((word.value or "").rpartition("/")[2])
            if taken is not None and taken.user:  # noted all the same
                switch = whole.without_first(number)
                self.programs.append(Program(switch, at.place, at.workdir, service=self.service))
        command = _installed_program(command)
        own = self._own(command, at)
        file = self._file(command.words[0].value, at.workdir)
        is_read = own is not None and own.is_shell_script
        self.programs.append(Program(command, at.place, at.workdir, file, self.service, own is not None, is_read))
        if own is not None:
            self._read(own, replace(at, arguments=command.words[1:]))
        else:
            self._known(command, at)

    def _own(self, command: Command, at: _At) -> OwnProgram | None:
        """The program of the project that a command starts, by its text and not by its name."""
        found = self.own.found(command.words[0].value, at.workdir) if command.words else None
        return None if found is None or found.is_binary else found

    def _known(self, command: Command, at: _At) -> None:
        """A program that is none of the project's, so that its name says what it starts."""
        behind = started_at(command)
        argv = tuple(word.value or "" for word in command.words)
        if behind is not None:
            self.follow(command.without_first(behind), at)
        elif command.name in MANAGERS:
            self._package_manager(command, at)
        elif (text := shell_text(argv)) is not None and command.words[2].value is not None:
            self._script(text, at, at.place)
        elif command.name in POSIX_SHELLS | {".", "source"}:
            self._interpreted(command, at)

    def _package_manager(self, command: Command, at: _At) -> None:
        """`npm start`: the script of that name in package.json, with those before and behind it; or a program."""
        call = package_call(command.argv)
        if call is None:
            if len(command.words) > 1 or command.name in ("yarn", "bun"):
                self.problems.append(f"what {' '.join(word.raw for word in command.words[:2])} does is not looked into")
            return
        if not call.name and command.name == "bun" and not call.members and command.argv[1] not in ("x", "exec"):
            return  # bun runs the file itself
        place = self._manifest(call, at)
        path = self.files.get(place) if place is not None else None
        scripts = dict(package_json(self.context, path).scripts) if path is not None else {}
        if place is not None and call.name == "start" and f"{posixpath.dirname(place)}/server.js" in self.files:
            scripts.setdefault("start", "node server.js")  # npm documentation, "npm start"
        inside = replace(at, depth=at.depth + 1, workdir=at.workdir if place is None else posixpath.dirname(place))
        if call.name and call.name in scripts and at.depth < _DEPTH:
            for name in (f"pre{call.name}", call.name, f"post{call.name}"):
                if name in scripts:
                    self._script(scripts[name], inside, f"{path}, {name}")
        elif command.name == "bun" and call.at is not None and self._file(command.words[call.at].value, at.workdir):
            return  # `bun run app.ts` runs the file itself
        elif call.at is not None and (place is not None or not call.members) and path is not None:
            self.follow(command.without_first(call.at), inside)
        else:
            self.problems.append(f"the script {call.name or command.words[-1].raw} of package.json is not found")

    def _manifest(self, call: PackageCall, at: _At) -> str | None:
        """The place of the package.json that a call means: the nearest one, or that of the member that it chooses."""
        folder = absolute(call.folder, at.workdir) if call.folder else at.workdir
        if folder is None or (call.everywhere and not call.members) or len(call.members) > 1:
            return None
        while f"{folder.rstrip('/')}/package.json" not in self.files and folder.strip("/") and not call.folder:
            folder = posixpath.dirname(folder)
        root = folder.rstrip("/")
        if not call.members:
            return f"{root}/package.json"
        found = self._member(root, call.members[0])
        return None if found is None else posixpath.normpath(f"{root}/{found}/package.json")

    def _member(self, root: str, wanted: str) -> str | None:
        path = self.files.get(f"{root}/package.json")
        if path is None:
            return None
        below = f"{root}/"
        ends = [place for place in self.files if place.startswith(below) and place.endswith("/package.json")]
        names = {
            posixpath.dirname(place)[len(below) :] or ".": str(
                package_json(self.context, self.files[place]).data.get("name")
            )
            for place in ends
            if "/node_modules/" not in place
        }
        pnpm = self.files.get(f"{root}/pnpm-workspace.yaml")
        return member(wanted, names, workspace_patterns(self.context, package_json(self.context, path), pnpm))

    def _interpreted(self, command: Command, at: _At) -> None:
        """`bash run.sh …`, `. ./env.sh`."""
        number = 1
        while number < len(command.words) and (command.words[number].value or "").startswith(("-", "+")):
            number += 2 if command.words[number].value in ("-o", "+o", "-O") else 1
        if number >= len(command.words):
            return
        file = self.own.found(command.words[number].value, at.workdir)
        if file is None and not self.service:
            self.problems.append(f"{command.words[number].raw} is not among the files copied from the build context")
        elif file is not None:
            self._read(file, replace(at, arguments=command.words[number + 1 :]), is_shell=True)

    def _file(self, name: str | None, workdir: str | None) -> str | None:
        """The context path of a program or script, as the shell would find it."""
        found = self.own.found(name, workdir)
        return found.file if found is not None else None

    def _read(self, own: OwnProgram, at: _At, *, is_shell: bool = False) -> None:
        name = own.file or own.name
        if own.text is None:
            written = "is written while the image is built" if own.file is None else "cannot be read"
            self.problems.append(f"{name} {written}")
        elif not is_shell and not own.is_shell_script:
            return
        elif at.depth >= _DEPTH:
            self.problems.append(f"{name}: scripts start each other too deep")
        else:
            self._script(own.text, replace(at, depth=at.depth + 1), name)

    def _script(self, text: str, at: _At, name: str) -> None:
        if len(text) > _LARGEST_SCRIPT:
            self.problems.append(f"{name} is too large to be read")
            return
        raw = encode(text.replace("\r\n", "\n"))
        script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
        if not script.readable:
            self.problems.append(f"{name} cannot be read with certainty")
            return
        if len(script.commands) > _MOST_COMMANDS:
            self.problems.append(f"{name} has more than {_MOST_COMMANDS:,} commands")
            return
        functions = functions_in(script)
        line, counted = 1, 0
        for item in commands_of(script, at.workdir):
            if item.command.name in functions and not item.command.redirects:
                continue
            if item.command.start >= counted:
                line, counted = line + raw.count(b"\n", counted, item.command.start), item.command.start
            else:  # out of order, as what stands in a substitution may be
                line, counted = raw.count(b"\n", 0, item.command.start) + 1, item.command.start
            place = f"{name}:{line}" if name != at.place else name
            self.follow(item.command, replace(at, place=place, workdir=item.workdir))


def functions_in(script: Script) -> frozenset[str]:
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


def _installed_program(command: Command) -> Command:
    """`next start` for `node node_modules/next/dist/bin/next start`; any other command as it is."""
    at = next((at for at, word in enumerate(command.words) if at and not (word.value or "").startswith("-")), None)
    if command.name not in ("node", "nodejs") or at is None or "node_modules/" not in (command.words[at].value or ""):
        return command
    name = re.sub(r"\.[cm]?js\Z", "", posixpath.basename(command.words[at].value or ""))
    return replace(command, words=(replace(command.words[at], raw=name, value=name), *command.words[at + 1 :]))


def inner_program(command: Command) -> Command:
    """What a command comes down to, wrappers and runners (`exec`, `tini --`, `poetry run`) taken off."""
    program = unwrapped(command)
    behind = started_at(program)
    return program if behind is None else inner_program(program.without_first(behind))
