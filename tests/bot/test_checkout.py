"""Repositories made to do harm: each is fetched for real, and does none."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dockerfix.bot.checkout import Checkout, CheckoutError, Credentials, Limits, clone
from dockerfix.bot.forge_errors import NotFoundError, TransientError
from dockerfix.bot.secret import Secret

TOKEN = "ghp_mostsecret0123456789"


class Origin:
    """A bare repository whose one commit is put together object by object, so that git does not refuse its names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main", ".")

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def git(self, *words: str, given: bytes = b"") -> str:
        names = {
            f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        environment = {**os.environ, **names}
        done = subprocess.run(["git", *words], cwd=self.folder, input=given, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", given=content)

    def file(self, content: bytes, mode: str = "100644") -> str:
        return f"{mode} blob {self.blob(content)}"

    def link(self, target: str) -> str:
        return self.file(target.encode(), "120000")

    def tree(self, entries: Mapping[str, str]) -> str:
        """A tree of `mode type id` by name; names and doubles are not checked by anybody."""
        raw = b""
        for name, entry in entries.items():
            mode, _, identity = entry.split()
            raw += mode.lstrip("0").encode() + b" " + name.lstrip("*").encode() + b"\0" + bytes.fromhex(identity)
        return f"040000 tree {self.git('hash-object', '-w', '--literally', '-t', 'tree', '--stdin', given=raw)}"

    def commit(self, entries: Mapping[str, str]) -> str:
        commit = self.git("commit-tree", "-m", "one", self.tree(entries).split()[2])
        self.git("update-ref", "refs/heads/main", commit)
        return commit


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path / "origin.git")


def fetched(origin: Origin, tmp_path: Path, limits: Limits | None = None) -> Checkout:
    return clone(origin.url, tmp_path / "checkout", limits=limits)


def test_a_plain_repository_is_there_with_its_bytes_and_modes(origin: Origin, tmp_path: Path) -> None:
    inner = origin.tree({"start.sh": origin.file(b"#!/bin/sh\n", "100755")})
    head = origin.commit({"Dockerfile": origin.file(b"FROM a\r\nCMD b\n"), "bin": inner})
    checkout = fetched(origin, tmp_path)
    assert checkout.head == head
    assert (checkout.folder / "Dockerfile").read_bytes() == b"FROM a\r\nCMD b\n"
    assert os.access(checkout.folder / "bin" / "start.sh", os.X_OK)
    assert checkout.left_out == {}


def test_the_branch_that_is_asked_for_is_fetched(origin: Origin, tmp_path: Path) -> None:
    first = origin.commit({"a": origin.file(b"1")})
    origin.git("update-ref", "refs/heads/release/1.0", first)
    origin.commit({"a": origin.file(b"2")})
    checkout = clone(origin.url, tmp_path / "checkout", branch="release/1.0")
    assert (checkout.folder / "a").read_bytes() == b"1"


@pytest.mark.parametrize("branch", ["--upload-pack=touch x", "a b", "a..b", "a:refs/heads/b", "+a", "a\nb", "", "-a"])
def test_a_branch_name_that_git_would_read_as_something_else_is_refused(
    branch: str, origin: Origin, tmp_path: Path
) -> None:
    origin.commit({"a": origin.file(b"1")})
    with pytest.raises((CheckoutError, NotFoundError)):
        clone(origin.url, tmp_path / "checkout", branch=branch)


def test_a_filter_is_not_run_and_line_ends_stay(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "ran"
    config = tmp_path / "gitconfig"
    config.write_text(f'[filter "evil"]\n\tsmudge = touch {proof}\n\tprocess = touch {proof}\n\trequired = true\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    attributes = origin.file(b"* filter=evil text eol=crlf ident working-tree-encoding=UTF-16\n")
    origin.commit({".gitattributes": attributes, "a": origin.file(b"one\n$Id$\n")})
    checkout = fetched(origin, tmp_path)
    assert (checkout.folder / "a").read_bytes() == b"one\n$Id$\n"
    assert not proof.exists()


def test_a_large_file_storage_pointer_stays_a_pointer(origin: Origin, tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n"
    attributes = origin.file(b"*.bin filter=lfs diff=lfs merge=lfs -text\n")
    lfs = origin.file(b"[lfs]\n\turl = http://127.0.0.1:1/\n")
    origin.commit({".gitattributes": attributes, ".lfsconfig": lfs, "model.bin": origin.file(pointer)})
    assert (fetched(origin, tmp_path).folder / "model.bin").read_bytes() == pointer


def test_hooks_monitors_and_templates_of_this_machine_are_not_run(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof, hooks, template = tmp_path / "ran", tmp_path / "hooks", tmp_path / "template"
    for folder in (hooks, template / "hooks"):
        folder.mkdir(parents=True)
        for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {proof}\n")
            (folder / name).chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(
        f"[core]\n\thooksPath = {hooks}\n\tfsmonitor = {hooks}/fsmonitor\n[init]\n\ttemplateDir = {template}\n"
    )
    origin.commit({"a": origin.file(b"1")})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template))
    checkout = fetched(origin, tmp_path)
    assert not proof.exists()
    assert not (checkout.folder / ".git" / "hooks").exists()


def test_a_submodule_is_an_empty_folder(origin: Origin, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    modules = f'[submodule "m"]\n\tpath = m\n\turl = ext::sh -c touch% {proof}\n\tupdate = !touch {proof}\n'.encode()
    commit = origin.commit({"a": origin.file(b"1")})
    origin.commit({".gitmodules": origin.file(modules), "m": f"160000 commit {commit}"})
    checkout = fetched(origin, tmp_path)
    assert list((checkout.folder / "m").iterdir()) == []
    assert not proof.exists()


@pytest.mark.parametrize("url", ["ext::sh -c true", "ssh://host/x", "git://host/x", "host:x", "-oProxy=x", "/tmp/x"])
def test_only_plain_addresses_are_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="https address"):
        clone(url, tmp_path / "checkout")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../../etc/passwd", "..", "sub/../../x", ".git/config"])
def test_a_link_that_leads_out_is_not_made(target: str, origin: Origin, tmp_path: Path) -> None:
    origin.commit({"Dockerfile": origin.link(target), "a": origin.file(b"1")})
    checkout = fetched(origin, tmp_path)
    assert not os.path.lexists(checkout.folder / "Dockerfile")
    assert checkout.left_out == {"Dockerfile": "a link that leads out of the repository"}


def test_a_link_through_another_link_cannot_lead_out(origin: Origin, tmp_path: Path) -> None:
    # Neither says "..": `deep` is two folders down, and `up/..` from there is above the folder.
    deep = origin.tree({"up": origin.link("../..")})
    origin.commit({"a": deep, "b": origin.link("a/up/secret"), "c": origin.link("b")})
    (tmp_path / "secret").write_text("no")
    checkout = fetched(origin, tmp_path)
    assert set(checkout.left_out) == {"a/up", "b", "c"}


def test_a_link_that_stays_inside_is_kept(origin: Origin, tmp_path: Path) -> None:
    docker = origin.tree({"Dockerfile": origin.file(b"FROM a\n")})
    origin.commit({"Dockerfile": origin.link("docker/Dockerfile"), "docker": docker, "gone": origin.link("nowhere")})
    checkout = fetched(origin, tmp_path)
    assert (checkout.folder / "Dockerfile").read_bytes() == b"FROM a\n"
    assert checkout.left_out == {}
    assert (checkout.folder / "gone").is_symlink()


def test_no_file_is_written_through_a_link_of_the_same_name(origin: Origin, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    inner = origin.tree({"x": origin.file(b"owned")})
    origin.commit({"a": origin.link("../outside"), "*a": inner})
    with pytest.raises(CheckoutError):
        fetched(origin, tmp_path)
    assert list(outside.iterdir()) == []


def test_nothing_outside_is_removed_through_a_link(origin: Origin, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("mine")
    inner = origin.tree({"x": origin.link("/etc/passwd")})
    origin.commit({"a": origin.link("../outside"), "*a": inner})
    fetched(origin, tmp_path)
    assert (outside / "x").read_text() == "mine"


@pytest.mark.parametrize("name", [".git", ".GIT", "..", "git~1", ".g\u200cit", ".git ", ".git."])
def test_a_name_that_could_reach_git_s_own_files_is_refused(name: str, origin: Origin, tmp_path: Path) -> None:
    hooks = origin.tree({"config": origin.file(b"[core]\n\tfsmonitor = touch x\n")})
    origin.commit({name: hooks})
    with pytest.raises(CheckoutError, match="no checkout may hold"):
        fetched(origin, tmp_path)


def test_names_that_differ_in_case_are_two_files_here(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"Dockerfile": origin.file(b"1"), "dockerfile": origin.file(b"2")})
    checkout = fetched(origin, tmp_path)
    assert (checkout.folder / "Dockerfile").read_bytes() == b"1"
    assert (checkout.folder / "dockerfile").read_bytes() == b"2"


def test_one_name_twice_is_refused(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a": origin.file(b"1"), "*a": origin.file(b"2")})
    with pytest.raises(CheckoutError, match="one file on this machine"):
        fetched(origin, tmp_path)


def test_a_huge_file_is_left_out(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a": origin.file(b"1"), "big": origin.file(b"0" * 5_000_000)})
    checkout = fetched(origin, tmp_path, Limits(file=1_000_000))
    assert not (checkout.folder / "big").exists()
    assert checkout.left_out == {"big": "larger than 1000000 bytes"}


def test_what_is_large_together_is_refused_before_a_file_is_written(origin: Origin, tmp_path: Path) -> None:
    same = origin.file(b"0" * 100_000)  # a bomb: one object, written many times
    origin.commit({str(number): same for number in range(50)})
    with pytest.raises(CheckoutError, match="more than 1000000 bytes"):
        fetched(origin, tmp_path, Limits(written=1_000_000))
    assert os.listdir(tmp_path / "checkout") == [".git"]


def test_a_tree_that_multiplies_is_refused_early(origin: Origin, tmp_path: Path) -> None:
    tree = origin.tree({f"{n}": origin.file(b"x") for n in range(10)})
    for _ in range(11):  # 10^12 files in a dozen objects
        tree = origin.tree({f"{n}": tree for n in range(10)})
    origin.commit({"bomb": tree})
    with pytest.raises(CheckoutError, match="more than 1000 files"):
        fetched(origin, tmp_path, Limits(files=1000))


def test_a_pack_above_the_limit_is_refused(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"noise": origin.file(os.urandom(3_000_000))})
    with pytest.raises(CheckoutError, match="more than the limit"):
        fetched(origin, tmp_path, Limits(fetched=1_000_000))


def test_a_repository_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        clone(f"file://{tmp_path}/nowhere", tmp_path / "checkout")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, status: int, location: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.location = status, location
        self.seen: list[str] = []
        self.arguments = ""
        self.released = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get("Authorization", ""))
        self.server.arguments = "".join(
            Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            for pid in os.listdir("/proc")
            if pid.isdigit() and os.path.exists(f"/proc/{pid}/cmdline")
        )
        if not self.server.status:
            self.server.released.wait(20)
        self.send_response(self.server.status or 500)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _serving(status: int, location: str = "") -> Iterator[tuple[_Server, str]]:
    server = _Server(status, location)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}/o/r.git"
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()


def test_the_token_reaches_the_server_and_nothing_else(tmp_path: Path) -> None:
    with _serving(403) as (server, url):
        credentials = Credentials(Secret(TOKEN), urlsplit(url).netloc)
        with pytest.raises(Exception, match="403") as caught:
            clone(url, tmp_path / "checkout", credentials=credentials)
    secret = credentials.header.rpartition(" ")[2]
    assert f"Authorization: {server.seen[0]}" == credentials.header
    written = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    for place in (server.arguments, written, str(caught.value), repr(credentials)):
        assert TOKEN not in place
        assert secret not in place
    assert "git" in server.arguments


def test_the_token_does_not_follow_to_another_server(tmp_path: Path) -> None:
    with _serving(404) as (other, other_url), _serving(302, other_url + "/info/refs") as (_, url):
        with pytest.raises(Exception, match="git fetch"):
            clone(url, tmp_path / "checkout", credentials=Credentials(Secret(TOKEN), urlsplit(url).netloc))
        assert other.seen == []


def test_the_token_is_for_its_own_server_whatever_address_an_answer_names(tmp_path: Path) -> None:
    with _serving(404) as (server, url), pytest.raises(Exception, match="git fetch"):
        clone(url, tmp_path / "checkout", credentials=Credentials(Secret(TOKEN), "forge.example"))
    assert set(server.seen) == {""}


@pytest.mark.parametrize("path", ["a/" * 210 + "f", "/".join(["x" * 200] * 20), "n" * 300])
def test_a_path_that_is_too_deep_or_long_is_left_out(origin: Origin, tmp_path: Path, path: str) -> None:
    entry = origin.file(b"deep")
    for part in reversed(path.split("/")):
        entry = origin.tree({part: entry})
    origin.git("update-ref", "refs/heads/main", origin.git("commit-tree", "-m", "one", entry.split()[2]))
    assert fetched(origin, tmp_path).left_out == {path: "a path too long or too deep"}


def test_a_token_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="without https"):
        clone(
            "http://forge.example/o/r.git",
            tmp_path / "checkout",
            credentials=Credentials(Secret(TOKEN), "forge.example"),
        )


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_server_error_is_one_that_passes(status: int, tmp_path: Path) -> None:
    with _serving(status) as (_, url), pytest.raises(TransientError):
        clone(url, tmp_path / "checkout")


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with _serving(0) as (_, url), pytest.raises(CheckoutError, match=r"longer than 0\.5 seconds"):
        clone(url, tmp_path / "checkout", limits=Limits(seconds=0.5))
