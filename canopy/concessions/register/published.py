"""What of the register is published, in pages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from canopy.concessions.exchange.ocds.publishing import PUBLISHED, Amended, Published
from canopy.concessions.register import queries, writing
from canopy.concessions.register.queries import Wanted
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.schedule.receipt import Receipt
from canopy.errors import NotFound


def page(session: Session, after: str, limit: int) -> list[Published]:
    """Agreements that may be published, by reference, from the one that follows `after` on."""
    rows = queries.listed(session, Wanted(statuses=PUBLISHED, after=after), limit)
    return [_published(session, row, ()) for row in rows]


def refs(session: Session) -> list[str]:
    """The references of all agreements that may be published, in order."""
    return [row.ref for row in queries.listed(session, Wanted(statuses=PUBLISHED), None)]


def chosen(
    session: Session, refs: Sequence[str], receipts: dict[str, tuple[Receipt, ...]]
) -> list[Published]:
    """Some agreements. Raises NotFound for one that is not there, or may not be published."""
    found = []
    for ref in dict.fromkeys(refs):
        row = queries.stored(session, ref)
        if row is None or row.status not in PUBLISHED:
            raise NotFound(f"There is no agreement {ref} that may be published.")
        found.append(_published(session, row, receipts.get(ref, ())))
    return found


def _published(session: Session, row: StoredAgreement, receipts: tuple[Receipt, ...]) -> Published:
    held = writing.held(row)
    amended = tuple(
        Amended(each.version, each.at, each.delta.fields)
        for each in queries.history(session, row.ref)
        if each.action == "changed"
    )
    return Published(
        held.agreement,
        held.status,
        held.status_on,
        held.version,
        held.updated_at,
        amended,
        receipts,
    )
