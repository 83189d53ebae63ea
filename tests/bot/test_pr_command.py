"""`dockerfix pr` as a process of its own: what it sends, what it says, and what is there after kill -9."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from forge_server import Fault, ForgeServer, Repo, kill
from forked import Forked
from proposals import TOKEN

from dockerfix.cli import main

SHOP = "acme/shop"
BROKEN = "FROM python:3.12-slim\nWORKDIR /app\nRUN pip install flask==3.0.0\nCMD flask run\n"
JOB = ["GITHUB_API_URL"]  # tells where the forge is
EXEC_FORM = 'CMD ["flask", "run"]'


@dataclass
class Bot:
    """Runs the command against the server."""

    server: ForgeServer
    repo: Repo
    folder: Path
    token: str = TOKEN
    process: Forked | None = None

    def run(self, *words: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        where = ["--server", self.server.url] if not {"--local", *JOB} & {*words, *environment} else []
        own = {"DOCKERFIX_TOKEN": self.token, "TMPDIR": str(self.folder)}
        self.process = Forked(["pr", *where, *words], cwd or self.folder, {**clean, **own, **environment})
        return self.process.end()

    def fetched(self, *words: str) -> str:
        """Run on a repository that is fetched, in this process, which is faster; what it says."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
            patch.setenv("DOCKERFIX_TOKEN", self.token)
            patch.delenv("GITHUB_EVENT_NAME", raising=False)
            patch.setattr("tempfile.tempdir", str(self.folder))
            with pytest.raises(SystemExit) as left:
                main(["pr", "--server", self.server.url, "--repo", SHOP, *words])
        assert left.value.code == 0, said.getvalue()
        return said.getvalue()

    def content(self, path: str = "Dockerfile", branch: str = "dockerfix/fixes") -> str:
        return (self.repo.git.read(branch, path) or b"").decode()

    def open_pulls(self) -> list[int]:
        return [pull.number for pull in self.repo.pulls if pull.state == "open"]


@pytest.fixture
def bot(server: ForgeServer, tmp_path: Path) -> Iterator[Bot]:
    folder = tmp_path / "work"
    folder.mkdir()
    running = Bot(server, server.repository(SHOP, {"Dockerfile": BROKEN, "run.sh": "#!/bin/sh\n"}), folder)
    yield running
    if running.process is not None:
        running.process.kill()


@pytest.fixture
def clone(bot: Bot, tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", bot.server.clone_url(SHOP), str(folder)], check=True)
    return folder


def test_a_repository_is_fetched_and_gets_a_pull_request(bot: Bot) -> None:
    said = bot.fetched("--label", "docker")
    assert said.splitlines() == [
        f"sent: acme/shop: branch dockerfix/fixes is at {bot.repo.git.head('dockerfix/fixes')}, was new",
        "sent: acme/shop: pull request #1 from dockerfix/fixes opened",
        "sent: acme/shop: pull request #1 labelled",
        "sent: acme/shop: pull request #1 changed (body)",
        f"acme/shop, dockerfix/fixes: opened {bot.server.url}/acme/shop/pull/1",
    ]
    (pull,) = bot.repo.pulls
    assert EXEC_FORM in bot.content()
    assert pull.title.startswith("fix(docker): ")
    assert "DF401 shell-form-cmd" in pull.body
    # `pymp-…` is the socket of the process that looks at files; multiprocessing removes it when this process ends.
    assert [folder.name for folder in bot.folder.iterdir() if not folder.name.startswith("pymp-")] == []


def test_a_checkout_at_hand_needs_no_fetching(bot: Bot, clone: Path) -> None:
    before = (clone / "Dockerfile").read_text()
    code, _, err = bot.run(cwd=clone, GITHUB_REPOSITORY=SHOP)
    assert (code, bot.open_pulls()) == (0, [1]), err
    assert (clone / "Dockerfile").read_text() == before


def test_a_job_on_github_needs_no_options(bot: Bot, clone: Path) -> None:
    job = {"GITHUB_API_URL": bot.server.url, "GITHUB_REPOSITORY": SHOP, "GITHUB_EVENT_NAME": "push"}
    code, _, err = bot.run(cwd=clone, **job)
    assert (code, bot.open_pulls()) == (0, [1]), err


def test_a_checkout_with_changes_of_its_own_is_refused(bot: Bot, clone: Path) -> None:
    (clone / "Dockerfile").write_text(BROKEN + "# mine\n")
    code, _, err = bot.run(cwd=clone, GITHUB_REPOSITORY=SHOP)
    assert (code, bot.repo.pulls) == (2, [])
    assert "commit your changes first" in err


def test_a_checkout_of_another_branch_is_refused(bot: Bot, clone: Path) -> None:
    head = bot.repo.git.head("main")
    bot.repo.git.move(("feature", None, head))
    bot.repo.git.push({"Dockerfile": BROKEN + "# feature\n"}, branch="feature")
    subprocess.run(["git", "fetch", "-q", "origin", "feature"], cwd=clone, check=True)
    subprocess.run(["git", "checkout", "-q", "FETCH_HEAD"], cwd=clone, check=True, capture_output=True)
    code, _, err = bot.run(cwd=clone, GITHUB_REPOSITORY=SHOP)
    assert (code, bot.repo.pulls, bot.repo.git.head("dockerfix/fixes")) == (2, [], None)
    assert "not one of main" in err


def test_a_checkout_with_commits_that_the_forge_lacks_is_refused(bot: Bot, clone: Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "mine"], cwd=clone, check=True)
    code, _, err = bot.run(cwd=clone, GITHUB_REPOSITORY=SHOP)
    assert (code, bot.repo.pulls) == (2, [])
    assert "push it first" in err


