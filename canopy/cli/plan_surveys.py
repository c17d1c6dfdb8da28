"""``canopy plan survey``: what to find out first, as a file to fill in, and taken in again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from canopy.access.rules import Role
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    local_principal,
    settings_for,
)
from canopy.cli.tables import print_table

if TYPE_CHECKING:
    from canopy.plan.suitability.scoring import Scored
    from canopy.plan.suitability.survey import Survey


def add_to(group: typer.Typer) -> None:
    """Add the command to ``canopy plan``."""
    group.command("survey")(survey_assets)


def survey_assets(
    technology: Annotated[
        str, typer.Option("--technology", "-t", help="One that the rules have.")
    ] = "small_cell",
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="TOML file of rules; those that are shipped where not given."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a file to fill in: .csv or .xlsx."),
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, max=10_000, help="Facts of single assets to ask for.")
    ] = 200,
    take: Annotated[
        Path | None, typer.Option("--take", help="Take in this file, filled in, instead.")
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why, kept with every revision that --take makes.")
    ] = "survey",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --take: do everything but write.")
    ] = False,
    day: Annotated[
        str | None, typer.Option("--day", help="Day on which ages are counted; today.")
    ] = None,
    audience: AudienceOption = Role.admin,
    db: DbOption = None,
) -> None:
    """Tell which unknown facts of which assets move the ranking most, and take the answers in.

    A file that was filled in is taken through the import: all of it, or nothing and the row and
    column of each mistake. Later vintages of a register leave what a survey found as it is.
    """
    if take is not None:
        _take(take, reason, db, dry_run=dry_run)
        return
    from canopy.cli.plan import measured_for
    from canopy.plan.suitability.survey import survey

    _, scored, _ = measured_for(db, rules, technology, day, audience)
    found = survey(scored, most)
    _show(found)
    if out is not None:
        _write(found, scored, out, audience, db)


def _show(found: Survey) -> None:
    table = Table("fact", "assets", "places moved", "found out by")
    for each in found.facts:
        table.add_row(each.fact, f"{each.assets:,}", f"{each.moves:,}", each.found_by)
    print_table(table)
    for gap in found.gaps[:10]:
        place = gap.line.street or gap.line.ward or "somewhere"
        console.print(
            f"- {gap.line.ref or gap.line.asset_id} ({gap.line.kind}, {place}): "
            f"{', '.join(gap.fields)} moves it by {gap.moves:,} places, score {gap.worst:.0f} to "
            f"{gap.best:.0f}.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    if found.left_out:
        console.print(f"{found.left_out:,} more facts of single assets are not known.")


def _write(found: Survey, scored: Scored, out: Path, audience: Role, db: str | None) -> None:
    from canopy.plan.suitability.gathering import known_fields
    from canopy.plan.suitability.survey_files import sheet, standing_alone, write_sheet

    kinds = {gap.line.kind for gap in found.gaps}
    ids = frozenset(gap.line.asset_id for gap in found.gaps)
    with database_for(settings_for(db)) as database, database.reading() as session:
        known = known_fields(session, database, audience_principal(audience), kinds, ids)
    made = sheet(found, known, standing_alone(scored.facts.assets))
    write_sheet(made, out)
    console.print(f"Wrote {len(made.rows):,} assets to {out}.", markup=False, soft_wrap=True)
    if made.without_ref:
        console.print(
            f"{made.without_ref:,} are left out: neither a ref nor their position names them."
        )


def _take(path: Path, reason: str, db: str | None, *, dry_run: bool) -> None:
    from canopy.cli.importing import print_report
    from canopy.plan.suitability.survey_taking import take_survey

    with database_for(settings_for(db)) as database:
        reports = take_survey(
            database, path, local_principal().name, reason, dry_run=dry_run, told=print_report
        )
    if any(report.state == "refused" for report in reports):
        raise typer.Exit(1)
