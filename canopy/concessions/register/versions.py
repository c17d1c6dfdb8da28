"""The terms of an agreement as each of its versions had them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from canopy.concessions.register import queries
from canopy.concessions.schedule.billed import Version
from canopy.concessions.terms.reading import from_stored
from canopy.errors import NotFound

_STANDING = ("status", "status_on")
"""What revisions hold beside terms."""


def versions(session: Session, ref: str) -> list[Version]:
    """Oldest first; changes of the status alone are none. Raises NotFound."""
    state: dict[str, Any] = {}
    found: list[Version] = []
    for past in queries.history(session, ref):
        changed = past.delta.fields - set(_STANDING)
        for name in past.delta.before:
            state.pop(name, None)
        state.update(past.delta.after)
        if changed:
            terms = {name: each for name, each in state.items() if name not in _STANDING}
            found.append(Version(past.at.date(), from_stored(terms), past.reason))
    if not found:
        raise NotFound(f"There is no agreement {ref} in the register.")
    return found
