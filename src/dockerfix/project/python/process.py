"""How Python code behaves as a process: whether it runs on, prints, ends when it is asked to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext

__all__ = ["ProcessFacts", "process_facts"]

# Methods that come back only when the program ends. Sources: the documentation of socketserver, asyncio, paho-mqtt,
# pika, grpc, pyTelegramBotAPI, python-telegram-bot, aiogram.
_ENDLESS = frozenset(
    "serve_forever run_forever infinity_polling polling run_polling start_polling wait_for_termination loop_forever "
    "start_consuming run_until_disconnected".split()
)
_RUNNERS = frozenset("app application bot client server mcp uvicorn web socketio scheduler".split())
_POOLS = frozenset("Thread Process Pool ThreadPoolExecutor ProcessPoolExecutor".split())
_SAYING = frozenset({ast.While, ast.ExceptHandler, ast.Call})
_LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.alias)
_HANDLERS = frozenset({"signal", "add_signal_handler", "sigaction", "pthread_sigmask", "set_wakeup_fd"})


@frozen
class ProcessFacts:
    """Lines (1-based) of one module where it does something, None where it does not.

    `prints`: writes to standard output and does not flush, `main_prints` the same behind `if __name__ == "__main__"`;
    `runs_on`: a loop without end, or a call that does not come back; `swallows`: an `except` that takes
    KeyboardInterrupt, too; `starts`: threads or processes that the interpreter waits for at its end; `handles`: a
    handler of signals.
    """

    prints: int | None = None
    main_prints: int | None = None
    runs_on: int | None = None
    swallows: int | None = None
    starts: int | None = None
    handles: int | None = None


@memoised_on("code")
def process_facts(context: BuildContext, path: str) -> ProcessFacts | None:
    """What one module of a context tells; None where it cannot be read."""
    try:
        tree = ast.parse(context.text(path) or "")
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: dict[str, int] = {}
    try:
        _read(tree, found, is_main=False)
    except RecursionError:
        return None
    return ProcessFacts(**found)


def _read(node: ast.AST, found: dict[str, int], *, is_main: bool) -> None:
    for child in _children(node):
        kind = type(child)
        inside = is_main or (kind is ast.If and _is_main(child.test))  # type: ignore[attr-defined]
        if kind in _SAYING:
            for what in _said(child):
                name = "main_prints" if what == "prints" and inside else what
                found.setdefault(name, getattr(child, "lineno", 1))
        _read(child, found, is_main=inside)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.iter_child_nodes`, without the leaves, which are half of all nodes and say nothing."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST) and not isinstance(item, _LEAVES):
                    yield item
        elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
            yield value


def _said(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
        yield "runs_on"
    elif isinstance(node, ast.ExceptHandler) and _takes_interrupts(node):
        yield "swallows"
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[str]:
    function = node.func
    name = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    owner = function.value if isinstance(function, ast.Attribute) else None
    if name in _ENDLESS or (name in ("run", "start") and isinstance(owner, ast.Name) and owner.id in _RUNNERS):
        yield "runs_on"
    if name in ("print", "pprint") and not any(one.arg in ("file", "flush", "stream") for one in node.keywords):
        yield "prints"
    if name == "write" and owner is not None and ast.unparse(owner) == "sys.stdout":
        yield "prints"
    if name in _POOLS and not any(one.arg == "daemon" for one in node.keywords):
        yield "starts"
    if name in _HANDLERS:
        yield "handles"


def _takes_interrupts(node: ast.ExceptHandler) -> bool:
    """Whether a handler takes every exception and lets none pass on."""
    if node.type is not None and not (isinstance(node.type, ast.Name) and node.type.id == "BaseException"):
        return False
    return not any(isinstance(one, ast.Raise | ast.Return | ast.Break) for one in ast.walk(node))


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
