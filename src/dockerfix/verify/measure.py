"""Measures one side: builds it from nothing, looks into the image, starts it, touches files and builds again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.programs.starts import start_of
from dockerfix.shell import runner
from dockerfix.text import is_number
from dockerfix.verify.build_log import last_lines
from dockerfix.verify.confinement import Confinement, confinement
from dockerfix.verify.container.health import health_words
from dockerfix.verify.container.probe import Probe, observe
from dockerfix.verify.contents.archive import read_archive
from dockerfix.verify.engine import BuildOrder, BuildRun, Engine, EngineError, ImageConfig, Network, StartOrder
from dockerfix.verify.measured import Build, Contents, Measured, Rebuild, Started
from dockerfix.verify.meeting import Meeting
from dockerfix.verify.plan import Plan, Tell
from dockerfix.verify.rebuild import FirstWork, rebuilt
from dockerfix.verify.side import Side
from dockerfix.verify.workspace import Workspace

__all__ = ["Bench", "Touched"]

_NOT_STARTED = 125  # what `docker run` exits with when it fails itself


@frozen
class Touched:
    """The files that are touched for rebuilds, the same on both sides; None where there is none to touch."""

    source: str | None
    dependency: str | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Both, those that are there."""
        return tuple(path for path in (self.source, self.dependency) if path is not None)


