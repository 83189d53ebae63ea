"""Shell-form CMD or ENTRYPOINT: a shell stands between the container and its program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.image import Image, StageImage, Step, image, script_of
from dockerfix.plans.process.handed_words import looked_at_by, words_from_outside
from dockerfix.plans.process.manager_start import unheard_by_node
from dockerfix.plans.process.startable import kernel_starts
from dockerfix.regexes import regex
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule, Worth
from dockerfix.shell import Command, Script, ShellWord, parse_script
from dockerfix.shell.handover import handed_over, is_builtin, why_not_handed_over
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, exec_form, insert_before
from dockerfix.text import Edit, MappedText, Span, decode, encode

_SLIM = "FROM python:3.12-slim\n"
_SHELLS = frozenset("sh bash dash ash".split())
_SCRIPT_FOLLOWS = regex(r"-[a-z]*c")
# In double quotes: where they end early, or where the outer shell runs a command.
_NO_PLAIN_TEXT = regex(r'(?<!\\)(?:\\\\)*(?:"|`|\$\()')
_ESCAPED = regex(r'\\([$`"\\])')
_STRING = regex(r""""(?:[^"\\]|\\.)*"|'[^'\\]*'|\u201c[^\u201d]*\u201d""")
_LIST = regex(rf"(\[(?:{_STRING.pattern}|[\s,])*\])\s*(?:#.*)?")
_COMMENT = regex(r"(?<=\])\s*(#.*)\Z")
_NO_PROGRAM = regex(r"\[[\"'\u201c][^$\\`]*\Z")  # `["python",` is the name that the shell looks for
_BARE = regex(r"[\w@%+=:,./-]+")
_SAME = "same command, and no ENTRYPOINT interprets it"
_WITH_EXEC = "the shell hands over with exec"
_NOT_BY_KERNEL = "is not known to be a file that the kernel starts without a shell, which hands over with exec"
_HARMLESS_SHELL_OPTIONS = frozenset("-c -o pipefail -e -u -x -ec -exc -euc -euxc -eo -euo".split())


