"""`dockerfix verify` with a real Docker engine: the examples, wrong repairs, and what stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from docker_engine import Engine
from verified import Bench, bench_environment, example, numbers, row, snapshot, words_of, wrong


@pytest.fixture(scope="module")
def bench(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    if engine.daemon is None:
        pytest.skip("what a run leaves behind is only looked for in an engine of our own")
    folder = tmp_path_factory.mktemp("verify")
    return Bench("docker", bench_environment(folder, engine), engine, folder)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "proof.html"


@pytest.fixture(scope="module")
def fastapi(bench: Bench, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The proof of the first example, after which everything is as it was."""
    folder = example("fastapi", tmp_path_factory.mktemp("examples"))
    bench.provide_bases(folder)
    held, files = bench.holdings(), snapshot(folder)
    smoke = "python3 -c 'import urllib.request as r; r.urlopen(\"http://127.0.0.1:8000/\")'"
    proof = bench.proof(folder, "--full", "--html", page, "--smoke", smoke)
    assert bench.holdings() == held
    assert snapshot(folder) == files
    return proof


def test_both_sides_are_built_and_answer(fastapi: dict[str, Any]) -> None:
    assert fastapi["before"]["build"]["ok"]
    assert fastapi["after"]["build"]["ok"]
    assert fastapi["before"]["started"]["http"]["status"] == fastapi["after"]["started"]["http"]["status"] == 200
    assert row(fastapi, "smoke")["after"] == "ok"


def test_nothing_is_worse(fastapi: dict[str, Any]) -> None:
    assert not fastapi["harms"]
    assert [row["what"] for row in fastapi["rows"] if row["effect"] == "worse"] == []


def test_secrets_and_the_context_go(fastapi: dict[str, Any]) -> None:
    before, after = numbers(fastapi, "context")
    assert after < before
    assert {secret["path"] for secret in fastapi["before"]["contents"]["secrets"]} == {"/app/.env", "/app/.git/config"}
    assert fastapi["after"]["contents"]["secrets"] == []


def test_an_edited_source_installs_nothing_again(fastapi: dict[str, Any]) -> None:
    ran_before, ran_after = fastapi["before"]["source_rebuild"]["ran"], fastapi["after"]["source_rebuild"]["ran"]
    assert any("pip install" in step for step in ran_before)
    assert not any("pip install" in step for step in ran_after)
    assert any("pip install" in step for step in fastapi["after"]["dependency_rebuild"]["ran"])


def test_process_1_is_the_server_without_rights_and_stops_when_asked(fastapi: dict[str, Any]) -> None:
    before, after = fastapi["before"]["started"], fastapi["after"]["started"]
    assert (before["uid"], before["program"], before["stop_code"]) == (0, "sh", 137)
    assert (after["uid"] != 0, after["program"], after["capabilities"]) == (True, "uvicorn", [])
    assert after["stop_seconds"] < before["stop_seconds"] - 5


def test_each_repair_gets_its_verdict(fastapi: dict[str, Any]) -> None:
    words = words_of(fastapi)
    assert {words[code] for code in ("DF201", "DF401", "DF501", "DF601")} == {"helps"}
    assert words["DF101"] == "neutral"


def test_the_layer_of_the_install_is_told_by_what_is_in_it(fastapi: dict[str, Any]) -> None:
    install = next(layer for layer in fastapi["after"]["contents"]["layers"] if "pip install" in layer["made_by"])
    assert install["parts"][0]["kind"] == "Python packages"
    assert not install["of_base"]


def test_the_page_is_one_file_with_charts(fastapi: dict[str, Any], page: Path) -> None:
    text = page.read_text()
    assert text.count("<svg") == 3
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("name", ["two-stages", "sqlite-app"])
def test_the_model_foretold_what_was_measured(bench: Bench, tmp_path: Path, name: str) -> None:
    folder = example(name, tmp_path)
    bench.provide_bases(folder)
    proof = bench.proof(folder)
    assert len(proof["predictions"]) >= 8
    assert wrong(proof["predictions"]) == []
    assert not proof["harms"]


