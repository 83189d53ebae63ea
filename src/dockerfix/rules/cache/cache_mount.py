"""Cache mounts, for those who chose them as their style."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import StageImage, Step, image
from dockerfix.plans.packages.cache_mounts import CacheMounts, cache_mounts
from dockerfix.rule import Aspect, BuildContext, CacheStyle, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Run, add_flag
from dockerfix.text import Edit

_PY = "FROM python:3.12-slim\n"
_PIP = "--mount=type=cache,target=/root/.cache/pip"
_NPM = "--mount=type=cache,target=/root/.npm"
_APT = (
    "--mount=type=cache,target=/var/cache/apt,sharing=locked "
    "--mount=type=cache,target=/var/lib/apt/lists,sharing=locked"
)
_GO = "--mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build"


class CacheMount(Rule):
    """A RUN installs packages without a cache mount, in a project that chose them: `cache = "mount"` in its settings.

    Why: with a mount the next build finds what the last one downloaded, and nothing of it is in the image.
    Fix: `--mount=type=cache` with the place where the manager keeps its cache (pip, uv, npm, Yarn 1, pnpm, apt, Go);
    options and commands that would empty it (`--no-cache-dir`, `npm cache clean`, removing apt's lists) go.
    Safety: safe where the step runs as root and no variable or option puts the cache elsewhere: a mount in another
    place does nothing. Go's modules are mounted in every RUN of a stage or in none. By default (`cache = "none"`) the
    rule says nothing, as builders other than BuildKit refuse mounts.
    """

    code = "DF304"
    name = "cache-mount"
    message = "packages are downloaded anew in each build"
    sources = ("Docker reference: RUN --mount=type=cache", "uv documentation: Using uv in Docker")
    may_change = frozenset({Aspect.BUILD_CACHE, Aspect.COMMANDS, Aspect.SYSTEM_PACKAGES})
    options_type = CacheStyle
    options: CacheStyle
    example_options = CacheStyle(cache="mount")
    examples = (
        Example("pip", _PY + "RUN pip install flask\n", _PY + f"RUN {_PIP} pip install flask\n"),
        Example(
            "pip, whose cache was kept out",
            _PY + "RUN pip install --no-cache-dir -r r.txt\n",
            _PY + f"RUN {_PIP} pip install -r r.txt\n",
        ),
        Example(
            "uv",
            _PY + "RUN uv sync --locked\n",
            _PY + "RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked\n",
        ),
        Example(
            "npm, with its cleaning",
            "FROM node:22\nRUN npm ci \\\n    && npm cache clean --force \\\n    && npm run build\n",
            f"FROM node:22\nRUN {_NPM} npm ci \\\n    && npm run build\n",
        ),
        Example(
            "Yarn 1",
            "FROM node:22\nRUN yarn --frozen-lockfile && yarn cache clean\n",
            "FROM node:22\nRUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn --frozen-lockfile\n",
        ),
        Example(
            "pnpm",
            "FROM node:22\nRUN pnpm i -P\n",
            "FROM node:22\nRUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm i -P\n",
        ),
        Example(
            "apt, with its cleaning",
            "FROM debian:13\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n",
            f"FROM debian:13\nRUN {_APT} apt-get update && apt-get install -y git\n",
        ),
        Example(
            "Go, in each RUN of the stage",
            "FROM golang:1.27\nRUN go mod download\nCOPY . .\nRUN go build -o /app\n",
            f"FROM golang:1.27\nRUN {_GO} go mod download\nCOPY . .\nRUN {_GO} go build -o /app\n",
        ),
        Example(
            "two managers, lower case, CRLF, behind flags",
            "from python:3.12\r\nrun --network=host apt-get install -y git && \\\r\n  pip install flask\r\n",
            f"from python:3.12\r\nrun --network=host {_APT} {_PIP} apt-get install -y git && \\\r\n"
            "  pip install flask\r\n",
        ),
        Example.reported("a heredoc that cleans", "FROM node:22\nRUN <<EOF\nnpm ci\nnpm cache clean --force\nEOF\n"),
        Example.unchanged("a mount is there", _PY + f"RUN {_PIP} pip install flask\n"),
        Example.unchanged("another user", "FROM node:22\nUSER node\nRUN npm ci\n"),
        Example.unchanged("a user that is not known", "FROM corp/python\nARG U\nUSER $U\nRUN pip install flask\n"),
        Example.unchanged("a place of its own", _PY + "ENV PIP_CACHE_DIR=/c\nRUN pip install flask\n"),
        Example.unchanged("no cache by a variable", _PY + "ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask\n"),
        Example.unchanged("another home", _PY + "ENV HOME=/home/app\nRUN pip install flask\n"),
        Example.unchanged("nothing is installed", _PY + "RUN pip list && npm run build\n"),
        Example.unchanged("Go's modules are copied on", "FROM golang:1.27 AS b\nRUN go mod download\nFROM golang:1.27\n"
                          "COPY --from=b /go/pkg /go/pkg\n"),
        Example.unchanged("text", _PY + 'RUN echo "pip install flask"\n'),
    )  # fmt: skip

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if self.options.cache != "mount":
            return
        model = image(dockerfile, context)
        for stage in model.stages:
            found = [(step, one) for step in stage.steps
                     if (one := cache_mounts(stage, step, dockerfile.source)) is not None]  # fmt: skip
            go = [(step, one) for step, one in found if "go" in one.managers]
            is_open = any(one.why_not for _, one in go) or _is_taken(model.stages, stage)
            for step, one in found:
                yield self._judged(step, one, is_open=is_open and "go" in one.managers)

    def _judged(self, step: Step, one: CacheMounts, *, is_open: bool) -> Finding:
        run, names = step.instruction, " and ".join(one.managers)
        if is_open:
            return self.declined(run, "what Go downloads is taken from the layer, here or in another RUN")
        if one.why_not is not None and "a person" in one.why_not:
            return self.finding(run, because=one.why_not)
        if one.why_not is not None or not isinstance(run, Run):
            return self.declined(run, one.why_not or "")
        flags = Edit.insert(add_flag(run, one.flags[0]).span.end, b" " + " ".join(one.flags).encode())
        because = f"the step runs as root, whose cache of {names} lies there"
        return self.finding(run, Fix.safe("Add cache mounts", flags, *one.edits, because=because))


def _is_taken(stages: tuple[StageImage, ...], stage: StageImage) -> bool:
    """Whether another stage takes Go's modules along."""
    names = {stage.name, str(stage.stage.index)}
    copies = (step.transfer for other in stages for step in other.steps if step.transfer is not None)
    sources = (one for copy in copies for one in copy.sources if one.kind == "stage" and one.origin in names)
    return any(one.path is None or "go/pkg/mod/".startswith(f"{one.path.strip('/')}/") for one in sources)
