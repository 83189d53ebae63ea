"""`dockerfix pr` that is ended on its way, and what strangers' names do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from forge_server import Fault, ForgeServer, kill
from forked import Forked
from proposals import TOKEN
from shops import FIXES, SHOP, USUAL, Shop
from werkzeug.wrappers import Request, Response

from dockerfix.bot.forge import FileMode
from dockerfix.bot.forge_errors import ForbiddenError
from dockerfix.bot.local import CommittedFiles, LocalRepository
from dockerfix.cli import main

BROKEN = "FROM python:3.12-slim\nWORKDIR /app\nCMD flask run\n"
EXEC_FORM = 'CMD ["flask", "run"]'


class Run:
    """The command in a process of its own, on a repository that it fetches."""

    def __init__(self, server: ForgeServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        folder.mkdir()
        self.repo = server.repository(SHOP, {"Dockerfile": BROKEN})
        self.process: Forked | None = None

    def __call__(self, *words: str) -> tuple[int, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        environment = {**clean, "DOCKERFIX_TOKEN": TOKEN, "TMPDIR": str(self.folder)}
        self.process = Forked(["pr", "--server", self.server.url, "--repo", SHOP, *words], self.folder, environment)
        code, _, said = self.process.end()
        return code, said

    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def signalled(self, what: str, number: int) -> Fault:
        def act() -> None:
            os.kill(self.pid(), number)
            time.sleep(1)

        return Fault(what, act)  # type: ignore[arg-type]  # goes on


@pytest.fixture
def run(server: ForgeServer, tmp_path: Path) -> Iterator[Run]:
    running = Run(server, tmp_path / "work")
    yield running
    if running.process is not None:
        running.process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_after_the_branch_was_made_is_told_so(run: Run, number: int) -> None:
    run.server.faults.append(run.signalled("POST .*/pulls", number))
    code, said = run()
    assert code == 130
    assert "interrupted after this was sent" in said
    assert "branch dockerfix/fixes is at" in said
    assert list(run.folder.iterdir()) == []
    assert run()[0] == 0
    assert [pull.state for pull in run.repo.pulls] == ["open"]


def test_who_ends_it_before_is_told_that_nothing_was_changed(run: Run) -> None:
    run.server.faults.append(run.signalled("GET .*/pulls", signal.SIGTERM))
    code, said = run()
    assert (code, run.repo.git.branches()[0][0]) == (130, "main")
    assert "nothing was changed" in said
    assert list(run.folder.iterdir()) == []


def test_a_checkout_that_kill_9_left_goes_at_the_next_run(run: Run) -> None:
    run.server.faults.append(kill("POST /graphql", run.pid, when="before"))
    assert run()[0] == -9
    assert list(run.folder.iterdir()) != []
    assert run()[0] == 0
    assert list(run.folder.iterdir()) == []


def test_names_that_are_no_text_or_look_like_a_pattern_stop_no_other(run: Run) -> None:
    git = run.repo.git
    blob = git.blob(BROKEN.encode())
    names = [b":(glob)x/Dockerfile", b"::error::x/Dockerfile", b"bad\xff/Dockerfile", b"a/" * 220 + b"Dockerfile"]
    lines = b"".join(b"100644 " + blob.encode() + b"\t" + name + b"\0" for name in (b"Dockerfile", *names))
    git.git("read-tree", "--empty")
    git.git("update-index", "-z", "--index-info", stdin=lines)
    git.move(("main", git.head("main"), git.make_commit(git.git("write-tree"), (git.head("main") or "",), "odd names")))
    code, said = run("--select", "DF401")
    assert code == 0, said
    assert EXEC_FORM in (git.read("dockerfix/fixes", "Dockerfile") or b"").decode()
    assert EXEC_FORM in (git.read("dockerfix/fixes", ":(glob)x/Dockerfile") or b"").decode()
    assert "a name that is no UTF-8" in said
    assert "too long or too deep" in said
    assert not any(line.startswith("::") for line in said.splitlines())


def test_a_path_is_a_path_and_no_pattern(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    (tmp_path / "x").write_text("a\n")
    (tmp_path / "x").chmod(0o755)
    subprocess.run([*git, "add", "x"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    repository = LocalRepository(tmp_path)
    files = CommittedFiles(repository, repository.head())
    files.check(":(glob)x", None)
    assert files.mode(":(top)x") is FileMode.REGULAR


def test_an_answer_that_names_another_server_gets_no_token(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is fetched from there is asked for without a token, and nothing is pushed there."""
    seen: list[str] = []

    def elsewhere(state: object, request: Request) -> Response:
        seen.append(request.headers.get("Authorization", ""))
        return Response("gone", 404)

    monkeypatch.setattr("forge_server.server.git_over_http", elsewhere)
    monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
    described = any_shop.forge.repository(SHOP)
    port = described.clone_url.split(":")[2].split("/")[0]
    moved = replace(described, clone_url=described.clone_url.replace(f"127.0.0.1:{port}", f"localhost:{port}"))
    monkeypatch.setattr(type(any_shop.forge), "repository", lambda forge, path: moved)
    with pytest.raises(SystemExit) as left:
        main(["pr", "--forge", any_shop.forge.name, "--server", any_shop.server.url, "--repo", SHOP])
    assert left.value.code == 2
    assert seen
    assert set(seen) == {""}
    if any_shop.forge.name != "github":  # which pushes nothing with git
        with pytest.raises(ForbiddenError, match="alone the token is for"):
            any_shop.forge.commit(FIXES, USUAL.commits_on("x"), parent=any_shop.head(), expected=None)
    assert TOKEN not in capsys.readouterr().err
