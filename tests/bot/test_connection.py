"""Which forge, and whose token: from options and the environment of a job."""

from __future__ import annotations

import pytest
from forge_server import ForgeServer

from dockerfix.bot.forges.github import GITHUB
from dockerfix.cli.forge.connection import connect
from dockerfix.errors import UsageError


@pytest.mark.parametrize(
    ("kind", "server", "environment", "host"),
    [
        ("github", None, {"GITHUB_TOKEN": "t"}, "github.com"),
        ("github", "github.example.org", {"GITHUB_TOKEN": "t"}, "github.example.org"),
        ("github", None, {"GH_TOKEN": "t", "GITHUB_API_URL": "https://git.example.org/api/v3"}, "git.example.org"),
        ("github", "https://github.com", {"GH_TOKEN": "t", "GITHUB_API_URL": "https://x.example/api/v3"}, "github.com"),
        ("gitlab", None, {"GITLAB_TOKEN": "t", "CI_SERVER_URL": "https://lab.example.org"}, "lab.example.org"),
        ("forgejo", None, {"FORGEJO_TOKEN": "t"}, "codeberg.org"),
        ("forgejo", None, {"DOCKERFIX_TOKEN": "t", "GITHUB_SERVER_URL": "https://git.example.org"}, "git.example.org"),
    ],
)
def test_the_server_is_the_jobs_unless_one_is_named(
    kind: str, server: str | None, environment: dict[str, str], host: str
) -> None:
    assert connect(kind, server, environment).forge.host == host


def test_the_bots_own_token_goes_before_the_jobs() -> None:
    found = connect("github", None, {"GITHUB_TOKEN": "job", "DOCKERFIX_TOKEN": " own\n"})
    assert found.token("acme/shop").reveal() == "own"


@pytest.mark.parametrize(
    ("kind", "server", "environment", "said"),
    [
        ("github", None, {}, "no token: set DOCKERFIX_TOKEN or GITHUB_TOKEN or GH_TOKEN"),
        ("gitlab", None, {"GITHUB_TOKEN": "t"}, "no token"),
        ("github", None, {"DOCKERFIX_APP_ID": "1"}, "an app needs both"),
        ("github", None, {"GITHUB_TOKEN": "a b"}, "characters that no token has"),
        ("github", "http://github.example.org", {"GITHUB_TOKEN": "t"}, "only sent over https"),
        ("github", None, {"GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://evil.example"}, "only sent over https"),
        ("github", "ssh://git@github.com", {"GITHUB_TOKEN": "t"}, "tokens come from the environment"),
    ],
)
def test_what_is_refused(kind: str, server: str | None, environment: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        connect(kind, server, environment)


def test_an_app_fetches_with_the_token_of_one_repository(server: ForgeServer) -> None:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    server.app(key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo), acme=7)
    server.repository("acme/shop", {"Dockerfile": "x\n"})
    one_line = private.decode().replace("\n", "\\n")  # as a variable often holds it
    found = connect("github", server.url, {"DOCKERFIX_APP_ID": "1", "DOCKERFIX_APP_KEY": one_line})
    assert found.token("acme/shop").reveal().startswith("ghs_")
    assert found.forge.repository("acme/shop").can_push
    assert len([line for line in server.lines("POST") if "access_tokens" in line]) == 1


def test_a_key_that_is_none_is_told_without_showing_it() -> None:
    found = connect("github", GITHUB, {"DOCKERFIX_APP_ID": "1", "DOCKERFIX_APP_KEY": "not a key"})
    with pytest.raises(Exception, match="no PEM text of an RSA key") as caught:
        found.token("acme/shop")
    assert "not a key" not in str(caught.value)