def test_a_rehearsal_tells_every_word_and_sends_none(bot: Bot) -> None:
    code, out, err = bot.run("--repo", SHOP, "--dry-run", "--label", "docker")
    assert (code, err) == (0, "acme/shop, dockerfix/fixes: would be opened\n")
    assert [line for line in bot.server.lines() if not line.startswith("GET")] == []
    bot.fetched("--label", "docker")
    sent = [asked.body for asked in bot.server.asked if asked.method == "POST"]
    message = sent[1]["variables"]["input"]["message"]
    opened = next(body for body in sent if "title" in body)
    assert f"{message['headline']}\n\n{message['body']}" in out
    assert f"{opened['title']}\n\n{opened['body']}" in out
    assert bot.content() in out


def test_a_commit_for_each_rule(bot: Bot) -> None:
    bot.fetched("--commit-per-rule")
    git = bot.repo.git
    titles = [git.facts(commit).message.split("\n")[0] for commit in git.commits("main", "dockerfix/fixes")]
    assert titles == ["fix(docker): add --no-cache-dir", "fix(docker): use exec form"]
    assert "unchanged" in bot.fetched("--commit-per-rule")


def test_a_pull_request_for_each_rule_up_to_a_limit(bot: Bot) -> None:
    every = ("--branch", "dockerfix/{rule}")
    bot.fetched(*every, "--max-prs", "1")
    assert [pull.head for pull in bot.repo.pulls] == ["dockerfix/pip-cache-kept"]
    bot.fetched(*every)
    assert [pull.head for pull in bot.repo.pulls][1:] == ["dockerfix/shell-form-cmd"]
    assert bot.content(branch="dockerfix/shell-form-cmd") == BROKEN.replace("CMD flask run", EXEC_FORM)
    bot.repo.git.push({"Dockerfile": BROKEN.replace("CMD flask run", EXEC_FORM)})
    bot.fetched(*every)
    assert [pull.state for pull in bot.repo.pulls] == ["open", "closed"]


def test_a_fork_of_ones_own(bot: Bot) -> None:
    bot.repo.writers.clear()
    code, _, err = bot.run("--repo", SHOP)
    assert (code, bot.repo.pulls) == (2, [])
    assert "--fork goes through a fork" in err
    bot.fetched("--fork")
    assert bot.repo.pulls[0].head_repo == "dockerfix-bot/shop"
    assert bot.repo.git.head("dockerfix/fixes") is None
    assert "unchanged" in bot.fetched("--fork")


def test_nothing_is_closed_while_a_dockerfile_cannot_be_read(bot: Bot) -> None:
    bot.fetched()
    bot.repo.git.push({"Dockerfile": "FORM oops\n"})
    code, _, err = bot.run("--repo", SHOP)
    assert (code, bot.open_pulls()) == (2, [1])
    assert "not a Dockerfile" in err


