"""``canopy plan scenario``: scenarios put, cloned, computed and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from canopy.access.rules import Principal, Role
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.plan_together import together_scenarios
from canopy.cli.tables import print_table
from canopy.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from canopy.plan.scenarios.computing import Inputs
    from canopy.plan.scenarios.storing import Note

NameArgument = Annotated[str, typer.Argument(help="Of the scenario; do-minimum is always there.")]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="TOML of rules of suitability; else the setting's.")
]
DayOption = Annotated[
    str | None, typer.Option("--day", help="Day on which ages are counted; today.")
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="File to write.")]
ReasonOption = Annotated[str, typer.Option(help="Why, kept with the version.")]


def add_to(group: typer.Typer) -> None:
    """Add the group to ``canopy plan``."""
    scenarios = typer.Typer(
        help="Scenarios of the plan, held against doing the minimum.", no_args_is_help=True
    )
    scenarios.command("put")(put_scenario)
    scenarios.command("list")(list_scenarios)
    scenarios.command("show")(show_scenario)
    scenarios.command("clone")(clone_scenario)
    scenarios.command("run")(run_scenario)
    scenarios.command("compare")(compare_scenarios)
    scenarios.command("together")(together_scenarios)
    group.add_typer(scenarios, name="scenario")


def put_scenario(
    file: Annotated[Path, typer.Argument(help="TOML file with the scenario.")],
    reason: ReasonOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and write nothing.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Store a scenario, as a new one or as the next version of the one with its name."""
    from canopy.plan.scenarios.scenario import read_scenario
    from canopy.plan.scenarios.storing import put

    scenario = read_scenario(file)
    if dry_run:
        console.print(f"{scenario.name}: nothing wrong. Nothing was written.", markup=False)
        return
    with database_for(settings_for(db)) as database, database.writing() as session:
        kept = put(session, scenario, _note(reason or f"from {file.name}"))
    console.print(f"{kept.label}, SHA-256 {scenario.sha256[:12]}.", markup=False)


def list_scenarios(db: DbOption = None) -> None:
    """Tell all scenarios, and what they were cloned from."""
    from canopy.plan.scenarios.storing import every

    table = Table("scenario", "title", "technology", "most sites", "of")
    with database_for(settings_for(db)) as database, database.reading() as session:
        for kept in every(session):
            told = kept.scenario
            table.add_row(
                kept.label, told.title, told.technology, f"{told.assets.most:,}",
                kept.cloned_from or "",
            )  # fmt: skip
    print_table(table)


def show_scenario(
    name: NameArgument,
    version: Annotated[int | None, typer.Option(help="One version; else the newest.")] = None,
    db: DbOption = None,
) -> None:
    """Write what a scenario says, as JSON."""
    from canopy.plan.scenarios.storing import find

    with database_for(settings_for(db)) as database, database.reading() as session:
        kept = find(session, name, version)
    told = {"version": kept.version, "sha256": kept.scenario.sha256, **kept.scenario.document()}
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1))


def clone_scenario(
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(help="Of the copy.")],
    title: Annotated[str | None, typer.Option(help="Of the copy.")] = None,
    reason: ReasonOption = "cloned",
    db: DbOption = None,
) -> None:
    """Copy the newest version of a scenario under another name."""
    from canopy.plan.scenarios.storing import clone

    with database_for(settings_for(db)) as database, database.writing() as session:
        kept = clone(session, name, new_name, title, _note(reason))
    console.print(f"{kept.label}, of {kept.cloned_from}.", markup=False)


def run_scenario(
    name: NameArgument,
    rules: RulesOption = None,
    day: DayOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute, and store nothing.")] = False,
    fmt: Annotated[
        Literal["table", "json", "csv"],
        typer.Option("--format", help="json tells all; csv the sites in the order of choice."),
    ] = "table",
    out: OutOption = None,
    db: DbOption = None,
) -> None:
    """Choose a scenario's sites, hold its figures against its targets, and store them.

    Tells what has changed since they were computed last. Where no choice keeps to its rules, it
    names those that clash and ends with 1.
    """
    from canopy.cli.plan import put
    from canopy.cli.plan_told import changes, tell
    from canopy.plan.scenarios.computing import changed_since, compute, store
    from canopy.plan.scenarios.storing import find
    from canopy.plan.scenarios.telling import document, sites_csv

    with opened(db, rules, day) as (session, inputs):
        kept = find(session, name)
        result = compute(session, kept, inputs)
        changed = changed_since(session, result)
        stored = not dry_run and kept.scenario_id is not None
        if stored:
            with inputs.database.writing() as writing:
                store(writing, result, local_principal().name, now_utc())
    if fmt == "csv":
        put(sites_csv(result), out, f"{len(result.chosen):,} sites")
    elif fmt == "json":
        told = json.dumps(document(result), ensure_ascii=False, indent=1)
        put(told + "\n", out, "the result")
    else:
        tell(result)
        for line in changes(changed):
            console.print(line, markup=False, soft_wrap=True)
        if stored:
            console.print(f"Stored, inputs SHA-256 {result.inputs_sha256[:12]}.", markup=False)
    if result.choosing is not None and result.choosing["conflicts"]:
        raise typer.Exit(1)


