"""``canopy register note`` and ``suppliers``: what is noted as agreements are managed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.concessions.governance.answer_entries import ChecklistEntry, SegmentationEntry
from canopy.concessions.governance.checklist import Answer, Item
from canopy.concessions.governance.checklist_wording import items_of
from canopy.concessions.governance.entries import EntryKind, missing
from canopy.concessions.governance.entry_documents import entry_of, example, to_document
from canopy.concessions.register.records import entries
from canopy.concessions.rounding import pounds
from canopy.concessions.terms.documents import read_toml
from canopy.errors import NotFound

SchemaKind = Literal[
    "segmentation", "checklist", "performance", "spend", "cap", "meeting", "notice", "governance",
    "event", "route", "modification",
]  # fmt: skip
RefArgument = Annotated[str, typer.Argument(help="The agreement's reference.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy register``."""
    group.command("note")(note)
    group.command("notes")(show)
    group.command("withdraw-note")(withdraw)
    group.command("segment")(segment)
    group.command("checklist")(show_checklist)
    group.command("example")(show_example)
    group.command("schema")(show_schema)
    group.command("suppliers")(show_suppliers)


def note(
    ref: RefArgument,
    file: Annotated[Path, typer.Argument(help="TOML file with the entry.")],
    replaces: Annotated[
        int | None, typer.Option(min=1, help="Number of the entry that it corrects.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why it corrects that one.")] = None,
    db: DbOption = None,
) -> None:
    """Record performance, spend, a limit, a meeting, a notice, governance or answers."""
    entry = entry_of(read_toml(file))
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        made = entries.add_entry(session, ref, entry, author, now_utc(), replaces, reason)
    console.print(f"Entry {made.number} of {ref} is on record.", markup=False, soft_wrap=True)


def withdraw(
    ref: RefArgument,
    number: Annotated[int, typer.Argument(min=1, help="Number of the entry.")],
    reason: Annotated[str, typer.Option(help="Why it does not hold.")],
    db: DbOption = None,
) -> None:
    """Take an entry back that should not be there; it stays on record."""
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        made = entries.withdraw_entry(session, ref, number, reason, author, now_utc())
    console.print(
        f"Entry {number} of {ref} is withdrawn by entry {made.number}.",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def show(
    ref: RefArgument,
    kind: Annotated[EntryKind | None, typer.Option(help="Only these.")] = None,
    db: DbOption = None,
) -> None:
    """Tell the entries of an agreement, those replaced or withdrawn too."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        found = entries.entries(session, ref, kind)
    for each in found:
        content = json.dumps(to_document(each.entry), ensure_ascii=False)
        console.print(
            f"{each.number}{_standing(each)} {each.recorded_at:%Y-%m-%d} {each.author}: {content}",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def _standing(held: entries.HeldEntry) -> str:
    done = "withdraws" if held.is_withdrawal else "replaces"
    why = f" ({done} {held.replaces}: {held.reason or 'no reason on record'})"
    ended = "" if held.is_current or held.is_withdrawal else " (no longer holds)"
    return ended + (why if held.replaces is not None else "")


def segment(ref: RefArgument, db: DbOption = None) -> None:
    """Tell the class of a contract, how it came about, and what governance it lacks."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        rows = entries.current(session, ref, "segmentation")
        governance = entries.governance_of(session, ref)
    entry = rows[-1].entry if rows else None
    if not isinstance(entry, SegmentationEntry):
        raise NotFound(f"{ref} has no answers to the segmentation on record.")
    result = entry.result()
    why = f", raised because: {result.override}" if result.override else ""
    lines = [
        f"{ref} is {result.segment}: {float(result.points):.2f} of 100 points{why} "
        f"(scheme {result.version})",
        *(f"  {name}: {float(each):.2f}" for name, each in result.contributions.items()),
        *(f"missing: {each}" for each in missing(result, governance)),
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def show_checklist(ref: RefArgument, db: DbOption = None) -> None:
    """Tell the checklist of value for money: every item, its answer, and what is unanswered."""
    settings = settings_for(db)
    items = items_of(settings.register_checklist)
    with database_for(settings) as database, database.reading() as session:
        rows = entries.current(session, ref, "checklist")
    entry = rows[-1].entry if rows else ChecklistEntry(kind="checklist", answers={})
    assert isinstance(entry, ChecklistEntry)
    found = entry.result(items)
    for item in items:
        line = f"{item.number:>2}. {_about(item)}: {_answered(found.answers.get(item.number))}"
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"{len(found.unanswered)} of {len(items)} items are unanswered.")


def _about(item: Item) -> str:
    if item.about is None:
        return f"(number known, wording not seen; read it in {item.source})"
    return item.about


def _answered(answer: Answer | None) -> str:
    if answer is None:
        return "not answered"
    evidence = f"evidence: {answer.evidence}" if answer.evidence.strip() else "no evidence"
    return "; ".join([answer.choice, evidence, *[answer.note] * bool(answer.note.strip())])


def show_example(
    kind: Annotated[EntryKind, typer.Argument(help="Kind of entry.")],
) -> None:
    """Print an entry of a kind as a TOML file, which `note` takes as it stands: to start from."""
    typer.echo(example(kind), nl=False)


def show_schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Kind of entry, or of record.")],
) -> None:
    """Print the JSON Schema of an entry, an event, a route to market or a modification."""
    from canopy.api.register.records.schemas import schema_of

    typer.echo(json.dumps(schema_of(kind), indent=2))


def show_suppliers(db: DbOption = None) -> None:
    """List spend by supplier beside the limits on record."""
    table = Table("supplier", "spent", "limit", "")
    with database_for(settings_for(db)) as database, database.reading() as session:
        found = entries.suppliers(session)
        for each in found:
            limit = "" if each.limit_pence is None else f"{pounds(each.limit_pence):,.2f}"
            told = [
                *["over its limit"] * each.is_over,
                *(f"{ref} is over" for ref in each.over),
                *(f"also written {name}" for name in each.also_written),
                *(f"looks like {name}, counted apart" for name in each.looks_like),
            ]
            table.add_row(each.supplier, f"{pounds(each.spent_pence):,.2f}", limit, "; ".join(told))
    print_table(table if found else "No spend and no limit is on record.")
