"""Entries of the register about agreements: written once, replaced or withdrawn, never edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.concessions.governance.entries import (
    CapEntry,
    Entry,
    EntryKind,
    GovernanceEntry,
    MeetingEntry,
    SpendEntry,
)
from canopy.concessions.governance.entry_documents import entry_of, to_document
from canopy.concessions.register.party_keys import bare_key, supplier_key
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records.possible_days import require_possible_day
from canopy.concessions.register.records.standing import standing
from canopy.concessions.register.records.tables import AgreementEntry
from canopy.concessions.register.records.writing import LONGEST_TEXT, agreement_of
from canopy.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry with who wrote it; `is_current` unless a later one took its place.

    Attributes:
        replaces: the number of the entry whose place it took.
        reason: why it did.
        is_withdrawal: that it says `entry` no longer holds, and nothing in its place does.
    """

    number: int
    entry: Entry
    author: str
    recorded_at: datetime
    replaces: int | None
    is_current: bool
    reason: str | None = None
    is_withdrawal: bool = False


@dataclass(frozen=True, slots=True)
class SupplierSpend:
    """What was spent with a supplier under all agreements, beside its limit [p].

    Attributes:
        supplier: as it was last written.
        also_written: other ways in which entries write it, which count as one
            (see `party_keys.supplier_key`).
        looks_like: suppliers counted apart that differ in their legal form alone.
        over: references of agreements whose own limit is passed.
    """

    supplier: str
    spent_pence: int
    limit_pence: int | None
    by_agreement: dict[str, int]
    over: tuple[str, ...]
    also_written: tuple[str, ...] = ()
    looks_like: tuple[str, ...] = ()

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
    reason: str | None = None,
) -> HeldEntry:
    """Record an entry; `replaces` is the number of the one that it corrects, for a `reason`.

    Raises NotFound for an agreement or an entry that there is not, and Refused for one of
    another kind, or that was replaced or withdrawn before, for a correction without a reason, and
    for a meeting before the procurement began or after the agreement was withdrawn.
    """
    row = agreement_of(session, ref)
    if isinstance(entry, MeetingEntry):
        require_possible_day(session, row, entry.on, "on", "a meeting")
    if replaces is None:
        if reason is not None:
            raise Refused("reason: an entry that replaces none needs none")
        return _recorded(session, row.id, entry, author, at)
    before = _standing(session, ref, replaces)
    if before.entry.kind != entry.kind:
        raise Refused(f"replaces: entry {replaces} is of the kind {before.entry.kind}")
    why = _reason(reason, f"entry {replaces} is replaced")
    return _recorded(session, row.id, entry, author, at, replaces, why)


def withdraw_entry(
    session: Session, ref: str, number: int, reason: str, author: str, at: datetime
) -> HeldEntry:
    """Record that an entry should not be there; it stays on record, and nothing takes its place.

    Raises NotFound and Refused as `add_entry` does.
    """
    row = agreement_of(session, ref)
    before = _standing(session, ref, number)
    why = _reason(reason, f"entry {number} is withdrawn")
    return _recorded(session, row.id, before.entry, author, at, number, why, is_withdrawal=True)


def _standing(session: Session, ref: str, number: int) -> HeldEntry:
    """An entry that was neither replaced nor withdrawn. Raises NotFound, and Refused."""
    held = entries(session, ref)
    found = next((each for each in held if each.number == number), None)
    if found is None:
        raise NotFound(f"{ref} has no entry {number}.")
    if found.is_withdrawal or any(each.replaces == number for each in held):
        raise Refused(f"entry {number} was replaced or withdrawn before; name the one that holds")
    return found


def _reason(reason: str | None, what: str) -> str:
    if reason is None or not 0 < len(reason.strip()) <= LONGEST_TEXT:
        raise Refused(f"reason: say why {what}, in 1 to {LONGEST_TEXT:,} characters")
    return reason.strip()


def _recorded(
    session: Session,
    agreement_id: int,
    entry: Entry,
    author: str,
    at: datetime,
    replaces: int | None = None,
    reason: str | None = None,
    is_withdrawal: bool = False,
) -> HeldEntry:
    made = AgreementEntry(
        agreement_id=agreement_id, kind=entry.kind, content=to_document(entry), replaces=replaces,
        is_withdrawal=is_withdrawal, reason=reason, author=author, recorded_at=at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return HeldEntry(made.id, entry, author, at, replaces, not is_withdrawal, reason, is_withdrawal)


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
    holding = {row.id for row in standing(rows)}
    return [
        HeldEntry(
            row.id, entry_of(row.content), row.author, row.recorded_at, row.replaces,
            row.id in holding, row.reason, row.is_withdrawal,
        )
        for row in rows
    ]  # fmt: skip


def suppliers(session: Session) -> list[SupplierSpend]:
    """Spend by supplier over all agreements that are not withdrawn, beside the limits on record.

    A supplier's limit is the last one on record of any agreement.
    """
    counts: dict[str, _Count] = defaultdict(_Count)
    held = [
        (ref, each)
        for ref, rows in record_queries.money_entries(session).items()
        for each in _held(rows)
        if each.is_current
    ]
    for ref, each in sorted(held, key=lambda pair: pair[1].number):
        if isinstance(each.entry, SpendEntry | CapEntry):
            counts[supplier_key(each.entry.supplier)].take(ref, each.entry)
    alike: dict[str, list[str]] = defaultdict(list)
    for key in counts:
        alike[bare_key(key)].append(key)
    told = [
        count.told(tuple(counts[other].name for other in alike[bare_key(key)] if other != key))
        for key, count in counts.items()
    ]
    return sorted(told, key=lambda each: each.supplier)


@dataclass
class _Count:
    """What entries say of one supplier [p], in the order in which they were written."""

    names: dict[str, None] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    limit: int | None = None
    own: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As it was last written."""
        return next(reversed(self.names))

    def take(self, ref: str, entry: SpendEntry | CapEntry) -> None:
        """Count one more entry."""
        self.names.pop(entry.supplier, None)
        self.names[entry.supplier] = None
        if isinstance(entry, SpendEntry):
            self.spent[ref] = self.spent.get(ref, 0) + entry.amount_pence
        elif entry.of == "supplier":
            self.limit = entry.limit_pence
        else:
            self.own[ref] = entry.limit_pence

    def told(self, looks_like: tuple[str, ...]) -> SupplierSpend:
        """The sums."""
        over = (ref for ref, pence in self.spent.items() if pence > self.own.get(ref, pence))
        others = tuple(each for each in self.names if each != self.name)
        return SupplierSpend(
            self.name, sum(self.spent.values()), self.limit, dict(self.spent), tuple(over),
            others, looks_like,
        )  # fmt: skip