def test_a_quick_proof_has_the_same_verdicts_and_ends_rebuilds_early(
    bench: Bench, fastapi: dict[str, Any], tmp_path: Path
) -> None:
    folder = example("fastapi", tmp_path)
    quick = bench.proof(folder)
    assert words_of(quick) == words_of(fastapi)
    assert quick["before"]["source_rebuild"]["ran"] == fastapi["before"]["source_rebuild"]["ran"]
    assert quick["after"]["source_rebuild"]["ran"] == fastapi["after"]["source_rebuild"]["ran"]
    assert quick["before"]["source_rebuild"]["seconds"] is None
    assert wrong(quick["predictions"]) == []


def test_the_model_foretold_the_first_example(fastapi: dict[str, Any]) -> None:
    assert len(fastapi["predictions"]) >= 10
    assert wrong(fastapi["predictions"]) == []


# repairs that are wrong


def needs_root(folder: Path) -> Path:
    """An example whose program refuses to run as anybody else than root, which its image does not say."""
    place = example("fastapi", folder)
    with (place / "main.py").open("a") as source:
        source.write("\nimport os\nif os.getuid() != 0:\n    raise SystemExit('needs root')\n")
    return place


def test_a_repair_that_breaks_the_start_is_found_and_dropped(bench: Bench, tmp_path: Path) -> None:
    folder = needs_root(tmp_path)
    bench.provide_bases(folder)
    held = bench.holdings()
    proof = bench.proof(folder, "--bisect", "--select=DF301,DF401,DF501")
    assert [item["code"] for item in proof["dropped"]] == ["DF501"]
    assert "needs root" in proof["dropped"][0]["last_lines"]
    assert "needs root" in Path(proof["dropped"][0]["log"]).read_text()
    assert "DF501" not in words_of(proof)
    assert proof["after"]["started"]["http"]["status"] == 200
    assert bench.holdings() == held


def test_only_what_is_proven_is_written(bench: Bench, tmp_path: Path) -> None:
    folder = needs_root(tmp_path)
    bench.provide_bases(folder)
    command = [part for part in bench.command() if part not in ("verify", "--engine=docker")]
    environment = bench.environment | {"DOCKERFIX_VERIFY_ENGINE": "docker"}
    words = ["--write", "--verified", "--select=DF401,DF501", str(folder)]
    done = subprocess.run([*command, *words], check=False, capture_output=True, text=True, env=environment, timeout=400)
    text = (folder / "Dockerfile").read_text()
    assert done.returncode == 0, done.stderr
    assert 'CMD ["uvicorn"' in text
    assert "USER" not in text
    assert "DF501 root-user: Run as app" in done.stderr
    assert "held back: it broke the image" in done.stderr