class ShellFormCmd(Rule):
    """`CMD` or `ENTRYPOINT` in shell form starts the program under `/bin/sh -c`.

    Why: a shell that stays process 1 forwards no signal, so stopping the container waits out its grace period
    and kills the program with work unsaved.
    Fix: write the same words in exec form, quoted as the shell would have read them; what needs a shell
    (`$PORT`, `cd x && …`) becomes `["sh", "-c", "… exec …"]`, which still expands and leaves the program as
    process 1.
    Safety: safe when the words are certain and no ENTRYPOINT looks at them; unsafe when the base image may set
    one, or where compose, Kubernetes or a script hands words to an ENTRYPOINT. A script of the project that the
    kernel cannot start (no `#!`, CRLF behind it, not executable) keeps a shell in front. Pipes, `&` and what only a
    shell can do are reported with the reason.
    """

    code = "DF401"
    name = "shell-form-cmd"
    message = "shell form: the program may not receive SIGTERM"
    sources = (
        "Docker reference: Shell and exec form",
        "BuildKit check JSONArgsRecommended",
        "hadolint DL3025",
    )
    may_change = frozenset({Aspect.START_COMMAND})
    worth = Worth.seconds(10)
    examples = (
        Example(
            "quotes are read as the shell reads them",
            before=_SLIM + "CMD serve 'my app' \"and more\" plain\\ word\n",
            after=_SLIM + 'CMD ["serve", "my app", "and more", "plain word"]\n',
        ),
        Example(
            "a variable keeps its shell, the program becomes process 1",
            before=_SLIM + "ENV PORT=8000\nCMD uvicorn main:app --host 0.0.0.0 --port $PORT\n",
            after=_SLIM + 'ENV PORT=8000\nCMD ["sh", "-c", "exec uvicorn main:app --host 0.0.0.0 --port $PORT"]\n',
        ),
        Example(
            "a list keeps its first commands",
            before=_SLIM + 'CMD cd src && flask db upgrade && gunicorn -b "0.0.0.0:${PORT:-80}" a:app\n',
            after=_SLIM
            + 'CMD ["sh", "-c", "cd src && flask db upgrade && exec gunicorn -b \\"0.0.0.0:${PORT:-80}\\" a:app"]\n',
        ),
        Example(
            "lines and the comments between them stay",
            before=_SLIM + "CMD gunicorn \\\n    # four workers are enough\n    --workers 4 \\\n    app:app\n",
            after=_SLIM
            + 'CMD ["gunicorn", \\\n    # four workers are enough\n    "--workers", "4", \\\n    "app:app"]\n',
        ),
        Example(
            "ENTRYPOINT, when no CMD would become its arguments",
            before=_SLIM + "ENTRYPOINT python app.py\n",
            after=_SLIM + 'ENTRYPOINT ["python", "app.py"]\n',
        ),
        Example(
            "lower case, CRLF",
            before="from python:3.12-slim\r\ncmd python app.py\r\n",
            after='from python:3.12-slim\r\ncmd ["python", "app.py"]\r\n',
        ),
        Example(
            "the text of an inner shell is the script",
            before=_SLIM + 'CMD sh -c "migrate && serve --log \\"${LEVEL}\\""\n',
            after=_SLIM + 'CMD ["sh", "-c", "migrate && exec serve --log \\"${LEVEL}\\""]\n',
        ),
        Example(
            "an assignment in front",
            before=_SLIM + "CMD DEBUG=0 python app.py\n",
            after=_SLIM + 'CMD ["sh", "-c", "DEBUG=0 exec python app.py"]\n',
        ),
        Example(
            "an entry point that only passes signals on",
            before=_SLIM + 'ENTRYPOINT ["tini", "--"]\nCMD python app.py\n',
            after=_SLIM + 'ENTRYPOINT ["tini", "--"]\nCMD ["python", "app.py"]\n',
        ),
        Example.unsafe(
            "the base image may set an ENTRYPOINT",
            "FROM registry.example.com/base:1\nCMD python app.py\n",
            'FROM registry.example.com/base:1\nCMD ["python", "app.py"]\n',
        ),
        Example(
            "single quotes are no JSON: the shell is asked for a program named [python,",
            before=_SLIM + "CMD ['python', 'app.py']\n",
            after=_SLIM + 'CMD ["python", "app.py"]\n',
        ),
        Example(
            "nor is a comment behind the array",
            before=_SLIM + 'CMD ["python", "-u", "app.py"] # no buffer\n',
            after=_SLIM + '# no buffer\nCMD ["python", "-u", "app.py"]\n',
        ),
        Example.unsafe(
            "commas are missing, and a variable stands for something",
            _SLIM + 'CMD [ "uvicorn" "main:app" "--port" "$PORT" ]\n',
            _SLIM + 'CMD ["sh", "-c", "exec uvicorn main:app --port \\"$PORT\\""]\n',
        ),
        Example.unsafe(
            "the entry point is handed the text and may look at it",
            'FROM debian:12-slim\nENTRYPOINT ["serve"]\nCMD ["a",]\n',
            'FROM debian:12-slim\nENTRYPOINT ["serve"]\nCMD ["a"]\n',
        ),
        Example.reported("a pipe needs a person", _SLIM + "CMD serve | tee log\n"),
        Example.reported("so does work in the background", _SLIM + "CMD worker & serve\n"),
        Example.reported("an ENTRYPOINT would look at the words", _SLIM + 'ENTRYPOINT ["/run.sh"]\nCMD serve --fast\n'),
        Example.reported("CMD would become arguments", _SLIM + "ENTRYPOINT python app.py\nCMD debug\n"),
        Example.unchanged("exec form", _SLIM + 'CMD ["serve", "app"]\n'),
        Example.unchanged("an empty list clears what the base starts", _SLIM + "ENTRYPOINT []\n"),
        Example.unchanged("a health check is another matter", _SLIM + "HEALTHCHECK CMD curl -f localhost\n"),
        Example.unchanged("what a child image will start", _SLIM + "ONBUILD CMD python app.py\n"),
        Example.unchanged("no command at all", _SLIM + "RUN pip install flask\n"),
        Example.reported(
            "Windows has another shell",
            "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD python app.py\n",
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for instruction in dockerfile.find((Cmd, Entrypoint), form="shell"):
            assert isinstance(instruction, Cmd | Entrypoint)
            stage, step = model.stage_of(instruction), model.step(instruction)
            if stage is None or step is None or not len(instruction.arguments):
                continue
            if instruction.arguments.raw.startswith(b"["):
                yield self._broken_json(instruction, model, stage)
            else:
                yield self._judge(instruction, model, stage, step)

    def _judge(self, instruction: Cmd | Entrypoint, model: Image, stage: StageImage, step: Step) -> Finding:
        script = script_of(instruction)
        reason = _only_a_shell(instruction, script, step) or _words_are_looked_at(instruction, model, stage)
        if reason is not None or script is None:
            return self.finding(instruction, because=reason or "")
        form = _Form.of(script, step.before.shell or (), model, stage)
        edits = form.edits(instruction.arguments)
        if edits is None:
            return self.finding(instruction, because="a word is split over two lines; write it in exec form by hand")
        if stage.facts is None and isinstance(instruction, Cmd) and not _own_entrypoint(stage):
            why = "the base image is not known and may set an ENTRYPOINT that looks at the words"
            return self.finding(instruction, Fix.unsafe("Use exec form", *edits, because=why))
        outside = words_from_outside(model) if isinstance(instruction, Entrypoint) and stage is model.final else None
        if outside is not None:
            path, line = outside
            why = f"{path}:{line} starts it with words that the shell ignores today, and that the program would get"
            fact = Fact("starts the image with words of its own", path, line)
            return self.finding(instruction, Fix.unsafe("Use exec form", *edits, because=why), facts=[fact])
        last = handed_over(script)
        server = unheard_by_node(model, stage, (last.name if last is not None else None) or "")
        still = f"; Node has no handler for SIGTERM by itself and {server} sets none, so it still takes ten seconds"
        because = form.why + (still if server is not None else "")
        return self.finding(instruction, Fix.safe("Use exec form", *edits, because=because))

    def _broken_json(self, instruction: Cmd | Entrypoint, model: Image, stage: StageImage) -> Finding:
        why = "it looks like JSON but is not, so Docker hands it to a shell as text"
        text = instruction.arguments.text
        words = _listed(text)
        if not words:
            return self.finding(instruction, because=why)
        in_shell = not kernel_starts(model, stage, words[0])
        edits = [Edit(instruction.arguments.whole, encode(exec_form(_expanded(words, in_shell=in_shell))))]
        if comment := _COMMENT.search(text):
            edits.append(insert_before(model.dockerfile, instruction, comment[1]))
        known = stage.facts is not None or _own_entrypoint(stage)
        if known and _NO_PROGRAM.match(text) and _words_are_looked_at(instruction, model, stage) is None:
            why = f"{why}, which finds no program of that name"
            return self.finding(instruction, Fix.safe("Quote as JSON", *edits, because=why))
        return self.finding(instruction, Fix.unsafe("Quote as JSON", *edits, because=why))


@frozen
class _Form:
    """The exec form of a script: the same words, or a shell that hands over with `exec`."""

    script: Script
    inner: str | None
    plain: bool
    shell: tuple[str, ...]
    why: str

    @classmethod
    def of(cls, script: Script, shell: tuple[str, ...], model: Image, stage: StageImage) -> _Form:
        inner = _inner_script(script)
        own = ("sh", "-c") if shell[:1] and shell[0].rpartition("/")[2] == "sh" else shell
        if inner is not None:
            same = inner == script.commands[0].words[-1].value
            return cls(script, inner, True, own, _SAME if same else _WITH_EXEC)
        if not _is_plain(script):
            return cls(script, None, False, own, _WITH_EXEC)
        program = script.commands[0].words[0].value or ""
        starts = kernel_starts(model, stage, program)
        return cls(script, None, starts, own, _SAME if starts else f"{program} {_NOT_BY_KERNEL}")

    def edits(self, text: MappedText) -> tuple[Edit, ...] | None:
        """The edits that turn the text into a JSON array where it stands, lines and inner comments kept."""
        if self.plain:
            return _word_edits(text, self.script.commands[0].words, self.inner)
        last = handed_over(self.script)
        return _script_edits(text, last, self.shell) if last is not None else None


def _listed(text: str) -> list[str]:
    """The strings of what looks like a list, with either quotes, whatever is wrong between them; [] for anything else.

    A comma too many or too few, a comment behind the bracket, and blanks that JSON does not know are no matter.
    """
    found = _LIST.fullmatch(text)
    strings = _STRING.findall(found[1]) if found else []
    return [one[1:-1].replace('\\"', '"').replace("\\$", "$") for one in strings]


def _expanded(words: list[str], *, in_shell: bool) -> list[str]:
    """The same words, by way of a shell where a variable stands in them, or where only a shell starts the program."""
    if not in_shell and not any("$" in word for word in words):
        return words
    return ["sh", "-c", "exec " + " ".join(word if _BARE.fullmatch(word) else f'"{word}"' for word in words)]


def _only_a_shell(instruction: Cmd | Entrypoint, script: Script | None, step: Step) -> str | None:
    """Why the text needs the shell that it has, or None."""
    if instruction.escape != "\\" or not step.before.is_posix:
        return "the shell here is not a POSIX shell"
    shell = step.before.shell or ()
    if not set(shell[1:]) <= _HARMLESS_SHELL_OPTIONS:
        return f"SHELL sets {' '.join(shell[1:])}, which the program may need"
    if script is None or not script.readable or not script.commands:
        return "the command cannot be read with certainty"
    return why_not_handed_over(script) or _last_command(script, shell)


def _last_command(script: Script, shell: tuple[str, ...]) -> str | None:
    last = handed_over(script)
    if last is None or not last.words or last.name is None:
        return "the program is only known at run time"
    if last.name != "exec" and is_builtin(last.name):
        return f"{last.name} is part of the shell itself"
    if shell[0].rsplit("/", 1)[-1] != "sh" and not _is_plain(script) and _inner_script(script) is None:
        return f"the text is written for {shell[0]}"
    return None


def _words_are_looked_at(instruction: Cmd | Entrypoint, model: Image, stage: StageImage) -> str | None:
    """Why other words than today's would reach somebody, or None."""
    entrypoint = next(reversed([i for i in stage.stage.instructions if isinstance(i, Entrypoint)]), None)
    if isinstance(instruction, Entrypoint):
        if stage.start.cmd:
            return "CMD is ignored today and would be handed over as arguments"
        return None
    if entrypoint is not None and entrypoint.form == "shell":
        return "the shell-form ENTRYPOINT ignores this CMD today"
    if stage.start.entrypoint:
        program = looked_at_by(model, stage)
        if program is not None:
            return f"the ENTRYPOINT {program} is handed these words and may look at them"
    return None


def _own_entrypoint(stage: StageImage) -> bool:
    return any(isinstance(i, Entrypoint) for i in stage.stage.instructions)


def _is_plain(script: Script) -> bool:
    """Whether exec form says the same: one command of certain words, nothing around it."""
    if not script.is_simple:
        return False
    command = script.commands[0]
    return (
        not command.assignments
        and not command.redirects
        and command.name != "exec"
        and not any(word.value is None or word.expands for word in command.words)
    )


def _inner_script(script: Script) -> str | None:
    """The script of `sh -c "…"`, where that is all there is, so that its program becomes process 1.

    What the outer shell would put in place of variables is left to the inner one. None for anything else, and for
    text in which the outer shell runs commands.
    """
    command = script.own_commands[0] if script.is_simple else None
    if command is None or command.assignments or command.redirects or len(command.words) != 3:
        return None
    shell, option, word = command.words
    if command.name not in _SHELLS or shell.value is None or not _SCRIPT_FOLLOWS.fullmatch(option.value or ""):
        return None
    if word.value is not None:
        return _handing_over(word.value)
    quote, body = word.raw[:1], word.raw[1:-1]
    if quote != '"' or word.raw[-1:] != quote or _NO_PLAIN_TEXT.search(body):
        return None
    return _handing_over(_ESCAPED.sub(r"\1", body))


def _handing_over(body: str) -> str:
    """A script with `exec` before its last program, where that is all that follows."""
    raw = encode(body)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    last = handed_over(script)
    if last is None or not last.words or last.name is None or last.name == "exec" or is_builtin(last.name):
        return body
    at = last.words[0].start
    return decode(raw[:at]) + "exec " + decode(raw[at:])


def _word_edits(text: MappedText, words: Sequence[ShellWord], inner: str | None) -> tuple[Edit, ...] | None:
    """Each word as a JSON string; `inner` takes the place of the last one."""
    edits: list[Edit] = []
    for number, word in enumerate(words):
        if text.has_gap(word.start, word.end):
            return None
        opening = "[" if number == 0 else ""
        closing = "]" if number == len(words) - 1 else ","
        value = inner if inner is not None and number == len(words) - 1 else word.value
        quoted = json.dumps(value, ensure_ascii=False)
        edits.append(Edit(word.span, encode(opening + quoted + closing)))
    return tuple(edits)


def _script_edits(text: MappedText, last: Command, shell: tuple[str, ...]) -> tuple[Edit, ...] | None:
    """`["sh", "-c", "…"]` around the text, which is escaped where it stands."""
    opening = encode(exec_form(shell)[:-1] + ', "')
    start = last.words[0].start
    insert = "" if last.name == "exec" else "exec "
    edits: list[Edit] = []
    for at, char in enumerate(text.raw):
        escaped = {0x22: b'\\"', 0x5C: b"\\\\", 0x09: b"\\t"}.get(char)
        before = encode(insert) if at == start else b""
        if at == 0:
            before = opening + before
        if escaped is not None:
            edits.append(Edit(text.span(at, at + 1), before + escaped))
        elif before:
            edits.append(Edit.insert(text.offset(at), before))
    edits.append(Edit.insert(text.offset(len(text)), b'"]'))
    return tuple(edits)
