"""Packages that are installed only because others recommend them."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.plans.packages.recommended_packages import RecommendedPackages, recommended_packages
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import ShellWord, add_option, append_words, insert_words
from dockerfix.shell.apt import AptCommand
from dockerfix.syntax import Dockerfile
from dockerfix.text import Edit

_FLAG = "--no-install-recommends"
_SLIM = "FROM python:3.12-slim\n"
_DEBIAN = "FROM debian:13-slim\n"
_END = " && rm -rf /var/lib/apt/lists/*\n"
_APT = "RUN apt-get update && apt-get install -y "
_ONLY = _APT + f"{_FLAG} "
_REST = 'COPY . .\nRUN pip install -r requirements.txt\nCMD ["gunicorn", "app:app"]\n'
_FLASK = {"requirements.txt": "flask\ngunicorn\n", "app.py": "import flask\n\napp = flask.Flask(__name__)\n"}
_LINES = "    curl \\\n    gcc \\\n    # the database\n"
_SSH = {**_FLASK, "sync.sh": "#!/bin/sh\ngit clone git@example.org:a/b.git\n"}


class RecommendedPackagesInstalled(Rule):
    """`apt-get install` brings along what packages recommend: manual pages, completions, documentation.

    Why: they take space and need updates, and nothing in a container asks for them.
    Fix: add `--no-install-recommends`. Recommended packages that something does ask for are named instead: `gcc
    libc6-dev`, without which gcc compiles nothing; `ca-certificates` where the base has none.
    Safety: safe where it is known, for this release of Debian, what each package recommends, and what for. Unsafe where
    one of those has not been looked at; a suggestion where a package is not known or recommends a great deal. Left
    alone where packages recommend nothing, or may come from another archive.
    """

    code = "DF312"
    name = "recommended-packages"
    message = "recommended packages are installed too"
    sources = ("hadolint DL3015", "apt-get(8): --no-install-recommends", "Debian Policy 7.2: Recommends")
    may_change = frozenset({Aspect.SYSTEM_PACKAGES})
    examples = (
        Example("curl", _SLIM + _APT + "curl" + _END + _REST, _SLIM + _ONLY + "curl" + _END + _REST, _FLASK),
        Example(
            "gcc keeps what it cannot compile without",
            _SLIM + _APT + "gcc" + _END + _REST,
            _SLIM + _ONLY + "gcc libc6-dev" + _END + _REST,
            _FLASK,
        ),
        Example(
            "no certificates in the base",
            _DEBIAN + _APT + "curl" + _END,
            _DEBIAN + _ONLY + "curl ca-certificates" + _END,
            {},
        ),
        Example(
            "certificates by name",
            _DEBIAN + _APT + "wget ca-certificates" + _END,
            _DEBIAN + _ONLY + "wget ca-certificates" + _END,
            {},
        ),
        Example(
            "a package a line",
            _SLIM + "RUN apt-get update && apt-get install -y \\\n" + _LINES + "    libpq-dev" + _END + _REST,
            _SLIM
            + f"RUN apt-get update && apt-get install -y {_FLAG} \\\n"
            + _LINES
            + "    libpq-dev \\\n    libc6-dev"
            + _END
            + _REST,
            _FLASK,
        ),
        Example(
            "build-essential brings the headers by itself",
            _SLIM + _APT + "build-essential libpq-dev" + _END + _REST,
            _SLIM + _ONLY + "build-essential libpq-dev" + _END + _REST,
            _FLASK,
        ),
        Example(
            "options behind the packages, lower case, CRLF",
            "from python:3.12-slim\r\nrun apt-get update && apt-get install gcc g++ -y\r\ncopy app.py .\r\n",
            f"from python:3.12-slim\r\nrun apt-get update && apt-get install {_FLAG} gcc g++ -y\r\ncopy app.py .\r\n",
            _FLASK,
        ),
        Example(
            "git without ssh",
            _SLIM + _APT + "git" + _END + _REST,
            _SLIM + _ONLY + "git" + _END + _REST,
            _FLASK,
        ),
        Example(
            "git with ssh",
            _SLIM + _APT + "git" + _END + _REST,
            _SLIM + _ONLY + "git openssh-client" + _END + _REST,
            _SSH,
        ),
        Example(
            "a recommended program that is called",
            _SLIM + _APT + "procps" + _END + "RUN killall x || true\n" + _REST,
            _SLIM + _ONLY + "procps psmisc" + _END + "RUN killall x || true\n" + _REST,
            _FLASK,
        ),
        Example(
            "the full image has the headers",
            "FROM python:3.12\n" + _APT + "gcc git" + _END + _REST,
            "FROM python:3.12\n" + _ONLY + "gcc git" + _END + _REST,
            _FLASK,
        ),
        Example.unsafe(
            "one that nobody looked at",
            _SLIM + _APT + "libglib2.0-0" + _END + _REST,
            _SLIM + _ONLY + "libglib2.0-0" + _END + _REST,
            _FLASK,
        ),
        Example.suggested(
            "a package that is not known",
            _SLIM + _APT + "acme-agent curl" + _END + _REST,
            _SLIM + _ONLY + "acme-agent curl" + _END + _REST,
            _FLASK,
        ),
        Example.suggested(
            "one that recommends a great deal",
            _SLIM + _APT + "python3-pip" + _END + _REST,
            _SLIM + _ONLY + "python3-pip" + _END + _REST,
            _FLASK,
        ),
        Example.unchanged("the flag is there", _SLIM + _ONLY + "curl" + _END + _REST, _FLASK),
        Example.unchanged("behind the packages", _SLIM + _APT + f"curl {_FLAG}" + _END + _REST, _FLASK),
        Example.unchanged("nothing is recommended", _SLIM + _APT + "jq tini" + _END + _REST, _FLASK),
        Example.unchanged(
            "apt.conf says so",
            _SLIM
            + "RUN echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/99x\n"
            + _APT
            + "curl"
            + _END
            + _REST,
            _FLASK,
        ),
        Example.unchanged(
            "an option says so", _SLIM + _APT + "-o APT::Install-Recommends=false curl" + _END + _REST, _FLASK
        ),
        Example.unchanged("a release that is not known", "FROM ubuntu:24.04\n" + _APT + "curl" + _END, {}),
        Example.unchanged("a base that is not known", "FROM corp/base:1\n" + _APT + "curl" + _END, {}),
        Example.unchanged(
            "another archive",
            _SLIM + "COPY a.list /etc/apt/sources.list.d/\n" + _APT + "curl" + _END + _REST,
            {**_FLASK, "a.list": ""},
        ),
        Example.unchanged("text", _SLIM + 'RUN echo "use apt-get install -y vim"\n' + _REST, _FLASK),
        Example.unchanged(
            "a heredoc of text", _SLIM + "RUN cat <<EOF > x\napt-get install -y git\nEOF\n" + _REST, _FLASK
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if b"apt" not in dockerfile.source:
            return
        model = image(dockerfile, context)
        for stage in model.stages:
            yield from (self._judged(one, dockerfile) for one in recommended_packages(model, stage))

    def _judged(self, one: RecommendedPackages, dockerfile: Dockerfile) -> Finding:
        place = one.apt.verb_word.span
        if one.leave is not None:
            return self.declined(place, one.leave)
        edits = _edits(one.apt, one.keep, dockerfile.source)
        if edits is None:
            return self.finding(place, because="the command stands inside quotes; edit it by hand")
        title = f"Add {_FLAG}" + (f" and name {', '.join(one.keep)}" if one.keep else "")
        if one.unlisted:
            return self.finding(
                place, Fix.suggestion(title, *edits, because=f"{one.unknown}; look at what is missed then")
            )
        if one.unknown is not None:
            return self.finding(place, Fix.unsafe(title, *edits, because=one.unknown))
        megabytes = max(one.kilobytes // 1000, 1)
        because = f"nothing asks for what is left out, up to {megabytes} MB"
        return self.finding(place, Fix.safe(title, *edits, because=because), worth=Worth.megabytes(megabytes))


def _edits(apt: AptCommand, keep: tuple[str, ...], source: bytes) -> tuple[Edit, ...] | None:
    flag = add_option(apt.command, _last_option(apt), _FLAG)
    if not keep:
        return None if flag is None else (flag,)
    last = apt.packages[-1]
    is_end = apt.command.words[-1] is last
    names = append_words(apt.command, keep, source) if is_end else insert_words(apt.command, last, keep)
    return None if flag is None or names is None else (flag, names)


def _last_option(apt: AptCommand) -> ShellWord:
    """The verb, or the last of the options that stand right behind it."""
    words = [*apt.command.words]
    at = words.index(apt.verb_word)
    while at + 1 < len(words) and (words[at + 1].value or "").startswith("-"):
        at += 1
    return words[at]
