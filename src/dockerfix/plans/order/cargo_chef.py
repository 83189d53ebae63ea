"""Cargo's dependencies built apart by cargo-chef, in the stages of its README: chef, planner and the one that builds.

Source: README of cargo-chef, "How to use".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.plans.order.stage_installs import installs
from dockerfix.plans.order.surroundings import Block
from dockerfix.plans.order.walk import Order
from dockerfix.programs.installers.contract import Install
from dockerfix.project.context.build_context import BuildContext
from dockerfix.regexes import regex
from dockerfix.syntax import Arg, Dockerfile, Instruction
from dockerfix.text import Edit, Span, decode

__all__ = ["chef_edits"]

_NUMBERED = regex(rb"\bfrom=\d", re.IGNORECASE)
_ALONE = frozenset(
    "--release -r --all-features --no-default-features --workspace --all --locked --all-targets --tests --bins".split()
)
_VALUED = frozenset("--target --profile --features -F -p --package --bin".split())


def chef_edits(dockerfile: Dockerfile, context: BuildContext, order: Order) -> list[Edit] | None:
    """The edits that have cargo-chef build the dependencies of a stage; None where its README's form does not fit.

    Args:
        order: one that is not made, as a build of Cargo needs the source.
    """
    run, names = order.blocker, {stage.name for stage in dockerfile.stages}
    if run is None or order.stage.base is not None or {"chef", "planner"} & names or _is_numbered(dockerfile):
        return None
    copies: list[Instruction] = [copy.instruction for copy in order.copies]
    build = _build(dockerfile, context, order)
    first = order.copies[0].step
    between = [step.instruction for step in order.stage.steps if first.instruction.index <= step.instruction.index]
    own = order.stage.stage
    has_arguments = any(isinstance(one, Arg) for one in own.instructions)
    if build is None or has_arguments or between[: len(copies) + 1] != [*copies, run.instruction]:
        return None
    name = own.start.words[2].value if own.name is not None else "builder"
    if own.name is None and "builder" in names:
        return None
    return [_chef(dockerfile, order), _planner(dockerfile, copies, name, f"{first.before.workdir}/recipe.json", build)]


def _is_numbered(dockerfile: Dockerfile) -> bool:
    """Whether a stage is named by its number, which would be another one below new stages."""
    return _NUMBERED.search(dockerfile.source) is not None


def _build(dockerfile: Dockerfile, context: BuildContext, order: Order) -> RunCommand | None:
    """The build, where its manifest stands in the folder that it runs in and that the copies start from."""
    assert order.blocker is not None  # the build stands there
    found: tuple[Install, ...] = installs(dockerfile, context).get(order.blocker.instruction.index, ())
    install = next((one for one in found if one.tool == "cargo" and one.is_project), None)
    folder = order.copies[0].step.before.workdir
    if install is None or folder in (None, "/") or f"{folder}/Cargo.toml" not in install.reads:
        return None
    return next((one for one in order.blocker.commands or () if one.program is install.command), None)


def _chef(dockerfile: Dockerfile, order: Order) -> Edit:
    """The stage that both others start from: what stands above the source, with cargo-chef."""
    start, style = order.stage.stage.start, dockerfile.style
    text = f" {style.keyword('AS')} chef\n{style.keyword('RUN')} cargo install cargo-chef --locked"
    return Edit(Span(start.words[0].span.end, start.span.end), style.encoded(text))


def _planner(dockerfile: Dockerfile, copies: list[Instruction], name: str, recipe: str, build: RunCommand) -> Edit:
    """The stage that writes the recipe, and the beginning of the one that builds."""
    block, style = Block(dockerfile, copies[0]), dockerfile.style
    start, run, copy = style.keyword("FROM"), style.keyword("RUN"), style.keyword("COPY")
    source = [decode(dockerfile.source[one.span.start : one.span.end]).replace("\r\n", "\n") for one in copies]
    lines = [
        *([] if block.opens else [""]),
        f"{start} chef {style.keyword('AS')} planner",
        *source,
        f"{run} cargo chef prepare --recipe-path recipe.json",
        "",
        f"{start} chef {style.keyword('AS')} {name}",
        f"{copy} --from=planner {recipe} recipe.json",
        " ".join([f"{run} cargo chef cook", *_options(build), "--recipe-path recipe.json"]),
        "",
    ]
    return Edit.insert(block.span.start, style.encoded("\n".join(lines)))


def _options(build: RunCommand) -> Iterator[str]:
    """What of the build counts for the dependencies; `cargo install` builds for release."""
    if "install" in build.program.argv and "--debug" not in build.program.argv:
        yield "--release"
    pending = False
    for word in build.program.words[1:]:
        text = word.value or word.raw
        if pending or text in _ALONE or text.partition("=")[0] in _VALUED:
            yield word.raw
        pending = text in _VALUED
