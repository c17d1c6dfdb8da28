"""Which entries hold: those that nothing replaced or withdrew."""

from __future__ import annotations

from collections.abc import Sequence

from canopy.concessions.governance.entries import ONE_HOLDS
from canopy.concessions.register.records.tables import AgreementEntry


def standing(rows: Sequence[AgreementEntry]) -> list[AgreementEntry]:
    """Those that hold, of all entries of one agreement or of some kinds of it, in their order.

    Of the kinds of which one holds at a time it is the last.
    """
    gone = {row.replaces for row in rows}
    left = [row for row in rows if row.id not in gone and not row.is_withdrawal]
    last = {row.kind: row.id for row in left if row.kind in ONE_HOLDS}
    return [row for row in left if last.get(row.kind, row.id) == row.id]
