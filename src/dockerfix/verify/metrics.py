"""The comparison: one row for each thing that was measured, with what it says for or against the repairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.image import Aspect
from dockerfix.verify.measured import Measured, Rebuild, Smoke, Started
from dockerfix.verify.words import bytes_text, seconds_text

__all__ = ["Effect", "Row", "rows"]

Effect = Literal["better", "worse", "same", "noted"]

_SIZE_NOISE = 50_000  # bytes that a rebuilt layer varies by itself: times, bytecode
_CONTEXT_NOISE = 2_000  # bytes: the ignore file itself is sent, too
_FEW = 6  # paths that are named
_TIME_NOISE = 1.0  # seconds
_ANY = frozenset(Aspect)
_USER = frozenset({Aspect.USER})
_START = frozenset({Aspect.START_COMMAND, Aspect.STOP_SIGNAL})
_ORDER = frozenset({Aspect.LAYER_ORDER, Aspect.COMMANDS, Aspect.COMMAND_WORDS})
_SIZE = frozenset(
    {
        Aspect.BASE_IMAGE,
        Aspect.BUILD_CACHE,
        Aspect.FILES,
        Aspect.BUILD_CONTEXT,
        Aspect.COMMANDS,
        Aspect.COMMAND_WORDS,
        Aspect.SYSTEM_PACKAGES,
    }
)


@frozen
class Row:
    """One line of the comparison.

    Attributes:
        key: the same in every release; `what` is for people.
        before, after: in words; "–" where it was not measured.
        effect: "noted" stands for what is told and proves nothing, such as a time measured once.
        numbers: before and after where bars can be drawn; None without.
        aspects: what a repair must be allowed to change to be the cause.
    """

    key: str
    what: str
    before: str
    after: str
    effect: Effect
    numbers: tuple[float, float] | None = None
    aspects: frozenset[Aspect] = _ANY


def rows(before: Measured, after: Measured) -> tuple[Row, ...]:
    """Everything that both sides tell, in the order in which people read it."""
    return (
        _build(before, after),
        *_image(before, after),
        *_rebuilds(before, after),
        *_running(before.started, after.started),
    )


def _build(before: Measured, after: Measured) -> Row:
    was, now = before.build.ok, after.build.ok
    words = {True: "ok", False: "fails"}
    return Row("build", "build", words[was], words[now], _gained(was, now))


def _image(before: Measured, after: Measured) -> Iterator[Row]:
    was, now = before.build, after.build
    if before.context_size is not None and after.context_size is not None:
        sizes = before.context_size, after.context_size
        yield _bytes("context", "build context", *sizes, frozenset({Aspect.BUILD_CONTEXT}))
    if was.ok and now.ok:
        yield Row("build_seconds", "build from nothing", seconds_text(was.seconds), seconds_text(now.seconds), "noted",
                  (was.seconds, now.seconds))  # fmt: skip
    if before.contents is None or after.contents is None:
        return
    yield _bytes("size", "image size", before.contents.size, after.contents.size, _SIZE)
    secrets = [_some([secret.path for secret in contents.secrets]) for contents in (before.contents, after.contents)]
    effect = _fewer(len(before.contents.secrets), len(after.contents.secrets))
    yield Row("secrets", "secrets in the image", secrets[0], secrets[1], effect,
              aspects=frozenset({Aspect.BUILD_CONTEXT, Aspect.FILES}))  # fmt: skip


def _rebuilds(before: Measured, after: Measured) -> Iterator[Row]:
    yield from _rebuild("source", before.source_rebuild, after.source_rebuild)
    yield from _rebuild("dependency", before.dependency_rebuild, after.dependency_rebuild)


def _rebuild(kind: str, was: Rebuild | None, now: Rebuild | None) -> Iterator[Row]:
    if was is None or now is None:
        return
    name = was.touched
    # A COPY more costs nothing to speak of; what a RUN does again is what people wait for.
    effect = _gained(was.ok, now.ok) if not (was.ok and now.ok) else _fewer(_commands(was), _commands(now))
    yield Row(f"{kind}_steps", f"steps again after {name}", _steps(was), _steps(now), effect,
              (len(was.ran), len(now.ran)), _ORDER)  # fmt: skip
    if was.ok and now.ok and was.seconds is not None and now.seconds is not None:
        yield Row(f"{kind}_seconds", f"rebuild after {name}", seconds_text(was.seconds), seconds_text(now.seconds),
                  "noted", (was.seconds, now.seconds), _ORDER)  # fmt: skip


def _commands(rebuild: Rebuild) -> int:
    return sum(1 for step in rebuild.ran if step.upper().startswith("RUN "))


def _steps(rebuild: Rebuild) -> str:
    return f"{len(rebuild.ran)} of {len(rebuild.ran) + rebuild.cached}" if rebuild.ok else "fails"


def _running(was: Started | None, now: Started | None) -> Iterator[Row]:
    if was is None or now is None:
        return
    yield _alive(was, now)
    yield from _identity(was, now)
    yield from _service(was, now)
    yield from _end(was, now)


def _alive(was: Started, now: Started) -> Row:
    before, after = was.ended in (None, 0), now.ended in (None, 0)
    return Row("runs", "container", _life(was), _life(now), _gained(before, after))


def _life(started: Started) -> str:
    return "runs" if started.ended is None else f"ended by itself with {started.ended}"


def _identity(was: Started, now: Started) -> Iterator[Row]:
    if was.uid is not None and now.uid is not None:
        yield Row("user", "user of process 1", _user(was), _user(now), _gained(was.uid != 0, now.uid != 0),
                  aspects=_USER)  # fmt: skip
    if was.capabilities is not None and now.capabilities is not None:
        before, after = len(was.capabilities), len(now.capabilities)
        yield Row("capabilities", "capabilities of process 1", str(before), str(after), _fewer(before, after),
                  (before, after), _USER)  # fmt: skip
    if was.program is not None and now.program is not None:
        yield Row("process", "process 1", was.program, now.program, "same" if was.program == now.program else "noted",
                  aspects=_START)  # fmt: skip
    if now.denied is not None or now.complaints:
        denied = len(_refused(was)), len(_refused(now))
        yield Row(
            "denied", "paths it could not write", _unwritten(was), _unwritten(now), _fewer(*denied), aspects=_USER
        )


def _refused(started: Started) -> tuple[str, ...]:
    return (*(started.denied or ()), *started.complaints)


def _unwritten(started: Started) -> str:
    """Paths in words, and what the log says of others; "–" where nobody could be asked."""
    told = f"the log says «{started.complaints[0]}»" if started.complaints else ""
    if not started.denied:
        return told or ("none" if started.denied is not None else "–")
    return f"{_some(started.denied)}; {told}" if told else _some(started.denied)


def _service(was: Started, now: Started) -> Iterator[Row]:
    if was.ports is not None and now.ports is not None and (was.ports or now.ports or was.loopback_ports):
        lost, won = set(was.ports) - set(now.ports), set(now.ports) - set(was.ports)
        effect: Effect = "worse" if lost else "better" if won else "same"
        yield Row("ports", "open ports", _ports(was), _ports(now), effect)
    if was.http is not None or now.http is not None:
        yield Row("http", "first HTTP answer", _http(was), _http(now), _more(_http_rank(was), _http_rank(now)))
    yield from _check("health", "health check", was.health, now.health)
    yield from _check("smoke", "your check", was.smoke, now.smoke)


def _check(key: str, what: str, was: Smoke | None, now: Smoke | None) -> Iterator[Row]:
    if was is not None and now is not None:
        codes = was.exit_code, now.exit_code
        words = ["ok" if code == 0 else f"fails ({code})" for code in codes]
        yield Row(key, what, words[0], words[1], _gained(codes[0] == 0, codes[1] == 0))


def _end(was: Started, now: Started) -> Iterator[Row]:
    if was.stop_seconds is None or now.stop_seconds is None:
        return
    effect = _fewer(was.stop_seconds, now.stop_seconds, _TIME_NOISE)
    yield Row("stop", "SIGTERM to exit", _stop(was), _stop(now), effect, (was.stop_seconds, now.stop_seconds), _START)


def _stop(started: Started) -> str:
    killed = ", killed" if started.stop_code == 137 else ""
    return f"{started.stop_seconds:.1f} s (exit code {started.stop_code}{killed})"


def _some(paths: Sequence[str]) -> str:
    """Paths in words; of many, the first ones."""
    more = f" and {len(paths) - _FEW} more" if len(paths) > _FEW else ""
    return ", ".join(paths[:_FEW]) + more if paths else "none"


def _user(started: Started) -> str:
    name = "root" if started.uid == 0 else started.user
    return f"{name} ({started.uid})" if name else str(started.uid)


def _ports(started: Started) -> str:
    inner = [f"{port} (loopback only)" for port in started.loopback_ports]
    return ", ".join([*map(str, started.ports or ()), *inner]) or "none"


def _http(started: Started) -> str:
    return f"{started.http.status} on {started.http.port}" if started.http is not None else "none"


def _http_rank(started: Started) -> int:
    """0 without an answer, 1 for a server error, 2 for any other answer: a 404 is a server that works."""
    return 0 if started.http is None else 1 if started.http.status >= 500 else 2


def _bytes(key: str, what: str, was: int, now: int, aspects: frozenset[Aspect]) -> Row:
    effect = _fewer(was, now, max(_SIZE_NOISE if key == "size" else _CONTEXT_NOISE, was // 100))
    return Row(key, what, bytes_text(was), bytes_text(now), effect, (was, now), aspects)


def _gained(was: bool, now: bool) -> Effect:
    return "same" if was == now else "better" if now else "worse"


def _more(was: float, now: float) -> Effect:
    return _fewer(now, was)


def _fewer(was: float, now: float, noise: float = 0) -> Effect:
    if abs(was - now) <= noise:
        return "same"
    return "better" if now < was else "worse"
