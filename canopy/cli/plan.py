"""``canopy plan``: which assets suit what, and what to find out first."""

from __future__ import annotations

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from canopy.access.rules import Role
from canopy.assets.queries import now_utc
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    settings_for,
)
from canopy.cli.plan_demo import add_to as add_demo
from canopy.cli.plan_report import add_to as add_report
from canopy.cli.plan_scenarios import add_to as add_scenarios
from canopy.cli.plan_surveys import add_to as add_surveys
from canopy.cli.tables import print_table
from canopy.errors import NotFound, Refused

if TYPE_CHECKING:
    from canopy.plan.suitability.computing import Suitability
    from canopy.plan.suitability.explaining import RuleResult
    from canopy.plan.suitability.scoring import Scored

TechnologyOption = Annotated[
    str, typer.Option("--technology", "-t", help="One that the rules have, such as small_cell.")
]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", help="TOML file of rules; those that are shipped where not given."),
]
DayOption = Annotated[
    str | None, typer.Option("--day", help="Day on which ages are counted, 2026-11-28; today.")
]
ShownKinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Tell only of this kind; may be repeated.")
]
MOST_SHOWN = 20


class ClassName(StrEnum):
    """Classes of suitability, as `canopy.plan.suitability.scoring` has them."""

    suitable = "suitable"
    possible = "possible"
    unknown = "unknown"
    unsuitable = "unsuitable"


def commands() -> typer.Typer:
    """The subcommands of ``canopy plan``."""
    group = typer.Typer(help="Which assets suit which technology, and why.", no_args_is_help=True)
    group.callback()(_group)
    group.command("suitability")(score_assets)
    add_surveys(group)
    group.command("prospects")(count_prospects)
    group.command("rules")(show_rules)
    add_scenarios(group)
    add_report(group)
    add_demo(group)
    return group


def _group() -> None:
    """Which assets suit which technology, and why."""


def score_assets(
    technology: TechnologyOption = "small_cell",
    rules: RulesOption = None,
    fmt: Annotated[
        Literal["table", "csv", "geojson", "json"],
        typer.Option("--format", help="table shows the first 20; the others write all."),
    ] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; else to the terminal.")
    ] = None,
    kind: ShownKinds = None,
    suitability_class: Annotated[
        list[ClassName] | None,
        typer.Option("--class", help="Tell only of this class; may be repeated."),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="One asset's ref or id: every rule of it.")
    ] = None,
    day: DayOption = None,
    audience: AudienceOption = Role.admin,
    db: DbOption = None,
) -> None:
    """Score assets for a technology by the council's rules.

    Every score says what it rests on, rule by rule. What is not known earns nothing, lowers the
    confidence, and never makes an asset suitable.
    """
    from canopy.plan.suitability import answers

    found, scored, storage_crs = measured_for(db, rules, technology, day, audience)
    if explain is not None:
        _explain(scored, explain, fmt)
        return
    places = answers.chosen_places(scored, kind or (), suitability_class or ())
    if fmt == "table":
        _table(found, scored, places)
        return
    if fmt == "csv":
        text = answers.as_csv(scored, places)
    elif fmt == "geojson":
        text = _json(answers.as_geojson(scored, found.provenance, places, storage_crs))
    else:
        text = _json(answers.as_document(scored, found.provenance, places, with_rules=True))
    put(text, out, f"{len(places):,} assets")


def measured_for(
    db: str | None, rules: Path | None, technology: str, day: str | None, audience: Role
) -> tuple[Suitability, Scored, str]:
    """What a command scores, with the storage CRS."""
    from canopy.plan.suitability.computing import suitability
    from canopy.plan.suitability.rules_file import read_rules

    settings = settings_for(db)
    rule_file = read_rules(rules or settings.plan_rules)
    rule_file.rules.technology(technology)
    with database_for(settings) as database, database.reading() as session:
        found = suitability(session, database, audience_principal(audience), rule_file, day_of(day))
        return found, found.scored(technology), database.storage_crs


def day_of(text: str | None) -> date:
    """The day that was given, or today."""
    if text is None:
        return now_utc().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"--day {text!r} is no day; write one as 2026-11-28") from error


