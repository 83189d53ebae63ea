"""Yarn's download cache: a copy of every package that stays in the layer and that nothing reads again."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, Step, image, script_of
from dockerfix.plans.packages.behind_install import last_ones, put_behind, why_not_behind
from dockerfix.plans.packages.cache_mounts import fetching_runs
from dockerfix.plans.packages.yarn_cache import is_yarn_1, why_no_yarn_cache, why_yarn_cache_wanted
from dockerfix.plans.serving.development import for_developers
from dockerfix.programs.installers.javascript.yarn_calls import yarn_call, yarn_fetches
from dockerfix.rule import Aspect, BuildContext, CacheStyle, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Dockerfile, Run

_NODE = "FROM node:22-slim\n"
_CLEAN = b"yarn cache clean"
_LOCK4 = {"package.json": "{}", "yarn.lock": "__metadata:\n  version: 8\n"}


class YarnCacheKept(Rule):
    """`yarn install` leaves Yarn's download cache in the final image.

    Why: Yarn 1 copies each package into its cache and from there into node_modules, so that both are in the layer; a
    project of Express, Mongoose and Jest left 58 MB beside a node_modules of 54 MB.
    Fix: add `yarn cache clean` to the same RUN, behind the last Yarn command of a list joined by `&&`, else right
    behind the install.
    Safety: safe with Yarn 1, as only what was downloaded goes and nothing in sight reads it. Left alone with later
    releases, which may run packages right out of their cache (Plug'n'Play); in builder stages, under a mount, where a
    setting says where the cache lies, where a later RUN installs the same again, and in images for developers. pnpm
    and Bun link node_modules to their store and cache, so that a layer holds the packages once: nothing is to be won.
    """

    code = "DF303"
    name = "yarn-cache-kept"
    message = "Yarn leaves its download cache in the image"
    sources = (
        "Yarn 1 documentation: yarn cache",
        "hadolint DL3060",
        "tried: Yarn 1.22.22, pnpm 10 (56 MB of node_modules, 5 MB more with its store) and Bun 1.3",
    )
    may_change = frozenset({Aspect.BUILD_CACHE})
    options_type = CacheStyle
    options: CacheStyle
    worth = Worth.megabytes(58)
    examples = (
        Example(
            "the install of a project",
            _NODE + "RUN yarn install --frozen-lockfile\n",
            _NODE + "RUN yarn install --frozen-lockfile && yarn cache clean\n",
        ),
        Example("a lone yarn", _NODE + "RUN yarn\n", _NODE + "RUN yarn && yarn cache clean\n"),
        Example(
            "behind the last Yarn command of a chain",
            _NODE + "RUN yarn --production && yarn build && rm -rf src\n",
            _NODE + "RUN yarn --production && yarn build && yarn cache clean && rm -rf src\n",
        ),
        Example(
            "in the style of the lines",
            _NODE + "RUN cd web \\\n    # all of it\n    && yarn install \\\n    && true\n",
            _NODE + "RUN cd web \\\n    # all of it\n    && yarn install \\\n    && yarn cache clean \\\n    && true\n",
        ),
        Example(
            "operators at the ends of the lines, CRLF, lower case",
            "from node:22\r\nrun cd web && \\\r\n  yarn\r\n",
            "from node:22\r\nrun cd web && \\\r\n  yarn && \\\r\n  yarn cache clean\r\n",
        ),
        Example(
            "a program",
            _NODE + "RUN yarn global add pm2\n",
            _NODE + "RUN yarn global add pm2 && yarn cache clean\n",
        ),
        Example(
            "the last stage alone",
            "FROM node:22 AS build\nRUN yarn\n" + _NODE + "RUN yarn --production\n",
            "FROM node:22 AS build\nRUN yarn\n" + _NODE + "RUN yarn --production && yarn cache clean\n",
        ),
        Example("a heredoc", _NODE + "RUN <<EOF\nyarn\nEOF\n", _NODE + "RUN <<EOF\nyarn && yarn cache clean\nEOF\n"),
        Example(
            "only the last of two installs of the same packages",
            _NODE + "RUN yarn\nRUN yarn --production\n",
            _NODE + "RUN yarn\nRUN yarn --production && yarn cache clean\n",
        ),
        Example.reported("what another command makes of a failure", _NODE + "RUN yarn --frozen-lockfile || yarn\n"),
        Example.reported("no shell that could do it", _NODE + 'RUN ["yarn", "install"]\n'),
        Example.unchanged("the same RUN cleans it", _NODE + "RUN yarn && yarn cache clean --all\n"),
        Example.unchanged("the same RUN removes it", _NODE + "RUN yarn && rm -rf /usr/local/share/.cache\n"),
        Example.unchanged("a cache mount", _NODE + "RUN --mount=type=cache,target=/root/.cache yarn\n"),
        Example.unchanged("a builder", "FROM node:22 AS build\nRUN yarn\nFROM nginx:1.27\nCOPY --from=build /a /b\n"),
        Example.unchanged("Yarn 4 runs out of its cache", _NODE + "COPY . .\nRUN yarn\n", _LOCK4),
        Example.unchanged("it may be Yarn 4", _NODE + "RUN corepack enable\nRUN yarn\n"),
        Example.unchanged("a place of its own", _NODE + "ENV YARN_CACHE_FOLDER=/c\nRUN yarn\n"),
        Example.unchanged("npm has a rule of its own", _NODE + "RUN npm ci\n"),
        Example.unchanged("pnpm and Bun link", _NODE + "RUN pnpm install && bun install\n"),
        Example.unchanged("for developers", "FROM node:22 AS dev\nRUN yarn\n"),
        Example.unchanged("nothing is fetched", _NODE + "RUN yarn build && yarn --version\n"),
        Example.unchanged("text", _NODE + 'RUN echo "yarn install"\n'),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        mounted = self.options.cache == "mount"
        for stage, step, run in fetching_runs(model, dockerfile.source, yarn_fetches, leave_mounts=mounted):
            yield self._judge(model, stage, step, run)

    def _judge(self, model: Image, stage: StageImage, step: Step, run: Run) -> Finding:
        items = [item for item in step.commands or () if yarn_fetches(item)]
        place = items[0].program.span
        kept = (
            for_developers(model) or why_no_yarn_cache(model, stage, step) or why_yarn_cache_wanted(model, stage, step)
        )
        if kept is None and not is_yarn_1(model, stage):
            kept = "it is a later Yarn, or may be one, which may run packages out of its cache"
        if kept is not None:
            return self.declined(place, kept)
        problem = why_not_behind(run, items)
        script = script_of(run)
        if problem is not None or script is None:
            return self.finding(place, because=f"{problem}; clean the cache by hand")
        last = last_ones(script, step, items, _may_be_followed)
        edits = [put_behind(model.dockerfile, script, item, _CLEAN) for item in last]
        why = "it deletes only what Yarn downloaded, and nothing in sight reads that again"
        return self.finding(place, Fix.safe("Clean Yarn's cache in the same RUN", *edits, because=why))


def _may_be_followed(item: RunCommand) -> bool:
    return yarn_call(item.program) is not None and not item.command.is_nested and not item.command.redirects
