"""Applications and the calls that serve them, as a module states them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dockerfix.project.python.calls import APPS, RUNNERS, SERVERS
from dockerfix.project.python.facts import AppObject, ServerCall
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.names import Imported, Scope, scope_of

if TYPE_CHECKING:
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["read_assignment", "read_call", "read_factory"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SOCKETS = frozenset({"flask_socketio.SocketIO", "socketio.Server"})


def read_assignment(reader: ModuleReader, node: ast.Assign) -> None:
    """Note `app = FastAPI()` at the top of a module, and `app = create_app()` where that function makes one."""
    if reader.functions or not isinstance(node.value, ast.Call):
        return
    kind = _kind(reader, node.value, reader.scope)
    for target in node.targets:
        if kind and isinstance(target, ast.Name):
            reader.facts.apps.append(AppObject(target.id, *kind, reader.module, node.lineno))


def read_factory(reader: ModuleReader, node: _Function) -> None:
    """Note a function at the top of a module that returns an application it made."""
    if reader.functions or reader.scope.is_class or not reader.names_framework:
        return
    kind = _made(reader, node, reader.scope)
    if kind:
        reader.facts.apps.append(AppObject(node.name, *kind, reader.module, node.lineno, factory=True))


def _kind(reader: ModuleReader, call: ast.Call, scope: Scope) -> tuple[str, str] | None:
    """Framework and interface of what a call makes."""
    known = APPS.get(reader.evaluator.dotted(call.func, scope))
    if known is not None or not isinstance(call.func, ast.Name):
        return known
    found = scope.lookup(call.func.id)
    if found is None:
        return None
    owner, binding = found[0], found[1][-1]
    if isinstance(binding, Imported) and binding.name is not None:
        files = resolved(reader.context, owner.module, binding.module, binding.level)
        if not files or not files[-1].endswith(".py"):
            return None
        owner = reader.modules.names(files[-1]).scope
        binding = next(iter(reversed(owner.names.get(binding.name, []))), None)
    if isinstance(binding, ast.ClassDef):
        bases = (APPS.get(reader.evaluator.dotted(base, owner)) for base in binding.bases)
        return next((base for base in bases if base), None)
    return _made(reader, binding, owner) if isinstance(binding, _Function) else None


def _made(reader: ModuleReader, function: _Function, scope: Scope) -> tuple[str, str] | None:
    """What a function makes and returns, by the variable that it returns."""
    inside = scope_of(function, scope)
    for inner in ast.walk(function):
        if not isinstance(inner, ast.Return):
            continue
        made = [inner.value]
        if isinstance(inner.value, ast.Name):
            made = [one for one in inside.names.get(inner.value.id, []) if isinstance(one, ast.Call)]
        for call in made:
            if isinstance(call, ast.Call) and (kind := APPS.get(reader.evaluator.dotted(call.func, inside))):
                return kind
    return None


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note a call that serves; `st.…` at the top of a module makes it a Streamlit script."""
    if name in SERVERS:
        _served(reader, node, *SERVERS[name])
        return
    if name.startswith("streamlit.") and not any(app.framework == "streamlit" for app in reader.facts.apps):
        reader.facts.apps.append(AppObject("", "streamlit", "script", reader.module, node.lineno))
    if isinstance(node.func, ast.Attribute) and node.func.attr in RUNNERS:
        _run(reader, node, node.func)


def _run(reader: ModuleReader, node: ast.Call, function: ast.Attribute) -> None:
    kind = _receiver(reader, function.value)
    if kind is None:
        return
    at = RUNNERS[function.attr]
    if kind == "socketio":
        _served(reader, node, "socketio", 0, 1, 2, "host", "port")
    else:
        _served(reader, node, kind, -1, *at)


def _receiver(reader: ModuleReader, node: ast.expr) -> str | None:
    """The framework of the object that a method is called on."""
    if isinstance(node, ast.Call):
        kind = _kind(reader, node, reader.scope)
        return kind[0] if kind else None
    if not isinstance(node, ast.Name):
        return None
    found = reader.scope.lookup(node.id)
    for binding in reversed(found[1] if found else []):
        if isinstance(binding, ast.Call) and found is not None:
            if reader.evaluator.dotted(binding.func, found[0]) in _SOCKETS:
                return "socketio"
            kind = _kind(reader, binding, found[0])
            if kind:
                return kind[0]
        if isinstance(binding, Imported) and found is not None:
            return _imported_app(reader, binding, found[0])
    return None


def _imported_app(reader: ModuleReader, imported: Imported, scope: Scope) -> str | None:
    files = resolved(reader.context, scope.module, imported.module, imported.level)
    if not files or not files[-1].endswith(".py") or imported.name is None:
        return None
    owner = reader.modules.names(files[-1]).scope
    for binding in owner.names.get(imported.name, []):
        if isinstance(binding, ast.Call):
            if reader.evaluator.dotted(binding.func, owner) in _SOCKETS:
                return "socketio"
            kind = _kind(reader, binding, owner)
            if kind:
                return kind[0]
    return None


def _served(
    reader: ModuleReader, node: ast.Call, server: str, app_at: int, host_at: int, port_at: int, host: str, port: str
) -> None:
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    positions = ((app_at, "app"), (host_at, host), (port_at, port))
    given.update({name: node.args[at] for at, name in positions if 0 <= at < len(node.args)})
    app = given.get("app")
    evaluate, scope = reader.evaluator, reader.scope
    found_host = evaluate.value(given.get(host), scope)
    found_port = evaluate.value(given.get(port), scope)
    environment = (*(found_host.environment if found_host else ()), *(found_port.environment if found_port else ()))
    reader.facts.servers.append(
        ServerCall(
            server=server,
            module=reader.module,
            line=node.lineno,
            app=app.value if isinstance(app, ast.Constant) and isinstance(app.value, str) else None,
            host=found_host.text if found_host and found_host.exact else None,
            port=evaluate.number(given.get(port), scope),
            reload=_flag(given.get("reload", given.get("use_reloader"))),
            debug=_flag(given.get("debug")),
            given=tuple(sorted(given)),
            environment=environment,
            main_only=reader.main,
        )
    )


def _flag(node: ast.expr | None) -> bool | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None
