"""The terms of an agreement as each of its versions had them, and how long it lasted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from canopy.concessions.register import queries
from canopy.concessions.schedule.billed import Billable, Version
from canopy.concessions.standing import LIVE, Status
from canopy.concessions.terms.reading import from_stored
from canopy.errors import NotFound

_STANDING = ("status", "status_on")
"""What revisions hold beside terms."""


def billable(session: Session, ref: str) -> Billable:
    """Versions oldest first; changes of the status alone are none. Raises NotFound."""
    state: dict[str, Any] = {}
    found: list[Version] = []
    lived, ended_on = Status.draft, None
    for past in queries.history(session, ref):
        changed = past.delta.fields - set(_STANDING)
        for name in past.delta.before:
            state.pop(name, None)
        state.update(past.delta.after)
        if changed:
            terms = {name: each for name, each in state.items() if name not in _STANDING}
            found.append(Version(past.at.date(), from_stored(terms), past.reason))
        status = Status(state["status"])
        lived = status if status in LIVE else lived
        if status is Status.continuing:
            found[-1] = replace(found[-1], continues=True)
        elif status is Status.ended:
            ended_on = date.fromisoformat(state["status_on"])
    if not found:
        raise NotFound(f"There is no agreement {ref} in the register.")
    if lived is not Status.continuing:
        found[-1] = replace(found[-1], continues=False)
    return Billable(tuple(found), ended_on)
