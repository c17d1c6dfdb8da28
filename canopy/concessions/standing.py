"""How an agreement of the register stands, and what it may become."""

from __future__ import annotations

from enum import StrEnum

from canopy.errors import Refused


class Status(StrEnum):
    """The life of an agreement.

    `continuing` is after the term, where the occupier holds over or rights under the
    Electronic Communications Code run on: such an agreement has not expired.
    """

    draft = "draft"
    active = "active"
    continuing = "continuing"
    ended = "ended"
    withdrawn = "withdrawn"


LIVE = (Status.active, Status.continuing)
"""Those that hold their assets."""

_NEXT: dict[Status, frozenset[Status]] = {
    Status.draft: frozenset({Status.active, Status.withdrawn}),
    Status.active: frozenset({Status.continuing, Status.ended, Status.withdrawn}),
    Status.continuing: frozenset({Status.active, Status.ended, Status.withdrawn}),
    Status.ended: frozenset({Status.withdrawn}),
    Status.withdrawn: frozenset(),
}


def require_step(now: Status, then: Status) -> None:
    """Raises Refused where an agreement that stands so cannot come to stand otherwise."""
    if then not in _NEXT[now]:
        may_be = ", ".join(sorted(_NEXT[now])) or "nothing else"
        raise Refused(f"an agreement that is {now} cannot become {then}; it may become {may_be}")
