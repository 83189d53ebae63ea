"""The names that JavaScript imports: Node's own modules, packages, and what is neither."""

from __future__ import annotations

__all__ = ["bare_name", "is_built_in", "package_of"]

# Node.js documentation 24, index of modules.
_BUILT_IN = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl sea "
    "stream string_decoder sqlite sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib".split()
)


def bare_name(name: str) -> str:
    """An import without the `node:` that marks Node's own modules."""
    return name.removeprefix("node:")


def is_built_in(name: str) -> bool:
    """Whether Node or Bun brings what is imported."""
    return name.startswith(("node:", "bun:")) or name == "bun" or name.partition("/")[0] in _BUILT_IN


def package_of(name: str) -> str:
    """The package that an import is of: `@scope/name` of `@scope/name/part`."""
    parts = name.split("/")
    return "/".join(parts[:2]) if name.startswith("@") else parts[0]