def test_the_repositorys_configuration_narrows_and_does_not_widen(bot: Bot, tmp_path: Path) -> None:
    (tmp_path / "work" / "secret.txt").write_text("of this machine")
    config = 'unsafe-fixes = true\nignore = ["DF501", "DF301"]\n'
    source = "import uvicorn\nfrom app import app\n\nuvicorn.run(app, host='127.0.0.1')\n"
    broken = "FROM python:3.12-slim\nCOPY . .\nCMD python main.py\n"
    bot.repo.git.push({"dockerfix.toml": config, "main.py": source, "Dockerfile": broken, ".dockerignore": ".git\n"})
    bot.fetched()
    assert bot.content("main.py") == source  # DF801 is unsafe
    assert "USER" not in bot.content()
    assert 'CMD ["python", "main.py"]' in bot.content()


def test_a_build_context_outside_of_the_repository_is_refused(bot: Bot) -> None:
    bot.repo.git.push({"dockerfix.toml": 'context = "../.."\n'})
    code, _, err = bot.run("--repo", SHOP)
    assert (code, bot.repo.pulls) == (2, [])
    assert "outside the repository" in err


def test_a_job_that_strangers_can_start_with_a_token_is_refused(bot: Bot) -> None:
    code, _, err = bot.run("--repo", SHOP, GITHUB_EVENT_NAME="pull_request_target")
    assert (code, bot.server.asked) == (2, [])
    assert "strangers" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--branch", "a..b"), "not the name of a branch"),
        (("--repo", "shop"), "owner/name is needed"),
        (("--commit-type", "fix\nx"), "a form like fix(docker) is needed"),
        (("--server", "http://git.example.org"), "only sent over https"),
        (("--server", "https://me:secret@git.example.org"), "tokens come from the environment"),
        (("--forge", "sourceforge"), "one of github, gitlab, forgejo is needed"),
        (("--rule-page", "https://example.org/{0.__class__}"), "an address with {code} or {name}"),
        (("--select", "DF999"), "DF999"),
    ],
)
def test_options_that_make_no_sense(bot: Bot, words: tuple[str, ...], said: str) -> None:
    code, _, err = bot.run("--repo", SHOP, *words)
    assert (code, bot.server.asked) == (2, [])
    assert said in err
    assert "secret" not in err


def test_the_token_shows_nowhere(bot: Bot, clone: Path) -> None:
    """Not in what is said, not in the arguments of any process, not in any file, git's configuration among them."""
    seen: set[str] = set()
    kept: set[bytes] = set()

    def look() -> None:
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it may have ended
                seen.add(file.read_text(errors="replace"))
        for file in (*bot.folder.rglob("*"), *clone.rglob("*")):
            with contextlib.suppress(OSError):
                kept.add(file.read_bytes())

    bot.server.faults.append(Fault("POST .*", look, times=-1))  # type: ignore[arg-type]  # looks, and goes on
    bot.server.on_git = look
    said = [*bot.run("--repo", SHOP), *bot.run(cwd=clone, GITHUB_REPOSITORY=SHOP), *bot.run("--repo", "acme/nothing")]
    bot.server.state.accounts.clear()
    said += bot.run("--repo", SHOP)
    look()
    for secret in (TOKEN, base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()):
        assert all(secret not in str(text) for text in (*said, *seen))
        assert all(secret.encode() not in content for content in kept)
    assert any("fetch" in line for line in seen)
    assert any(b"[core]" in content for content in kept)


