"""A rule that is wrong on purpose, among the real ones: its broken build is found by halves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from base_images import DEFAULT_SUITE
from docker_engine import Engine

from dockerfix.fix import Outcome, repair
from dockerfix.rule import Aspect, BuildContext, Finding, Fix, Rule
from dockerfix.rules import all_rules
from dockerfix.syntax import Dockerfile, Run, parse
from dockerfix.text import Edit
from dockerfix.verify import Plan, Subject, Verified, markdown, session

TEXT = "FROM python:3.12-slim\nRUN echo built\nEXPOSE 8000\nCMD python3 -m http.server 8000\n"


class Wrong(Rule):
    """A command is written with a typing error."""

    code = "XX901"
    name = "typing-error"
    message = "a command without typing errors"
    sources = ("a test",)
    examples = ()
    may_change = frozenset({Aspect.COMMANDS})

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for run in dockerfile.find(Run):
            if run.arguments.text == "echo built":
                edit = Edit(run.arguments.whole, b"ehco built")
                yield self.finding(run, Fix.safe("Mistype", edit, because="of a test"))


@pytest.fixture
def verified(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """The proof of a project that is repaired by all rules and the wrong one."""
    if engine.daemon is None:
        pytest.skip("the engine is not ours")
    engine.bases.provide("python:3.12-slim", DEFAULT_SUITE)
    monkeypatch.setenv("DOCKER_HOST", engine.daemon.host)
    monkeypatch.setenv("DOCKERFIX_DOCKER", engine.client)
    project = tmp_path / "project"
    project.mkdir()
    (project / "Dockerfile").write_text(TEXT)
    rules = [*(rule() for rule in all_rules()), Wrong()]

    def repaired(left_out: frozenset[str]) -> Outcome:
        kept = [rule for rule in rules if rule.code not in left_out]
        return repair(parse(TEXT.encode()), BuildContext.at(project, "Dockerfile"), kept)

    may_change = {rule.code: frozenset(rule.may_change) for rule in rules}
    subject = Subject("Dockerfile", project / "Dockerfile", project, repaired, may_change)
    with session("docker", tmp_path / "state") as opened:
        return opened.verify(subject, Plan(network="host", bisect=True))


def test_the_repair_that_breaks_the_build_is_dropped_with_its_log(verified: Verified) -> None:
    (dropped,) = verified.proof.dropped
    assert [row for row in verified.proof.rows if row.effect == "worse"] == []
    assert (dropped.code, dropped.reason) == ("XX901", "build: ok → fails")
    assert any("ehco: not found" in line for line in dropped.last_lines)
    assert "ehco: not found" in Path(dropped.log).read_text()
    assert verified.outcome is not None
    assert "RUN echo built" in verified.outcome.after.text
    assert 'CMD ["python3"' in verified.outcome.after.text
    assert "XX901 typing-error was dropped: build: ok → fails" in markdown(verified.proof)
