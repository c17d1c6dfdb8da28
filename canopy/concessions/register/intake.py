"""Imports into the register: all of a file, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy.orm import Session

from canopy.assets.queries import ChangeNote
from canopy.concessions.exchange.incoming import Incoming, merged, rules_of, since, standing
from canopy.concessions.exchange.report import Changed, RegisterReport, Rejected, Stated
from canopy.concessions.exchange.rows import faults_of
from canopy.concessions.register import queries, writing
from canopy.concessions.register.asset_checks import assets_told
from canopy.concessions.standing import Status, require_step
from canopy.concessions.terms.reading import to_document
from canopy.db.engine import Database
from canopy.errors import BadTerms, Refused


class _Undone(Exception):
    """Ends a transaction of which nothing is to be kept."""


def import_all(
    database: Database,
    rows: Iterable[Incoming | list[Rejected]],
    note: ChangeNote,
    at: datetime,
    report: RegisterReport,
    *,
    dry_run: bool = False,
    accept_valid: bool = False,
    require_assets: bool = False,
) -> None:
    """Import what comes in, in one transaction, and tell all in the report.

    Nothing is written on a dry run, and where a row is faulty unless `accept_valid`; the
    report then says `dry-run` or `refused`. Whatever reading raises leaves nothing behind.
    A row with an asset that the catalogue does not have is faulty where `require_assets`; else
    the report says so, and the agreement waits for the asset.
    """
    with suppress(_Undone), database.writing() as session:
        day = date.fromisoformat(report.on)
        take_in(session, rows, note, at, day, report, require_assets=require_assets)
        if report.faulty and not accept_valid:
            report.state = "refused"
        elif dry_run:
            report.state = "dry-run"
        if report.state != "done":
            raise _Undone


def take_in(
    session: Session,
    rows: Iterable[Incoming | list[Rejected]],
    note: ChangeNote,
    at: datetime,
    on: date,
    report: RegisterReport,
    *,
    require_assets: bool = False,
) -> None:
    """Write every row that makes an agreement, and tell all in the report.

    A row that the register refuses, such as one that lets an asset twice, is rejected and
    leaves nothing behind. on: the day by which it is judged whether a term is over.
    """
    for row in rows:
        if isinstance(row, list):
            report.reject(row)
            continue
        try:
            with session.begin_nested():
                changed = _put(session, row, note, at, on, require_assets=require_assets)
                _record_events(session, row, note.author, at)
        except BadTerms as error:
            errors = [{"field": name, "rule": rule} for name, rule in rules_of(error)]
            report.reject(
                [
                    Rejected(row.row, each.column, each.value, each.rule, row.ref)
                    for each in faults_of(errors, row.columns)
                ]
            )
        except Refused as refusal:
            column = row.columns.get("status", "status")
            report.reject([Rejected(row.row, column, "", refusal.detail, row.ref)])
        else:
            report.note(changed)
            agreement = writing.find(session, row.ref).agreement
            report.stated += [Stated(row.ref, told) for told in assets_told(session, agreement)]


def _put(
    session: Session,
    row: Incoming,
    note: ChangeNote,
    at: datetime,
    on: date,
    *,
    require_assets: bool,
) -> Changed:
    stored = queries.stored(session, row.ref)
    if stored is None:
        agreement = merged(row.document, None)
        if require_assets:
            writing.require_known_assets(session, agreement)
        status, status_on = standing(row, agreement, on)
        begins = Status.active if status is Status.ended else status
        first_on = agreement.term.start if status is Status.ended else status_on
        held = writing.add(session, agreement, begins, first_on, note, at)
        if status is Status.ended:
            held = writing.set_status(session, row.ref, 1, status, status_on, note, at)
        return Changed(row.row, row.ref, "created", held.version)
    now = writing.held(stored)
    agreement = merged(row.document, to_document(now.agreement))
    held = now
    if require_assets:
        writing.require_known_assets(session, agreement)
    if agreement != now.agreement:
        held = writing.change(session, agreement, now.version, note, at)
    if row.status is not None and row.status is not held.status:
        for step in _steps(held.status, row.status):
            day = row.status_on or since(step, agreement)
            held = writing.set_status(session, row.ref, held.version, step, day, note, at)
    if held.version == now.version:
        return Changed(row.row, row.ref, "unchanged", held.version)
    before, after = to_document(now.agreement), to_document(agreement)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    names |= {"status"} if held.status is not now.status else set()
    return Changed(row.row, row.ref, "updated", held.version, tuple(sorted(names)))


def _steps(now: Status, then: Status) -> Iterator[Status]:
    """A draft is active before it ends or continues."""
    if now is Status.draft and then in (Status.ended, Status.continuing):
        yield Status.active
    else:
        require_step(now, then)
    yield then


def _record_events(session: Session, row: Incoming, author: str, at: datetime) -> None:
    """Those that are not recorded yet."""
    if not row.events:
        return
    known = {(each.happened_on, each.kind, each.note) for each in queries.events(session, row.ref)}
    for event in row.events:
        if (event.on, event.kind, event.text) not in known:
            writing.record_event(session, row.ref, event.on, event.kind, event.text, author, at)
