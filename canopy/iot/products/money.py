"""What a key's month costs. Pure; exact decimals, rounded to the penny once a line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from canopy.iot.products.rules import Tariff

_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Charge:
    """Of one key and month [GBP], but for the rows that are charged for."""

    charged_rows: int
    month_gbp: Decimal
    rows_gbp: Decimal
    net_gbp: Decimal
    vat_gbp: Decimal
    gross_gbp: Decimal


def charge(tariff: Tariff | None, rows: int, *, in_force: bool) -> Charge:
    """What `rows` of a month cost under a tariff; nothing where there is none.

    in_force: whether the key could be used in the month, which is what the month's price is
    for. Halves of a penny are rounded up.
    """
    if tariff is None:
        zero = Decimal("0.00")
        return Charge(0, zero, zero, zero, zero, zero)
    charged = max(0, rows - tariff.free_rows)
    month = _pennies(tariff.per_month_gbp if in_force else Decimal(0))
    by_row = _pennies(tariff.per_1000_rows_gbp * charged / 1_000)
    net = month + by_row
    vat = _pennies(net * tariff.vat_percent / 100)
    return Charge(charged, month, by_row, net, vat, net + vat)


def _pennies(amount: Decimal) -> Decimal:
    return amount.quantize(_PENNY, rounding=ROUND_HALF_UP)
