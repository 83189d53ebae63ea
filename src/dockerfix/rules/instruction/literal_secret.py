"""A password, key or token that stands in the Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.plans.base.literal_secrets import LiteralSecret, literal_secrets
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Arg, Dockerfile, delete_lines

_A = "FROM python:3.12-slim\n"


class LiteralSecretSet(Rule):
    """ARG or ENV sets a password, key or token to a value that stands there.

    Why: whoever has the repository or the image reads it: `docker history` and `docker inspect` show both.
    Fix: an ENV is taken out, and the value given when the container starts (`--env-file`, a secret of compose or
    Kubernetes); an ARG becomes `RUN --mount=type=secret`, by a person. Either way it is known by now: change it.
    Safety: a suggestion, never made, as the program does not start without. Left alone are values that stand for one
    that comes later (`changeme`, `your-key`), numbers and switches, and keys that Vite, Next.js and their like put into
    the pages on purpose (`VITE_…`, `NEXT_PUBLIC_…`), passwords there aside.
    """

    code = "DF707"
    name = "literal-secret"
    message = "a secret stands in the Dockerfile"
    sources = ("BuildKit check SecretsUsedInArgOrEnv", "hadolint DL3064", "Docker documentation: Build secrets")
    may_change = frozenset({Aspect.ENVIRONMENT})
    worth = Worth.security()
    examples = (
        Example.suggested("a password", _A + "ENV DB_PASSWORD=postgres\nRUN x\n", _A + "RUN x\n"),
        Example.suggested("a key in quotes", _A + 'ENV API_KEY="sk-9f3a"\nRUN x\n', _A + "RUN x\n"),
        Example.suggested("the old form", _A + "ENV SECRET_KEY s3cr3t\nRUN x\n", _A + "RUN x\n"),
        Example.suggested(
            "lower case, CRLF", "from a\r\nenv GITHUB_TOKEN=ghp_16C7\r\nrun x\r\n", "from a\r\nrun x\r\n"
        ),
        Example.suggested("a password in a page", _A + "ENV VITE_ADMIN_PASSWORD=hunter2\nRUN x\n", _A + "RUN x\n"),
        Example.reported("an ARG", _A + "ARG NPM_TOKEN=npm_16C7e42F\nRUN x\n"),
        Example.reported("among others", _A + "ENV A=1 \\\n    JWT_SECRET=abcdef B=2\n"),
        Example.reported("an ARG above FROM", "ARG DB_PASSWORD=postgres\n" + _A),
        Example.unchanged("no value", _A + "ARG NPM_TOKEN\nENV DB_PASSWORD=\n"),
        Example.unchanged("a variable", _A + "ARG T\nENV API_TOKEN=$T\nENV DB_PASSWORD=${P:-}\n"),
        Example.unchanged("one that stands for another", _A + "ENV SECRET_KEY=change-me\nENV API_KEY='<your key>'\n"),
        Example.unchanged("keys that are public", _A + "ARG VITE_API_KEY=abc\nENV NEXT_PUBLIC_MAPS_TOKEN=pk.abc\n"),
        Example.unchanged("a switch", _A + "ENV ALLOW_EMPTY_PASSWORD=yes\nENV MAX_TOKEN=4096\n"),
        Example.unchanged("a file", _A + "ENV DB_PASSWORD_FILE=/run/secrets/db\nENV API_KEY=/run/secrets/key\n"),
        Example.unchanged("other words", _A + "ENV TOKENIZERS_PARALLELISM=false\nENV SECRET_NAME=prod\nENV KEY=a\n"),
        Example.unchanged("for the build alone", _A + "ENV SECRET_KEY=dummy-for-collectstatic\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for found in literal_secrets(dockerfile):
            yield self._judged(dockerfile, found)

    def _judged(self, dockerfile: Dockerfile, found: LiteralSecret) -> Finding:
        message = f"{found.name} is set to a secret that stands here"
        if isinstance(found.instruction, Arg):
            because = "mount it where it is needed (RUN --mount=type=secret), and change it: it is known by now"
            return self.finding(found.word.span, because=because, message=message)
        because = "give it when the container starts, and change it: it is known by now"
        if len([*found.instruction.pairs]) > 1 or found.instruction.comments:
            return self.finding(found.word.span, because=because, message=message)
        fix = Fix.suggestion(f"Take {found.name} out", delete_lines(dockerfile, found.instruction), because=because)
        return self.finding(found.word.span, fix, message=message)
