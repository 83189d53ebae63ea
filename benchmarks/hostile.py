"""No input of 1 MiB takes more than 10 s of the processor or 300 MB, and each ends with a word of ours.

    python benchmarks/hostile.py [KIND …]

Every kind is a folder that a stranger may send, one of its files close to the size that is still read. Prints what each
takes, and fails where one takes more, ends with a traceback, or with another exit code than 0, 1 or 2.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

SIZE = 1_000_000  # bytes, just below the mebibyte that is read of a file
SECONDS = 10.0
MEGABYTES = 300.0
Files = Mapping[str, str]

_PYTHON = (
    "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    'COPY . .\nCMD ["python", "app.py"]\n'
)
_NODE = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "app.js"]\n'
_GO = "FROM golang:1.25\nWORKDIR /app\nCOPY . .\nRUN go build -o /srv/app .\nCMD /srv/app\n"


def _times(line: str) -> str:
    """A line again and again, `{}` being its number, up to the size."""
    made: list[str] = []
    size = 0
    while size < SIZE:
        made.append(line.replace("{}", str(len(made))))
        size += len(made[-1])
    return "".join(made)


def _instructions(line: str, most: int = 19_900) -> str:
    """The same, up to as many instructions as are looked at; of stages only a thousand are."""
    return "".join(line.replace("{}", str(number)) for number in range(min(most, SIZE // len(line))))


def _runs(line: str) -> str:
    """The same for RUN, COPY and ADD, of which fewer are looked at."""
    return _instructions(line, 3_990)


def _words(word: str) -> str:
    """Words of one line, up to the longest that BuildKit reads."""
    return "".join(word.replace("{}", str(number)) for number in range(60_000 // (len(word) + 3)))


def _nested(before: str, inside: str, after: str, size: int = SIZE) -> str:
    count = size // (len(before) + len(after))
    return before * count + inside + after * count


def _dockerfile(text: str) -> Files:
    return {"Dockerfile": f"FROM python:3.12-slim\n{text}", "app.py": "print(1)\n", "requirements.txt": "flask\n"}


def _beside(name: str, text: str, dockerfile: str = _PYTHON) -> Files:
    files = {"Dockerfile": dockerfile, "app.py": "print(1)\n", "requirements.txt": "flask\n"}
    return {**files, "package.json": '{"name": "a"}', "app.js": "1\n", name: text}


KINDS: dict[str, Callable[[], Files]] = {
    "continuations": lambda: _dockerfile("RUN echo \\\n" + _times("  a{} \\\n") + "  b\n"),
    "and-chain": lambda: _dockerfile("RUN true" + _times(" && \\\n  echo a{}") + "\n"),
    "semicolons": lambda: _dockerfile("RUN true" + _words("; cd d{}") + "\n"),
    "pipes": lambda: _dockerfile("RUN true" + _words(" | cat") + "\n"),
    "subshells": lambda: _dockerfile("RUN " + _nested("(", "true", ")", 60_000) + "\n"),
    "substitutions": lambda: _dockerfile("RUN echo " + _nested("$(", "true", ")", 60_000) + "\n"),
    "sh-c": lambda: _dockerfile(_runs('RUN sh -c "cd /a{} && touch b"\n')),
    "heredocs": lambda: _dockerfile(_runs("RUN <<E{}\npip install a\nE{}\n")),
    "heredocs-of-one": lambda: _dockerfile("RUN cat" + _words(" <<E{}") + "\n"),
    "mkdir-and-rm": lambda: _dockerfile(_runs("RUN mkdir -p /a{} && rm -rf /a{}\n")),
    "chown": lambda: _dockerfile(_runs("RUN chown -R app:app /a{}\n")),
    "useradd": lambda: _dockerfile(_runs("RUN useradd u{}\n")),
    "apt": lambda: _dockerfile(_runs("RUN apt-get update && apt-get install -y p{}\n")),
    "apt-words": lambda: _dockerfile("RUN apt-get update && apt-get install -y" + _words(" p{}") + "\n"),
    "pip-runs": lambda: _dockerfile("COPY . .\n" + _runs("RUN pip install p{}\n")),
    "pip-words": lambda: _dockerfile("COPY . .\nRUN pip install" + _words(" p{}") + "\n"),
    "comments": lambda: _dockerfile(_times("# comment {}\n")),
    "ignore-comments": lambda: _dockerfile(_runs("# dockerfix: ignore=DF101\nRUN a{}\n")),
    "blank-lines": lambda: _dockerfile("\n" * SIZE),
    "directives": lambda: {"Dockerfile": _times("# d{}=1\n") + "FROM a\n"},
    "labels": lambda: _dockerfile(_instructions("LABEL a{}=b\n")),
    "label-words": lambda: _dockerfile("LABEL" + _words(" a{}=b") + "\n"),
    "env-words": lambda: _dockerfile("ENV" + _words(" a{}=$a{}") + "\n"),
    "exec-words": lambda: _dockerfile("CMD [" + _words('"a{}", ') + '"b"]\n'),
    "expose": lambda: _dockerfile(_instructions("EXPOSE {}\n")),
    "volumes": lambda: _dockerfile(_instructions("VOLUME /a{}\n")),
    "users": lambda: _dockerfile(_instructions("USER a{}\n")),
    "workdirs": lambda: _dockerfile(_instructions("WORKDIR a{}\n")),
    "workdirs-from-root": lambda: _dockerfile(_instructions("WORKDIR /a{}\n")),
    "copies": lambda: _dockerfile(_runs("COPY app.py /a{}/\n")),
    "copy-words": lambda: _dockerfile("COPY" + _words(" a{}") + " /app/\n"),
    "copy-all": lambda: _dockerfile(_runs("COPY . /a{}\n")),
    "copy-from": lambda: _dockerfile(_runs("COPY --from=a{} /b /c\n")),
    "stages": lambda: {"Dockerfile": _instructions("FROM python:3.12-slim AS s{}\nCOPY . .\n", 990)},
    "stage-chain": lambda: {"Dockerfile": "FROM python:3.12-slim AS s\n" + _instructions("FROM s AS s\n", 990)},
    "onbuild": lambda: _dockerfile(_instructions("ONBUILD RUN a{}\n")),
    "healthchecks": lambda: _dockerfile(_instructions("HEALTHCHECK CMD curl http://localhost:{}\n")),
    "long-word": lambda: _dockerfile("RUN " + "a" * 65_000 + "\n"),
    "quotes": lambda: _dockerfile("RUN " + "'\"" * 30_000 + "\n"),
    "dollars": lambda: _dockerfile("ENV A=" + "${" * 30_000 + "\n"),
    "requirements": lambda: _beside("requirements.txt", _times("p{}==1\n")),
    "requirements-files": lambda: _beside("requirements.txt", _times("-r r{}.txt\n")),
    "requirements-same": lambda: _beside("requirements.txt", _times("flask\n")),
    "python-joins": lambda: _beside(
        "app.py", "import os\nA = ''\n" + _times("A = os.path.join(A, 'd{}')\n") + "open(A, 'w')\n"
    ),
    "python-open": lambda: _beside("app.py", _times("open('f{}', 'w')\n")),
    "python-functions": lambda: _beside("app.py", _times("def f{}(a): open(a, 'w')\nf{}('b{}')\n")),
    "python-plus": lambda: _beside("app.py", "a = 1" + _times(" + {}") + "\n"),
    "python-parentheses": lambda: _beside("app.py", _nested("(", "1", ")")),
    "python-imports": lambda: _beside("app.py", _times("import m{}\n")),
    "python-strings": lambda: _beside("app.py", _times("s{} = 'http://localhost:{}/.env'\n")),
    "javascript": lambda: _beside("app.js", _times("require('fs').writeFileSync('f{}', 1)\n"), _NODE),
    "javascript-requires": lambda: _beside("app.js", _times("require('./m{}')\n"), _NODE),
    "javascript-brackets": lambda: _beside("app.js", _nested("[", "1", "]"), _NODE),
    "javascript-line": lambda: _beside("app.js", _times("a{}=1,"), _NODE),
    "go": lambda: {"Dockerfile": _GO, "go.mod": "module a\n", "main.go": "package main\n" + _times("var a{} = 1\n")},
    "go-mod": lambda: {"Dockerfile": _GO, "go.mod": "module a\nrequire (\n" + _times("a.b/c{} v1\n") + ")\n"},
    "package-json": lambda: _beside("package.json", '{"dependencies": {' + _times('"a{}": "1",') + '"b": "1"}}', _NODE),
    "package-json-scripts": lambda: _beside(
        "package.json", '{"scripts": {' + _times('"s{}": "npm run s0",') + '"b": ""}}', _NODE
    ),
    "package-json-deep": lambda: _beside("package.json", _nested('{"a":', "1", "}"), _NODE),
    "package-lock": lambda: _beside(
        "package-lock.json", '{"packages": {' + _times('"node_modules/a{}": {},') + '"": {}}}', _NODE
    ),
    "yarn-lock": lambda: _beside("yarn.lock", _times("a{}@1:\n  version 1\n"), _NODE.replace("npm ci", "yarn install")),
    "pnpm-lock": lambda: _beside(
        "pnpm-lock.yaml", "packages:\n" + _times("  a{}: {}\n"), _NODE.replace("npm ci", "pnpm install")
    ),
    "poetry-lock": lambda: _beside("poetry.lock", _times('[[package]]\nname = "a{}"\nversion = "1"\n')),
    "pyproject": lambda: _beside("pyproject.toml", "[tool.a]\n" + _times("a{} = 1\n")),
    "pyproject-deep": lambda: _beside("pyproject.toml", "a = " + _nested("[", "1", "]")),
    "setup-cfg": lambda: _beside("setup.cfg", "[a]\n" + _times("a{} = 1\n")),
    "compose": lambda: _beside("compose.yaml", "services:\n" + _times("  s{}: {build: .}\n")),
    "compose-environment": lambda: _beside(
        "compose.yaml", "services:\n  a:\n    build: .\n    environment:\n" + _times("      A{}: b\n")
    ),
    "compose-deep": lambda: _beside("compose.yaml", "services: " + _nested("[", "1", "]")),
    "compose-anchors": lambda: _beside(
        "compose.yaml", "a: &a0 [1]\n" + _times("b{}: &b{} [*a0, *a0]\n") + "services: {a: {build: .}}\n"
    ),
    "bake": lambda: _beside("docker-bake.hcl", _times('target "t{}" {\n  context = "."\n}\n')),
    "bake-deep": lambda: _beside("docker-bake.hcl", "a = " + _nested("[", "1", "]")),
    "workflow": lambda: _beside(
        ".github/workflows/a.yml", "jobs:\n" + _times("  j{}: {steps: [{run: docker build .}]}\n")
    ),
    "makefile": lambda: _beside("Makefile", _times("t{}:\n\tdocker build .\n")),
    "script": lambda: _beside("run.sh", "#!/bin/sh\n" + _times("docker build . -t a{}\n")),
    "entry-script": lambda: _beside(
        "run.sh",
        "#!/bin/sh\n" + _times("mkdir -p d{}\n") + "exec python app.py\n",
        _PYTHON.replace('"python", "app.py"', '"./run.sh"'),
    ),
    "ignore-file": lambda: _beside(".dockerignore", _times("a{}/**/b\n")),
    "ignore-file-stars": lambda: _beside(".dockerignore", _times("**/*a*/**/*{}*\n")),
    "git-ignore": lambda: _beside(".gitignore", _times("a{}/**/b\n")),
    "env-file": lambda: _beside(".env", _times("A{}=b\n")),
    "readme": lambda: _beside("README.md", _times("docker run -v a{}:/b c\n")),
    "xml": lambda: {"Dockerfile": "FROM maven:3\nCOPY . .\nRUN mvn package\n", "pom.xml": _nested("<a>", "", "</a>")},
    "config": lambda: _beside("dockerfix.toml", _times('[[a]]\nb = "{}"\n')),
    "files": lambda: _beside("a", "", _PYTHON) | {f"d{n % 100}/f{n}.py": "import os\n" for n in range(5000)},
    "deep-folders": lambda: _beside("/".join(["d"] * 900) + "/f.py", "import os\n"),
}


def _ran(files: Files) -> tuple[float, float, int, str]:
    """Seconds of the processor, MB, exit code and what went to standard error."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        for path, text in files.items():
            _write(folder, path, text)
        with (folder.parent / f"{folder.name}.err").open("w+") as err:
            command = [sys.executable, "-m", "dockerfix", "--check", "--quiet", "-j", "1", "Dockerfile"]
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=err)
            _, status, used = os.wait4(process.pid, 0)
            err.seek(0)
            said = err.read()
        os.unlink(err.name)
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), said


def _write(folder: Path, path: str, text: str) -> None:
    """A file below a folder, however deep."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    *above, last = path.split("/")
    for name in above:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    with open(os.open(last, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=here), "w", encoding="utf-8") as file:
        file.write(text)
    os.close(here)


def main() -> None:
    """Measure the kinds that are named, or all."""
    failed = []
    for kind in sys.argv[1:] or KINDS:
        seconds, megabytes, code, said = _ran(KINDS[kind]())
        bad = seconds > SECONDS or megabytes > MEGABYTES or code not in (0, 1, 2) or "Traceback" in said
        word = said.strip().splitlines()[0][:100] if said.strip() else ""
        print(f"{kind:22} {seconds:6.1f} s {megabytes:6.0f} MB  exit {code}  {'BAD ' if bad else ''}{word}", flush=True)
        if bad:
            failed.append(kind)
    if failed:
        sys.exit(f"too much: {', '.join(failed)}")


if __name__ == "__main__":
    main()
