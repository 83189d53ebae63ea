"""What Python sources tell about the app: the values that the readers of a module fill in."""

from __future__ import annotations

from dataclasses import field

from dockerfix.frozen import frozen, mutable

__all__ = ["AppObject", "HomeUse", "Import", "ModuleFacts", "PrivilegedUse", "Read", "ServerCall", "ToolCall", "Write"]


@frozen
class Write:
    """A place where code writes.

    `path` is None where it cannot be known. `base` says what it is relative to: `cwd` (the working directory),
    `module` (it is a context path, worked out from `__file__`), `absolute`, `home`, `temp` (the system's folder
    for temporary files) or `unknown`. With `exact` False the file's name is not known, and `path` is the folder
    that it comes to stand in, "" for the base itself. The base `below` is somewhere below the working directory.
    `library` names the one that writes there, where only its use in the project makes it a write. `kind` is
    `open`, `folder`, `sqlite`, `log`, `copy`, `delete`, `save` or `upload`. `certain` is False where the path is a
    default: of a parameter, of a command line option, of the variables in `environment`, and the
    beginning `default` of the path stands for the one. `line` is 1-based.
    """

    path: str | None
    base: str
    kind: str
    module: str
    line: int
    exact: bool = True
    environment: tuple[str, ...] = ()
    certain: bool = True
    main_only: bool = False
    library: str = ""
    default: str | None = None


@frozen
class Read:
    """A file or folder that code opens by a known name; `path` and `base` as in `Write`.

    `kind` is `open`, `templates`, `static` or `dotenv`.
    """

    path: str
    base: str
    kind: str
    module: str
    line: int
    exact: bool = True


@frozen
class AppObject:
    """An application in a module.

    `framework` is in lower case (`fastapi`, `flask`, `django` …); `interface` is `asgi`, `wsgi`, `server` (it
    serves by itself: aiohttp, tornado, gradio, sanic) or `script` (a tool runs the file: streamlit). `name` is the
    variable, or the function to call where `factory` is set; empty for a script.
    """

    name: str
    framework: str
    interface: str
    module: str
    line: int
    factory: bool = False


@frozen
class ServerCall:
    """A call that serves: `uvicorn.run(…)`, `app.run(…)`.

    `app` is the `module:name` string given, if any. `host` and `port` are None where they are not given or not
    known; `given` holds the names of all arguments that are given, and `environment` the variables that decide
    host or port (the values are then their defaults). `main_only` says that it stands behind `if __name__ ==
    "__main__"`.
    """

    server: str
    module: str
    line: int
    app: str | None = None
    host: str | None = None
    port: int | None = None
    reload: bool | None = None
    debug: bool | None = None
    given: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    main_only: bool = False


@frozen
class HomeUse:
    """Something that is kept in the home folder of whoever runs it: `what` names the library or call, `path` is
    below home."""

    what: str
    path: str
    module: str
    line: int


@frozen
class ToolCall:
    """A command that code runs, by its literal name without folder; None where it is computed."""

    name: str | None
    module: str
    line: int


@frozen
class PrivilegedUse:
    """Something that the system may deny to another user than root.

    `kind` is `library`, `device`, `raw`, `call`, `path` or `port`; `what` says it in words ("opens a raw socket"), and
    of a port its number, "" where only the variables in `environment` decide it. `library` is the module that is
    meant: of a call, "spared" tells that it does without root, and "asked" that it does not say so.
    """

    kind: str
    what: str
    module: str
    line: int
    main_only: bool = False
    library: str = ""
    environment: tuple[str, ...] = ()


@frozen
class Import:
    """One import; `required` says that the module fails without it: at its top, not in `try` or under `if`."""

    module: str
    level: int
    names: tuple[str, ...]
    line: int
    required: bool


@mutable
class ModuleFacts:
    """All that one module tells; `problem` says why it could not be read, and then the rest is empty.

    `plugins` are modules that a framework's settings name by a string, with their lines; `computed` are the lines that
    run code which is only known at run time, each with what they do.
    """

    path: str
    problem: str | None = None
    imports: list[Import] = field(default_factory=list)
    dynamic_imports: list[int] = field(default_factory=list)
    strings: list[tuple[str, int]] = field(default_factory=list)
    apps: list[AppObject] = field(default_factory=list)
    servers: list[ServerCall] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    home_uses: list[HomeUse] = field(default_factory=list)
    tools: list[ToolCall] = field(default_factory=list)
    directory_changes: list[int] = field(default_factory=list)
    privileged: list[PrivilegedUse] = field(default_factory=list)
    plugins: list[tuple[str, int]] = field(default_factory=list)
    computed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def required_imports(self) -> tuple[tuple[str, int], ...]:
        """The top-level names that the module cannot do without, with their 1-based lines."""
        return tuple((one.module.split(".")[0], one.line) for one in self.imports if one.required and not one.level)
