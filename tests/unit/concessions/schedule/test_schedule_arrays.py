"""The arrays of whole pence are the plain decimals, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_agreements import agreement, recurring_agreements, steady
from terms_files import CONCESSION, DUCTS

from canopy.concessions.indexation.scenarios import Scenario, assumed
from canopy.concessions.schedule.arrays import lines_of, schedule_arrays
from canopy.concessions.schedule.kernel import days_in_month, ordinal
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import PerUnit, Rent
from canopy.concessions.terms.reading import loads
from canopy.errors import BadTerms, LimitExceeded, Refused

SERIES = steady()


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile once, so that no example of a property is timed with it."""
    schedule_arrays([loads(DUCTS)], {"rpi": SERIES})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recurring_agreements())
def test_arrays_equal_the_plain_decimals(made: Agreement) -> None:
    """Every line of any agreement: days, due day, net, VAT, and what rests on a scenario."""
    indices = {"cpi": SERIES}
    arrays, settled = schedule_arrays([made], indices)
    assert lines_of(arrays, settled, [made]) == schedule(made, indices)


def test_settled_charges_are_in_both() -> None:
    """The worked concession with its share, guarantee and premium, on a scenario."""
    two = Scenario("two", "made up", {}, SERIES.values[0] / 5000)
    indices = {"cpi": assumed(two, date(2026, 1, 1), date(2043, 12, 1), "index")}
    made = loads(CONCESSION)
    arrays, settled = schedule_arrays([made], indices)
    lines = lines_of(arrays, settled, [made])
    assert lines == schedule(made, indices)
    assert {line.charge for line in lines if line.assumed} >= {"node-fee", "share", "staff"}


def test_many_agreements_are_many_schedules() -> None:
    """Each keeps its own lines."""
    both = [loads(DUCTS), loads(DUCTS.replace("DUCT-C", "DUCT-D").replace("0.95", "0.86"))]
    arrays, settled = schedule_arrays(both, {"rpi": SERIES})
    alone = [line for each in both for line in schedule(each, {"rpi": SERIES})]
    found = lines_of(arrays, settled, both)
    assert sorted(found, key=repr) == sorted(alone, key=repr)


def test_no_agreement_is_no_line() -> None:
    """Nothing in, nothing out; an agreement without charges has none."""
    for made in ([], [agreement()]):
        arrays, settled = schedule_arrays(made, {})
        assert (len(arrays), settled) == (0, [])


def test_currencies_are_not_mixed_between_agreements() -> None:
    """Pounds and euros are not summed."""
    with pytest.raises(Refused, match="in EUR and GBP are not summed"):
        schedule_arrays([agreement(), agreement(currency="EUR")], {})


def test_amount_that_64_bits_might_not_hold_is_refused() -> None:
    """A million pounds for each of ten million nodes."""
    made = PerUnit(
        name="nodes",
        type="per-unit",
        rate=Decimal(1_000_000),
        unit="node",
        quantity=Decimal(10_000_000),
    )
    with pytest.raises(LimitExceeded, match="over the limit"):
        schedule_arrays([agreement(charges=(made,))], {})


def test_terms_that_were_not_checked_are_refused() -> None:
    """A schedule of a charge that follows a rule nobody gave would be a guess."""
    made = Rent(name="rent", type="rent", amount=Decimal(1), index="cpi")
    with pytest.raises(BadTerms, match="no index rule cpi"):
        schedule(agreement(charges=(made,)), {})


@given(st.dates(date(1, 3, 1), date(9999, 12, 31)))
def test_compiled_days_are_those_of_python(day: date) -> None:
    """The kernel's own calendar agrees with the standard library's."""
    assert ordinal(day.year, day.month, day.day) == day.toordinal()
    assert 28 <= days_in_month(day.year, day.month) <= 31
