"""Entries of the register about agreements: written once, replaced by later ones, never edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.concessions.governance.entries import (
    ONE_HOLDS,
    CapEntry,
    Entry,
    EntryKind,
    GovernanceEntry,
    SpendEntry,
    entry_of,
    to_document,
)
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records.tables import AgreementEntry
from canopy.concessions.register.records.writing import agreement_of
from canopy.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry with who wrote it; `is_current` unless a later one took its place."""

    number: int
    entry: Entry
    author: str
    recorded_at: datetime
    replaces: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class SupplierSpend:
    """What was spent with a supplier under all agreements, beside its limit [p].

    Attributes:
        over: references of agreements whose own limit is passed.
    """

    supplier: str
    spent_pence: int
    limit_pence: int | None
    by_agreement: dict[str, int]
    over: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        return self.limit_pence is not None and self.spent_pence > self.limit_pence


def add_entry(
    session: Session,
    ref: str,
    entry: Entry,
    author: str,
    at: datetime,
    replaces: int | None = None,
) -> HeldEntry:
    """Record an entry; `replaces` is the number of the one that it corrects.

    Raises NotFound for an agreement or an entry that there is not, and Refused for one of
    another kind, or that was replaced before.
    """
    row = agreement_of(session, ref)
    if replaces is not None:
        before = next((each for each in entries(session, ref) if each.number == replaces), None)
        if before is None:
            raise NotFound(f"{ref} has no entry {replaces}.")
        if before.entry.kind != entry.kind or not before.is_current:
            raise Refused(f"entry {replaces} is of another kind, or was replaced before")
    made = AgreementEntry(
        agreement_id=row.id, kind=entry.kind, content=to_document(entry), replaces=replaces,
        author=author, recorded_at=at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return HeldEntry(made.id, entry, author, at, replaces, True)


def entries(session: Session, ref: str, kind: EntryKind | None = None) -> list[HeldEntry]:
    """The entries of an agreement as they were written. Raises NotFound."""
    rows = record_queries.entries(session, agreement_of(session, ref).id)
    return [each for each in _held(rows) if kind is None or each.entry.kind == kind]


def current(session: Session, ref: str, kind: EntryKind) -> list[HeldEntry]:
    """Those that hold."""
    return [each for each in entries(session, ref, kind) if each.is_current]


def governance_of(session: Session, ref: str) -> GovernanceEntry | None:
    """Who looks after an agreement, where that is on record."""
    found = current(session, ref, "governance")
    entry = found[-1].entry if found else None
    return entry if isinstance(entry, GovernanceEntry) else None


def _held(rows: Sequence[AgreementEntry]) -> list[HeldEntry]:
    replaced = {row.replaces for row in rows if row.replaces is not None}
    last = {row.kind: row.id for row in rows if row.kind in ONE_HOLDS}
    return [
        HeldEntry(
            row.id, entry_of(row.content), row.author, row.recorded_at, row.replaces,
            row.id not in replaced and last.get(row.kind, row.id) == row.id,
        )
        for row in rows
    ]  # fmt: skip


def suppliers(session: Session) -> list[SupplierSpend]:
    """Spend by supplier over all agreements that are not withdrawn, beside the limits on record.

    A supplier's limit is the last one on record of any agreement.
    """
    spent: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    limits: dict[str, int] = {}
    own: dict[tuple[str, str], int] = {}
    held = [
        (ref, each)
        for ref, rows in record_queries.money_entries(session).items()
        for each in _held(rows)
        if each.is_current
    ]
    for ref, each in sorted(held, key=lambda pair: pair[1].number):
        _count(ref, each.entry, spent, limits, own)
    return [
        SupplierSpend(
            name, sum(sums.values()), limits.get(name), dict(sums),
            tuple(_over(name, sums.items(), own)),
        )
        for name, sums in sorted(spent.items())
    ]  # fmt: skip


def _count(
    ref: str,
    entry: Entry,
    spent: dict[str, dict[str, int]],
    limits: dict[str, int],
    own: dict[tuple[str, str], int],
) -> None:
    if isinstance(entry, SpendEntry):
        spent[entry.supplier][ref] += entry.amount_pence
    elif isinstance(entry, CapEntry):
        spent.setdefault(entry.supplier, defaultdict(int))
        if entry.of == "supplier":
            limits[entry.supplier] = entry.limit_pence
        else:
            own[entry.supplier, ref] = entry.limit_pence


def _over(
    name: str, sums: Iterable[tuple[str, int]], own: dict[tuple[str, str], int]
) -> Iterable[str]:
    for ref, pence in sums:
        limit = own.get((name, ref))
        if limit is not None and pence > limit:
            yield ref
