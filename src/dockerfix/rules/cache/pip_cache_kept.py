"""pip's download cache: a copy of every wheel that stays in the layer and that nothing reads again."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import RunCommand, State, image
from dockerfix.plans.packages.cache_mounts import takes_mounts
from dockerfix.programs.pip_cache import CacheUse, cache_use
from dockerfix.rule import Aspect, BuildContext, CacheStyle, Example, Fact, Finding, Fix, Rule
from dockerfix.shell.editing import add_option
from dockerfix.shell.pip import PipCommand, pip_command
from dockerfix.syntax import Dockerfile, Run

_SLIM = "FROM python:3.12-slim\n"


class PipCacheKept(Rule):
    """`pip install` leaves its download cache in the layer.

    Why: what pip downloads is kept in `/root/.cache/pip` for the next install; in an image there is none, so
    the layer only grows.
    Fix: add `--no-cache-dir` to each such command, right behind `install`.
    Safety: safe, as the flag has no effect on what gets installed; unsafe where a later command names the cache folder
    (`rm`, `du`, `tar`, `pip cache`, a script), as it may fail without one, or be there for it. Left alone under a cache
    mount, where the same RUN removes the cache, where another stage takes it along, where `PIP_NO_CACHE_DIR` or
    `--cache-dir` settles it, and for `pip download` and other tools.
    """

    code = "DF301"
    name = "pip-cache-kept"
    message = "pip keeps its download cache in the image"
    sources = ("hadolint DL3042", "pip documentation: Caching")
    may_change = frozenset({Aspect.BUILD_CACHE})
    options_type = CacheStyle
    options: CacheStyle
    examples = (
        Example(
            "a requirements file",
            before=_SLIM + "RUN pip install -r requirements.txt\n",
            after=_SLIM + "RUN pip install --no-cache-dir -r requirements.txt\n",
        ),
        Example(
            "every command of a chain, in each spelling",
            before=_SLIM
            + "RUN pip3 install flask && python -m pip install gunicorn; pip3.12 install 'uvicorn[standard]'\n",
            after=_SLIM
            + "RUN pip3 install --no-cache-dir flask && python -m pip install --no-cache-dir gunicorn; "
            + "pip3.12 install --no-cache-dir 'uvicorn[standard]'\n",
        ),
        Example(
            "comments inside a continuation stay where they are",
            before=_SLIM + "RUN pip install flask \\\n    # the platform team pins this one\n    gunicorn==22.0\n",
            after=_SLIM
            + "RUN pip install --no-cache-dir flask \\\n    # the platform team pins this one\n    gunicorn==22.0\n",
        ),
        Example(
            "the body of a heredoc",
            before=_SLIM + "RUN <<EOF\nset -e\npip install flask\nEOF\n",
            after=_SLIM + "RUN <<EOF\nset -e\npip install --no-cache-dir flask\nEOF\n",
        ),
        Example(
            "lower-case keywords and CRLF",
            before="from python:3.12-slim\r\nrun pip install flask\r\n",
            after="from python:3.12-slim\r\nrun pip install --no-cache-dir flask\r\n",
        ),
        Example(
            "exec form",
            before=_SLIM + 'RUN ["pip", "install", "flask"]\n',
            after=_SLIM + 'RUN ["pip", "install", "--no-cache-dir", "flask"]\n',
        ),
        Example(
            "behind environment settings and sudo, inside if",
            before=_SLIM + 'RUN if [ -f dev ]; then CFLAGS="-O2" sudo -H pip install numpy; fi\n',
            after=_SLIM + 'RUN if [ -f dev ]; then CFLAGS="-O2" sudo -H pip install --no-cache-dir numpy; fi\n',
        ),
        Example(
            "a builder stage too: its layers are cached and pushed as well",
            before="FROM python:3.12 AS build\nRUN pip install build\nFROM python:3.12-slim\nCOPY --from=build /x /x\n",
            after="FROM python:3.12 AS build\nRUN pip install --no-cache-dir build\n"
            "FROM python:3.12-slim\nCOPY --from=build /x /x\n",
        ),
        Example(
            "an empty variable settles nothing",
            before=_SLIM + "ENV PIP_NO_CACHE_DIR=\nRUN pip install flask\n",
            after=_SLIM + "ENV PIP_NO_CACHE_DIR=\nRUN pip install --no-cache-dir flask\n",
        ),
        Example.unsafe(
            "a later RUN removes it: too late, but somebody thought of it",
            _SLIM + "RUN pip install flask\nRUN rm -rf /root/.cache\n",
            _SLIM + "RUN pip install --no-cache-dir flask\nRUN rm -rf /root/.cache\n",
        ),
        Example.unsafe(
            "a later command wants the folder",
            _SLIM + "RUN pip install flask\nRUN rm -r /root/.cache/pip\n",
            _SLIM + "RUN pip install --no-cache-dir flask\nRUN rm -r /root/.cache/pip\n",
        ),
        Example.unchanged("the same RUN removes the cache", _SLIM + "RUN pip install flask && rm -rf ~/.cache\n"),
        Example.unchanged("the same RUN purges it", _SLIM + "RUN pip install flask && pip cache purge\n"),
        Example.unchanged(
            "another stage takes it",
            _SLIM.replace("\n", " AS a\n")
            + "RUN pip install flask\nFROM python:3.12-slim\nCOPY --from=a /root/.cache /root/.cache\n",
        ),
        Example.unchanged("the flag is there, at the end", _SLIM + "RUN pip install flask --no-cache-dir\n"),
        Example.unchanged("the flag is there, before the verb", _SLIM + "RUN pip --no-cache-dir install flask\n"),
        Example.unchanged(
            "a cache mount keeps the cache out of the layer",
            _SLIM + "RUN --mount=type=cache,target=/root/.cache/pip pip install flask\n",
        ),
        Example.unchanged("the environment settles it", _SLIM + "ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask\n"),
        Example.unchanged("the command's own environment too", _SLIM + "RUN PIP_NO_CACHE_DIR=1 pip install flask\n"),
        Example.unchanged("pip download", _SLIM + "RUN pip download flask\n"),
        Example.unchanged("uv has a cache of its own", _SLIM + "RUN uv pip install --system flask\n"),
        Example.unchanged("text is no command", _SLIM + 'RUN echo "pip install flask" > notes.txt\n'),
        Example.unchanged("text fed to a command", _SLIM + "RUN cat <<EOF > notes.txt\npip install flask\nEOF\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for run in dockerfile.find(Run):
            if not _mentions_pip(run) or _has_cache_mount(run):
                continue
            step = model.step(run)
            stage = model.stage_of(run)
            if step is None or stage is None:
                continue
            if self.options.cache == "mount" and takes_mounts(stage, step, dockerfile.source):
                continue
            for item in step.commands or ():
                pip = pip_command(item.program)
                if pip is not None and _keeps_cache(pip, item, step.before):
                    yield self._flag_missing(pip, cache_use(model, step, item))

    def _flag_missing(self, pip: PipCommand, use: CacheUse | None) -> Finding:
        if use is not None and use.kind == "removed":
            return self.declined(pip.verb_word.span, "the same RUN removes the cache, so that none is kept")
        if use is not None and use.kind == "brought":
            return self.declined(pip.verb_word.span, f"line {use.line} brings a cache for it")
        if use is not None and use.kind == "taken":
            return self.declined(pip.verb_word.span, f"line {use.line} takes the cache along")
        edit = add_option(pip.command, pip.verb_word, "--no-cache-dir")
        if edit is None:
            return self.finding(pip.verb_word.span, because="the command stands inside quotes; edit it by hand")
        if use is not None:
            why = f"line {use.line} names the cache, and may be there for it or fail where there is none"
            fix = Fix.unsafe("Add --no-cache-dir", edit, because=why)
            return self.finding(pip.verb_word.span, fix, facts=[Fact("names the cache", line=use.line)])
        fix = Fix.safe("Add --no-cache-dir", edit, because="it only drops the cache, and nothing else mentions that")
        return self.finding(pip.verb_word.span, fix)


def _mentions_pip(run: Run) -> bool:
    """A cheap look before the script is parsed."""
    return b"pip" in run.logical.raw or any("pip" in heredoc.content for heredoc in run.heredocs)


def _has_cache_mount(run: Run) -> bool:
    return any(flag.name == "mount" and "type=cache" in flag.value for flag in run.flags)


def _keeps_cache(pip: PipCommand, item: RunCommand, state: State) -> bool:
    if pip.tool != "pip" or pip.verb != "install" or pip.has("--no-cache-dir", "--cache-dir", "--no-cache"):
        return False
    own = {name: word.value for name, word in item.command.assignments}
    if "PIP_CONFIG_FILE" in own:
        return False
    # pip leaves out a variable that is empty. Source: pip, `_internal/configuration.py`, get_environ_vars.
    settled = ("PIP_NO_CACHE_DIR", "PIP_CACHE_DIR")
    return not any(name in values and values[name] != "" for values in (own, state.env, state.args) for name in settled)
