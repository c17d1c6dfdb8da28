"""Agreements and index series made up for tests: any that the rules allow."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from canopy.concessions.calendar.months import add_months
from canopy.concessions.calendar.working_days import Nation, Roll
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.series import IndexSeries, series_of_months
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import (
    DuctRent,
    DuctSpan,
    Free,
    PerUnit,
    Power,
    Rent,
    RentStep,
    SharingUplift,
    TariffBand,
)
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import INSTALMENTS, VAT_PERCENT, Payment
from canopy.concessions.terms.volumes import Volume

PARTIES = (
    Party(name="Camford Council", role="council"),
    Party(name="Example Ltd", role="operator"),
)


def rates(percents: list[str] | tuple[str, ...], first: date) -> IndexSeries:
    """Published 12-month rates, each standing for 12 months."""
    values = {
        add_months(first, at): Decimal(percents[at // 12]) for at in range(12 * len(percents))
    }
    return series_of_months("D7G7", "annual-rate", "", values, "made up for the test")


def steady(percent: str = "3.7", first: date = date(1998, 1, 1), years: int = 90) -> IndexSeries:
    """An index that every month changes by a little, and falls now and then."""
    value, values = Decimal(100), {}
    for at in range(12 * years):
        values[add_months(first, at)] = round(value, 1)
        value *= 1 + (Decimal(percent) - (7 if at % 50 > 40 else 0)) / 1200
    return series_of_months("D7BT", "index", "2015=100", values, "made up for the test")


def agreement(**changed: Any) -> Agreement:
    """Ten years from 1 April 2026, quarterly in advance, unless changed."""
    usual: dict[str, Any] = {
        "ref": "AG-1",
        "title": "A rooftop",
        "kind": "lease",
        "term": Term(start=date(2026, 4, 1), months=120),
        "parties": PARTIES,
        "valuation_basis": "legacy-market",
        "vat": "standard",
        "payment": Payment(frequency="quarterly", timing="advance"),
    }
    return Agreement(**usual | changed)


_MONEY = st.decimals(0, 90_000, places=2)
_RATES = st.decimals(0, 900, places=4)
_DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
_CHANGES = st.none() | st.decimals("-0.03", "0.06", places=3)


@st.composite
def index_rules(draw: st.DrawFn, name: str) -> IndexRule:
    """Any rule on CPI, or a fixed one."""
    lowest, highest = sorted([draw(_CHANGES) or Decimal(0), draw(_CHANGES) or Decimal("0.04")])
    fixed = draw(st.booleans())
    return IndexRule(
        name=name,
        index="fixed" if fixed else "cpi",
        method=draw(st.sampled_from(["annual", "at-review", "simple"])),
        rate=draw(st.decimals("-0.02", "0.06", places=4)) if fixed else None,
        lag_months=None if fixed else draw(st.integers(0, 6)),
        review_every_years=draw(st.integers(1, 6)),
        collar=draw(st.sampled_from([None, lowest])),
        cap=draw(st.sampled_from([None, highest])),
        upward_only=draw(st.booleans()),
        reviews_from=draw(st.none() | st.dates(date(2000, 1, 1), date(2041, 1, 1))),
    )


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    return Payment(
        frequency=draw(st.sampled_from(list(INSTALMENTS))),
        timing=draw(st.sampled_from(["advance", "arrears"])),
        counted_from=draw(st.none() | _DAYS),
        proration=draw(st.sampled_from(["actual/365", "actual/366", "period"])),
        due_days=draw(st.integers(0, 30)),
        working_day_rule=draw(st.sampled_from(get_args(Roll))),
    )


def _life(draw: st.DrawFn, term: Term) -> dict[str, Any]:
    """When a charge runs and what is free of it."""
    length = (term.end - term.start).days
    opens = term.start + timedelta(days=draw(st.integers(0, length)))
    closes = opens + timedelta(days=draw(st.integers(0, (term.end - opens).days)))
    whole = draw(st.booleans())
    first, last = (term.start, term.end) if whole else (opens, closes)
    free_first = first + timedelta(days=draw(st.integers(0, (last - first).days)))
    free = Free(first=free_first, last=free_first + timedelta(days=draw(st.integers(0, 500))))
    return {
        "first_day": None if whole else first,
        "last_day": None if whole else last,
        "rent_free_months": draw(st.sampled_from([0, 0, 0, 1, 5, 18])),
        "free": draw(st.sampled_from([(), (), (free,)])),
        "payment": draw(st.none() | payments()),
        "vat": draw(st.none() | st.sampled_from(list(VAT_PERCENT))),
    }


@st.composite
def recurring_agreements(draw: st.DrawFn) -> Agreement:
    """Every kind of recurring charge, with any life, indexation and payment."""
    start = draw(_DAYS)
    term = Term(start=start, last_day=start + timedelta(days=draw(st.integers(0, 9_500))))
    rules = (draw(index_rules("one")), draw(index_rules("two")))
    which = st.sampled_from([None, "one", "two"])
    steps = []
    if (days := (term.end - start).days) > 2:
        chosen = draw(st.sets(st.integers(1, days), max_size=4))
        steps = [
            RentStep(from_day=start + timedelta(days=at), amount=draw(_MONEY))
            for at in sorted(chosen)
        ]
    volume = Volume(
        name="nodes",
        unit="node",
        by_year=tuple(draw(st.lists(st.integers(0, 400).map(Decimal), min_size=1, max_size=6))),
        churn=draw(st.sampled_from([Decimal(0), Decimal("0.03")])),
    )
    charges = (
        Rent(name="rent", type="rent", amount=draw(_MONEY), index=draw(which), **_life(draw, term)),
        Rent(
            name="stepped", type="wayleave", amount=draw(_MONEY), steps=tuple(steps),
            **_life(draw, term),
        ),
        PerUnit(
            name="nodes", type="per-unit", rate=draw(_RATES), unit="node", volume="nodes",
            rate_places=draw(st.integers(0, 4)), index=draw(which), **_life(draw, term),
        ),
        DuctRent(
            name="duct", type="duct", rate=draw(_RATES), index=draw(which),
            spans=(
                DuctSpan(length_m=draw(st.decimals("0.1", 9_000, places=2)), ducts=2),
                DuctSpan(length_m=Decimal("95.4"), ducts=1),
            ),
            **_life(draw, term),
        ),
        Power(
            name="power", type="power", kwh_per_unit=Decimal("876"), volume="nodes",
            admin=Decimal("0.05"), index=draw(which),
            tariff=(
                TariffBand(name="day", part=Decimal("0.6"), price=Decimal("0.2917")),
                TariffBand(name="night", part=Decimal("0.4"), price=Decimal("0.1433")),
            ),
            **_life(draw, term),
        ),
        SharingUplift(
            name="uplift", type="sharing-uplift", of="rent", part=Decimal("0.25"), sharers=2,
            **_life(draw, term),
        ),
    )  # fmt: skip
    cost = Rent(name="staff", type="yearly", amount=draw(_MONEY), index=draw(which))
    return agreement(
        term=term, index_rules=rules, volumes=(volume,), charges=charges, costs=(cost,),
        payment=draw(payments()), nation=draw(st.sampled_from(get_args(Nation))),
        vat=draw(st.sampled_from(list(VAT_PERCENT))),
    )  # fmt: skip
