"""``canopy plan scenario``: scenarios put, cloned, computed and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from canopy.plan.scenarios.computing import Inputs, Result
    from canopy.plan.scenarios.storing import Note

NameArgument = Annotated[str, typer.Argument(help="Of the scenario; do-minimum is always there.")]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="TOML of rules of suitability; else the setting's.")
]
DayOption = Annotated[
    str | None, typer.Option("--day", help="Day on which ages are counted; today.")
]
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
    console.print(table)


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
    db: DbOption = None,
) -> None:
    """Compute a scenario's figures, hold them against its targets, and store them.

    Tells what has changed since they were computed last.
    """
    from canopy.plan.scenarios.computing import changed_since, compute, store
    from canopy.plan.scenarios.storing import find

    with opened(db, rules, day) as (session, inputs):
        kept = find(session, name)
        result = compute(session, kept, inputs)
        changed = changed_since(session, result)
        stored = not dry_run and kept.scenario_id is not None
        if stored:
            with inputs.database.writing() as writing:
                store(writing, result, local_principal().name, now_utc())
    _tell(result)
    for line in _changes(changed):
        console.print(line, markup=False, soft_wrap=True)
    if stored:
        console.print(f"Stored, inputs SHA-256 {result.inputs_sha256[:12]}.", markup=False)


def compare_scenarios(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or NAME@VERSION.")],
    fmt: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How to tell it.")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.")] = None,
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Lay scenarios side by side, with the do-minimum first, all computed now."""
    from canopy.cli.plan import put
    from canopy.plan.scenarios.comparing import as_csv, compared
    from canopy.plan.scenarios.computing import compute
    from canopy.plan.scenarios.scenario import DO_MINIMUM
    from canopy.plan.scenarios.storing import find

    wanted = [DO_MINIMUM, *(name for name in names if name != DO_MINIMUM)]
    with opened(db, rules, day) as (session, inputs):
        results = [compute(session, find(session, *named(each)), inputs) for each in wanted]
    if fmt == "csv":
        put(as_csv(results), out, "the comparison")
        return
    rows = compared(results)
    if fmt == "json":
        document = {
            "scenarios": [each.kept.label for each in results],
            "figures": [asdict(row) for row in rows],
            "targets": {each.kept.label: _targets(each) for each in results},
            "provenance": {each.kept.label: each.provenance for each in results},
        }
        put(json.dumps(document, ensure_ascii=False, indent=1) + "\n", out, "the comparison")
        return
    table = Table("figure", "unit", *(each.kept.label for each in results))
    for row in rows:
        table.add_row(row.name, row.unit, *map(_number, row.values))
    console.print(table)


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
    from canopy.plan.suitability.rules_file import read_rules

    settings = settings_for(db)
    rule_file = read_rules(rules or settings.plan_rules)
    with database_for(settings) as database, database.reading() as session:
        schedules = Schedules(settings.concession_inputs or prices)
        yield session, Inputs(database, rule_file, schedules, day_of(day))


def _note(reason: str) -> Note:
    from canopy.plan.scenarios.storing import Note

    return Note(local_principal().name, reason, now_utc())


def _tell(result: Result) -> None:
    table = Table("figure", "value", "unit", "note", title=result.kept.label)
    for each in result.figures:
        table.add_row(each.name, _number(each.value), each.unit, each.note or "")
    console.print(table)
    for target in _targets(result):
        told = f"- target {target['name']}: {target['told']}"
        console.print(told, markup=False, soft_wrap=True)


def _targets(result: Result) -> list[dict[str, object]]:
    return [
        {
            "name": each.target.name, "figure": each.target.figure, "by": each.target.by,
            "value": each.value, "met": each.met, "missed_by": each.missed_by,
            "is_late": each.is_late, "source": each.target.source,
            "told": _told(each.met, each.missed_by, is_late=each.is_late),
        }
        for each in result.targets
    ]  # fmt: skip


def _told(met: bool | None, missed_by: float | None, *, is_late: bool) -> str:
    if met is None:
        return "not known: the scenario has no such figure"
    if met:
        return "met"
    late = "the last phase comes after its year" if is_late else ""
    short = f"missed by {missed_by:g}" if missed_by else ""
    return " and ".join(filter(None, (short, late)))


def _changes(changed: list[str] | None) -> list[str]:
    if changed is None:
        return ["Computed for the first time."]
    if not changed:
        return ["Nothing has changed since it was computed last."]
    return ["Changed since it was computed last:", *(f"- {each}" for each in changed)]


def _number(value: float | None) -> str:
    if value is None:
        return "not known"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"
