"""``canopy register document``: files about agreements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.files import store_of
from canopy.concessions.register.records.marking import mark_document
from canopy.concessions.register.records.writing import Sensitivity
from canopy.errors import CanopyError, Refused

RefArgument = Annotated[str, typer.Argument(help="The agreement's reference.")]
NumberArgument = Annotated[int, typer.Argument(min=1, help="The document's number, by `list`.")]
_PART_BYTES = 1_000_000


def add_to(group: typer.Typer) -> None:
    """Add the group of commands about documents."""
    documents = typer.Typer(help="Files about agreements.", no_args_is_help=True)
    documents.command("add")(add)
    documents.command("list")(show_list)
    documents.command("get")(get)
    documents.command("withdraw")(withdraw)
    documents.command("mark")(mark)
    documents.command("verify")(verify)
    group.add_typer(documents, name="document")


def add(
    ref: RefArgument,
    file: Annotated[Path, typer.Argument(help="The file; its kind goes by its suffix.")],
    title: Annotated[str, typer.Option(help="What it is called.")],
    kind: Annotated[str, typer.Option(help="What it is: lease, plan, letter …")] = "agreement",
    sensitivity: Annotated[Sensitivity, typer.Option(help="public or exempt.")] = "exempt",
    supersedes: Annotated[int | None, typer.Option(min=1, help="Number of an older one.")] = None,
    db: DbOption = None,
) -> None:
    """Keep a file about an agreement."""
    settings = settings_for(db)
    store = store_of(settings)
    with database_for(settings) as database:
        with database.reading() as session:
            records.agreement_of(session, ref)
        stored = store.put(_parts(file), file.name)
        with database.writing() as session:
            number = records.add_document(
                session, ref, stored, title, kind, sensitivity, local_principal().name, now_utc(),
                supersedes,
            ).id  # fmt: skip
    console.print(f"Document {number} of {ref}: SHA-256 {stored.sha256}.", markup=False,
                  soft_wrap=True)  # fmt: skip


def _parts(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            while part := opened.read(_PART_BYTES):
                yield part
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from error


def show_list(ref: RefArgument, db: DbOption = None) -> None:
    """List the documents of an agreement, withdrawn ones too."""
    table = Table("no.", "title", "kind", "bytes", "sensitivity", "added", "by", "")
    with database_for(settings_for(db)) as database, database.reading() as session:
        rows = records.documents(session, ref)
        replaced = {row.supersedes: row.id for row in rows}
        for row in rows:
            gone = f"superseded by {replaced[row.id]}" if row.id in replaced else ""
            if row.withdrawn_at is not None:
                gone = f"withdrawn: {row.withdrawn_reason}"
            table.add_row(
                f"{row.id}", row.title, row.kind, f"{row.size_bytes:,}", row.sensitivity,
                f"{row.recorded_at:%Y-%m-%d}", row.author, gone,
            )  # fmt: skip
    print_table(table)


def get(
    ref: RefArgument,
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help="File to write; must not be there yet.")],
    db: DbOption = None,
) -> None:
    """Write a document to a file, compared with its SHA-256 first."""
    settings = settings_for(db)
    with database_for(settings) as database, database.reading() as session:
        sha256 = records.document(session, ref, number).sha256
    found = store_of(settings).get(sha256)
    try:
        with out.open("xb") as file:
            file.write(found)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}") from error
    console.print(f"Wrote {out}.", markup=False, soft_wrap=True)


def withdraw(
    ref: RefArgument,
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    db: DbOption = None,
) -> None:
    """Take a document back; it stays on record with its file."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        author = local_principal().name
        records.withdraw_document(session, ref, number, reason, author, now_utc())
    console.print(f"Document {number} of {ref} is withdrawn.", markup=False, soft_wrap=True)


def mark(
    ref: RefArgument,
    number: NumberArgument,
    sensitivity: Annotated[Sensitivity, typer.Option(help="public or exempt.")],
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    db: DbOption = None,
) -> None:
    """Make a document public or exempt: recorded anew, and the old record is withdrawn."""
    author = local_principal().name
    with database_for(settings_for(db)) as database, database.writing() as session:
        made = mark_document(session, ref, number, sensitivity, reason, author, now_utc())
        told = f"Document {number} of {ref} is document {made.id} now, and {sensitivity}."
    console.print(told, markup=False, soft_wrap=True)


def verify(ref: RefArgument, db: DbOption = None) -> None:
    """Compare every document of an agreement with its SHA-256; 1 where one is not as it was."""
    settings = settings_for(db)
    store, wrong = store_of(settings), 0
    with database_for(settings) as database, database.reading() as session:
        kept = [(row.id, row.sha256) for row in records.documents(session, ref)]
    for number, sha256 in kept:
        try:
            store.get(sha256)
        except CanopyError as error:
            wrong += 1
            console.print(f"document {number}: {error}", markup=False, soft_wrap=True)
    console.print(f"{len(kept) - wrong} of {len(kept)} documents are as they were added.")
    if wrong:
        raise typer.Exit(1)
