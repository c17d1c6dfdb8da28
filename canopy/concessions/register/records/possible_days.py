"""Days on which something about an agreement can have happened."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.standing import Status
from canopy.errors import Refused


def require_possible_day(
    session: Session, row: StoredAgreement, on: date, field: str, what: str
) -> None:
    """Raises Refused for a day before the agreement was procured, by the earlier of its terms and
    its route to market, or after it was withdrawn. `what` happened then, such as `a meeting`.
    """
    began = _procured_on(session, row)
    if began is not None and on < began:
        raise Refused(
            f"{field}: {what} on {on} is before the procurement of {row.ref} began on {began}: "
            "correct the day, or the day of the procurement in the terms or the route to market"
        )
    if row.status == Status.withdrawn and on > row.status_on:
        raise Refused(
            f"{field}: {what} on {on} is after {row.ref} was withdrawn on {row.status_on}: correct "
            "the day, or record it of the agreement that took its place"
        )


def _procured_on(session: Session, row: StoredAgreement) -> date | None:
    """The day the procurement began; None where nobody has said."""
    told = row.terms.get("procured")
    days = [date.fromisoformat(told)] if told else []
    route = record_queries.route(session, row.id)
    if route is not None:
        days.append(route.procured_on)
    return min(days, default=None)
