"""Who is asked, with whose credentials, and for how long: real registries, and servers on a bad day."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from image_registry import basic, free_port, image_registry

from dockerfix.project.releases.registry import client, meaning
from dockerfix.project.releases.registry.address import Address, address_of
from dockerfix.project.releases.registry.challenge import Challenge, challenge_in
from dockerfix.project.releases.registry.client import Registry
from dockerfix.project.releases.registry.credentials import basic_for, is_kin
from dockerfix.project.releases.registry.failures import MissingError, RegistryError, SilentError
from dockerfix.project.releases.registry.meaning import digest_of, meaning_of
from dockerfix.syntax.references import ImageReference

DIGEST = "sha256:" + "ab" * 32
TESTS_SECRET = "tests:$2b$04$Xw9mpufU1K7L1y2fZQVHx.ltvKXZqQ1z5gjGvQLo0vJIX7489QrU2\n"


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, object]], None]:
    """Writes the user's own config.json; without a call there is none."""
    for function in (meaning_of, digest_of, meaning._registry, meaning._tags):
        function.cache_clear()
    monkeypatch.setattr(meaning, "_SILENT", {})
    folder = tmp_path / "docker-config"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return lambda settings: (folder / "config.json").write_text(json.dumps(settings)) and None


Answer = Callable[["Asked"], tuple[int, dict[str, str], bytes]]


class Asked:
    """One request that a server got."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.method, self.path = handler.command, handler.path
        self.authorization = handler.headers.get("Authorization")
        self.accept = handler.headers.get("Accept", "")


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[Asked]]]:
    """A server that answers by a function; its host, and what it was asked."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(Asked(self))
            status, headers, body = answer(asked[-1])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"localhost:{running.server_address[1]}", asked
    finally:
        running.shutdown()


def at(host: str, repository: str = "web") -> Registry:
    return Registry(Address(host, f"http://{host}", repository), pause=lambda seconds: None)


def fine(_: Asked) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Docker-Content-Digest": DIGEST}, b""


