"""What a stranger's build and container can do to whoever proves their repairs: nothing."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dockerfix.syntax import parse
from dockerfix.verify import html, json_text, markdown, text
from dockerfix.verify.commands import Commands
from dockerfix.verify.container.probe import Probe, observe
from dockerfix.verify.container.process import capability_names, listening
from dockerfix.verify.contents.archive import read_archive
from dockerfix.verify.engine import Answer, EngineError, Stopped
from dockerfix.verify.measured import Build, Measured, Started
from dockerfix.verify.metrics import rows
from dockerfix.verify.proof import Dropped, Proof
from dockerfix.verify.side import copied_context

WITHOUT_END = "import sys\nwhile True: sys.stdout.write('x' * 65536)"


class Lying:
    """A container whose own programs answer whatever they like."""

    def __init__(self, answer: str, log: str = "", files: dict[str, str] | None = None) -> None:
        self._answer, self._log, self._files = answer, log, files or {}

    def read(self, path: str) -> str | None:
        return self._files.get(path, self._answer)

    def execute(self, *command: str, seconds: float) -> Answer:
        return Answer(0, self._answer)

    def execute_beside(self, *command: str, seconds: float) -> Answer | None:
        return None

    def exit_code(self) -> int | None:
        return None

    def stop(self, grace: int) -> Stopped:
        return Stopped(0.1, 0)

    def log(self) -> str:
        return self._log

    def written(self) -> tuple[str, ...] | None:
        return ()

    def programs(self) -> tuple[str, ...]:
        return ()

    def opened(self) -> tuple[str, ...]:
        return ()

    def remove(self) -> None:
        pass


@pytest.mark.parametrize("answer", ["²", "²" * 9, "zz", "9" * 5000, "\x1b[2J", "Uid:\t²\t²\t²\nCapEff:\t" + "f" * 9999])
def test_no_answer_of_an_image_ends_in_a_traceback(answer: str) -> None:
    line = f"  0: 00000000:{answer} 00000000:0000 0A"
    files = {"/proc/1/net/tcp": f"head\n{line}\n  1: 00000000:1F40 00000000:0000 0A\n", "/proc/1/net/tcp6": "head\n"}
    found = observe(Lying(answer, files=files), Probe(seconds=0.1))
    assert found.ports == (8000,)
    assert found.http is None
    assert found.uid is None
    assert found.capabilities is None


def test_a_port_that_is_none_is_passed_over() -> None:
    table = "head\n  0: 00000000:zz 00000000:0000 0A\n  1: 00000000:0050 00000000:0000 0A\n"
    assert listening(table, None) == ((80, True),)
    assert capability_names("CapEff:\tzz\n") is None


@pytest.mark.parametrize(
    "piece", ["/", "Permission denied ", "cannot open file ", "EACCES: permission denied /", "a/b"]
)
def test_a_log_of_any_text_is_read_in_no_time(piece: str) -> None:
    log = piece * (4_000_000 // len(piece)) + "\n" + (piece * (2000 // len(piece)) + "\n") * 1000
    begun = time.process_time()
    observe(Lying("", log), Probe(seconds=0.1))
    assert time.process_time() - begun < 10


def test_only_paths_that_were_asked_for_are_told() -> None:
    found = observe(Lying("/data/x\n/etc/passwd\n" * 1000), Probe(seconds=0.1, wanted=("/data/x", "/data/y")))
    assert found.denied == ("/data/x",)


# what prints without end


def test_a_command_that_prints_without_end_is_ended() -> None:
    begun = time.monotonic()
    done = Commands().run(sys.executable, "-c", WITHOUT_END, seconds=100)
    assert done.code is None
    assert "MiB" in done.err
    assert len(done.out) < 20_000_000
    assert time.monotonic() - begun < 60


def test_a_build_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert Commands().logged([sys.executable, "-c", WITHOUT_END], log, 100) is None
    assert log.stat().st_size < 70_000_000
    assert log.read_bytes()[-60:].endswith(b"stopped: it printed more than 64 MiB\n")


def test_of_a_container_that_prints_without_end_the_start_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Commands().started([sys.executable, "-c", WITHOUT_END], log) as process:
        time.sleep(1.5)
        assert process.poll() is None
    assert log.stat().st_size <= 8 * 1024 * 1024


def archive(members: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return io.BytesIO(out.getvalue())


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b"null", b"[" * 100_000, b'[{"Config": 5, "Layers": null}]', b"\xff"]
)
def test_an_archive_of_any_manifest_is_one_sentence(manifest: bytes) -> None:
    with pytest.raises(EngineError, match="image archive"):
        read_archive(archive({"manifest.json": manifest, "config.json": b"{}"}), 0, 10**9)


def test_a_header_as_large_as_memory_is_not_read() -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 6_000_000_000
    with pytest.raises(EngineError, match="more than a megabyte"):
        read_archive(io.BytesIO(header.tobuf() + bytes(1 << 20)), 0, 10**12)


# what is shown

FOREIGN = "\x1b]0;x\x07 \x9b2J \u202egnp GH-12 #3 @octocat https://evil.example <script> `x` | y\n::error::z"


def hostile() -> Proof:
    """A proof in which each text comes from a stranger."""
    started = Started(
        uid=5,
        program=FOREIGN,
        ports=(),
        ended=1,
        denied=(FOREIGN,),
        complaints=(FOREIGN,),
        log=(FOREIGN,),
        log_file="/l",
    )
    before = Measured(Build(True, 1.0, (), "/l"), started=replace(started, denied=(), complaints=(), ended=None))
    after = Measured(Build(False, 1.0, (), "/l", last_lines=(FOREIGN,)), started=started)
    gone = Dropped("DF501", "root-user", FOREIGN, (FOREIGN,), "/l")
    return Proof(FOREIGN, "docker 1", "x", "2026-01-01", before, after, rows(before, after), dropped=(gone,))


def test_a_terminal_obeys_nothing_of_it() -> None:
    shown = text([hostile()], width=100, coloured=False)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert not re.search(r"^\s*::error", shown, re.MULTILINE)


def test_json_is_plain_signs() -> None:
    shown = json_text([hostile()], "1")
    assert shown.isascii()
    assert json.loads(shown)["proofs"][0]["label"] == FOREIGN


def test_a_page_turns_no_text_around() -> None:
    shown = html([hostile()])
    assert "<script>" not in shown
    assert "\u202e" not in shown


def test_markdown_calls_and_links_nobody() -> None:
    shown = re.sub(r"^(`{3,})\n.*?\n\1$", "", markdown(hostile()), flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"@octocat|#3|GH-12|https://|<script>|\u202e|\x1b", shown)


def test_a_build_that_fails_on_both_sides_is_no_proof() -> None:
    failed = Measured(Build(False, 1.0, (), "/l"))
    assert dataclasses.replace(hostile(), before=failed, after=failed).is_unbuilt
    assert "nothing is proven" in text(
        [dataclasses.replace(hostile(), before=failed, after=failed)], width=200, coloured=False
    )


def test_what_a_killed_run_staged_is_not_sent_to_a_builder(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".dockerfix-4711-abcdefgh").write_text("half a Dockerfile")
    (project / "Dockerfile").write_text("FROM scratch\n")
    side = copied_context(project, project / "Dockerfile", parse(b"FROM scratch\n"), (), tmp_path / "copy", 10**6)
    assert [path.name for path in side.context.iterdir()] == ["Dockerfile"]
