"""Money that is held against the occupier's duties, and goes back after the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from canopy.concessions.fields import CLOSED, Day, Fraction, Pounds
from canopy.errors import BadTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit, which is neither income nor a cost.

    Attributes:
        amount: that is held [GBP].
        paid_on: the day it is paid to the council; the start of the term if not given.
        return_days: after the last day, until which it is to be given back; 0 if not given.
        return_on: a day instead, whenever the agreement ends.
        interest: a year, that goes back with it: 0.02 is 2 %. 0 is none.
        compounded: whether interest bears interest, from each anniversary of payment.
        returned_on: the day it was given back, once it was.
    """

    __pydantic_config__: ClassVar = CLOSED

    amount: Pounds
    paid_on: Day | None = None
    return_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    return_on: Day | None = None
    interest: Fraction = Decimal(0)
    compounded: bool = False
    returned_on: Day | None = None

    def __post_init__(self) -> None:
        if self.return_days is not None and self.return_on is not None:
            raise BadTerms("a deposit has return_days or return_on, not both", field="return_on")
        if self.compounded and not self.interest:
            raise BadTerms("only interest is compounded", field="compounded")

    def due_back(self, end: date) -> date:
        """The last day to give it back, where the agreement ends on a day."""
        return self.return_on or end + timedelta(days=self.return_days or 0)


def _table(value: object) -> object:
    """A deposit that is written as a bare amount."""
    if value is None or isinstance(value, Mapping | Deposit):
        return value
    return {"amount": value}


HeldDeposit = Annotated[
    Deposit | None, BeforeValidator(_table, json_schema_input_type=Pounds | Deposit | None)
]