class TestLocal:
    """--local: a branch in the checkout at hand."""

    def test_it_makes_a_branch_and_touches_nothing_else(self, bot: Bot, clone: Path) -> None:
        hook = clone / ".git/hooks/reference-transaction"
        hook.write_text('#!/bin/sh\ntouch "$0.ran"\n')
        hook.chmod(0o755)
        (clone / "untracked").write_text("mine")
        code, _, err = bot.run("--local", cwd=clone)
        assert code == 0, err
        git = ["git", "-C", str(clone)]
        shown = subprocess.run([*git, "show", "dockerfix/fixes:Dockerfile"], capture_output=True, check=True, text=True)
        assert EXEC_FORM in shown.stdout
        status = subprocess.run([*git, "status", "--porcelain", "-b"], capture_output=True, check=True, text=True)
        assert status.stdout == "## main...origin/main\n?? untracked\n"
        assert not hook.with_suffix(".ran").exists()
        assert bot.server.asked == []

    def test_running_again_takes_the_same_branch(self, bot: Bot, clone: Path) -> None:
        bot.run("--local", cwd=clone)
        assert bot.run("--local", "--commit-per-rule", cwd=clone)[0] == 0
        count = ["git", "-C", str(clone), "rev-list", "--count", "main..dockerfix/fixes"]
        assert subprocess.run(count, capture_output=True, check=True).stdout == b"2\n"

    def test_a_branch_of_somebody_elses_is_refused(self, bot: Bot, clone: Path) -> None:
        git = ["git", "-C", str(clone), "-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run([*git, "switch", "-qc", "dockerfix/fixes"], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "mine"], check=True)
        subprocess.run([*git, "switch", "-q", "main"], check=True)
        code, _, err = bot.run("--local", cwd=clone)
        assert code == 2
        assert "commits of somebody else" in err

    def test_it_needs_no_forge(self, bot: Bot, clone: Path) -> None:
        code, out, _ = bot.run("--local", "--dry-run", cwd=clone, DOCKERFIX_TOKEN="")
        assert (code, bot.server.asked) == (0, [])
        assert EXEC_FORM in out
        assert "### Why this" in out


Scenario = tuple[Callable[[Bot], None], tuple[str, ...]]


def _nothing(bot: Bot) -> None:
    """A first run."""


def _moved(bot: Bot) -> None:
    """A pull request is open, and its base moves on, with one more mistake to tell of."""
    bot.fetched(*LABEL)
    moved = BROKEN.replace("/app", "/srv").replace("CMD", "RUN pip install uvicorn==0.30.0\nCMD")
    bot.repo.git.push({"Dockerfile": moved, "run.sh": "#!/bin/sh\necho\n"})


def _repaired(bot: Bot) -> None:
    """A pull request is open, and somebody makes the repairs by hand."""
    bot.fetched(*LABEL)
    bot.repo.git.push({"Dockerfile": bot.content()})


LABEL = ("--label", "docker")
STEPS = [
    *(
        (_nothing, what, 0)
        for what in ("POST .*/git/refs", "POST /graphql", "POST .*/pulls", "POST .*/labels", "PATCH .*")
    ),
    *((_moved, what, 0) for what in ("POST .*/git/refs", "POST /graphql", "PATCH .*")),
    (_moved, "POST /graphql", 1),
    *((_repaired, what, 0) for what in ("PATCH .*", "POST .*/comments", "POST /graphql")),
    (_repaired, "PATCH .*", 1),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("start", "what", "skip"), STEPS, ids=[f"{s.__name__}-{w}-{n}" for s, w, n in STEPS])
def test_kill_9_at_every_step(bot: Bot, start: Callable[[Bot], None], what: str, skip: int, when: str) -> None:
    """What was there before is there again after the next run: one pull request, its content right, nothing lost."""
    start(bot)
    fault = kill(what, lambda: bot.process.pid if bot.process else 0, when=when, skip=skip)  # type: ignore[arg-type]
    bot.server.faults.append(fault)
    assert bot.run("--repo", SHOP, *LABEL)[0] == -9
    bot.fetched(*LABEL)
    (pull,) = bot.repo.pulls
    assert [name for name, _ in bot.repo.git.branches() if name not in ("main", "dockerfix/fixes")] == []
    if start is _repaired:
        assert (pull.state, len(pull.comments), bot.repo.git.head("dockerfix/fixes")) == ("closed", 1, None)
        return
    assert (pull.state, pull.labels) == ("open", ["docker"])
    assert '"unfinished"' not in pull.body
    assert pull.head_sha == bot.repo.git.head("dockerfix/fixes")
    assert EXEC_FORM in bot.content()
    assert ("/srv" in bot.content(), bot.content("run.sh")) == (start is _moved, bot.content("run.sh", "main"))