def put(text: str, out: Path | None, what: str) -> None:
    """To a file, or to the terminal as it is."""
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}") from error
    console.print(f"Wrote {what} to {out}.", markup=False, soft_wrap=True)


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _table(found: Suitability, scored: Scored, places: list[int]) -> None:
    from canopy.plan.suitability.answers import class_counts
    from canopy.plan.suitability.explaining import lines

    table = Table("rank", "asset", "kind", "class", "score", "between", "confidence", "not known")
    for line in lines(scored, places[:MOST_SHOWN]):
        table.add_row(
            f"{line.rank}", line.ref or line.asset_id, line.kind, line.suitability,
            f"{line.score:.1f}", f"{line.lowest:.1f} and {line.highest:.1f}",
            f"{line.confidence:.0%}", ", ".join(line.unknown) or "nothing",
        )  # fmt: skip
    print_table(table)
    counts = ", ".join(f"{many:,} {name}" for name, many in class_counts(scored).items())
    for told in (
        f"{scored.technology.label}: {len(scored):,} assets scored: {counts}.",
        *found.provenance.notes,
        f"Rules {found.provenance.rules}, SHA-256 {found.provenance.rules_sha256[:12]}; as "
        f"{found.provenance.role} sees the catalogue on {found.provenance.day}.",
    ):
        console.print(told, markup=False, soft_wrap=True)


def _explain(scored: Scored, reference: str, fmt: str) -> None:
    from canopy.plan.suitability.answers import explanation_document
    from canopy.plan.suitability.explaining import explained, lines

    place = _place(scored, reference)
    if fmt == "json":
        typer.echo(_json(explanation_document(scored, place)), nl=False)
        return
    line = lines(scored, [place])[0]
    console.print(
        f"{line.ref or line.asset_id} ({line.kind}): {line.suitability}, score {line.score:.1f} "
        f"between {line.lowest:.1f} and {line.highest:.1f}, confidence {line.confidence:.0%}, rank "
        f"{line.rank} of {len(scored):,}.",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    for each in explained(scored, place):
        console.print(_sentence(each), markup=False, soft_wrap=True)


def _sentence(each: RuleResult) -> str:
    """What one rule says, with what it could still say."""
    value = "not known" if each.value is None else f"{each.value} {each.unit}".strip()
    says: str
    if each.is_hard:
        says = each.outcome
    elif each.points is None:
        says = f"adds 0.0 of {each.weight * 100:.1f} until it is known"
    else:
        says = f"{each.points:.0f} points of 100, adds {each.contribution:.1f} of "
        says += f"{each.weight * 100:.1f}"
    note = "" if each.note is None else f" {each.note}"
    return f"- {each.name}: {value}: {says}. {each.text}.{note} [{each.source}; {each.standing}]"


def _place(scored: Scored, reference: str) -> int:
    assets = scored.facts.assets
    for place, row in enumerate(scored.order):
        at = scored.at[row]
        if reference in (assets.ref[at], assets.asset_id[at]):
            return place
    raise NotFound(f"No asset {reference!r} is scored for {scored.technology.label}.")


def count_prospects(
    file: Annotated[
        Path,
        typer.Argument(help="TOML as of `canopy concession prospects`; groups without assets."),
    ],
    technology: TechnologyOption = "small_cell",
    rules: RulesOption = None,
    day: DayOption = None,
    audience: AudienceOption = Role.admin,
    db: DbOption = None,
) -> None:
    """Tell what unlet assets may bring, their number counted by suitability class and kind."""
    from canopy.concessions.terms.documents import read_toml
    from canopy.plan.suitability.prospects import prospects_of

    document = read_toml(file)
    _, scored, _ = measured_for(db, rules, technology, day, audience)
    asked, told = prospects_of(document, scored)
    table = Table("year", *(each.name for each in asked.groups), "together")
    expected = [each.income.amounts for each in asked.expected()]
    for year in range(1, asked.years + 1):
        row = [float(each[year]) for each in expected]
        table.add_row(f"{year}", *(f"{each:,.0f}" for each in (*row, sum(row))))
    print_table(table)
    sources = [f"- source: {each}" for each in asked.sources()]
    for line in (f"Real, in prices of {asked.prices}.", *told, *sources):
        console.print(line, markup=False, soft_wrap=True)


def show_rules(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; else to the terminal.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="The JSON Schema of a rule file instead.")
    ] = False,
    check: Annotated[
        Path | None, typer.Option("--check", help="Check this rule file, and write nothing.")
    ] = None,
) -> None:
    """Write the rules that are shipped, to be edited, or check edited ones."""
    from canopy.plan.suitability.rules_file import default_text, json_schema, read_rules

    if check is not None:
        found = read_rules(check)
        for zone in found.rules.zones:
            found.path(zone.file)
        if found.rules.demand is not None:
            found.path(found.rules.demand.file)
        many = sum(len(each.rules) for each in found.rules.technologies.values())
        names = ", ".join(found.rules.technologies)
        console.print(f"{check.name}: {many:,} rules for {names}.", markup=False, soft_wrap=True)
        return
    put(_json(json_schema()) if schema else default_text(), out, "the rules")
