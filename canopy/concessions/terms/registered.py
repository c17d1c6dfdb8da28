"""An agreement with how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Registered:
    """An agreement with how it stands, from a day on."""

    agreement: Agreement
    status: Status
    status_on: date