@frozen
class Bench:
    """An engine, a workspace and a plan: everything a measurement needs but the side."""

    engine: Engine
    space: Workspace
    plan: Plan
    tell: Tell

    def measure(self, side: Side, name: str, touched: Touched, meeting: Meeting) -> Measured:
        """Everything about one side.

        Args:
            name: for logs and progress ("before").
            meeting: where this side hears what the other one wrote, or leaves what it writes itself.
        """
        tag = self.space.name()
        try:
            build = self.build(side, name, tag)
            size = self._context_size(side, name)
            if not build.ok:
                return Measured(build, size)
            self.tell(f"{name}: looking into the image")
            contents = self.contents(side, tag)
            quick = None if self.plan.full else self._edited(side, name, build, touched)
            started = self._started(side, tag, name, meeting)
        finally:
            meeting.close()
        if not self.plan.full:
            return Measured(build, size, contents, started, quick)
        source = self._rebuild(side, name, touched.source, "source")
        dependency = self._rebuild(side, name, touched.dependency, "dependency")
        return Measured(build, size, contents, started, source, dependency)

    def trial(self, side: Side, name: str, wanted: tuple[str, ...] = ()) -> Measured:
        """As `measure`, only as far as is needed to see whether the image still builds and works; caches are used."""
        tag = self.space.name()
        build = self.build(side, name, tag, use_cache=True)
        meeting = Meeting.of(wanted)
        return Measured(build, started=self._started(side, tag, name, meeting)) if build.ok else Measured(build)

    def _edited(self, side: Side, name: str, build: Build, touched: Touched) -> Rebuild | None:
        """What an edit of a source makes run again; the build is ended when that is known, which costs a second."""
        path = touched.source or touched.dependency
        if path is None or not (side.context / path).is_file():
            return None
        self.tell(f"{name}: what runs again after {path} changed")
        side.touch(path, self.space.next_touch())
        watch = FirstWork(self.engine.steps)
        waits = any(flag.name == "from" for stage in side.model.stages for one in stage.stage.instructions
                    for flag in one.flags)  # fmt: skip
        # Below a copy from another stage the builder may find that nothing changed: only the whole build tells.
        waits = waits or not self.engine.ends_clean
        run = self._run(
            side, f"{name} edit", self.space.name(), use_cache=True, enough=None if waits else watch.is_seen
        )
        return rebuilt(path, run, build.steps, is_whole=waits or not watch.seen)

    def build(self, side: Side, name: str, tag: str, *, use_cache: bool = False) -> Build:
        """Build a side; without the cache every step runs."""
        self._provide_bases(side)
        self.tell(f"{name}: building")
        run = self._run(side, name, tag, use_cache=use_cache)
        text = run.log.read_text(errors="replace")
        end = () if run.ok else (*last_lines(text), *((run.reason,) if run.reason else ()))
        return Build(run.ok, round(run.seconds, 2), run.steps, str(run.log), end, run.reason)

    def _run(
        self,
        side: Side,
        name: str,
        tag: str,
        *,
        use_cache: bool,
        plain: bool = False,
        enough: Callable[[str], bool] | None = None,
    ) -> BuildRun:
        plan = self.plan
        return self.engine.build(
            BuildOrder(
                side.context,
                side.dockerfile,
                tag,
                self.space.run_id,
                self.space.log(name.replace(" ", "-")),
                plan.build_seconds,
                plan.network,
                use_cache=use_cache,
                target=None if plain else plan.target,
                args=() if plain else plan.args,
                enough=enough,
            )
        )

    def _provide_bases(self, side: Side) -> None:
        """Have the base images here, so that no build's time holds a download; what cannot be had, the build tells."""
        for reference in base_references(side):
            if self.engine.layer_count(reference) is None:
                self.tell(f"pulling {reference}")
                self.engine.provide(reference, self.plan.build_seconds)

    def _context_size(self, side: Side, name: str) -> int | None:
        """What the engine would send of the context, seen in an image of that alone."""
        tag = self.space.name()
        whole = side.whole_context()
        if not self._run(whole, f"{name} context", tag, use_cache=True, plain=True).ok:
            return None
        size = self.engine.size(tag)
        if size is not None:
            return size
        with self.engine.saved(tag) as stream:
            return read_archive(stream, 0, self.plan.bytes_limit).size

    def contents(self, side: Side, tag: str) -> Contents | None:
        """What lies in an image that was built."""
        final = side.model.final
        while final is not None and final.base is not None:
            final = final.base
        reference = str(final.reference) if final is not None and final.reference is not None else ""
        base = self.engine.layer_count(reference) if reference and reference != "scratch" else 0
        with self.engine.saved(tag) as stream:
            found = read_archive(stream, base or 0, self.plan.bytes_limit)
        return Contents(found.size, found.layers, found.secrets, found.ports)

    def start(self, side: Side, tag: str, name: str, watched: tuple[str, ...]) -> Started:
        """Start an image for itself, and look closely at what it does."""
        return self._started(side, tag, name, Meeting(waits=False), watched)

    def _started(
        self, side: Side, tag: str, name: str, meeting: Meeting, watched: tuple[str, ...] | None = None
    ) -> Started:
        config = self.engine.config(tag)
        wanted = meeting.wanted()  # waits for the other side, which then leaves the machine to this one
        self.tell(f"{name}: starting")
        kept = _confinement(side, config)
        network: Network = "none" if self.plan.is_cut_off else self.plan.network
        order = StartOrder(tag, self.space.run_id, network, self.plan.environment, kept, watched or ())
        try:
            running = self.engine.start(order)
        except EngineError as error:  # an image that starts nothing
            return Started(ended=_NOT_STARTED, log=(str(error),))
        try:
            ports = tuple(_numbers(side))
            health = health_words(self.plan.health, config)
            probe = Probe(
                self.plan.start_seconds, self.plan.grace, ports, self.plan.smoke, wanted, health, watched is not None
            )
            found = observe(running, probe, meeting.leave)
            log = self.space.log(f"{name.replace(' ', '-')}-container")
            log.write_text(running.log())
            return replace(found, log_file=str(log))
        finally:
            running.remove()

    def _rebuild(self, side: Side, name: str, path: str | None, kind: str) -> Rebuild | None:
        if path is None or not (side.context / path).is_file():
            return None
        self.tell(f"{name}: building again after {path} changed")
        side.touch(path, self.space.next_touch())
        run = self._run(side, f"{name} {kind} rebuild", self.space.name(), use_cache=True)
        return rebuilt(path, run, run.steps, is_whole=True)


def _confinement(side: Side, config: ImageConfig | None) -> Confinement:
    final = side.model.final
    start = start_of(side.model, final, config.argv) if config is not None and final is not None else None
    found = [runner(program.name or "") for program in start.programs] if start is not None else []
    changes_user = any(one is not None and one.user for one in found)
    return confinement(config.user if config is not None else "", changes_user=changes_user)


def base_references(side: Side) -> tuple[str, ...]:
    """The base images that a side takes from outside, as far as they are known before the build."""
    stages = [stage for stage in side.model.stages if stage.base is None and stage.reference is not None]
    found = dict.fromkeys(str(stage.reference) for stage in stages)
    return tuple(reference for reference in found if reference != "scratch" and "$" not in reference)


def _numbers(side: Side) -> list[int]:
    final = side.model.final
    ports = final.ports if final is not None else ()
    return [int(port.partition("/")[0]) for port in ports if is_number(port.partition("/")[0])]
