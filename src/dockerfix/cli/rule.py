"""`dockerfix rule [RULE]`: the rules, or some of them explained."""

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
        typer.Argument(metavar="RULE", help="A code or name (DF401, shell-form-cmd), a prefix of codes (DF4), or all."),
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Explain a rule, with examples; without one, list them all."""
    raise typer.Exit(guarded(lambda: _list(no_color) if name is None else _explain(name, no_color), no_color=no_color))


def _list(no_color: bool) -> int:
    from dockerfix.cli.terminal import Terminal
    from dockerfix.report.styled import Line, Part, Row, Rows
    from dockerfix.rules import all_rules

    rules = all_rules()
    rows = [Row((Part(rule.code, "code"), Part(f"  {rule.name}", "name")), (Part(rule.message),)) for rule in rules]
    hint = Line((Part("dockerfix rule DF101", "command"), Part(" explains one", "why")))
    Terminal(no_color=no_color).show((Rows(tuple(rows)), Line(), hint), "stdout")
    return 0


def _explain(name: str, no_color: bool) -> int:
    from dockerfix.cli.terminal import Terminal
    from dockerfix.report.rule_page import rule_page

    Terminal(no_color=no_color).show_page("\n".join(rule_page(rule) for rule in _named(name)))
    return 0


def _named(name: str) -> tuple[type[Rule], ...]:
    """One rule by its code or name, those of a theme by the start of their codes, or all."""
    from dockerfix.rules import all_rules
    from dockerfix.selection import check_names

    rules, low = all_rules(), name.lower()
    if low == "all":
        return rules
    for rule in rules:
        if low in (rule.code.lower(), rule.name):
            return (rule,)
    check_names(rules, (name,), "rule")
    return tuple(rule for rule in rules if rule.code.lower().startswith(low))
