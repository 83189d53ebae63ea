"""Holds what two containers did against each other."""

from __future__ import annotations

import re
from typing import Any, Literal

from dockerfix.verify.measured import Started
from proof.running import Seen

__all__ = ["State", "compared", "state_of"]

State = Literal["answers", "stays", "ends", "fails"]
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_HASH = re.compile(r"[0-9a-f]{8,}|[\w-]{20,}(?=\.\w+$)")


def state_of(seen: Seen) -> State:
    """What a container does: it answers requests, stays up without, ends well, or fails."""
    if seen.started.ended:
        return "fails"
    if any(answer["status"] for answer in seen.answers.values()):
        return "answers"
    return "stays" if seen.started.ended is None else "ends"


def compared(was: Seen, now: Seen) -> tuple[list[str], dict[str, Any]]:
    """What works no longer, in words; and the numbers of the comparison."""
    differences = list(_lost(was, now))
    before, after = _plain(was.answers), _plain(now.answers)
    shared = [key for key in before if key in after]
    statuses = {key: (before[key]["status"], after[key]["status"]) for key in shared}
    differences += [f"{key}: {then} → {later}" for key, (then, later) in statuses.items() if then != later]
    missing = [key for key in before if key not in after and before[key]["status"]]
    differences += [f"{key}: not asked after" for key in missing[:5]]
    notes = {
        "requests": len(shared),
        "written_requests": sum(_is_write(key) for key in shared),
        "written_well": sum(_is_write(key) and 200 <= before[key]["status"] < 400 for key in shared),
        "other_bodies": [key for key in shared if _other_body(before[key], after[key])][:10],
        "unwritable": list(now.started.denied or ())[:10],
        "user": [was.started.uid, now.started.uid],
        "stop": [was.started.stop_seconds, now.started.stop_seconds],
        "stop_code": [was.started.stop_code, now.started.stop_code],
        "process": [was.started.program, now.started.program],
    }
    return differences, notes


def _lost(was: Seen, now: Seen) -> Any:
    before, after = state_of(was), state_of(now)
    if before != after:
        yield f"container: {before} → {after}"
    lost = set(was.started.ports or ()) - set(now.started.ports or ())
    if lost and now.started.ports:  # none at all: it opened them late, and what answers tells the rest
        yield f"ports no longer open: {', '.join(map(str, sorted(lost)))}"
    yield from _refusals(was.started, was.log, now.log)


_REFUSED = re.compile(
    r"permission denied|permissionerror|read-?only (?:file system|database)|\bE(?:ACCES|ROFS|PERM)\b"
    r"|operation not permitted|unable to open database file|not write?able",
    re.IGNORECASE,
)


def _refusals(started: Started, was: str, now: str) -> Any:
    """Lines of the log that speak of a refusal, where the other log has none like it."""
    known = {_shape(line) for line in was.splitlines() if _REFUSED.search(line)}
    new = [line.strip() for line in now.splitlines() if _REFUSED.search(line) and _shape(line) not in known]
    yield from (f"log: {line[:200]}" for line in dict.fromkeys(new[:3]))


def _shape(line: str) -> str:
    return re.sub(r"\d+|0x[0-9a-f]+", "#", line.strip())


def _plain(answers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By keys that two builds share: bundlers put hashes into names."""
    return {_HASH.sub("#", key): value for key, value in answers.items()}


def _is_write(key: str) -> bool:
    return key.split(" ")[1] in _WRITES


def _other_body(was: dict[str, Any], now: dict[str, Any]) -> bool:
    return bool(was.get("digest")) and was.get("digest") != now.get("digest")
