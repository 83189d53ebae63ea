"""The calls that serve when a Python file is started, with what they are given literally."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.python.runs import RunningCall, running_calls
from dockerfix.project.python.sources import python_sources

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext
    from dockerfix.project.python.facts import ServerCall

__all__ = ["LOOPBACK", "CallPlace", "Given", "PythonServer", "ServingCall", "serving_calls"]

LOOPBACK = ("127.0.0.1", "localhost")


@frozen
class PythonServer:
    """How the call of one server takes its host and its switches for developers.

    Attributes:
        host: the keyword of the host.
        first: how many positional arguments stand in front of it.
        positional: whether the host may be positional too.
        loopback: whether it listens on 127.0.0.1 when no host is given.
        elsewhere: arguments that decide in its place.
        variables: of the environment, that decide where no host is given.
        setting: of the app, that does so.
        switches: keywords that turn on reloading or debugging.
        debugger: the switch that lets whoever reaches the port run code.
    """

    host: str = "host"
    first: int = 0
    positional: bool = True
    loopback: bool = True
    elsewhere: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    setting: str | None = None
    switches: tuple[str, ...] = ()
    debugger: str | None = None


# Read in the sources of uvicorn 0.54, Flask 3.1, Quart 0.22, Dash 4.4, Flask-SocketIO 5.7, Sanic 25.12, Bottle 0.13,
# aiohttp 3.14, waitress 3.0, Tornado 6.6, Connexion 3.3, and in Gradio's documentation of `launch`.
_SERVERS: dict[str, PythonServer] = {
    "uvicorn": PythonServer(first=1, elsewhere=frozenset({"fd", "uds"}), switches=("reload", "debug")),
    "flask": PythonServer(setting="SERVER_NAME", switches=("debug", "use_reloader", "use_debugger"), debugger="debug"),
    "quart": PythonServer(switches=("debug", "use_reloader"), debugger="debug"),
    "dash": PythonServer(
        variables=frozenset({"HOST"}),
        switches=("debug", "use_reloader", "dev_tools_hot_reload", "dev_tools_ui"),
        debugger="debug",
    ),
    "socketio": PythonServer(first=1, switches=("debug", "use_reloader"), debugger="debug"),
    "sanic": PythonServer(elsewhere=frozenset({"sock", "unix"}), switches=("debug", "auto_reload", "dev")),
    "bottle": PythonServer(first=2, positional=False, switches=("debug", "reloader")),
    "aiohttp": PythonServer(first=1, positional=False, loopback=False, elsewhere=frozenset({"sock", "path"})),
    "waitress": PythonServer(
        first=1, positional=False, loopback=False, elsewhere=frozenset({"listen", "unix_socket", "sockets"})
    ),
    "tornado": PythonServer(host="address", first=1, loopback=False),
    "wsgiref": PythonServer(loopback=False),
    # Connexion 2 listens everywhere by default, Connexion 3 on the loopback.
    "connexion": PythonServer(positional=False, loopback=False, switches=("debug", "reload"), debugger="debug"),
    "gradio": PythonServer(
        host="server_name",
        positional=False,
        elsewhere=frozenset({"share"}),
        variables=frozenset({"GRADIO_SERVER_NAME"}),
    ),
}
_CALLED = frozenset("run Config serve run_app make_server run_server run_task launch listen".split())


@frozen
class CallPlace:
    """Where a call stands: 1-based lines, 0-based columns in UTF-8 bytes, as `ast` counts; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@frozen
class Given:
    """An argument: its value where that is written there as a constant, and its position, None by keyword."""

    is_constant: bool
    value: str | int | float | bool | None
    position: int | None = None


@frozen
class ServingCall:
    """A call that serves.

    Attributes:
        path: of the module, in the context.
        arguments: by keyword, positional ones under the host's keyword or `#1`, `#2` …
        is_open: `*args` or `**kwargs` may bring more.
        certain: False where a condition decides whether it runs.
        port: where it is known.
    """

    server: PythonServer
    path: str
    place: CallPlace
    arguments: Mapping[str, Given]
    is_open: bool
    certain: bool
    port: int | None

    def __str__(self) -> str:
        return f"{self.path}:{self.place.line}"

    def is_on(self, switch: str) -> bool:
        """Whether an argument is `True`."""
        found = self.arguments.get(switch)
        return found is not None and found.value is True


@memoised_on("code")
def serving_calls(context: BuildContext, path: str) -> tuple[ServingCall, ...]:
    """The calls that serve when `python PATH` runs, in the order in which they come."""
    found: dict[CallPlace, ServingCall] = {}
    for call, server in _matched(context, running_calls(context, path)):
        serving = _serving(call, server)
        before = found.get(serving.place)
        if before is None or not before.certain:
            found[serving.place] = serving
    return tuple(found.values())


def _matched(context: BuildContext, calls: tuple[RunningCall, ...]) -> Iterator[tuple[RunningCall, ServerCall]]:
    """The running calls that are known to serve; of a line with two such calls, none."""
    by_line: dict[tuple[str, int], list[RunningCall]] = {}
    for call in calls:
        if _last_name(call.node.func) in _CALLED:
            by_line.setdefault((call.path, call.node.lineno), []).append(call)
    for place, there in by_line.items():
        server = _server_at(context, *place)
        if server is not None and len({(call.node.col_offset, call.node.end_col_offset) for call in there}) == 1:
            yield from ((call, server) for call in there)


def _server_at(context: BuildContext, path: str, line: int) -> ServerCall | None:
    """The last call of a known server that begins in a line."""
    module = python_sources(context).module(path)
    found = [one for one in module.servers if one.line == line and one.server in _SERVERS] if module else []
    return found[-1] if found else None


def _last_name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _serving(call: RunningCall, found: ServerCall) -> ServingCall:
    node, server = call.node, _SERVERS[found.server]
    arguments: dict[str, Given] = {}
    for position, value in enumerate(node.args):
        is_host = server.positional and position == server.first
        arguments[server.host if is_host else f"#{position}"] = _given(value, position)
    arguments.update({keyword.arg: _given(keyword.value) for keyword in node.keywords if keyword.arg})
    return ServingCall(
        server,
        call.path,
        CallPlace(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0),
        arguments,
        any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args),
        call.certain,
        found.port,
    )


def _given(node: ast.expr, position: int | None = None) -> Given:
    value = node.value if isinstance(node, ast.Constant) else None
    is_constant = isinstance(node, ast.Constant) and isinstance(value, str | int | float | bool | None)
    return Given(is_constant, value if isinstance(value, str | int | float | bool) else None, position)
