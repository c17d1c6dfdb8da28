"""An agreement with how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Due:
    """Something on record that has to be done by a day, and is not done yet."""

    kind: Literal["notice-due", "action-due"]
    day: date
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Registered:
    """An agreement with how it stands, from a day on, and what is due beside its terms."""

    agreement: Agreement
    status: Status
    status_on: date
    dues: tuple[Due, ...] = ()
