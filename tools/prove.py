"""Builds and starts real projects before and after their safe repairs, and compares what both do.

    python tools/prove.py FOLDER… --results FILE [--names FILE] [--jobs N] [--bisect] [--again STATE]
    python tools/prove.py --table FILE [--into PAGE]

Each FOLDER is the root of one repository. One JSON line a Dockerfile goes to `--results`, as soon as it is known; what
stands there is not done again. `--work` is where the engine, base images and logs are kept. Outside of CI: hours long.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Any

from proof.bases import Bases
from proof.cost import cost
from proof.docker import Daemon, daemon
from proof.figures import latest
from proof.project import Bench, dockerfiles, prove
from proof.table import between_marks, page


def main() -> int:
    """Prove what is left to prove, or print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="*", metavar="FOLDER")
    options.add_argument("--results", type=Path, default=Path("proof.jsonl"))
    options.add_argument("--table", type=Path, metavar="RESULTS", help="print the table of a results file")
    options.add_argument("--into", type=Path, metavar="PAGE", help="put the table between the marks of a page")
    options.add_argument("--work", type=Path, default=Path("/var/tmp/dockerfix-proof"), help="engine, images, logs")
    options.add_argument("--engine", help="a daemon that runs already: unix:///…; its images are ours to tag")
    options.add_argument("--pythons", type=Path, help="a folder of built CPythons, laid out as pyenv does")
    options.add_argument("--registry", action="store_true", help="pull real base images")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seconds", type=float, default=240, help="limit of one build")
    options.add_argument("--most", type=float, default=60, help="skip what costs more than this, by a rough guess")
    options.add_argument("--each", type=int, default=3, help="Dockerfiles of one repository at most")
    options.add_argument("--only", type=Path, metavar="FILE", help="paths of Dockerfiles: these, in this order")
    options.add_argument("--again", action="append", default=[], metavar="STATE", help="do these once more")
    options.add_argument("--bisect", action="store_true", help="name the rule that broke an image")
    given = options.parse_args()
    if given.table is not None:
        text = page(_lines_of(given.table))
        if given.into is None:
            print(text, end="")
        else:
            given.into.write_text(between_marks(given.into.read_text("utf-8"), text), "utf-8")
        return 0
    given.work.mkdir(parents=True, exist_ok=True)
    if given.engine:
        return _prove_all(given, Daemon(given.engine))
    with daemon(given.work / "engine") as own:
        return _prove_all(given, own)


def _known(results: Path) -> list[dict[str, Any]]:
    """The last line of each Dockerfile."""
    return latest(_lines_of(results))


def _lines_of(results: Path) -> list[dict[str, Any]]:
    lines = results.read_text("utf-8").splitlines() if results.is_file() else []
    return [json.loads(line) for line in lines if line.strip()]


def _work(given: argparse.Namespace, done: set[tuple[str, str]]) -> list[tuple[Path, Path]]:
    """Folders and Dockerfiles that are left, in the order of `--only`, else the cheapest first."""
    found = []
    named = {line.split("\t")[0]: number for number, line in enumerate(_lines(given.only))}
    for folder in given.folders:
        for path in dockerfiles(folder)[: None if named else given.each]:
            key = folder.name.replace("__", "/", 1), str(path.relative_to(folder))
            if key in done or (named and str(path) not in named):
                continue
            price = named[str(path)] if named else cost(folder, path)
            if named or price <= given.most:
                found.append((price, folder, path))
    return [(folder, path) for _, folder, path in sorted(found)]


def _lines(file: Path | None) -> list[str]:
    return [] if file is None else file.read_text("utf-8").splitlines()


def _prove_all(given: argparse.Namespace, own: Daemon) -> int:
    os.environ["DOCKER_HOST"] = own.host
    logs = given.work / "logs"
    logs.mkdir(exist_ok=True)
    bases = Bases(own, given.work / "cache", given.pythons, registry=given.registry)
    bench = Bench(own, bases, logs, given.seconds, given.bisect)
    done = {
        (record["repository"], record["dockerfile"])
        for record in _known(given.results)
        if record["state"] not in given.again
    }
    work = _work(given, done)
    print(f"{len(work)} Dockerfiles to prove", file=sys.stderr)
    with ProcessPoolExecutor(given.jobs) as pool, given.results.open("a", encoding="utf-8") as file:
        waiting = [pool.submit(prove, bench, folder, path) for folder, path in work]
        for number, finished in enumerate(as_completed(waiting), 1):
            record = finished.result()
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            file.flush()
            print(f"{number}/{len(work)} {record['repository']} {record['dockerfile']}: {record['state']}"
                  f" ({record['seconds']} s)", file=sys.stderr, flush=True)  # fmt: skip
            if number % 6 == 0:
                with suppress(RuntimeError):  # on a busy machine it takes its time
                    own.run("builder", "prune", "--force", "--keep-storage", "6GB", check=False, seconds=60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
