"""What every form of the report says in the same words: the headline, the layers, the model's mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.verify.proof import Proof, Verdict
from dockerfix.verify.report.layers import KindChange, LayerChange, kind_changes, layer_changes
from dockerfix.verify.words import bytes_text

__all__ = [
    "changed_kinds",
    "changed_layers",
    "headline",
    "layer_words",
    "mending_words",
    "method",
    "prediction_words",
    "rebuild_words",
    "verdict_words",
    "what_failed",
]

_FULL = (
    "Times were measured once. Builds from nothing ran every step with the base image at hand; for a rebuild newlines "
    "were added to the file."
)
_QUICK = (
    "Every step of both builds ran, side by side, so that their times prove nothing. Newlines were added to the file "
    "to see what runs again; --full measures whole rebuilds."
)
_PATHS = (
    "The paths that could not be written are those of the log, and those that the unrepaired image wrote and the "
    "repaired image's user may not."
)


def method(proof: Proof) -> str:
    """How it was measured."""
    given = f" Built and started {proof.given}." if proof.given else ""
    return f"{_FULL if proof.full else _QUICK} {_PATHS}{given}"


def headline(proof: Proof) -> str:
    """The result in one sentence."""
    if proof.is_unbuilt and proof.after is None:
        return "it does not build as it is, and nothing is left to repair"
    if proof.after is None:
        return "nothing is left to repair" if not proof.dropped else "every repair broke something and was dropped"
    if not proof.before.build.ok:
        built = (
            "it builds after the repairs"
            if proof.after.build.ok
            else "it does not build after them either, so that nothing is proven"
        )
        return f"it does not build as it is; {built}"
    worse = [row.what for row in proof.rows if row.effect == "worse"]
    better = [row.what for row in proof.rows if row.effect == "better"]
    if worse:
        return f"worse: {', '.join(worse)}"
    return f"better: {', '.join(better)}; nothing is worse" if better else "nothing measurable changed"


def verdict_words(verdict: Verdict) -> str:
    """Why, in one line."""
    because = "; ".join(verdict.because) or "nothing that was measured changed"
    return f"{because} (together with {', '.join(verdict.shared)})" if verdict.shared else because


def changed_layers(proof: Proof) -> tuple[LayerChange, ...]:
    """The layers of which something is to be said; empty where a side was not built."""
    if proof.after is None or proof.before.contents is None or proof.after.contents is None:
        return ()
    changes = layer_changes(proof.before.contents, proof.after.contents)
    return tuple(change for change in changes if max(change.sizes) > 0)


def changed_kinds(proof: Proof) -> tuple[KindChange, ...]:
    """The kinds of files that grew or shrank."""
    if proof.after is None or proof.before.contents is None or proof.after.contents is None:
        return ()
    return kind_changes(proof.before.contents, proof.after.contents)


def rebuild_words(proof: Proof) -> Iterator[str]:
    """What ran again after a file changed, a line for each file and side."""
    for name, side in (("before", proof.before), ("after", proof.after)):
        for rebuild in (side.source_rebuild, side.dependency_rebuild) if side is not None else ():
            if rebuild is not None:
                ran = "; ".join(rebuild.ran) or "nothing"
                yield f"After {rebuild.touched} changed, {name} the repairs: {ran}; from the cache: {rebuild.cached}"


def layer_words(change: LayerChange) -> str:
    """What is in a layer: its largest parts, after the repairs where it is still there."""
    layer = change.after or change.before
    parts = layer.parts[:3] if layer is not None else ()
    return ", ".join(f"{part.kind} {bytes_text(part.size)}" for part in parts)


def prediction_words(proof: Proof) -> Iterator[str]:
    """How the model fared: one line, then one for each mistake."""
    wrong = proof.wrong_predictions
    right = len(proof.predictions) - len(wrong)
    yield f"The model predicted {right} of {len(proof.predictions)} measurements correctly."
    for item in wrong:
        yield f"Wrong, please report it: {item.what} {item.side} the repairs: said {item.predicted}, is {item.measured}"


def mending_words(proof: Proof) -> Iterator[str]:
    """The tries that failed, and what the next one was given."""
    for number, one in enumerate(proof.mendings, 1):
        yield f"Try {number} failed ({one.failed}): {one.lacked}. The next one keeps or gives it. Its log: {one.log}"


def what_failed(proof: Proof) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Builds that failed and containers that ended: which, the end of its log, and the file that has it whole."""
    for name, side in (("before the repairs", proof.before), ("after the repairs", proof.after)):
        if side is not None and not side.build.ok:
            yield f"the build {name} failed", side.build.last_lines, side.build.log
        started = side.started if side is not None else None
        if started is not None and started.ended is not None and (started.ended or _only_one_ended(proof)):
            yield f"the container {name} ended by itself with {started.ended}", started.log, started.log_file
    for item in proof.dropped:
        yield f"{item.code} {item.name} was dropped: {item.reason}", item.last_lines, item.log


def _only_one_ended(proof: Proof) -> bool:
    sides = [side.started for side in (proof.before, proof.after) if side is not None and side.started is not None]
    return len({started.ended is None for started in sides}) > 1