def test_failed_builds_show_their_end_and_keep_their_logs(bench: Bench, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        text = f"FROM python:3.12-slim\nRUN echo words of {name} && false\nCMD python -V\n"
        (tmp_path / name / "Dockerfile").write_text(text)
        bench.provide_bases(tmp_path / name)
    held = bench.holdings()
    done = bench.run(tmp_path)
    assert " ".join(done.stdout.split()).count("it does not build as it is") == 2  # long paths wrap the line
    logs = [line.split(": ")[1] for line in done.stdout.splitlines() if "the whole log: " in line]
    texts = [Path(log).read_text() for log in logs]
    assert ["words of one" in text for text in texts] == [True, True, False, False]
    assert bench.holdings() == held


# ended from outside


def started(bench: Bench, folder: Path) -> subprocess.Popen[bytes]:
    """A run whose first build is under way."""
    (folder / "Dockerfile").write_text("FROM python:3.12-slim\nRUN sleep 60\nCMD python -m http.server\n")
    bench.provide_bases(folder)
    before = {*bench.state.glob("logs/*")}
    process = subprocess.Popen(
        bench.command(folder), env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        logs = [log for folder in {*bench.state.glob("logs/*")} - before for log in folder.glob("*-before.log")]
        if any("sleep 60" in log.read_text() for log in logs):
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError("the build did not start")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_takes_everything_back(bench: Bench, tmp_path: Path, number: signal.Signals) -> None:
    held = bench.holdings()
    process = started(bench, tmp_path)
    process.send_signal(number)
    assert process.wait(60) == 130
    assert bench.holdings() == held


def test_a_killed_run_is_cleaned_up_by_the_next_one(bench: Bench, tmp_path: Path) -> None:
    held = bench.holdings()
    process = started(bench, tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert bench.holdings()["records"] != held["records"]
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    bench.run(empty)
    assert bench.holdings() == held


# what a stranger's image can do, and what a run of it shows


def project(folder: Path, source: str) -> Path:
    """A small web app whose Dockerfile runs it as root; what it writes stands in no text that a model reads."""
    (folder / "app.py").write_text(source)
    (folder / "requirements.txt").write_text("flask\n")
    (folder / ".env").write_text("KEY=1\n")
    start = "WORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nEXPOSE 8000\nCMD python app.py\n"
    (folder / "Dockerfile").write_text(f"FROM python:3.12-slim\n{start}")
    return folder


SERVES = "from flask import Flask\napp = Flask(__name__)\nhidden = [open][0]\n{more}\napp.run('0.0.0.0', 8000)\n"


def test_a_repair_that_failed_is_tried_again_with_what_it_lacked(bench: Bench, tmp_path: Path) -> None:
    folder = project(tmp_path, SERVES.format(more="hidden('/srv/shop.txt', 'w').write('x')"))
    bench.provide_bases(folder)
    held = bench.holdings()
    proof = bench.proof(folder)
    assert [one["lacked"] for one in proof["mendings"]] == ["it may not write /srv/shop.txt"]
    assert not proof["harms"]
    assert proof["after"]["started"]["uid"] != 0
    assert bench.holdings() == held


def test_what_a_run_shows_is_noted(bench: Bench, tmp_path: Path) -> None:
    folder = project(tmp_path, SERVES.format(more="hidden('/srv/shop.txt', 'w').write(hidden('/app/.env').read())"))
    bench.provide_bases(folder)
    held = bench.holdings()
    done = bench.run(folder, "--observe")
    assert done.returncode == 0, done.stderr
    notes = tomllib.loads((folder / "dockerfix.observed.toml").read_text())["images"]["Dockerfile"]
    assert (notes["writes"], notes["ports"], notes["env-files"]) == (["/srv/shop.txt"], [8000], ["/app/.env"])
    assert "python" in notes["programs"]
    assert bench.holdings() == held


def test_a_container_that_prints_without_end_costs_little(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.12-slim\nRUN true\nCMD yes 0123456789012345678901234567890123456789\n"
    )
    bench.provide_bases(tmp_path)
    done = bench.run(tmp_path, "--format=json")
    assert done.returncode in (0, 1), done.stderr
    assert all(log.stat().st_size < 20_000_000 for log in bench.state.glob("logs/*/*"))


def test_a_container_has_no_more_than_its_start_needs(bench: Bench, tmp_path: Path) -> None:
    check = "grep NoNewPrivs /proc/1/status | grep -q 1"
    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim\nRUN true\nCMD python -m http.server\n")
    bench.provide_bases(tmp_path)
    proof = bench.proof(tmp_path, "--smoke", check)
    before = proof["before"]["started"]
    assert before["smoke"]["exit_code"] == 0
    assert before["uid"] == 0
    assert not {"net_raw", "mknod", "sys_chroot", "setfcap"} & set(before["capabilities"])


def test_a_build_that_fails_on_both_sides_is_no_proof(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim\nRUN false\nCMD python -V\n")
    bench.provide_bases(tmp_path)
    done = bench.run(tmp_path)
    assert done.returncode == 2
    assert "nothing is proven" in done.stderr
