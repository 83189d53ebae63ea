"""Measures every example with `dockerfix verify` and writes the table of `docs/evidence/examples.md`.

Each example is copied and given what a developer's folder holds besides: a Git repository and a `.env`. Docker is an
engine of the tests' own; base images come from a registry where one answers, else they are the tests' stand-ins,
which the page then says. `--network=host` as in the engine tests.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.options import Options
from dockerfix.cli.verify.proving import subject_of
from dockerfix.verify import Plan, Proof, Subject, session
from dockerfix.verify.metrics import Row
from dockerfix.verify.report.story import headline

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
COLUMNS = (
    ("build context", "context"),
    ("image", "size"),
    ("clean build", "build_seconds"),
    ("rebuild after an edit", "source_seconds"),
    ("steps again", "source_steps"),
    ("after a dependency", "dependency_seconds"),
    ("secrets", "secrets"),
    ("user", "user"),
    ("process 1", "process"),
    ("SIGTERM to exit", "stop"),
    ("HTTP", "http"),
)


def main() -> int:
    """Measure, and write the page; 1 when an example could not be measured or its repairs do harm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="examples to measure; all without")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "evidence" / "examples.md")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests" / "engine"))
    engine = importlib.import_module("docker_engine").open_engine()
    proofs: list[tuple[str, Proof]] = []
    failures: list[tuple[str, str]] = []
    try:
        stand_ins = type(engine.bases).__name__ == "StandIns"
        for label, found in _measured(engine, given.names):
            if isinstance(found, Proof):
                proofs.append((label, found))
            else:
                failures.append((label, found))
            # After each: a long run that is ended early has told something.
            given.output.write_text("\n".join(_page(proofs, failures, stand_ins=stand_ins)), encoding="utf-8")
    finally:
        engine.close()
    return 1 if failures or any(proof.harms for _, proof in proofs) else 0


def _measured(engine: Any, names: Sequence[str]) -> Iterator[tuple[str, Proof | str]]:
    """Each Dockerfile of the examples with its proof, or the reason why there is none."""
    os.environ |= {"DOCKER_HOST": engine.daemon.host, "DOCKERFIX_DOCKER": engine.client}
    with (
        tempfile.TemporaryDirectory(prefix="dockerfix-evidence-") as folder,
        session("docker", Path(folder, "state")) as opened,
    ):
        for name in names or sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()):
            place = _copy(name, Path(folder))
            for target in find_targets(Options(paths=(str(place),)))[0]:
                label = target.path.parent.relative_to(folder).as_posix()
                print(label, file=sys.stderr, flush=True)
                try:
                    subject = subject_of(target)
                    _provide_bases(engine, subject, Path(folder))
                    yield label, opened.verify(subject, Plan(network="host", full=True)).proof
                except Exception as error:  # one that cannot be measured is told, and does not stop the others
                    yield label, f"{type(error).__name__}: {error}".splitlines()[0]


def _copy(name: str, folder: Path) -> Path:
    place = folder / name
    shutil.copytree(EXAMPLES / name, place)
    subprocess.run(["git", "init", "--quiet", str(place)], check=True)
    (place / ".env").write_text("DATABASE_PASSWORD=secret\n")
    return place


def _provide_bases(engine: Any, subject: Subject, folder: Path) -> None:
    """Have ready what the Dockerfile builds on, before and after its repairs."""
    references = importlib.import_module("docker_engine").base_references
    suite = importlib.import_module("base_images").DEFAULT_SUITE
    repaired = folder / "repaired.Dockerfile"
    repaired.write_bytes(subject.repair(frozenset()).after.source)
    for reference in {*references(subject.path), *references(repaired)}:
        engine.bases.provide(reference, suite)


def _page(proofs: list[tuple[str, Proof]], failures: list[tuple[str, str]], *, stand_ins: bool) -> Iterator[str]:
    first = proofs[0][1] if proofs else None
    yield "# Evidence"
    yield "What `dockerfix verify` measured of the examples, before → after their repairs. Made by `tools/evidence.py`."
    yield ""
    if first is not None:
        yield f"- Machine: {first.machine}; engine: {first.engine}; date: {datetime.now(UTC).date()}. Other work ran on"
        yield "  the machine meanwhile, and times were measured once: read them as an order of size."
    if stand_ins:
        yield "- No registry answers there: the base images are stand-ins that the engine tests make of Debian packages"
        yield "  (`tests/engine/base_images.py`), so that a full and a slim image are equally large, which hides what"
        yield "  a smaller base image brings."
    if not any(_left_by_pip(proof) for _, proof in proofs):
        yield "- pip stored nothing in its cache there, with or without the flag, so that DF301 has nothing to show."
    yield "- Each example was given a Git repository and a `.env`, as a developer's folder has them."
    yield ""
    yield from _table(("example", *(name for name, _ in COLUMNS)), (_line(name, proof) for name, proof in proofs))
    yield "## What the measurements say of each repair"
    yield from _table(("example", "helps", "neutral", "harms", "the model was right"), map(_verdicts, proofs))
    for name, proof in proofs:
        if not proof.before.build.ok:
            yield f"- {name}: {headline(proof)} (with this engine): `{proof.before.build.last_lines[-1]}`"
        for item in proof.wrong_predictions:
            yield f"- {name}: the model said {item.predicted} for {item.what} {item.side}, measured is {item.measured}"
    yield from (f"- {name} could not be measured: {reason}" for name, reason in failures)
    yield ""


def _left_by_pip(proof: Proof) -> bool:
    layers = proof.before.contents.layers if proof.before.contents is not None else ()
    return any(part.kind == "pip cache" for layer in layers for part in layer.parts)


def _line(name: str, proof: Proof) -> tuple[str, ...]:
    known = {row.key: row for row in proof.rows}
    if "secrets" in known and proof.before.contents and proof.after and proof.after.contents:
        counts = (str(len(contents.secrets)) for contents in (proof.before.contents, proof.after.contents))
        known["secrets"] = replace(known["secrets"], before=next(counts), after=next(counts))
    return (name, *(_cell(known.get(key)) for _, key in COLUMNS))


def _cell(row: Row | None) -> str:
    if row is None:
        return "–"
    before, after = (text.replace("(exit code ", "(") for text in (row.before, row.after))
    return before if before == after else f"{before} → {after}"


def _verdicts(item: tuple[str, Proof]) -> tuple[str, ...]:
    name, proof = item
    codes = {word: ", ".join(one.code for one in proof.verdicts if one.word == word) or "–"
             for word in ("helps", "neutral", "harms")}  # fmt: skip
    right = len(proof.predictions) - len(proof.wrong_predictions)
    return (name, codes["helps"], codes["neutral"], codes["harms"], f"{right} of {len(proof.predictions)}")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
