"""Rules of a schedule: instalments, part periods, rent-free days, guarantees and roll-out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.rounding import half_up, pence, pounds, to_penny
from canopy.concessions.schedule.invoices import invoices
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.periods import Periods
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import (
    Free,
    Guarantee,
    Milestone,
    OneOff,
    Rent,
    RentStep,
    RevenueShare,
    RollOut,
    ServiceCredit,
    SharingUplift,
    Tier,
)
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import INSTALMENTS, Frequency, Payment
from canopy.concessions.terms.volumes import Volume


def rent(amount: str = "1000.00", **changed: Any) -> Rent:
    return Rent(name="rent", type="rent", amount=Decimal(amount), **changed)


def paid(frequency: str = "monthly", timing: str = "advance", **changed: Any) -> Payment:
    return Payment(frequency=frequency, timing=timing, **changed)  # type: ignore[arg-type]


def lines(*charges: Any, **changed: Any) -> list[Line]:
    return schedule(agreement(charges=charges, **changed), {})


@given(
    st.decimals("0.01", 1_000_000, places=2),
    st.sampled_from(["monthly", "quarterly", "half-yearly", "yearly"]),
    st.sampled_from(["advance", "arrears"]),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(1, 30),
)
def test_instalments_sum_to_the_charge(
    amount: Decimal, frequency: str, timing: str, start: date, years: int
) -> None:
    """Over whole years the instalments are the yearly amount times the years, to the penny."""
    made = lines(
        rent(str(amount)),
        term=Term(start=start, months=12 * years),
        payment=paid(frequency, timing),
    )
    assert len(made) == years * INSTALMENTS[frequency]  # type: ignore[index]
    assert sum(line.net_pence for line in made) == pence(amount) * years


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(0, 6_000),
    st.sampled_from(list(INSTALMENTS)),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
)
def test_lines_cover_every_day_once(
    start: date, days: int, frequency: str, counted_from: date
) -> None:
    """Periods follow one another from the first to the last day of the term."""
    end = start + timedelta(days=days)
    made = lines(
        rent(),
        term=Term(start=start, last_day=end),
        payment=paid(frequency, counted_from=counted_from),
    )
    assert (made[0].first, made[-1].last) == (start, end)
    follows = pairwise(made)
    assert all(later.first == before.last + timedelta(days=1) for before, later in follows)


def test_twelve_instalments_differ_by_a_penny_at_most() -> None:
    """100 a year: 8.33 and 8.34, which sum to 100."""
    made = lines(rent("100.00"), term=Term(start=date(2026, 4, 1), months=12), payment=paid())
    assert [line.net_pence for line in made] == [833, 834, 833] * 4


@pytest.mark.parametrize(
    ("proration", "amount"),
    [("actual/365", "3650.00"), ("actual/366", "3660.00"), ("period", "3660.00")],
)
def test_part_of_a_year_is_counted_as_agreed(proration: str, amount: str) -> None:
    """91 days of a year with a leap day: 1/365 of the charge each, or 1/366."""
    made = lines(
        rent(amount),
        term=Term(start=date(2027, 4, 1), last_day=date(2027, 6, 30)),
        payment=paid("yearly", proration=proration),
    )
    assert [line.net_pence for line in made] == [91_000]


def test_usual_quarter_days_are_kept() -> None:
    """From 1 May: a part quarter to 23 June, then Midsummer, Michaelmas, Christmas, Lady Day."""
    made = lines(
        rent("3650.00"),
        term=Term(start=date(2026, 5, 1), last_day=date(2027, 4, 30)),
        payment=paid("quarter-days"),
    )
    assert [(line.due.isoformat(), line.net_pence) for line in made] == [
        ("2026-05-01", 54_000),
        ("2026-06-24", 91_250),
        ("2026-09-29", 91_250),
        ("2026-12-25", 91_250),
        ("2027-03-25", 37_000),
    ]


def test_arrears_are_due_on_the_last_day_and_days_after() -> None:
    """Thirty days after the end of each half year."""
    made = lines(
        rent(),
        term=Term(start=date(2026, 4, 1), months=12),
        payment=paid("half-yearly", "arrears", due_days=30),
    )
    assert [line.due for line in made] == [date(2026, 10, 30), date(2027, 4, 30)]


def test_rent_free_days_are_not_charged() -> None:
    """Three months free, and ten days in June of the next year, by the day."""
    made = lines(
        rent(
            "3650.00",
            rent_free_months=3,
            free=(Free(first=date(2027, 6, 1), last=date(2027, 6, 10)),),
        ),
        term=Term(start=date(2026, 4, 1), months=24),
        payment=paid("quarterly"),
    )
    assert [(line.first.isoformat(), line.net_pence) for line in made][:2] == [
        ("2026-07-01", 91_250),
        ("2026-10-01", 91_250),
    ]
    assert next(line.net_pence for line in made if line.first == date(2027, 4, 1)) == 81_000


def test_stepped_rent_changes_within_a_period_by_days() -> None:
    """From 1,000 to 2,000 a year on 16 June: 15 of June's 30 days at each."""
    step = RentStep(from_day=date(2026, 6, 16), amount=Decimal("2400.00"))
    made = lines(
        rent("1200.00", steps=(step,)),
        term=Term(start=date(2026, 4, 1), months=12),
        payment=paid(),
    )
    assert [line.net_pence for line in made[:4]] == [10_000, 10_000, 15_000, 20_000]


