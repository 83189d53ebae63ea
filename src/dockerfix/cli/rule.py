"""`dockerfix rule [ID]`: the rules, or one of them explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dockerfix.cli.guard import guarded

if TYPE_CHECKING:
    from dockerfix.rule import Rule

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def rule(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Code or name, like DF401 or shell-form-cmd.", show_default=False),
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Explain a rule, or list them all."""
    raise typer.Exit(guarded(lambda: _list(no_color) if name is None else _explain(name, no_color), no_color=no_color))


def _list(no_color: bool) -> int:
    from dockerfix.cli.terminal import Terminal
    from dockerfix.report.styled import Line, Part, Row, Rows
    from dockerfix.rules import all_rules

    rules = all_rules()
    width = max(len(rule.name) for rule in rules)
    rows = [
        Row((Part(rule.code, "code"), Part(f"  {rule.name:{width}}", "name")), (Part(rule.message),)) for rule in rules
    ]
    hint = Line((Part("dockerfix rule ID", "command"), Part(" explains one", "why")))
    Terminal(no_color=no_color).show((Rows(tuple(rows)), Line(), hint), "stdout")
    return 0


def _explain(name: str, no_color: bool) -> int:
    from dockerfix.cli.terminal import Terminal
    from dockerfix.report.rule_page import rule_page

    Terminal(no_color=no_color).show_page(rule_page(_named(name)))
    return 0


def _named(name: str) -> type[Rule]:
    from dockerfix.errors import UsageError
    from dockerfix.rules import all_rules
    from dockerfix.selection import check_names

    rules = all_rules()
    for rule in rules:
        if name.lower() in (rule.code.lower(), rule.name):
            return rule
    check_names(rules, (name,), "rule")
    codes = ", ".join(rule.code for rule in rules if rule.code.lower().startswith(name.lower()))
    raise UsageError(f"{name} is the start of several rules ({codes}); name one")
