"""`dockerfix verify` with Podman and Buildah, each with a storage of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from docker_engine import Engine
from verified import Bench, bench_environment, example, numbers, words_of, wrong


@pytest.fixture(params=["podman", "buildah"])
def bench(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Bench:
    """An engine that works here, with the first storage driver that does."""
    name: str = request.param
    if engine.daemon is None:
        pytest.skip("its base images come from a Docker engine of our own")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {name})")
    reasons = []
    for driver in ("overlay", "vfs"):
        made = Bench(name, bench_environment(tmp_path / driver, engine, driver), engine, tmp_path)
        asked = subprocess.run([name, "info"], check=False, capture_output=True, text=True, env=made.environment)
        if asked.returncode == 0:
            return made
        reasons.append(f"{driver}: {asked.stderr.strip()}")
    pytest.skip(f"{name} does not work here: {'; '.join(reasons)}")


def test_the_repairs_of_an_example_help(bench: Bench, tmp_path: Path) -> None:
    folder = example("fastapi", tmp_path)
    bench.provide_bases(folder)
    held = bench.holdings()
    proof = bench.proof(folder)
    before, after = proof["before"]["started"], proof["after"]["started"]
    assert before["http"]["status"] == after["http"]["status"] == 200
    assert (before["uid"], before["program"], before["stop_code"]) == (0, "sh", 137)
    assert (after["program"], after["capabilities"], after["stop_code"]) == ("uvicorn", [], 0)
    assert numbers(proof, "context")[1] < numbers(proof, "context")[0]
    assert {words_of(proof)[code] for code in ("DF201", "DF401", "DF501", "DF601")} == {"helps"}
    assert not any("pip install" in step for step in proof["after"]["source_rebuild"]["ran"])
    assert wrong(proof["predictions"]) == []
    assert bench.holdings() == held
