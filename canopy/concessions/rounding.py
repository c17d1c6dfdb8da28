"""Exact sums and the one rounding rule: half up to the penny, away from zero.

All arithmetic of records runs in a decimal context of its own, so what another library does
to Python's shared one changes no figure.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_PENNY = Decimal("0.01")
_PENCE = Decimal(100)


def to_penny(pounds: Decimal) -> Decimal:
    """Rounded to the penny, halves away from zero: 0.125 is 0.13, -0.125 is -0.13 [GBP]."""
    return pounds.quantize(_PENNY, context=EXACT)


def pence(pounds: Decimal) -> int:
    """Rounded to the penny, as whole pence."""
    return int(EXACT.multiply(to_penny(pounds), _PENCE))


def pounds(amount_pence: int) -> Decimal:
    """Whole pence as pounds with two places."""
    return Decimal(amount_pence).scaleb(-2, context=EXACT)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two whole numbers, halves away from zero. `denominator` is above 0."""
    quotient, rest = divmod(abs(numerator), denominator)
    quotient += 2 * rest >= denominator
    return quotient if numerator >= 0 else -quotient
