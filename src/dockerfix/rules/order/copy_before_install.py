"""Source copied before the dependency install: every edit of the code installs everything again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockerfix.image import Image, StageImage, Step, image, placed_files
from dockerfix.image.independence import needs_files
from dockerfix.image.installs import Install, pip_install, placed_before
from dockerfix.image.transfers import source_files
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Add, Arg, Copy, Dockerfile, Env, Instruction, Run, Trivia, Volume, exec_form
from dockerfix.text import Edit, Span, decode

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
_APP = {"requirements.txt": "flask\n", "main.py": "import flask\n"}
_ABOUT_INSTALL = re.compile(r"install|depend|requirement|package|\bpip\b", re.IGNORECASE)
# Folders whose files the system or a tool reads by itself; a copy there is no application source.
_SYSTEM = ("/etc/", "/usr/", "/root/.", "/bin/", "/sbin/", "/lib/", "/var/", "/tmp/", "/run/")


class CopyBeforeInstall(Rule):
    """Application source is copied before the dependencies are installed.

    Why: a COPY is run again when one of its files changed, and so is every step below it. With the whole
    source above `pip install`, each edit of the code downloads and installs all dependencies anew.
    Fix: copy just the manifests that the install reads (with all that they include), install, then copy the
    rest; comments move with what they describe.
    Safety: safe when the build context shows all that the install reads and no step in between needs the
    source. An editable or local install, or a step that cannot be read, is reported with the reason.
    """

    code = "DF201"
    name = "copy-before-install"
    message = "source copied before the dependency install: each edit installs everything again"
    sources = ("Docker documentation: Optimize cache usage in builds", "Docker reference: COPY, cache invalidation")
    may_change = frozenset({Aspect.LAYER_ORDER})
    examples = (
        Example(
            "one requirements file",
            before=_SLIM + 'COPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "main.py"]\n',
            after=_SLIM
            + 'COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD ["python", "main.py"]\n',
            files=_APP,
        ),
        Example(
            "comments move with what they describe",
            before="FROM python:3.12-slim\n\n# the application\nCOPY . /app\nWORKDIR /app\n\n# dependencies\n"
            'RUN pip install -r requirements.txt\n\n# start\nCMD ["python", "main.py"]\n',
            after="FROM python:3.12-slim\n\nCOPY requirements.txt /app/\nWORKDIR /app\n\n# dependencies\n"
            "RUN pip install -r requirements.txt\n\n# the application\nCOPY . /app\n\n# start\n"
            'CMD ["python", "main.py"]\n',
            files=_APP,
        ),
        Example(
            "files that the manifest includes come along, each to its folder",
            before=_SLIM + "COPY . .\nRUN pip install -r requirements/prod.txt -c constraints.txt\n",
            after=_SLIM
            + "COPY constraints.txt .\nCOPY requirements/base.txt requirements/prod.txt ./requirements/\n"
            + "RUN pip install -r requirements/prod.txt -c constraints.txt\nCOPY . .\n",
            files={
                "requirements/prod.txt": "-r base.txt\ngunicorn\n",
                "requirements/base.txt": "flask\n",
                "constraints.txt": "flask<4\n",
                "main.py": "",
            },
        ),
        Example(
            "an install that reads no manifest just comes first",
            before=_SLIM + "COPY . .\nRUN pip install flask\n",
            after=_SLIM + "RUN pip install flask\nCOPY . .\n",
            files={"main.py": ""},
        ),
        Example(
            "system packages in between need no source",
            before=_SLIM + "COPY . .\nRUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\n"
            "RUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt .\n"
            "RUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\n"
            "RUN pip install -r requirements.txt\nCOPY . .\n",
            files=_APP,
        ),
        Example(
            "the manifest has its own COPY already",
            before=_SLIM + "COPY src/ ./src/\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY src/ ./src/\n",
            files={"requirements.txt": "flask\n", "src/main.py": ""},
        ),
        Example(
            "a list of files is parted",
            before=_SLIM + "COPY main.py requirements.txt ./\nRUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY main.py ./\n",
            files=_APP,
        ),
        Example(
            "flags are kept; lower case; ADD stays where it copies the rest",
            before="from python:3.12-slim\nadd --chown=1000:1000 . /srv\nworkdir /srv\n"
            "run pip install -r requirements.txt\n",
            after="from python:3.12-slim\ncopy --chown=1000:1000 requirements.txt /srv/\nworkdir /srv\n"
            "run pip install -r requirements.txt\nadd --chown=1000:1000 . /srv\n",
            files=_APP,
        ),
        Example(
            "a builder stage, no final newline",
            before="FROM python:3.12 AS build\nCOPY . /src\nRUN pip install -r /src/requirements.txt",
            after="FROM python:3.12 AS build\nCOPY requirements.txt /src/\n"
            "RUN pip install -r /src/requirements.txt\nCOPY . /src",
            files=_APP,
        ),
        Example(
            "the manifest is copied twice already",
            before=_SLIM + "COPY . /app\nCOPY ./requirements.txt /app/requirements.txt\n"
            "RUN pip install -r requirements.txt\n",
            after=_SLIM + "COPY ./requirements.txt /app/requirements.txt\n"
            "RUN pip install -r requirements.txt\nCOPY . /app\n",
            files=_APP,
        ),
        Example.reported(
            "the project itself is installed",
            _SLIM + "COPY . .\nRUN pip install -e .\n",
            {"setup.py": "", "main.py": ""},
        ),
        Example.reported(
            "a step in between needs the source",
            _SLIM + "COPY . .\nRUN python generate.py\nRUN pip install -r requirements.txt\n",
            {**_APP, "generate.py": ""},
        ),
        Example.reported(
            "a manifest installs a folder of the project",
            _SLIM + "COPY . .\nRUN pip install -r requirements.txt\n",
            {"requirements.txt": "./lib\n", "lib/setup.py": "", "main.py": ""},
        ),
        Example.reported(
            "the ignore file hides the manifest",
            _SLIM + "COPY . .\nRUN pip install -r requirements.txt\n",
            {**_APP, ".dockerignore": "requirements.txt\n"},
        ),
        Example.unchanged(
            "manifests first, source last",
            _SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n",
            _APP,
        ),
        Example.unchanged("no install", _SLIM + 'COPY . .\nCMD ["python", "main.py"]\n', _APP),
        Example.unchanged(
            "a certificate that pip may need is no source",
            _SLIM + "COPY ca.crt /usr/local/share/ca-certificates/\nRUN pip install flask\n",
            {"ca.crt": ""},
        ),
        Example.unchanged(
            "what another stage made is not edited",
            "FROM node:22 AS web\nFROM python:3.12-slim\nCOPY --from=web /dist /dist\nRUN pip install flask\n",
            {},
        ),
        Example.unchanged(
            "only manifests above the install",
            _SLIM + "COPY requirements/ requirements/\nRUN pip install -r requirements/base.txt\n",
            {"requirements/base.txt": "flask\n"},
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if not context.known:
            return
        model = image(dockerfile, context)
        for stage in model.stages:
            found = _Reordering(dockerfile, model, stage).finding(self)
            if found is not None:
                yield found


@dataclass(slots=True)
class _Copy:
    """A copy of source that stands too early. `needed` are the image paths that an install reads of it."""

    step: Step
    places: Mapping[str, str]
    needed: dict[str, str]

    @property
    def instruction(self) -> Copy | Add:
        assert self.step.transfer is not None  # only copies are collected
        return self.step.transfer.instruction


class _Reordering:
    """One stage: which copies move below which install."""

    def __init__(self, dockerfile: Dockerfile, model: Image, stage: StageImage) -> None:
        self.dockerfile = dockerfile
        self.context = model.context
        self.stage = stage
        self.needed = self._all_needed()
        self.moving: list[_Copy] = []
        self.staying: dict[str, str] = {}
        self.last: Step | None = None
        self.reason: str | None = None

    def finding(self, rule: Rule) -> Finding | None:
        self._walk()
        if not self.moving:
            return None
        place = self.moving[0].instruction
        if self.last is None:
            return rule.finding(place, because=self.reason) if self.reason else None
        self.moving = [copy for copy in self.moving if copy.instruction.index < self.last.instruction.index]
        edits = self._edits(self.last.instruction)
        because = "the build context shows all that the install reads"
        return rule.finding(place, Fix.safe("Install before copying the source", *edits, because=because))

    def _installs(self, step: Step) -> list[Install]:
        placed = placed_before(self.stage, step, self.context)
        if placed is None:
            return []
        found = (pip_install(item, step, placed, self.context) for item in step.commands or ())
        return [install for install in found if install is not None]

    def _all_needed(self) -> dict[str, str]:
        needed: dict[str, str] = {}
        for step in self.stage.steps:
            if isinstance(step.instruction, Run):
                for install in self._installs(step):
                    needed.update(install.reads)
        return needed

    def _walk(self) -> None:
        for step in self.stage.steps:
            copy = self._source_copy(step)
            if copy is not None:
                self.moving.append(copy)
            elif self.moving and not self._passes(step):
                return
            elif step.transfer is not None:
                placed = placed_files(step.transfer, self.context) or {}
                self.staying.update({place: origin[2] for place, origin in placed.items()})

    def _source_copy(self, step: Step) -> _Copy | None:
        item = step.transfer
        if item is None or not all(source.kind == "context" for source in item.sources):
            return None
        placed = placed_files(item, self.context)
        if not placed:
            return None
        places = {place: origin[2] for place, origin in placed.items()}
        if any(place.startswith(_SYSTEM) for place in places):
            return None
        needed = {place: path for place, path in places.items() if self.needed.get(place) == path}
        if len(needed) == len(places) or not self._is_source(item.sources[0].path, places, needed):
            return None
        return _Copy(step, places, needed)

    def _is_source(self, first: str | None, places: Mapping[str, str], needed: Mapping[str, str]) -> bool:
        """Whether a copy brings what people edit: a folder, or a file of code; a lone setting may steer pip."""
        rest = [path for place, path in places.items() if place not in needed]
        return first == "." or any(path.endswith((".py", ".pyx", ".ipynb", ".html", ".js", ".css")) for path in rest)

    def _passes(self, step: Step) -> bool:
        """Whether the copies may move below this step; notes installs, and why the walk ends."""
        instruction = step.instruction
        if isinstance(instruction, Run):
            return self._passes_run(step)
        if step.transfer is not None:
            own = {place: path for copy in self.moving for place, path in copy.places.items()}
            placed = placed_files(step.transfer, self.context)
            if placed is None:
                return self._check(False, "a COPY in between cannot be followed")
            same = all(own.get(place, origin[2]) == origin[2] for place, origin in placed.items())
            return self._check(same, "a COPY in between replaces some of the files")
        if isinstance(instruction, Volume):
            return self._check(False, "a VOLUME in between keeps what was copied before it")
        if isinstance(instruction, Env | Arg):
            words = [word.value for copy in self.moving for word in copy.instruction.words]
            return self._check(not any("$" in word for word in words), "the copy uses a variable that may change")
        if step.before.workdir != step.after.workdir:
            return self._check(all(self._is_absolute(copy) for copy in self.moving), "WORKDIR changes in between")
        return True

    def _check(self, holds: bool, reason: str) -> bool:
        if not holds:
            self.reason = self.reason or (reason if self._install_below() else None)
        return holds

    def _install_below(self) -> bool:
        first = self.moving[0].instruction.index
        return any(self._installs(step) for step in self.stage.steps if step.instruction.index > first)

    @staticmethod
    def _is_absolute(copy: _Copy) -> bool:
        destination = copy.instruction.destination
        return destination is not None and destination.value.startswith("/")

    def _passes_run(self, step: Step) -> bool:
        installs = self._installs(step)
        reason = self._run_needs_source(step, installs)
        if reason is not None:
            return self._check(False, reason)
        if installs:
            self.last = step
        return True

    def _run_needs_source(self, step: Step, installs: list[Install]) -> str | None:
        if any("type=bind" in flag.value for flag in step.instruction.flags):
            return "a RUN in between mounts the build context"
        if step.commands is None:
            return "a RUN in between cannot be read"
        moving = {place for copy in self.moving for place in copy.places if place not in self.needed}
        folders = step.before.folders | {posixpath.dirname(place) for place in self.needed}
        problems = (install.problem for install in installs if install.problem)
        others = (
            needs_files(item, moving, folders)
            for item in step.commands
            if item.program not in [install.pip.command for install in installs]
        )
        return next(problems, None) or next((reason for reason in others if reason), None)

    def _edits(self, last: Instruction) -> list[Edit]:
        edits: list[Edit] = []
        moved: list[str] = []
        for copy in self.moving:
            for place, path in self.staying.items():
                if copy.needed.get(place) == path:
                    del copy.needed[place]
            block = _Block(self.dockerfile, copy.instruction, last)
            stays, goes = self._parted(copy)
            edits.append(block.replaced_by(stays))
            moved.append(block.lead + block.comments + goes)
        text = "".join(moved)
        source, style = self.dockerfile.source, self.dockerfile.style
        end = last.extent.end
        if source[:end].endswith(b"\n"):
            edits.append(Edit.insert(end, style.encoded(text)))
        else:
            edits.append(Edit.insert(end, style.encoded("\n" + text.removesuffix("\n"))))
        return edits

    def _parted(self, copy: _Copy) -> tuple[str, str]:
        """The lines that stay above the install, and the instruction that goes below it; `\\n` behind each."""
        instruction = copy.instruction
        whole = decode(self.dockerfile.source[instruction.extent.start : instruction.extent.end])
        whole = whole.replace("\r\n", "\n").removesuffix("\n") + "\n"
        if not copy.needed:
            return "", whole
        kept = self._kept_sources(copy)
        if kept is not None:
            return self._with_sources(instruction, kept), self._with_sources(instruction, kept, without=True)
        return "".join(self._manifest_copies(copy)), whole

    def _kept_sources(self, copy: _Copy) -> set[int] | None:
        """The source words that name just manifests, when these are all that the installs need of this copy."""
        assert copy.step.transfer is not None
        wanted = set(copy.needed.values())
        kept = {
            number
            for number, source in enumerate(copy.step.transfer.sources)
            if (files := source_files(source, self.context)) and set(files) <= wanted
        }
        covered = {path for n in kept for path in source_files(copy.step.transfer.sources[n], self.context) or ()}
        return kept if kept and covered == wanted else None

    def _with_sources(self, instruction: Copy | Add, numbers: set[int], *, without: bool = False) -> str:
        """The instruction on one line with only some of its sources."""
        words = [
            word
            for number, word in enumerate(instruction.words)
            if number == len(instruction.words) - 1 or (number in numbers) != without
        ]
        return self._instruction_text(instruction, instruction.keyword, [word.value for word in words])

    def _instruction_text(self, instruction: Copy | Add, keyword: str, values: list[str]) -> str:
        own = ("chown", "chmod", "link", "from")
        source = self.dockerfile.source
        flags = [
            decode(source[flag.span.start : flag.span.end])
            for flag in instruction.flags
            if flag.name in own or keyword.upper() == instruction.kind
        ]
        as_json = instruction.form == "json" or any(" " in value for value in values)
        arguments = exec_form(values) if as_json else " ".join(values)
        return " ".join([keyword, *flags, arguments]) + "\n"

    def _manifest_copies(self, copy: _Copy) -> Iterator[str]:
        assert copy.step.transfer is not None
        assert copy.instruction.destination is not None
        base = copy.step.transfer.destination or "/"
        written = copy.instruction.destination.value
        folders: dict[str, list[str]] = {}
        for place, path in sorted(copy.needed.items(), key=lambda item: item[1]):
            folders.setdefault(posixpath.relpath(posixpath.dirname(place), base), []).append(path)
        keyword = self.dockerfile.style.keyword("COPY")
        for folder, paths in sorted(folders.items()):
            target = _target(written, folder, len(paths))
            yield self._instruction_text(copy.instruction, keyword, [*paths, target])


def _target(written: str, folder: str, count: int) -> str:
    """Where manifests go, written as the file writes its destination."""
    if folder == ".":
        return written if written.endswith("/") or (count == 1 and written == ".") else written + "/"
    return f"{written.rstrip('/')}/{folder}/"


class _Block:
    """The lines of a copy with the comments that describe it and the blank lines around."""

    def __init__(self, dockerfile: Dockerfile, instruction: Instruction, last: Instruction) -> None:
        self.dockerfile = dockerfile
        self.instruction = instruction
        above = dockerfile.comments_above(instruction)
        text = " ".join(comment.text for comment in above)
        speaks_of_install = bool(_ABOUT_INSTALL.search(text)) and not dockerfile.comments_above(last)
        self.above = () if speaks_of_install else above
        self.start = self.above[0].span.start if self.above else instruction.extent.start

    @property
    def comments(self) -> str:
        """The comment lines that move along."""
        text = decode(self.dockerfile.source[self.start : self.instruction.extent.start])
        return text.replace("\r\n", "\n")

    @property
    def lead(self) -> str:
        """An empty line, where the block opened a paragraph."""
        return "\n" if self._item_is_blank(self.start, before=True) else ""

    def _item_is_blank(self, offset: int, *, before: bool) -> bool:
        return any(
            isinstance(item, Trivia)
            and item.kind == "blank"
            and (item.span.end if before else item.span.start) == offset
            for item in self.dockerfile.items
        )

    def replaced_by(self, lines: str) -> Edit:
        """The edit that leaves `lines` in place of the block, and no double blank where nothing is left."""
        end = self.instruction.extent.end
        if not lines and self.lead and self._item_is_blank(end, before=False):
            found = self.dockerfile.source.find(b"\n", end) + 1
            end = found or len(self.dockerfile.source)
        return Edit(Span(self.start, end), self.dockerfile.style.encoded(lines))
