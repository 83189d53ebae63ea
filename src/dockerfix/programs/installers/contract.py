"""What a package manager's file says of a command: what the install reads, what it fills, how it may be parted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from dockerfix.frozen import frozen
from dockerfix.programs.installers.call import Call
from dockerfix.shell import Command, ShellWord

__all__ = ["Install", "Recogniser", "Split"]


@frozen
class Split:
    """The same install without the project: a command for the dependencies alone, to run before the source is there.

    It is the command as written with `options` put behind the word `behind`; or `instead`, another command. What
    stands in front of it in the same RUN goes along with it.
    `reads` is what that command reads, as in `Install`. `doubt` says why it may not do what is hoped for, as far as
    the package manager's documentation leaves one; `by_person` that only a person can tell whether it is wanted.
    """

    reads: Mapping[str, str]
    behind: ShellWord | None = None
    options: tuple[str, ...] = ()
    instead: str = ""
    doubt: str = ""
    by_person: bool = False


@frozen
class Install:
    """A command that installs dependencies.

    `tool` is what people call the package manager. `reads` maps each image path that it reads to the context path
    it came from; the order is that in which people name the files. `folders` are folders of the context among them
    that it reads whole. `fills` are the folders of the image that it fills and in which a copy of the project would
    land too. `makes` are image paths of files that it writes for a later command to read, `uses` those that it reads
    and that no copy of the build context brought. `problem` says why `reads` is not all, or not certain; None when
    it is. `split` tells how to part it, where it needs the project itself.
    `is_project` tells that it installs the project itself, whose dependencies another command may have installed.
    `doubt` says what may go wrong without the source, though it need not; it is empty where nothing may. `by_name`
    tells that it only fetches what its words name, and reads settings at most.
    `manifests` are the context paths of the files that name the dependencies, be they copied or mounted: what another
    install has read already is not worth a second one; empty stands for all of `reads`. `is_minor` tells that it takes
    no time worth saving, such as an upgrade of pip itself.
    """

    tool: str
    command: Command
    reads: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    problem: str | None = None
    split: Split | None = None
    is_project: bool = False
    by_name: bool = False
    doubt: str = ""
    manifests: tuple[str, ...] = ()
    is_minor: bool = False


Recogniser = Callable[[Call], Install | None]