def compare_scenarios(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or NAME@VERSION.")],
    fmt: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How to tell it.")
    ] = "table",
    out: OutOption = None,
    difference_map: Annotated[
        Path | None,
        typer.Option("--map", help="HTML map of what differs between two scenarios, with tables."),
    ] = None,
    difference_gpkg: Annotated[
        Path | None, typer.Option("--gpkg", help="GeoPackage of what differs between the two.")
    ] = None,
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Lay scenarios side by side, with the do-minimum first, all computed now.

    --map and --gpkg show what differs place by place from the first named to the second, or
    from doing the minimum to the one that is named.
    """
    from canopy.cli.plan import put
    from canopy.cli.plan_difference import pair_of, write
    from canopy.cli.plan_told import number
    from canopy.plan.scenarios.comparing import as_csv, compared
    from canopy.plan.scenarios.computing import compute
    from canopy.plan.scenarios.scenario import DO_MINIMUM
    from canopy.plan.scenarios.storing import find
    from canopy.plan.scenarios.telling import target_document

    wanted = [DO_MINIMUM, *(name for name in names if name != DO_MINIMUM)]
    pair = pair_of(wanted) if difference_map or difference_gpkg else None
    with opened(db, rules, day) as (session, inputs):
        results = [compute(session, find(session, *named(each)), inputs) for each in wanted]
        if pair is not None:
            catalogue = settings_for(db).catalogue_title
            write(inputs, [results[at] for at in pair], catalogue, difference_map, difference_gpkg)
    if fmt == "csv":
        put(as_csv(results), out, "the comparison")
        return
    rows = compared(results)
    if fmt == "json":
        document = {
            "scenarios": [each.kept.label for each in results],
            "figures": [asdict(row) for row in rows],
            "targets": {
                each.kept.label: [target_document(target) for target in each.targets]
                for each in results
            },
            "provenance": {each.kept.label: each.provenance for each in results},
        }
        put(json.dumps(document, ensure_ascii=False, indent=1) + "\n", out, "the comparison")
        return
    table = Table("figure", "unit", *(each.kept.label for each in results))
    for row in rows:
        table.add_row(row.name, row.unit, *map(number, row.values))
    print_table(table)


def named(text: str) -> tuple[str, int | None]:
    """(name, version) of NAME or NAME@VERSION."""
    name, sign, version = text.partition("@")
    if not sign:
        return name, None
    if not version.isdigit():
        raise Refused(f"{text}: write NAME or NAME@VERSION")
    return name, int(version)


@contextmanager
def opened(
    db: str | None, rules: Path | None, day: str | None, prices: Path | None = None
) -> Iterator[tuple[Session, Inputs]]:
    """A session, and what scenarios are computed with.

    prices: folder of index series and a scenario, where the setting names none.
    """
    from canopy.cli.plan import day_of
    from canopy.concessions.register.valuing import Schedules
    from canopy.plan.scenarios.computing import Inputs
    from canopy.plan.suitability.computing import Suitability, suitability
    from canopy.plan.suitability.rules_file import read_rules

    settings = settings_for(db)
    rule_file = read_rules(rules or settings.plan_rules)
    with database_for(settings) as database, database.reading() as session:
        schedules, counted_on = Schedules(settings.concession_inputs or prices), day_of(day)

        @cache  # scenarios that are compared are of the same assets
        def measured(role: Role) -> Suitability:
            principal = Principal(role, "scenarios")
            return suitability(session, database, principal, rule_file, counted_on)

        yield (
            session,
            Inputs(
                database,
                rule_file,
                schedules,
                counted_on,
                lambda principal: measured(principal.role),
            ),
        )


def _note(reason: str) -> Note:
    from canopy.plan.scenarios.storing import Note

    return Note(local_principal().name, reason, now_utc())