class TokenService:
    """What hands out tokens for a real registry, to whoever may read an image."""

    def __init__(self, folder: Path, needs: str | None) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = folder / "bundle.pem"
        self.bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self._needs = needs

    def token(self, scope: str, *actions: str) -> str:
        kind, name, _ = scope.split(":")
        now = int(time.time())
        claims = {
            "iss": "tests",
            "sub": "",
            "aud": "registry of the tests",
            "exp": now + 300,
            "nbf": now - 60,
            "iat": now,
            "jti": "1",
            "access": [{"type": kind, "name": name, "actions": list(actions)}],
        }
        der = base64.b64encode(self._certificate.public_bytes(serialization.Encoding.DER)).decode()
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"x5c": [der]})

    def __call__(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        query = parse_qs(urlsplit(asked.path).query)
        if query["service"] != ["registry of the tests"]:
            return 400, {}, b""
        actions = ("pull",) if self._needs is None or asked.authorization == self._needs else ()
        return 200, {}, json.dumps({"token": self.token(query["scope"][0], *actions)}).encode()


@contextmanager
def guarded(folder: Path, needs: str | None) -> Iterator[tuple[Any, list[Asked]]]:
    service = TokenService(folder, needs)
    with server(service) as (host, asked):
        auth = (
            f'auth: {{token: {{realm: "http://{host}/token", service: "registry of the tests", '
            f"issuer: tests, rootcertbundle: {service.bundle}}}}}"
        )
        with image_registry(folder, auth) as registry:
            registry.headers["Authorization"] = f"Bearer {service.token('repository:web:x', 'pull', 'push')}"
            yield registry, asked


def test_a_token_that_anybody_gets(tmp_path: Path) -> None:
    with guarded(tmp_path, None) as (registry, asked):
        registry.push("web", "latest", "1.2.3", says="a", platforms=("linux/amd64",))
        assert meaning_of(ImageReference(registry.host, "web")).tag == "1.2.3"
        assert asked[0].authorization is None
        assert len(asked) == 1  # one token for all questions


def test_a_token_that_the_user_alone_gets(tmp_path: Path, docker_config: Callable[[dict[str, object]], None]) -> None:
    with guarded(tmp_path, f"Basic {basic('tests', 'secret')}") as (registry, _):
        registry.push("web", "latest", "1.2.3", says="a")
        assert "without a login" in meaning_of(ImageReference(registry.host, "web")).because
        docker_config({"auths": {registry.host: {"auth": basic("tests", "secret")}}})
        meaning_of.cache_clear()
        digest_of.cache_clear()
        meaning._registry.cache_clear()
        assert meaning_of(ImageReference(registry.host, "web")).tag == "1.2.3"


def test_a_name_and_password(tmp_path: Path, docker_config: Callable[[dict[str, object]], None]) -> None:
    (tmp_path / "htpasswd").write_text(TESTS_SECRET)
    auth = f"auth: {{htpasswd: {{realm: tests, path: {tmp_path / 'htpasswd'}}}}}"
    with image_registry(tmp_path, auth) as registry:
        registry.headers["Authorization"] = f"Basic {basic('tests', 'secret')}"
        registry.push("web", "latest", "1.2.3", says="a")
        docker_config({"auths": {f"http://{registry.host}": {"username": "tests", "password": "secret"}}})
        assert meaning_of(ImageReference(registry.host, "web")).tag == "1.2.3"


def test_what_is_kept_for_one_host_goes_to_no_other(docker_config: Callable[[dict[str, object]], None]) -> None:
    challenge = (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
    docker_config({"auths": {"registry.example.com": {"auth": basic("tests", "secret")}}})
    with server(lambda asked: challenge) as (host, asked), pytest.raises(RegistryError, match="without a login"):
        at(host).digest("latest")
    assert [one.authorization for one in asked] == [None, None]


def test_a_token_service_elsewhere_does_not_see_the_password(
    docker_config: Callable[[dict[str, object]], None],
) -> None:
    registry = Address("ghcr.io", "https://ghcr.io", "a/b")
    docker_config({"auths": {"ghcr.io": {"auth": basic("tests", "secret")}}})
    assert basic_for(registry) == f"Basic {basic('tests', 'secret')}"
    assert is_kin("https://ghcr.io/token", registry)
    assert not is_kin("https://tokens.example.com/token", registry)
    assert not is_kin("https://evil.io/token", registry)
    assert is_kin("https://auth.docker.io/token", Address("docker.io", "https://registry-1.docker.io", "a"))
    assert is_kin("https://gitlab.com/jwt/auth", Address("registry.gitlab.com", "https://registry.gitlab.com", "a"))


def test_a_token_service_without_encryption_is_not_asked() -> None:
    registry = Registry(Address("registry.example.com", "https://registry.example.com", "a"))
    with pytest.raises(RegistryError, match="no token service that is safe to ask"):
        registry._authorized('Bearer realm="http://registry.example.com/token"')


def test_docker_hubs_login_is_kept_under_its_old_address(docker_config: Callable[[dict[str, object]], None]) -> None:
    docker_config({"auths": {"https://index.docker.io/v1/": {"auth": basic("tests", "secret")}}})
    assert basic_for(address_of(ImageReference("", "nginx"))) == f"Basic {basic('tests', 'secret')}"


def test_a_credential_helper_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker_config: Callable[[dict[str, object]], None]
) -> None:
    helper = tmp_path / "docker-credential-tests"
    helper.write_text('#!/bin/sh\nread host\necho "{\\"Username\\": \\"of $host\\", \\"Secret\\": \\"s\\"}"\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    docker_config({"credHelpers": {"registry.example.com": "tests"}})
    found = basic_for(Address("registry.example.com", "https://registry.example.com", "a"))
    assert found == f"Basic {basic('of registry.example.com', 's')}"
    assert basic_for(Address("other.example.com", "https://other.example.com", "a")) is None


def test_no_configuration_of_a_repository_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = json.dumps({"auths": {"registry.example.com": {"auth": basic("tests", "secret")}}})
    for folder in (tmp_path / ".docker", tmp_path / "docker"):
        folder.mkdir()
        (folder / "config.json").write_text(kept)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", "docker")
    assert basic_for(Address("registry.example.com", "https://registry.example.com", "a")) is None


@pytest.mark.parametrize("text", ["[]", "{", '{"auths": []}', '{"auths": {"a.example": {"auth": "%"}}}', "[" * 9999])
def test_a_configuration_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "docker-config" / "config.json").write_text(text)
    assert basic_for(Address("a.example", "https://a.example", "a")) is None


def test_a_short_pause_is_waited_for() -> None:
    answers = iter([(429, {"Retry-After": "3"}, b""), (200, {"Docker-Content-Digest": DIGEST}, b"")])
    waited: list[float] = []
    with server(lambda asked: next(answers)) as (host, _):
        assert Registry(Address(host, f"http://{host}", "web"), pause=waited.append).digest("latest") == DIGEST
    assert waited == [3.0]


def test_a_long_pause_is_not_and_the_registry_is_left_alone() -> None:
    with server(lambda asked: (429, {"Retry-After": "21600"}, b"")) as (host, asked):
        first = meaning_of(ImageReference(host, "web"))
        assert first.because == f"{host} limits requests and wants to be left alone for 21600 s"
        assert meaning_of(ImageReference(host, "other")).because == first.because
    assert len(asked) == 1


def test_a_server_that_never_ends_its_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(_: Asked) -> tuple[int, dict[str, str], bytes]:
        time.sleep(30)
        return fine(_)

    monkeypatch.setattr(client, "_WHOLE", 0.5)
    began = time.monotonic()
    with server(slowly) as (host, _), pytest.raises(SilentError, match=r"no whole answer within 0\.5 seconds"):
        at(host).digest("latest")
    assert time.monotonic() - began < 5


def test_nobody_listens() -> None:
    with pytest.raises(SilentError, match="cannot be reached"):
        at(f"localhost:{free_port()}").digest("latest")


def test_a_registry_that_tells_no_digest() -> None:
    with server(lambda asked: (200, {}, b"{}")) as (host, _):
        assert at(host).digest("latest") == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_every_kind_of_index_is_asked_for_and_only_by_head() -> None:
    with server(fine) as (host, asked):
        at(host).digest("latest")
    assert [one.method for one in asked] == ["HEAD"]
    assert "vnd.oci.image.index.v1+json" in asked[0].accept
    assert "manifest.list.v2+json" in asked[0].accept


def test_a_redirect_takes_no_token_along() -> None:
    with server(fine) as (other, asked):

        def elsewhere(one: Asked) -> tuple[int, dict[str, str], bytes]:
            return 307, {"Location": f"http://{other}{one.path}"}, b""

        with server(elsewhere) as (host, _):
            registry = at(host)
            registry._authorization = "Bearer secret"
            assert registry.digest("latest") == DIGEST
    assert [one.authorization for one in asked] == [None]


def test_a_redirect_to_this_machine_from_elsewhere_is_not_followed() -> None:
    from dockerfix.project.releases.registry.address import is_allowed

    registry = Address("registry.example.com", "https://registry.example.com", "a")
    assert not is_allowed("http://127.0.0.1:8080/", registry)
    assert not is_allowed("http://mirror.example.com/", registry)
    assert is_allowed("https://mirror.example.com/", registry)


def test_redirects_without_an_end() -> None:
    with (
        server(lambda asked: (302, {"Location": asked.path}, b"")) as (host, _),
        pytest.raises(RegistryError, match="from one address to the next"),
    ):
        at(host).digest("latest")


def test_an_answer_without_an_end_of_pages() -> None:
    def pages(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Link": f'<{asked.path}>; rel="next"'}, b'{"tags": ["1.0.0"]}'

    with server(pages) as (host, asked):
        assert at(host).tags() == ("1.0.0",)
    assert len(asked) == 2


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"tags": null}', b'{"tags": [1]}'])
def test_answers_that_are_no_list_of_tags(body: bytes) -> None:
    with server(lambda asked: (200, {"Docker-Content-Digest": DIGEST}, body)) as (host, _):
        assert meaning_of(ImageReference(host, "web")).tag is None


def test_a_tag_that_is_gone() -> None:
    with server(lambda asked: (404, {}, b"")) as (host, _), pytest.raises(MissingError):
        at(host).digest("latest")


def test_a_challenge_with_commas_and_quotes_in_it() -> None:
    header = 'Bearer realm="https://a/token",service="a, \\"b\\"",scope="repository:a:pull,push"'
    assert challenge_in(header) == Challenge("bearer", "https://a/token", 'a, "b"', "repository:a:pull,push")
    assert challenge_in("") is None
