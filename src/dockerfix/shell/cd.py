"""The folder that each command of a script runs in: `cd` followed through lists, subshells and compounds."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from dockerfix.frozen import mutable
from dockerfix.regexes import regex
from dockerfix.shell.heredocs import find_heredocs, without_heredocs
from dockerfix.shell.script import NESTED, Command

__all__ = ["FolderWalk", "absolute", "absolute_word"]

_MOVES = frozenset({"cd", "chdir", "pushd", "popd"})
# Shells of their own: what `cd` does inside is over with them.
_APART = frozenset({"subshell", "command_substitution", "process_substitution", "pipeline", NESTED})
_LOOPS = frozenset({"for_statement", "c_style_for_statement", "while_statement"})
_ENDS = frozenset({"exit", "return"})
_COMMENT = regex(rb"(?:^|(?<=[\s;&|()]))#[^\n]*")
_WORD = rb"(?<![^\s;&|(){}])(?:%s)(?![^\s;&|(){}])"
_CLOSING = regex(rb"\)|" + _WORD % rb"fi|done|esac|\}")
_BRANCH = regex(_WORD % rb"else|elif")


def absolute(path: str, folder: str | None) -> str | None:
    """A path as seen from a folder, absolute and without `.`, `..`, doubled or final slashes.

    None where the folder is unknown and the path relative, and for a path of Windows.
    """
    if path[1:2] == ":" or "\\" in path:
        return None
    if not path.startswith("/"):
        if folder is None:
            return None
        path = f"{folder}/{path}"
    return "/" + posixpath.normpath(path).lstrip("/")


def absolute_word(word: str, folder: str | None) -> str | None:
    """As `absolute`, for a word of a command that runs in a folder; None also for `~`, which is some user's home."""
    return None if word.startswith("~") else absolute(word, folder)


@mutable
class _Level:
    """A compound that a command stands in. `entered` is the folder at its start, `listed` that of the running list.

    `doubtful` tells that the list changed the folder in a command that may not have run.
    """

    name: str
    entered: str | None
    folder: str | None
    listed: str | None
    doubtful: bool = False

    def end_list(self, *, background: bool) -> None:
        if background:
            self.folder = self.listed
        elif self.doubtful and self.folder != self.listed:
            self.folder = None
        self.listed, self.doubtful = self.folder, False


class FolderWalk:
    """Asked once for each command, in the order of the text.

    A folder is None where it is unknown: in a function, whose caller decides; in a loop that moves; behind a branch
    that may have moved. That a `cd` which runs also succeeds is taken for granted.

    Below `WORKDIR /app`, each command of `cd src && make; (cd /tmp; tar x) && ls; cd "$X" || exit; make` runs in:

        cd src  make      cd /tmp   tar x  ls        cd "$X"   exit  make
        /app    /app/src  /app/src  /tmp   /app/src  /app/src  None  None

    The parentheses are a level of their own, whose `cd` is over with them; `cd "$X"` may lead anywhere.
    """

    def __init__(self, commands: Sequence[Command], text: bytes, workdir: str | None) -> None:
        self._moves = any(command.name in _MOVES for command in commands)
        self._loop_moves = any(command.name in _MOVES and _LOOPS & set(command.within) for command in commands)
        heredocs = find_heredocs(text) if self._moves else ()
        self._text = without_heredocs(text, heredocs) if heredocs else text
        self._levels = [_Level("", workdir, workdir, workdir)]
        self._previous: Command | None = None
        self._lost = False  # a level may have ended unseen; over at the next command that stands in none

    def folder(self, command: Command, program: Command) -> str | None:
        """The folder that a command runs in. Args: `program`, the command without its wrappers."""
        entered = self._enter(command)
        level = self._levels[-1]
        operator = "" if entered else command.operator
        if operator not in ("&&", "||"):
            level.end_list(background=operator == "&")
        folder = level.folder
        if operator == "||" and level.folder != level.listed:
            folder = None
        self._leave(command, program, operator)
        self._previous = command
        unsure = "function_definition" in command.within or (self._loop_moves and _LOOPS & set(command.within))
        return None if unsure or _changes_folder(command, program) else folder

    def _leave(self, command: Command, program: Command, operator: str) -> None:
        """Notes where the next command of the list starts."""
        level = self._levels[-1]
        if program.name in _MOVES:
            level.doubtful = level.doubtful or operator in ("&&", "||")
            if level.name != "pipeline":
                level.folder = _folder_behind(program, level.folder)
        elif operator == "||" and program.name not in _ENDS and level.folder != level.listed:
            level.doubtful = True

    def _enter(self, command: Command) -> bool:
        """Opens and closes levels up to where a command stands; whether it is the first of a new one."""
        if not command.within and len(self._levels) == 1:
            return False
        self._close(command)
        opened = command.within[len(self._levels) - 1 :]
        for name in opened:
            folder = self._levels[-1].folder
            if name == NESTED and _logs_in(self._previous):
                folder = None
            self._levels.append(_Level(name, folder, folder, folder))
        self._lost = self._lost and bool(command.within)
        for level in self._levels[1:] if self._lost else ():
            level.folder = None
        return bool(opened)

    def _close(self, command: Command) -> None:
        here = tuple(level.name for level in self._levels[1:])
        gap = self._gap(command)
        closed = len(_CLOSING.findall(gap))
        shared = 0
        for mine, theirs in zip(here[: max(0, len(here) - closed)], command.within, strict=False):
            if mine != theirs:
                break
            shared += 1
        if "case_statement" in (*here, *command.within) and b")" in gap:
            self._lost = True  # a pattern ends in a parenthesis too
        while len(self._levels) - 1 > shared:
            self._pop()
        if _BRANCH.search(gap) and self._levels[-1].folder != self._levels[-1].entered:
            self._levels[-1].folder = None

    def _gap(self, command: Command) -> bytes:
        """The text between the last command and this one, comments taken out."""
        if self._previous is None or not self._moves:
            return b""
        return _COMMENT.sub(b"", self._text[self._previous.end : command.start])

    def _pop(self) -> None:
        level, outer = self._levels.pop(), self._levels[-1]
        if level.name not in _APART and level.folder != level.entered:
            outer.folder = None


def _folder_behind(program: Command, folder: str | None) -> str | None:
    """Where a `cd` leads; None for `cd -`, `cd`, `popd` and what the shell still replaces."""
    words = [word for word in program.words[1:] if word.value != "--"]
    if program.name == "popd" or len(words) != 1 or words[0].value is None or words[0].expands:
        return None
    return None if words[0].value.startswith("-") else absolute(words[0].value or ".", folder)


def _changes_folder(command: Command, program: Command) -> bool:
    """Whether a wrapper in front of the program takes it to another folder: `env -C`, `sudo -D`, `sudo -i`."""
    wrapper = command.argv[: len(command.words) - len(program.words)]
    return any(value in ("-C", "-D", "-i", "--login") or (value or "").startswith("--chdir") for value in wrapper)


def _logs_in(command: Command | None) -> bool:
    """Whether a command gives an inner script a login of its own, which starts in that user's home."""
    if command is None:
        return False
    names = {(value or "").rsplit("/", 1)[-1] for value in command.argv}
    return bool(names & {"su", "runuser", "sudo"}) and not {"-", "-l", "--login", "-i"}.isdisjoint(command.argv)
