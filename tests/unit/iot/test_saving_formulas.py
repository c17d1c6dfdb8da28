"""What sensing saves: formulas, and inputs that say where they come from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from canopy.errors import Refused
from canopy.iot.savings.recording import FORMULAS, input_of


def test_visits_avoided_cost_what_a_visit_costs() -> None:
    """12 visits at £85.50 are £1,026."""
    values = {"visits_avoided": Decimal(12), "cost_per_visit_gbp": Decimal("85.50")}
    assert FORMULAS["visits-avoided"].result_gbp(values) == Decimal("1026.00")


def test_energy_that_rose_is_a_saving_below_zero() -> None:
    """What sensing cost is told too: 10 kWh more at 28.5p are £2.85 less."""
    values = {
        "kwh_before": Decimal(100), "kwh_after": Decimal(110),
        "price_gbp_per_kwh": Decimal("0.285"),
    }  # fmt: skip
    assert FORMULAS["energy"].result_gbp(values) == Decimal("-2.85")


@pytest.mark.parametrize(
    ("value", "source", "said"),
    [("1", "", "where it comes from"), ("1", "  ", "where it comes from"),
     ("1", None, "where it comes from"), ("x", "log", "is no number"), ("-1", "log", "from 0"),
     ("NaN", "log", "from 0")],
)  # fmt: skip
def test_an_input_has_a_source(value: str, source: str | None, said: str) -> None:
    """And is a number that is not below zero."""
    with pytest.raises(Refused, match=said):
        input_of("visits_avoided", value, source)
