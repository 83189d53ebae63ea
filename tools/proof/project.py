"""One Dockerfile of a project: built and started as it is and repaired, and what came of both."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from projects import Project, Repaired

from dockerfix.errors import DockerfixError
from dockerfix.fix import Outcome
from dockerfix.project.context.discovery import find_dockerfiles
from dockerfix.verify.bisect import first_breaking
from dockerfix.verify.build_log import last_lines
from dockerfix.verify.commands import Commands
from dockerfix.verify.engine import BuildOrder
from dockerfix.verify.engines.docker import Docker
from dockerfix.verify.side import Side, copied_context
from dockerfix.verify.touched import dependency_file, source_file
from proof.bases import Bases, NoBase, references, sizes
from proof.compare import compared, state_of
from proof.compose import Surroundings, alone, surroundings
from proof.docker import Daemon
from proof.routes import routes_in, secrets_in
from proof.running import Run, Seen, run

__all__ = ["Bench", "prove"]

Record = dict[str, Any]
_ORDERING = ("DF201", "DF202")  # the rules after which a rebuild has less to do
_BYTES = 400 * 10**6
_FRONTEND = re.compile(rb"\A((?:\s*#[^\n]*\n)*?)[ \t]*#[ \t]*syntax[ \t]*=", re.IGNORECASE)


@dataclass(frozen=True)
class Bench:
    """What a proof needs: a daemon, base images, where logs go, and the limit of one build in seconds."""

    daemon: Daemon
    bases: Bases
    logs: Path
    seconds: float
    bisect: bool = False


def dockerfiles(folder: Path) -> list[Path]:
    """Those of a repository, nearest to its root first."""
    return sorted(find_dockerfiles(folder), key=lambda path: (len(path.parts), str(path)))


def prove(bench: Bench, folder: Path, path: Path) -> Record:
    """Everything about one Dockerfile, as plain values; never raises."""
    record: Record = {"repository": folder.name.replace("__", "/", 1), "dockerfile": str(path.relative_to(folder))}
    began = time.monotonic()
    try:
        record |= _proof(bench, folder, path)
    except NoBase as error:
        record |= {"state": "no base image", "why": str(error)[:300]}
    except (DockerfixError, RuntimeError, OSError) as error:
        record |= {"state": "not measured", "why": f"{type(error).__name__}: {error}"[:300]}
    return record | {"seconds": round(time.monotonic() - began)}


def _proof(bench: Bench, folder: Path, path: Path) -> Record:
    repaired = Project(folder).repaired(path)
    outcome, root = repaired.outcome, repaired.surroundings.root
    if root is None:
        return {"state": "no build context"}
    if not outcome.changed:
        return {"state": "no repair"}
    rules = [item.finding.code for item in outcome.applied]
    record: Record = {"rules": rules, "context": repaired.context_name}
    around = surroundings(folder, path) or alone(folder, path)
    record["compose"] = around.file
    if around.missing:
        record["missing"] = list(around.missing)
    if re.search(rb"\bapk\s", outcome.before.source):
        raise NoBase("the stand-in for Alpine has no apk")
    bases = {
        side: {reference: bench.bases.provide(reference) for reference in references(text)}
        for side, text in (("before", outcome.before.source), ("after", outcome.after.source))
    }
    record["bases"] = {side: list(found) for side, found in bases.items()}
    record["kind"] = "busybox" if "busybox" in {*bases["before"].values(), *bases["after"].values()} else "stand-in"
    with tempfile.TemporaryDirectory(prefix="dockerfix-proof-") as place:
        return record | _Sides(bench, folder, path, repaired, around, Path(place)).record()


class _Sides:
    """Both sides of one proof, in copies."""

    def __init__(
        self, bench: Bench, folder: Path, path: Path, repaired: Repaired, around: Surroundings, place: Path
    ) -> None:
        self.bench, self.folder, self.path, self.place = bench, folder, path, place
        self.repaired, self.around = repaired, around
        self.outcome = repaired.outcome
        self.name = re.sub(r"[^a-z0-9]+", "-", f"{folder.name}-{path.relative_to(folder)}".lower()).strip("-")[:100]
        self.engine = Docker(Commands(), bench.daemon.client)
        self.routes: tuple[str, ...] = ()
        self.count = 0
        self.phases: list[tuple[str, int]] = []

    def record(self) -> Record:
        try:
            return self._record() | {"phases": self.phases}
        finally:
            images = self.bench.daemon.run("images", "--quiet", f"proof/{self.name}", check=False).stdout.split()
            if images:
                self.bench.daemon.run("rmi", "--force", *dict.fromkeys(images), check=False)

    def _record(self) -> Record:
        before = self._side(self.outcome, repaired=False)
        log, seconds, why = self._build(before, "before")
        if why:
            return {"state": "does not build before", "why": why, "log": log, "build_seconds": seconds}
        record: Record = {"before": {"size": sizes(self.bench.daemon, self._tag("before")), "seconds": seconds}}
        after = self._side(self.outcome)
        log, seconds, why = self._build(after, "after")
        if why.startswith("stopped after"):  # the time limit of this tool says nothing of the image
            return {"state": "not measured", "why": f"the build after: {why}"}
        if why:
            again = self._build(before, "before", use_cache=False)[2]  # a registry may have failed meanwhile
            state = "does not build after" if not again else "does not build twice"
            return record | {"state": state, "why": why, "log": log} | self._blamed(self._fails_to_build)
        record["after"] = {"size": sizes(self.bench.daemon, self._tag("after")), "seconds": seconds}
        record |= self._rebuilds(before, after)
        return record | self._started(before)

    def _started(self, before: Side) -> Record:
        if self.around.missing:
            return {"state": "not run", "why": f"needs {', '.join(self.around.missing)}"}
        self.routes = routes_in(before.context)
        self._complete(before)
        was = self._run("before", before)
        record: Record = {"ran": state_of(was)}
        if state_of(was) == "fails":
            return record | {"state": "not run", "why": "fails before", "end": list(was.started.log[-6:])}
        wanted = was.started.written or ()
        now = self._run("after", before, wanted)
        differences, notes = compared(was, now)
        if differences:  # once more: a slow machine answers late
            was, now = self._run("before", before), self._run("after", before, wanted)
            differences, notes = compared(was, now)
        record |= notes
        record["state"] = "ran after" if not differences else "does not run after"
        if differences:
            record |= {"differences": differences, "end": list(now.started.log[-8:])}
            record |= self._blamed(lambda outcome: self._breaks(outcome, was, before))
        return record

    def _complete(self, before: Side) -> None:
        """Give it what nobody starts it without: keys that its source reads, and the port of a platform."""
        told = dict(self.around.own.environment)
        source = self.outcome.before.source
        wants_port = b"$PORT" in source or b"${PORT" in source
        port = {"PORT": "8080"} if wants_port and not re.search(rb"(?m)^\s*ENV\s+PORT\b", source) else {}
        environment = dict(secrets_in(before.context)) | port | told
        self.around = replace(self.around, own=replace(self.around.own, environment=tuple(environment.items())))

    def _run(self, kind: str, side: Side, wanted: tuple[str, ...] = ()) -> Seen:
        final = side.model.final
        ports = [
            int(port.partition("/")[0]) for port in (final.ports if final else ()) if port.partition("/")[0].isdigit()
        ]
        workdir = self._workdir(kind)
        order = Run(self._tag(kind), self.folder, self.around, self.routes, tuple(ports), wanted, workdir)
        began = time.monotonic()
        seen = run(self.bench.daemon, self.bench.bases, order)
        self.phases.append((f"run {kind}", round(time.monotonic() - began)))
        (self.bench.logs / f"{self.name}.{kind}.container.log").write_text(seen.log)
        return seen

    def _workdir(self, kind: str) -> str:
        return (
            self.bench.daemon.run(
                "image", "inspect", "--format", "{{.Config.WorkingDir}}", self._tag(kind)
            ).stdout.strip()
            or "/"
        )

    def _side(self, outcome: Outcome, *, repaired: bool = True) -> Side:
        self.count += 1
        root = self.repaired.surroundings.root
        assert root is not None
        side = copied_context(
            root,
            self.path,
            outcome.after if repaired else outcome.before,
            outcome.files if repaired else (),
            self.place / str(self.count),
            _BYTES,
        )
        # A frontend of its own would come from a registry.
        side.dockerfile.write_bytes(_FRONTEND.sub(rb"\1# frontend: ", side.dockerfile.read_bytes()))
        return side

    def _build(self, side: Side, kind: str, *, use_cache: bool = True) -> tuple[str, float, str]:
        """The log's path, the seconds, and why it failed; empty where it did not."""
        log = self.bench.logs / f"{self.name}.{kind}.build.log"
        log.unlink(missing_ok=True)
        done = self.engine.build(
            BuildOrder(
                side.context,
                side.dockerfile,
                self._tag(kind),
                "proof",
                log,
                self.bench.seconds,
                "host",
                use_cache=use_cache,
                args=self.around.arguments,
                target=self.around.target,
            )
        )
        self.phases.append((f"build {kind}", round(done.seconds)))
        end = done.reason or " | ".join(last_lines(log.read_text(errors="replace"), 4))[-500:]
        return log.name, round(done.seconds, 1), "" if done.ok else end

    def _tag(self, kind: str) -> str:
        return f"proof/{self.name}:{re.sub(r'[^a-z0-9]+', '-', kind.lower())}"

    def _rebuilds(self, before: Side, after: Side) -> Record:
        """Seconds of a build after a source file changed, where the order of steps did."""
        # In every fourth project: where the order was wrong, this installs everything once more.
        moved = (
            any(item.finding.code in _ORDERING for item in self.outcome.applied) and crc32(self.name.encode()) % 4 == 0
        )
        touched = source_file(before.model) if moved else None
        if touched is None or touched == dependency_file(before.model) or not (before.context / touched).is_file():
            return {}
        found = []
        for number, (side, kind) in enumerate(((before, "before rebuilt"), (after, "after rebuilt"))):
            if not (side.context / touched).is_file():
                return {}
            content = (side.context / touched).read_bytes()
            side.touch(touched, number + 1)
            _, seconds, why = self._build(side, kind)
            (side.context / touched).write_bytes(content)
            found.append(None if why else seconds)
        return {"rebuild": {"before": found[0], "after": found[1]}} if None not in found else {}

    def _blamed(self, breaks: Any) -> Record:
        """The rule that broke it, where that is asked for."""
        codes = list(dict.fromkeys(item.finding.code for item in self.outcome.applied))
        if not self.bench.bisect:
            return {}

        def is_broken(kept: Sequence[str]) -> bool:
            return bool(breaks(self.repaired.surroundings.repaired(frozenset(codes) - set(kept))))

        return {"blamed": first_breaking(codes, is_broken) if len(codes) > 1 else codes[0]}

    def _fails_to_build(self, outcome: Outcome) -> bool:
        return bool(self._build(self._side(outcome), "trial")[2])

    def _breaks(self, outcome: Outcome, was: Seen, before: Side) -> bool:
        if self._fails_to_build(outcome):
            return True
        return bool(compared(was, self._run("trial", before, was.started.written or ()))[0])
