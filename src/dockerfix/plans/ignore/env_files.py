"""Who reads `.env` and its like from the context, so that something else comes out where an ignore file hides them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import context_commands, models_of_context
from dockerfix.programs.starts import Program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.known.context_readers import reader_names
from dockerfix.project.manifests.package_calls import package_call
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.readers.env_readers import (
    brings_dotenv,
    env_reader,
    names_env_file,
    names_template,
    reads_template,
)
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, Run

__all__ = ["env_file_reader", "env_template_reader"]

_BUILD = regex(r"(?:build|generate|export)(?:[:-].*)?|.*[:-](?:build|generate|export)")
# Source: the documentation of each, on "env files", "environment variables" or "modes".
_BUNDLER = regex(
    r"\b(?:vite|next|react-scripts|react-app-rewired|craco|vue-cli-service|nuxt|nuxi|astro|gatsby|svelte-kit|remix|"
    r"react-router|rsbuild|rspack|parcel|webpack|expo|quasar|umi|ember|turbo|nx|lerna|dotenv|env-cmd)\b"
)

_INSTALLERS = frozenset("pip pip3 npm yarn pnpm gem go cargo composer uv poetry apt-get apk".split())  # of a library


@memoised
def env_file_reader(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """Who reads `.env` and its like, in words; None without one. Whether such a file is there is not asked.

    A command of any Dockerfile of the context, what is started, or the project's code, scripts and libraries. A build
    script of a package.json that cannot be read may be one.
    """
    for _, model in models_of_context(dockerfile, context):
        for stage in model.stages:
            for step in stage.steps:
                for command in step.commands or ():
                    if _reads_env_files(command.program.argv, context):
                        text = " ".join(value for value in command.program.argv if value)
                        return f"{text} reads env files while it builds"
    for program in context_commands(dockerfile, context).programs:
        said = _read_by(program, context)
        if said is not None:
            return said
    found = env_reader(context.without_dockerfile)
    return str(found) if found is not None else None


def _read_by(program: Program, context: BuildContext) -> str | None:
    where = f"{program.place} runs {program}, which" if program.place else f"{program}, which"
    always, flask = reader_names("env_programs", "always"), reader_names("env_programs", "flask")
    installs = reader_names("env_programs", "installs")
    if program.name in always and not installs.intersection(word or "" for word in program.argv[1:2]):
        return f"{where} reads .env"
    flask_runs = program.name in flask or (
        program.argv[1:2] == ("-m",) and program.argv[2:3] and program.argv[2] in flask
    )
    if flask_runs and brings_dotenv(context.without_dockerfile):
        return f"{where} reads .env where python-dotenv is installed"
    told = ("dotenv", "--env-file")  # Deno's option needs no name
    named = any(names_env_file(word) or any(one in word for one in told) for word in _read_words(program))
    return f"{where} names .env" if named and program.name not in _INSTALLERS else None


def _read_words(program: Program) -> Iterator[str]:
    """The words of a command without the file that it writes over: the target of `cp`, `mv`, `> FILE`."""
    words = [word.value or word.raw for word in program.command.words]
    keeps = any(word.startswith("-") and {"n", "u", "i"} & {*word} and not word.startswith("--") for word in words)
    keeps = keeps or any(word in ("--no-clobber", "--update") for word in words)
    if program.name in ("cp", "mv", "install", "ln") and len(words) > 2 and not keeps and not program.command.within:
        words = words[:-1]
    yield from words


@memoised
def env_template_reader(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """Who names `.env.example` or another `.env.…`, in words."""
    for name, model in models_of_context(dockerfile, context):
        for stage in model.stages:
            for step in stage.steps:
                is_run = isinstance(step.instruction, Run)
                text = step.instruction.logical.text if is_run else step.instruction.arguments.text
                if step.transfer is None and names_template(text):
                    return f"{name} line {step.instruction.start_line} names a file that it would hide".strip()
    found = reads_template(context.without_dockerfile)
    return str(found) if found is not None else None


def _reads_env_files(argv: Sequence[str | None], context: BuildContext) -> bool:
    words = " ".join(value or "" for value in argv)
    if _BUNDLER.search(words) and any(map(_is_build, argv[1:])):
        return True
    call = package_call(argv)
    if call is None or not _is_build(call.name):
        return False
    script = None if call.folder or call.members else package_json(context, "package.json").scripts.get(call.name)
    return script is None or bool(_BUNDLER.search(script))


def _is_build(word: str | None) -> bool:
    return word is not None and _BUILD.fullmatch(word) is not None
