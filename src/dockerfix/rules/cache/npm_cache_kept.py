"""npm's download cache: a copy of every package that stays in the layer and that nothing reads again."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, Step, image, script_of
from dockerfix.plans.packages.behind_install import last_ones, put_behind, why_not_behind
from dockerfix.plans.packages.cache_mounts import fetching_runs
from dockerfix.plans.packages.npm_cache import why_no_cache, why_wanted
from dockerfix.plans.serving.development import for_developers
from dockerfix.programs.installers.javascript.npm_calls import fetches, npm_call, replaces_npm
from dockerfix.rule import Aspect, BuildContext, CacheStyle, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Dockerfile, Run

_NODE = "FROM node:22-slim\n"
_CLEAN = b"npm cache clean --force"
_LEAVING = frozenset("uninstall unlink remove rm r un".split())


class NpmCacheKept(Rule):
    """`npm ci` or `npm install` leaves npm's download cache in the final image.

    Why: npm keeps what it downloads in `~/.npm` for the next install; in an image there is none. With npm 11.19 a
    project of Express, Mongoose and Jest left 84 MB there beside a node_modules of 80 MB.
    Fix: add `npm cache clean --force` to the same RUN, behind the last npm command of a list joined by `&&`, else
    right behind the install.
    Safety: safe, as only what was downloaded goes and nothing in sight reads it. Left alone in builder stages, under a
    mount, where the same RUN removes the cache, where a setting, `.npmrc` or option says where it lies or wants it
    (`--prefer-offline`), where a later RUN installs the same again, and in images for developers.
    """

    code = "DF302"
    name = "npm-cache-kept"
    message = "npm leaves its download cache in the image"
    sources = ("npm documentation: npm cache", "docker-parfum: npmCacheCleanAfterInstall")
    may_change = frozenset({Aspect.BUILD_CACHE})
    options_type = CacheStyle
    options: CacheStyle
    worth = Worth.megabytes(84)
    examples = (
        Example(
            "the install of a project",
            before=_NODE + "RUN npm ci --omit=dev\n",
            after=_NODE + "RUN npm ci --omit=dev && npm cache clean --force\n",
        ),
        Example(
            "behind the last npm command of a chain",
            before=_NODE + "RUN npm ci && npm run build && npm prune --omit=dev && rm -rf src\n",
            after=_NODE
            + "RUN npm ci && npm run build && npm prune --omit=dev && npm cache clean --force && rm -rf src\n",
        ),
        Example(
            "in the style of the lines",
            before=_NODE + "RUN apt-get update \\\n    # the bot needs it\n    && npm install -g pm2 \\\n    && true\n",
            after=_NODE + "RUN apt-get update \\\n    # the bot needs it\n    && npm install -g pm2 \\\n"
            "    && npm cache clean --force \\\n    && true\n",
        ),
        Example(
            "operators at the ends of the lines, CRLF, lower case",
            before="from node:22\r\nrun cd web && \\\r\n  npm ci\r\n",
            after="from node:22\r\nrun cd web && \\\r\n  npm ci && \\\r\n  npm cache clean --force\r\n",
        ),
        Example(
            "the last stage alone",
            before="FROM node:22 AS build\nRUN npm ci\n" + _NODE + "RUN npm ci --omit=dev\n",
            after="FROM node:22 AS build\nRUN npm ci\n" + _NODE + "RUN npm ci --omit=dev && npm cache clean --force\n",
        ),
        Example(
            "a stage that the last one starts from",
            before="FROM node:22 AS deps\nRUN npm ci\nFROM deps\nCOPY . .\n",
            after="FROM node:22 AS deps\nRUN npm ci && npm cache clean --force\nFROM deps\nCOPY . .\n",
        ),
        Example(
            "each branch",
            before=_NODE + "RUN if [ -f package-lock.json ]; then npm ci; else npm install; fi\n",
            after=_NODE + "RUN if [ -f package-lock.json ]; then npm ci && npm cache clean --force; "
            "else npm install && npm cache clean --force; fi\n",
        ),
        Example(
            "a heredoc, where a line behind it would hide that the install failed",
            before=_NODE + "RUN <<EOF\nnpm ci\nEOF\n",
            after=_NODE + "RUN <<EOF\nnpm ci && npm cache clean --force\nEOF\n",
        ),
        Example(
            "npm goes again in the same RUN",
            before="FROM alpine:3.20\nRUN apk add npm && npm i -g serve && apk del npm\n",
            after="FROM alpine:3.20\nRUN apk add npm && npm i -g serve && npm cache clean --force && apk del npm\n",
        ),
        Example(
            "a comment of the shell at the end",
            before=_NODE + "RUN npm ci # from the lock file\n",
            after=_NODE + "RUN npm ci && npm cache clean --force # from the lock file\n",
        ),
        Example(
            "every layer that has one",
            before=_NODE + "RUN npm ci\nRUN npm install -g pm2\n",
            after=_NODE + "RUN npm ci && npm cache clean --force\nRUN npm install -g pm2 && npm cache clean --force\n",
        ),
        Example(
            "only the last of two installs of the same packages",
            before=_NODE + "RUN npm ci && npm run build\nRUN npm ci --omit=dev\n",
            after=_NODE + "RUN npm ci && npm run build\nRUN npm ci --omit=dev && npm cache clean --force\n",
        ),
        Example.reported("what another command makes of a failure", _NODE + "RUN npm ci || npm install\n"),
        Example.reported("no shell that could do it", _NODE + 'RUN ["npm", "ci"]\n'),
        Example.reported("another user's cache", _NODE + "RUN chown node /app && su node -c 'npm ci'\n"),
        Example.reported("another user's cache, by sudo", _NODE + "RUN sudo -u node npm ci\n"),
        Example.unchanged("the same RUN cleans it", _NODE + "RUN npm ci && npm cache clean --force && rm -rf src\n"),
        Example.unchanged("the same RUN removes it", _NODE + 'RUN npm ci && rm -rf "$HOME/.npm"\n'),
        Example.unchanged("a cache mount", _NODE + "RUN --mount=type=cache,target=/root/.npm npm ci\n"),
        Example.unchanged("a builder", "FROM node:22 AS build\nRUN npm ci\nFROM nginx:1.27\nCOPY --from=build /a /b\n"),
        Example.unchanged("a place of its own", _NODE + "ENV npm_config_cache=/var/cache/npm\nRUN npm ci\n"),
        Example.unchanged("the option too", _NODE + "RUN npm ci --cache /tmp/npm\n"),
        Example.unchanged(
            "the project's settings too",
            _NODE + "COPY package*.json .npmrc ./\nRUN npm ci\n",
            files={".npmrc": "cache=.npm-cache\n", "package.json": "{}"},
        ),
        Example.unchanged("a later install wants it", _NODE + "RUN npm ci\nRUN npm ci --prefer-offline --omit=dev\n"),
        Example.unchanged(
            "another stage takes it", "FROM node:22 AS a\nRUN npm ci\nFROM a\nCOPY --from=a /root/.npm /root/.npm\n"
        ),
        Example.unchanged("for developers", "FROM node:22 AS dev\nRUN npm ci\n"),
        Example.unchanged("Yarn has a cache of its own", _NODE + "RUN yarn install --frozen-lockfile\n"),
        Example.unchanged("npm that fetches nothing", _NODE + "RUN npm run build && npm prune --omit=dev\n"),
        Example.unchanged("text is no command", _NODE + 'RUN echo "npm ci" > notes.txt\n'),
        Example.unchanged("text fed to a command", _NODE + "RUN cat <<EOF > run.sh\nnpm ci\nEOF\n"),
        Example.unchanged("npm is replaced by another release of itself", _NODE + "RUN npm install -g npm@11\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        mounted = self.options.cache == "mount"
        for stage, step, run in fetching_runs(model, dockerfile.source, fetches, leave_mounts=mounted):
            yield from self._judge(model, stage, step, run)

    def _judge(self, model: Image, stage: StageImage, step: Step, run: Run) -> Iterator[Finding]:
        items = [item for item in step.commands or () if fetches(item)]
        place = items[0].program.span
        kept = for_developers(model) or why_no_cache(model, stage, step) or why_wanted(model, stage, step)
        if kept is None and replaces_npm(items[-1]):
            kept = "another npm runs behind it, of which nothing is known"
        if kept is not None:
            yield self.declined(place, kept)
            return
        problem = why_not_behind(run, items)
        if problem is not None:
            yield self.finding(place, because=f"{problem}; clean the cache by hand")
            return
        script = script_of(run)
        assert script is not None
        edits = [
            put_behind(model.dockerfile, script, item, _CLEAN)
            for item in last_ones(script, step, items, _may_be_followed)
        ]
        why = "it deletes only what npm downloaded, and nothing in sight reads that again"
        yield self.finding(place, Fix.safe("Clean npm's cache in the same RUN", *edits, because=why))


def _may_be_followed(item: RunCommand) -> bool:
    given = npm_call(item.program)
    plain = not item.command.is_nested and not item.command.redirects
    return given is not None and plain and given.verb not in _LEAVING
