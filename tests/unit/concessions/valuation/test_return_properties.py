"""What holds of returns and paybacks whatever the amounts are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from canopy.concessions.valuation.discounting import flat_real
from canopy.concessions.valuation.flows import DatedRealFlows, RealFlows, frozen
from canopy.concessions.valuation.returns import (
    discounted_payback,
    irr,
    payback,
    sign_changes,
    xirr,
)
from canopy.errors import Refused

START = date(2026, 4, 1)
POUNDS = st.integers(-1_000_000, 1_000_000).map(float)
ANY = st.lists(POUNDS, min_size=1, max_size=40)
INCOME = st.lists(st.integers(0, 100_000).map(float), min_size=1, max_size=40)


def real(amounts: Sequence[float]) -> RealFlows:
    return RealFlows.of(amounts, "2026/27")


def remainder(amounts: Sequence[float], years: Sequence[float], rate: float) -> float:
    """The present value at a rate, as a part of the present value of all amounts taken alike."""
    values = [amount * (1 + rate) ** -year for amount, year in zip(amounts, years, strict=True)]
    return abs(math.fsum(values)) / math.fsum(map(abs, values))


@given(ANY)
@example([-100.0, 60.0, 60.0])
@example([-1.0, 1e6])
@example([1e6, 0.0, 0.0, -1.0])
def test_amounts_are_worth_nothing_at_their_return(amounts: list[float]) -> None:
    """To 1e-9 of their scale; or there is no return, and the reason is told."""
    found = irr(real(amounts))
    assert (found.rate is None) == (found.reason is not None)
    assert found.rate is None or remainder(amounts, range(len(amounts)), found.rate) < 1e-9


@given(st.lists(st.tuples(st.integers(0, 15_000), POUNDS), min_size=1, max_size=25))
def test_dated_amounts_are_worth_nothing_at_their_return(came: list[tuple[int, float]]) -> None:
    days = [START + timedelta(days=at) for at, _ in came]
    amounts = [amount for _, amount in came]
    found = xirr(DatedRealFlows(tuple(days), frozen(amounts), "2026/27"))
    assert (found.rate is None) == (found.reason is not None)
    years = [(day - min(days)).days / 365 for day in days]
    assert found.rate is None or remainder(amounts, years, found.rate) < 1e-9


@given(ANY)
def test_no_return_is_given_where_no_sign_changes_or_several_rates_may_be(
    amounts: list[float],
) -> None:
    """All of one sign: none. More than one change, of the running sum too: none either."""
    changes, turns = sign_changes(amounts), sign_changes(np.cumsum(amounts))
    found = irr(real(amounts))
    if changes == 0 or (changes > 1 and turns != 1):
        assert found.rate is None
        assert "change" in (found.reason or "")


@given(st.integers(1, 1_000_000), INCOME, st.floats(0, 0.5), st.floats(0, 0.5))
def test_dearer_money_never_pays_back_sooner(
    paid: int, income: list[float], one: float, other: float
) -> None:
    """Of an outlay and what it brings; never paid back is later than any year."""
    low, high = sorted((one, other))
    flows = real([-float(paid), *income])
    sooner, later = (discounted_payback(flows, flat_real(rate, "x"), "end") for rate in (low, high))
    assert (sooner or math.inf) <= (later or math.inf) * (1 + 1e-9)


@given(ANY)
def test_payback_at_no_rate_is_the_plain_one(amounts: list[float]) -> None:
    assert discounted_payback(real(amounts), flat_real(0.0, "x"), "end") == payback(real(amounts))


@given(ANY)
def test_payback_is_within_the_years_or_there_is_none(amounts: list[float]) -> None:
    """None where the sum is never made good; and no number stands for that."""
    found = payback(real(amounts))
    if found is None:
        assert np.cumsum(amounts).min() < 0
    else:
        assert 0 <= found <= len(amounts) - 1


@given(st.integers(1, 1_000_000), INCOME)
def test_what_pays_back_at_its_return_does_so_at_the_end(paid: int, income: list[float]) -> None:
    """At the rate of return the present values of all years just make the outlay good."""
    flows = real([-float(paid), *income])
    found = irr(flows)
    if found.rate is not None and found.rate > -0.5:
        below = flat_real(found.rate - 1e-6 * (1 + found.rate), "x")
        above = flat_real(found.rate + 1e-6 * (1 + found.rate), "x")
        assert discounted_payback(flows, below, "end") is not None
        assert discounted_payback(flows, above, "end") is None


@pytest.mark.parametrize("lost", [-1e-9, -1.0])
def test_loss_of_everything_is_no_return(lost: float) -> None:
    """A million that ends as next to nothing, in either direction of time."""
    found = irr(real([lost * 1e6, -lost * 1e-3]))
    assert (found.rate, "lost a year" in (found.reason or "")) == (None, True)


@pytest.mark.parametrize("amount", [math.nan, math.inf])
def test_amounts_that_are_none_are_refused(amount: float) -> None:
    with pytest.raises(Refused):
        irr(real([-1.0, amount]))
