"""One row of a council's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in, or went back where negative [p, with VAT]; `row` in the file."""

    row: int
    received: date
    agreement: str
    invoice: str
    amount_pence: int
