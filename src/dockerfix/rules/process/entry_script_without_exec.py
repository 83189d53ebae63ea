"""A start script whose last program does not take the place of its shell."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.plans.process.entry_script import EntryScript, entry_script
from dockerfix.plans.serving.development import for_developers
from dockerfix.rule import Aspect, BuildContext, Example, Fact, FileChange, Finding, Fix, Rule, Worth
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint
from dockerfix.text import Edit

_A = "FROM python:3.12-slim\nCOPY app.py /\n"
_COPIED = _A + 'COPY run.sh /\nENTRYPOINT ["/run.sh"]\n'
_RUN = "#!/bin/sh\nset -e\nflask db upgrade\n"


def _inside(script: str, start: str = 'CMD ["sh", "/run.sh"]\n', mark: str = '<<"EOF"') -> str:
    return f"{_A}COPY {mark} /run.sh\n{script}EOF\n{start}"


class EntryScriptWithoutExec(Rule):
    """The script that the container starts runs its last program without `exec`.

    Why: the shell stays process 1 and hands no signal on, so that stopping the container waits ten seconds and kills
    the program with its work unsaved.
    Fix: `exec` before the last program: in the Dockerfile's own heredoc, and as a suggestion in a script of the
    project.
    Safety: safe in a heredoc where nothing runs behind the program, no trap is set and nothing runs in the background:
    everything before it runs as it did. A script of the project may be used elsewhere too, by `source` for instance;
    that is for a person to say.
    """

    code = "DF408"
    name = "entry-script-without-exec"
    message = "the shell stays process 1, and the program does not hear SIGTERM"
    sources = ("Docker documentation: Dockerfile best practices, ENTRYPOINT", "tried: dash 0.5.12, bash 5.2")
    may_change = frozenset({Aspect.FILES, Aspect.START_COMMAND})
    worth = Worth.seconds(10)
    examples = (
        Example(
            "a heredoc",
            _inside(_RUN + "gunicorn app:app\n"),
            _inside(_RUN + "exec gunicorn app:app\n"),
            {"app.py": ""},
        ),
        Example(
            "what it is given",
            _inside(_RUN + '"$@"\n', 'ENTRYPOINT ["/run.sh"]\nCMD ["python", "app.py"]\n'),
            _inside(_RUN + 'exec "$@"\n', 'ENTRYPOINT ["/run.sh"]\nCMD ["python", "app.py"]\n'),
            {"app.py": ""},
        ),
        Example(
            "behind &&, over several lines",
            _inside("#!/bin/bash\nflask db upgrade && gunicorn \\\n  --bind 0.0.0.0 app:app\n"),
            _inside("#!/bin/bash\nflask db upgrade && exec gunicorn \\\n  --bind 0.0.0.0 app:app\n"),
            {"app.py": ""},
        ),
        Example(
            "behind an init, which does not hand signals on for the shell",
            _inside(_RUN + "python app.py\n", 'ENTRYPOINT ["tini", "--", "/run.sh"]\n'),
            _inside(_RUN + "exec python app.py\n", 'ENTRYPOINT ["tini", "--", "/run.sh"]\n'),
            {"app.py": ""},
        ),
        Example(
            "a condition before it",
            _inside("#!/bin/sh\nif [ -n \"$MIGRATE\" ]; then\n  flask db upgrade\nfi\npython app.py # serve\n"),
            _inside("#!/bin/sh\nif [ -n \"$MIGRATE\" ]; then\n  flask db upgrade\nfi\nexec python app.py # serve\n"),
            {"app.py": ""},
        ),
        Example(
            "lower case, no quotes around the mark",
            _inside(_RUN + "python app.py\n", mark="<<EOF").lower().replace("eof", "EOF"),
            _inside(_RUN + "exec python app.py\n", mark="<<EOF").lower().replace("eof", "EOF"),
            {"app.py": ""},
        ),
        Example(
            "a script of the project",
            _COPIED,
            None,
            {"app.py": "", "run.sh": _RUN + "python app.py\n"},
            Fix.suggestion("", because="").applicability,
            {"run.sh": _RUN + "exec python app.py\n"},
        ),
        Example(
            "by way of a shell",
            _A + 'COPY run.sh /\nCMD ["bash", "/run.sh"]\n',
            None,
            {"app.py": "", "run.sh": "python app.py\n"},
            Fix.suggestion("", because="").applicability,
            {"run.sh": "exec python app.py\n"},
        ),
        Example.unchanged("exec", _inside(_RUN + "exec python app.py\n"), {"app.py": ""}),
        Example.unchanged("a trap", _inside("#!/bin/sh\ntrap 'kill $!' TERM\npython app.py\n"), {"app.py": ""}),
        Example.unchanged("in the background", _inside("#!/bin/sh\npython app.py &\nwait\n"), {"app.py": ""}),
        Example.unchanged("a pipe", _inside("#!/bin/sh\npython app.py | tee log\n"), {"app.py": ""}),
        Example.unchanged("something runs behind it", _inside("#!/bin/sh\npython app.py\necho done\n"), {"app.py": ""}),
        Example.unchanged("another language", _inside("#!/usr/bin/env python\nprint(1)\n"), {"app.py": ""}),
        Example.unchanged("a program", _A + 'CMD ["python", "app.py"]\n', {"app.py": ""}),
        Example.unchanged("the script of the base image", 'FROM node:22\nCMD ["node", "a.js"]\n', {"a.js": ""}),
        Example.unchanged("a script that is not known", _A + 'ENTRYPOINT ["/run.sh"]\n', {"app.py": ""}),
    )  # fmt: skip

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        found = entry_script(model, stage) if stage is not None and for_developers(model) is None else None
        start = next((one for one in stage.stage.find((Cmd, Entrypoint))), None) if stage is not None else None
        if found is not None and start is not None:
            yield self.finding(start, _fix(found), message=self._told(found), facts=_facts(found))

    def _told(self, found: EntryScript) -> str:
        return f"{found.path}:{found.line}: {self.message}" if found.path is not None else self.message


def _fix(found: EntryScript) -> Fix:
    if found.path is None:
        edit = Edit.insert(found.at, b"exec ")
        return Fix.safe("Hand over with exec", edit, because="nothing runs behind it, and no trap is set")
    after = found.text[: found.at] + b"exec " + found.text[found.at :]
    change = FileChange(found.path, found.text, after)
    because = f"write `exec {found.program}` in line {found.line} of {found.path}, if nothing else runs the script"
    return Fix.suggestion("Hand over with exec", because=because, files=[change])


def _facts(found: EntryScript) -> list[Fact]:
    return [Fact("runs the program without exec", found.path, found.line)] if found.path is not None else []
