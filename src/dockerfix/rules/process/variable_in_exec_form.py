"""Variables in exec form, where nothing replaces them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerfix.image import Image, StageImage, Step, image
from dockerfix.plans.process.exec_variables import Use, as_script, has_shell, uses_in
from dockerfix.plans.process.handed_words import looked_at_by
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Healthcheck, Instruction, Run, exec_form
from dockerfix.text import Edit, MappedText, encode

_SLIM = "FROM python:3.12-slim\n"
_APP = _SLIM + "ENV PORT=8000\n"


class VariableInExecForm(Rule):
    """A variable in exec form reaches the program as it is written: `$PORT`, not its value.

    Why: exec form starts the program without a shell, and nothing else replaces variables when a container starts,
    so the program gets five letters where it wants a number.
    Fix: `["sh", "-c", "exec … \\"$PORT\\""]`; an ENTRYPOINT still takes words behind it (`"$@"`). A variable that
    stands for options (`$JAVA_OPTS`) is left unquoted, so that it becomes several words, or none.
    Safety: safe where the variable is set by ENV or compose, by the container runtime (HOME) or by platforms (PORT), or
    the word itself names a value to take instead; unsafe where nothing sets it, where the base image is not known,
    and in RUN. Left alone where the program is a shell that replaces it, and in words that may be text in a language
    of their own.
    """

    code = "DF402"
    name = "variable-in-exec-form"
    message = "exec form: the variable is not replaced"
    sources = ("Docker reference: Shell and exec form",)
    may_change = frozenset({Aspect.START_COMMAND, Aspect.HEALTHCHECK, Aspect.COMMANDS})
    examples = (
        Example(
            "a port",
            before=_APP + 'CMD ["uvicorn", "main:app", "--port", "$PORT"]\n',
            after=_APP + 'CMD ["sh", "-c", "exec uvicorn main:app --port \\"$PORT\\""]\n',
        ),
        Example(
            "a value to take instead",
            before=_SLIM + 'CMD ["gunicorn", "-b", "0.0.0.0:${WEB_PORT:-8000}", "app:app"]\n',
            after=_SLIM + 'CMD ["sh", "-c", "exec gunicorn -b \\"0.0.0.0:${WEB_PORT:-8000}\\" app:app"]\n',
        ),
        Example(
            "an ENTRYPOINT still takes words",
            before=_APP + 'ENTRYPOINT ["uvicorn", "main:app", "--port", "${PORT}"]\nCMD ["-v"]\n',
            after=_APP
            + 'ENTRYPOINT ["sh", "-c", "exec uvicorn main:app --port \\"${PORT}\\" \\"$@\\"", "--"]\nCMD ["-v"]\n',
        ),
        Example(
            "options, none or several",
            before='FROM eclipse-temurin:21-jre\nENTRYPOINT ["java", "$JAVA_OPTS", "-jar", "app.jar"]\n',
            after="FROM eclipse-temurin:21-jre\n"
            'ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar app.jar \\"$@\\"", "--"]\n',
        ),
        Example(
            "a health check",
            before=_APP + 'HEALTHCHECK --interval=30s CMD ["curl", "-f", "http://localhost:$PORT/health?full=1"]\n',
            after=_APP
            + 'HEALTHCHECK --interval=30s CMD ["sh", "-c", "curl -f \\"http://localhost:$PORT/health?full=1\\""]\n',
        ),
        Example(
            "other words keep their quotes",
            before=_APP + 'CMD ["serve", "--title", "it\'s mine", "--port=$PORT"]\n',
            after=_APP + 'CMD ["sh", "-c", "exec serve --title \'it\'\\"\'\\"\'s mine\' \\"--port=$PORT\\""]\n',
        ),
        Example(
            "a program whose name is a variable",
            before=_SLIM + 'ENV APP=/opt/app\nCMD ["$APP/serve", "-v"]\n',
            after=_SLIM + 'ENV APP=/opt/app\nCMD ["sh", "-c", "exec \\"$APP/serve\\" -v"]\n',
        ),
        Example(
            "compose sets it",
            before=_SLIM + 'CMD ["worker", "--queue", "$QUEUE"]\n',
            after=_SLIM + 'CMD ["sh", "-c", "exec worker --queue \\"$QUEUE\\""]\n',
            files={"compose.yaml": "services:\n  web:\n    build: .\n    environment:\n      QUEUE: mail\n"},
        ),
        Example(
            "behind an init",
            before=_APP + 'ENTRYPOINT ["tini", "--"]\nCMD ["serve", "$PORT"]\n',
            after=_APP + 'ENTRYPOINT ["tini", "--"]\nCMD ["sh", "-c", "exec serve \\"$PORT\\""]\n',
        ),
        Example(
            "several lines",
            before=_APP + 'CMD ["serve", \\\n     "--port", \\\n     "$PORT"]\n',
            after=_APP + 'CMD ["sh", "-c", "exec serve --port \\"$PORT\\""]\n',
        ),
        Example.unsafe(
            "nothing sets it",
            _SLIM + 'CMD ["worker", "--queue", "$QUEUE"]\n',
            _SLIM + 'CMD ["sh", "-c", "exec worker --queue \\"$QUEUE\\""]\n',
        ),
        Example.unsafe(
            "a step of the build",
            _SLIM + 'ARG EXTRA=web\nRUN ["pip", "install", "--no-cache-dir", "$EXTRA"]\n',
            _SLIM + 'ARG EXTRA=web\nRUN ["sh", "-c", "pip install --no-cache-dir \\"$EXTRA\\""]\n',
        ),
        Example.unsafe(
            "the base image is not known",
            'FROM registry.example.com/base:1\nENV PORT=80\nCMD ["serve", "$PORT"]\n',
            'FROM registry.example.com/base:1\nENV PORT=80\nCMD ["sh", "-c", "exec serve \\"$PORT\\""]\n',
        ),
        Example.reported(
            "the words go to another program",
            _APP + 'ENTRYPOINT ["uvicorn", "main:app"]\nCMD ["--port", "$PORT"]\n',
        ),
        Example.reported(
            "no shell is there",
            'FROM gcr.io/distroless/python3-debian12\nENV PORT=80\nCMD ["main.py", "$PORT"]\n',
        ),
        Example.unchanged("a shell replaces it", _APP + 'CMD ["sh", "-c", "exec serve $PORT"]\n'),
        Example.unchanged("behind an init, too", _APP + 'ENTRYPOINT ["tini", "--", "sh", "-c", "serve $PORT"]\n'),
        Example.unchanged("a backslash in front", _APP + 'CMD ["serve", "\\\\$PORT"]\n'),
        Example.unchanged("awk has fields", _APP + 'CMD ["awk", "{ print $NF }", "log"]\n'),
        Example.unchanged("a variable of the program's own", _APP + 'CMD ["pwsh", "-c", "$env:PORT"]\n'),
        Example.unchanged("a name in lower case that nothing sets", _APP + 'CMD ["nginx-render", "$host"]\n'),
        Example.unchanged("a login shell", _APP + 'CMD ["bash", "-lc", "$HOME/serve"]\n'),
        Example.unchanged("a regular expression", _APP + 'CMD ["grep", "-r", "end$", "/log"]\n'),
        Example.unchanged("names of variables are wanted", _APP + 'CMD ["envsubst", "$PORT"]\n'),
        Example.unchanged("a program's own language", _APP + 'CMD ["supervisord", "-c", "%(ENV_HOME)s/x.conf"]\n'),
        Example.unchanged("a text", _APP + 'CMD ["su", "app", "-c", "serve --port $PORT"]\n'),
        Example.unchanged("shell form", _APP + "CMD serve $PORT\n"),
        Example.unchanged("no variable at all", _APP + 'CMD ["serve", "--price", "$5"]\n'),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for instruction in dockerfile.find((Run, Cmd, Entrypoint, Healthcheck)):
            words, text = _exec_words(instruction)
            if not any("$" in word for word in words):
                continue
            stage, step = model.stage_of(instruction), model.step(instruction)
            if stage is None or step is None or instruction.escape != "\\":
                continue
            if step.before.shell is not None and not step.before.is_posix:
                continue
            uses = uses_in(words, model, stage)
            if uses:
                yield self._judged(instruction, (words, text), uses, model, stage, step)

    def _judged(
        self,
        instruction: Instruction,
        written: tuple[Sequence[str], MappedText],
        uses: tuple[Use, ...],
        model: Image,
        stage: StageImage,
        step: Step,
    ) -> Finding:
        names = ", ".join(dict.fromkeys(f"${use.name}" for use in uses))
        message = f"exec form: {names} is not replaced"
        problem = _why_not(instruction, model, stage)
        if problem is not None:
            return self.finding(instruction, because=problem, message=message)
        words, text = written
        edit = Edit(text.whole, encode(exec_form(_in_shell(instruction, words, stage))))
        doubt = _doubt(instruction, uses, stage, step)
        if doubt is not None:
            return self.finding(
                instruction, Fix.unsafe("Start it through a shell", edit, because=doubt), message=message
            )
        why = "a shell replaces the variable and hands over; the other words stay what they are"
        return self.finding(instruction, Fix.safe("Start it through a shell", edit, because=why), message=message)


def _exec_words(instruction: Instruction) -> tuple[tuple[str, ...], MappedText]:
    """The words of an exec form with the text that holds them; none for shell form."""
    if isinstance(instruction, Healthcheck):
        text = instruction.command.stripped()
        found = tuple(word.value for word in instruction.words[1:])
        return (found if instruction.form == "json" or text.text.startswith("[") else ()), text
    return (instruction.values if instruction.form == "json" else ()), instruction.arguments


def _in_shell(instruction: Instruction, words: Sequence[str], stage: StageImage) -> tuple[str, ...]:
    script = as_script(words, stage)
    if isinstance(instruction, Entrypoint):
        return "sh", "-c", f'exec {script} "$@"', "--"
    return "sh", "-c", f"exec {script}" if isinstance(instruction, Cmd) else script


def _why_not(instruction: Instruction, model: Image, stage: StageImage) -> str | None:
    """Why no repair is known, or None."""
    if has_shell(stage) is False:
        return "the image has no shell that could replace it; let the program read the variable itself"
    if any(line.kind == "comment" for line in instruction.lines):
        return "comments stand between the words; write it by hand"
    if isinstance(instruction, Cmd) and stage.start.entrypoint:
        program = looked_at_by(model, stage)
        if program is not None:
            return (
                f"the words go to the ENTRYPOINT {program}: start that by way of a shell, and name the variable there"
            )
    return None


def _doubt(instruction: Instruction, uses: tuple[Use, ...], stage: StageImage, step: Step) -> str | None:
    """What a person should look at before this is applied, or None."""
    if stage.facts is None:
        return "the base image is not known: it may have no shell, or an ENTRYPOINT that looks at the words"
    if isinstance(instruction, Run):
        return "the step runs with the value instead of the name"
    unknown = [use.name for use in uses if not use.known]
    only_args = [name for name in unknown if name in step.before.args]
    if only_args:
        return f"{only_args[0]} is a build argument, which a container does not have: set it with ENV"
    return f"nothing in the project sets {unknown[0]}" if unknown else None