def test_vat_is_rounded_half_up_for_each_line() -> None:
    """20 % of 12.53 is 2.51; exempt charges have none, and costs neither."""
    fee = OneOff(
        name="fee",
        type="survey-fee",
        amount=Decimal("12.53"),
        due=date(2026, 4, 1),
        account="revenue",
        vat="exempt",
    )
    made = lines(
        rent("12.53", payment=paid("yearly")), fee, term=Term(start=date(2026, 4, 1), months=12)
    )
    assert {line.charge: line.vat_pence for line in made} == {"rent": 251, "fee": 0}


def test_uplift_is_a_part_of_its_charge_for_each_sharer() -> None:
    """Two further operators at 25 % of a rent that steps up."""
    step = RentStep(from_day=date(2027, 4, 1), amount=Decimal("2000.00"))
    uplift = SharingUplift(
        name="uplift", type="sharing-uplift", of="rent", part=Decimal("0.25"), sharers=2
    )
    made = lines(
        rent(steps=(step,)),
        uplift,
        term=Term(start=date(2026, 4, 1), months=24),
        payment=paid("yearly"),
    )
    assert [line.net_pence for line in made if line.charge == "uplift"] == [50_000, 100_000]


def concession(shortfall: str, revenue: list[int], months: int = 60) -> Agreement:
    """A guarantee of 100 a year against half of revenue."""
    return agreement(
        term=Term(start=date(2026, 4, 1), months=months),
        volumes=(Volume(name="gross", unit="gbp", by_year=tuple(map(Decimal, revenue))),),
        charges=(
            RevenueShare(
                name="share", type="share", of="gross", basis="net",
                tiers=(Tier(above=Decimal(0), rate=Decimal("0.5")),),
            ),
            Guarantee(
                name="minimum", type="guarantee", amount=Decimal(100), period="contract-year",
                counts=("share",), shortfall=shortfall,  # type: ignore[arg-type]
                due_days=28,
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shortfall", "expected"),
    [
        ("kept", [("top-up", 6_000), ("top-up", 2_000)]),
        (
            "carried-forward",
            [("top-up", 6_000), ("top-up", 2_000), ("recoupment", -5_000), ("recoupment", -3_000)],
        ),
    ],
)
def test_shortfall_is_kept_or_recouped(shortfall: str, expected: list[tuple[str, int]]) -> None:
    """Shares of 40, 80, 150, 100 and 400: what was topped up is recouped from what is above."""
    made = schedule(concession(shortfall, [80, 160, 300, 200, 800]), {})
    found = [(line.what, line.net_pence) for line in made if line.charge == "minimum"]
    assert found == expected


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_guarantee_holds_whatever_comes(revenue: list[int]) -> None:
    """Every year pays at least the minimum, and in all no more than share and minimum."""
    years = len(revenue)
    made = schedule(concession("carried-forward", revenue, 12 * years), {})
    by_year = [sum(x.net_pence for x in made if x.first.year == 2026 + at) for at in range(years)]
    assert all(total >= 10_000 for total in by_year)
    kept = schedule(concession("kept", revenue, 12 * years), {})
    assert sum(by_year) <= sum(line.net_pence for line in kept)


def test_year_that_is_cut_short_has_its_days_of_share_and_minimum() -> None:
    """A term of a year and 73 days: a fifth of both."""
    made = schedule(concession("kept", [80], 12), {})
    short = schedule(
        agreement(
            term=Term(start=date(2026, 4, 1), last_day=date(2027, 6, 12)),
            volumes=concession("kept", [80]).volumes,
            charges=concession("kept", [80]).charges,
        ),
        {},
    )
    assert [line.net_pence for line in made] == [4_000, 6_000]
    last = [line.net_pence for line in short if line.first == date(2027, 4, 1)]
    assert last == [half_up(4_000 * 73, 366), half_up(10_000 * 73, 366) - half_up(4_000 * 73, 366)]


def test_roll_out_is_paid_when_units_are_live() -> None:
    """Two milestones in the years that reach them; the third is never reached."""
    nodes = Volume(name="nodes", unit="node", by_year=tuple(map(Decimal, (20, 60, 140))))
    paid_at = [Milestone(units=Decimal(units), amount=Decimal(5000)) for units in (50, 100, 200)]
    charge = RollOut(
        name="roll-out",
        type="roll-out",
        volume="nodes",
        account="capital",
        milestones=tuple(paid_at),
    )
    made = lines(charge, volumes=(nodes,))
    assert [(line.due, line.net_pence) for line in made] == [
        (date(2028, 3, 31), 500_000),
        (date(2029, 3, 31), 500_000),
    ]


def test_service_credit_is_given_back_with_its_vat() -> None:
    """A credit is negative, and so is its VAT."""
    credit = ServiceCredit(
        name="credit",
        type="service-credit",
        amount=Decimal("10.03"),
        due=date(2026, 7, 1),
        reason="late",
    )
    (line,) = lines(credit)
    assert (line.what, line.net_pence, line.vat_pence) == ("credit", -1_003, -201)


@pytest.mark.parametrize(
    ("amount", "expected"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.1249999", "0.12")]
)
def test_halves_round_away_from_zero(amount: str, expected: str) -> None:
    """As councils' finance rounds, not as IEEE 754 does."""
    assert to_penny(Decimal(amount)) == Decimal(expected)
    assert pounds(pence(Decimal(amount))) == Decimal(expected)


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_whole_numbers_round_as_decimals_do(numerator: int, denominator: int) -> None:
    """Both forms of the rule agree."""
    exact = Decimal(numerator) / Decimal(denominator) / 100
    assert half_up(numerator, denominator) == pence(exact)


@pytest.mark.parametrize(
    ("rule", "nation", "due"),
    [
        ("as-is", "england-wales", ["2027-01-01", "2027-04-01", "2027-07-01"]),
        ("following", "england-wales", ["2027-01-04", "2027-04-01", "2027-07-01"]),
        ("following", "scotland", ["2027-01-05", "2027-04-01", "2027-07-01"]),
        ("preceding", "england-wales", ["2026-12-31", "2027-04-01", "2027-07-01"]),
        ("modified-following", "scotland", ["2027-01-05", "2027-04-01", "2027-07-01"]),
    ],
)
def test_due_days_move_as_agreed_and_periods_do_not(rule: str, nation: str, due: list[str]) -> None:
    """New Year's Day of 2027 is a Friday; in Scotland the 2nd is kept on Monday the 4th."""
    made = lines(
        rent(),
        term=Term(start=date(2027, 1, 1), months=9),
        payment=paid("quarterly", working_day_rule=rule),
        nation=nation,
    )
    assert [f"{line.due}" for line in made] == due
    assert [f"{line.first}" for line in made] == ["2027-01-01", "2027-04-01", "2027-07-01"]
    assert [line.net_pence for line in made] == [25_000] * 3


def test_every_kind_of_line_moves_by_its_own_payment() -> None:
    """A fee, a credit, a milestone, a share and a top-up that fall due on Sunday 31 May 2026."""
    sunday = date(2026, 5, 31)
    volume = Volume(name="gross", unit="gbp", by_year=(Decimal(100),))
    nodes = Volume(name="nodes", unit="node", by_year=(Decimal(10),))
    own = paid(working_day_rule="preceding")
    made = lines(
        OneOff(name="fee", type="one-off", amount=Decimal(1), due=sunday, account="revenue"),
        ServiceCredit(
            name="credit", type="service-credit", amount=Decimal(1), due=sunday, reason="late"
        ),
        RollOut(
            name="milestones", type="roll-out", volume="nodes", account="revenue", payment=own,
            milestones=(Milestone(units=Decimal(5), amount=Decimal(1)),),
        ),
        RevenueShare(
            name="share", type="share", of="gross", basis="gross",
            tiers=(Tier(above=Decimal(0), rate=Decimal("0.1")),),
        ),
        Guarantee(
            name="least", type="guarantee", amount=Decimal(50), period="contract-year",
            counts=("share",), shortfall="kept",
        ),
        volumes=(volume, nodes),
        term=Term(start=date(2025, 6, 1), last_day=sunday),
        payment=paid(working_day_rule="following"),
    )  # fmt: skip
    assert {line.charge: f"{line.due}" for line in made} == {
        "milestones": "2026-05-29", "credit": "2026-06-01", "fee": "2026-06-01",
        "least": "2026-06-01", "share": "2026-06-01",
    }  # fmt: skip
    assert {line.last for line in made} == {sunday}
    assert {each.due for each in invoices(made)} == {date(2026, 5, 29), date(2026, 6, 1)}


@given(
    st.sampled_from(list(INSTALMENTS)),
    st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    st.dates(date(1990, 1, 1), date(2060, 1, 1)),
)
def test_every_day_lies_in_the_period_that_holds_it(
    frequency: Frequency, anchor: date, day: date
) -> None:
    """Whatever day periods are counted from, before or after it."""
    periods = Periods(frequency, anchor)
    number = periods.holding(day)
    assert periods.first_day(number) <= day < periods.first_day(number + 1)


def test_a_quarter_of_two_steps_is_rounded_once() -> None:
    """35 days of £11,111.11 a year and 52 of £12,345.67, of 87 in the quarter: £2,962.25."""
    step = RentStep(from_day=date(2029, 11, 3), amount=Decimal("12345.67"))
    made = lines(
        rent("11111.11", steps=(step,)),
        term=Term(start=date(2029, 9, 29), months=12),
        payment=paid("quarter-days"),
    )
    assert made[0].net_pence == 296_225
