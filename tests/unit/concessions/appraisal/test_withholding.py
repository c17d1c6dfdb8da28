"""What is told beside what is not gives no sum of few away, of one year or of several."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from made_agreements import agreement as a_lease

from canopy.concessions.appraisal.breakdown import Part
from canopy.concessions.appraisal.cohorts import FEWEST, Payer, cohorts
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.withholding import INCOME, Withholding
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import Status
from canopy.concessions.terms.charges import PerUnit, Rent
from canopy.concessions.terms.registered import Registered

YEARS = [FinancialYear(begins) for begins in range(2026, 2031)]
KINDS, ASSETS = ("lease", "licence"), ("roof", "mast", "duct")
# An agreement: its kind, its asset's kind, first year, further years, a year without rent.
MADE = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(ASSETS), st.sampled_from((0, 0, 0, 1)),
        st.sampled_from((1, 2, 3, 3)), st.sampled_from((1, 40, 40, 40)),
    ),
    min_size=FEWEST + 1, max_size=40,
)  # fmt: skip


def withholding(made: list[tuple[str, str, int, int, int]]) -> Withholding:
    """Agreement n pays 2 to the power of n, so that a sum says of whom it is."""
    earners, parts = [], []
    for at, (kind, asset, first, more, gap) in enumerate(made):
        ref = f"{at:02}"
        agreement = a_lease(ref=ref, kind=kind, assets=())
        years = [year for each, year in enumerate(YEARS[first : first + more + 1]) if each != gap]
        lines = tuple(
            Line(ref, "rent", "income", "charge", "revenue", year.start, year.end, year.start,
                 1 << at, 0, False)
            for year in years
        )  # fmt: skip
        earners.append(Earner(Registered(agreement, Status.active, date(2026, 4, 1)), lines))
        parts.append(Part(ref, kind, "x", asset, dict.fromkeys(years, 1 << at)))
    return Withholding(earners, parts)


@settings(max_examples=80, deadline=None)
@given(MADE, st.sets(st.integers(0, 39)))
def test_no_difference_of_sums_of_any_years_is_of_few(
    made: list[tuple[str, str, int, int, int]], some: set[int]
) -> None:
    """Totals, kinds, kinds of asset and any other groups of all years: whatever two of them.

    More than that: those who are in the same sums are enough, so that no adding and taking away
    of however many sums tells of fewer.
    """
    found = withholding(made)
    refs = [f"{at:02}" for at in some if at < len(made)]
    told = [
        each
        for year in YEARS
        for each in (
            found.amount(INCOME, year),
            *(found.kind(kind, year) for kind in KINDS),
            *(found.asset_kind(kind, year) for kind in ASSETS),
            found.among(refs, year),
        )
    ]
    sums = [0, *{each.pence for each in told if each.pence}]
    for one in sums:
        for other in sums:
            assert (one ^ other) == 0 or (one ^ other).bit_count() >= FEWEST
    assert all(each.told == (each.pence or 0).bit_count() for each in told)
    alike = defaultdict(int)
    for at in range(len(made)):
        alike[tuple(sum_ >> at & 1 for sum_ in sums)] += 1
    assert all(count >= FEWEST for which, count in alike.items() if any(which))


def test_one_that_leaves_is_told_in_no_year_or_the_others_alone() -> None:
    """Six leases, one of which ends a year early: the two years' sums would tell its rent.

    With another four that end with it, both years are told in full.
    """
    six = withholding([*[("lease", "roof", 0, 3, 40)] * 5, ("lease", "roof", 0, 2, 40)])
    before, after = (six.amount(INCOME, year) for year in YEARS[2:4])
    assert (before.told, before.paying, before.is_part) == (6, 6, False)
    assert (after.pence, after.told, after.paying) == (None, 0, 5)
    ten = withholding([*[("lease", "roof", 0, 3, 40)] * 5, *[("lease", "roof", 0, 2, 40)] * 5])
    told = [ten.amount(INCOME, year) for year in YEARS[2:5]]
    assert [(each.told, each.is_part) for each in told] == [(10, False), (5, False), (0, False)]
    assert told[2].pence == 0


def test_sums_are_in_part_rather_than_withheld() -> None:
    """Twelve, of which one begins late: the cohort without it is told of in every year."""
    made = [*[("lease", "roof", 0, 4, 40)] * 11, ("lease", "roof", 3, 1, 40)]
    told = [withholding(made).amount(INCOME, year) for year in YEARS]
    assert [(each.told, each.paying) for each in told] == [(7, 11)] * 3 + [(12, 12)] * 2


PAYERS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(2000, 2040), st.integers(0, 30)), max_size=60
)


@given(PAYERS, st.randoms())
def test_cohorts_are_enough_and_hold_everybody_once(
    made: list[tuple[str, int, int]], random: Random
) -> None:
    """Whatever the order that agreements come in; nobody is left over where there are enough."""
    payers = [
        Payer(f"{at:02}", kind, first, first + more, ((), (first,)))
        for at, (kind, first, more) in enumerate(made)
    ]
    found = cohorts(payers)
    assert sorted(ref for cohort in found for ref in cohort) == (
        [each.ref for each in payers] if len(payers) >= FEWEST else []
    )
    assert all(len(cohort) >= FEWEST for cohort in found)
    random.shuffle(payers)
    assert cohorts(payers) == found


def test_a_simulation_leaves_out_cohorts_that_it_would_move_differently() -> None:
    """A fee for each node among five rents, or a guarantee beyond the years that are told."""
    rent = Rent(name="rent", type="rent", amount=Decimal(100))
    fee = PerUnit(name="rent", type="per-unit", rate=Decimal(9), unit="node", quantity=Decimal(3))
    first = YEARS[0]
    line = Line("", "rent", "income", "charge", "revenue", first.start, first.end, first.end, 1, 0,
                False)  # fmt: skip
    for charges, is_told in (([rent] * 5, True), ([rent] * 4 + [fee], False), ([fee] * 5, True)):
        earners = [
            Earner(
                Registered(
                    a_lease(ref=f"{at}", assets=(), charges=(each,)), Status.active, first.start
                ),
                (line,),
            )
            for at, each in enumerate(charges)
        ]
        held = Withholding(earners, [])
        lines = {each.agreement.ref: each.lines for each in earners}
        assert bool(held.shown(lines)) == is_told
        assert held.shown(lines, {"0": frozenset(YEARS[:2])}) == {}
