"""What is told beside what is not gives no sum of few away."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.concessions.appraisal.breakdown import Part
from canopy.concessions.appraisal.withholding import FEWEST, SumsTold, YearTold
from canopy.concessions.calendar.financial_years import FinancialYear

YEAR = FinancialYear(2026)
COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12))


def told_of(counts: dict[str, int]) -> set[str]:
    """The parts that are told beside their total, one agreement a payment."""
    groups = {
        name: [(f"{name}{at}", "roof") for at in range(count)] for name, count in counts.items()
    }
    return SumsTold(item for items in groups.values() for item in items).told(groups)


@given(COUNTS)
def test_a_total_less_what_is_told_is_of_enough_or_of_nobody(counts: dict[str, int]) -> None:
    """For any parts: neither one part that is told, nor all that are not, are a sum of few."""
    told = told_of(counts)
    assert all(counts[name] == 0 or counts[name] >= FEWEST for name in told)
    hidden = sum(count for name, count in counts.items() if name not in told)
    total = sum(counts.values())
    assert hidden == 0 or hidden >= FEWEST or total < FEWEST


@given(COUNTS)
def test_no_more_is_kept_back_than_one_part_must_be(counts: dict[str, int]) -> None:
    """Beside parts that are too small, one other at the most."""
    told = told_of(counts)
    kept_back = [name for name, count in counts.items() if count >= FEWEST and name not in told]
    assert len(kept_back) <= 1


def test_the_smallest_part_that_helps_is_kept_back() -> None:
    assert told_of({"lease": 1, "wayleave": 9, "licence": 6, "duct": 0}) == {"wayleave", "duct"}
    assert told_of({"lease": 4, "licence": 1, "wayleave": 9}) == {"wayleave"}
    assert told_of({"lease": 5, "wayleave": 5}) == {"lease", "wayleave"}
    assert told_of({"lease": 2}) == set()


PARTS = st.lists(
    st.tuples(
        st.integers(0, 24), st.sampled_from(["lease", "licence"]),
        st.sampled_from(["roof", "mast", "duct"]), st.integers(2026, 2029),
        st.sampled_from([None, 2027, 2028]), st.booleans(),
    ),
    max_size=40, unique_by=lambda each: (each[0], each[2]),
)  # fmt: skip


@settings(max_examples=200)
@given(PARTS)
def test_no_two_sums_that_are_told_differ_by_few(
    made: list[tuple[int, str, str, int, int | None, bool]],
) -> None:
    """By kind of agreement, of asset, by end and by break: whatever is added and taken away."""
    parts = []
    ending, breaking = defaultdict(set), defaultdict(set)
    for number, kind, asset, ends, breaks, pays in made:
        ref = f"{number}"
        parts.append(Part(ref, kind, "an operator", asset, {YEAR: 100} if pays else {}))
        ending[FinancialYear(ends)].add(ref)
        if breaks is not None:
            breaking[FinancialYear(breaks)].add(ref)
    told = YearTold(parts, YEAR)
    ends_told, breaks_told = told.groups(ending), told.groups(breaking)
    paying = [part for part in parts if YEAR in part.income_pence]
    sums = [
        *([[True for _ in paying]] if told.total else []),
        *([part.kind == kind for part in paying] for kind in ("lease", "licence")
          if told.kind(kind)),
        *([part.asset_kind == kind for part in paying] for kind in ("roof", "mast", "duct")
          if told.asset_kind(kind)),
        *([part.ref in ending[year] for part in paying] for year in ends_told),
        *([part.ref in breaking[year] for part in paying] for year in breaks_told),
    ]  # fmt: skip
    rows = [np.array(row, int) for row in sums if any(row)]
    refs = np.array([part.ref for part in paying])
    for one, other in combinations([np.zeros(len(paying), int), *rows], 2):
        for found in (one - other, one + other):
            payers = len(set(refs[found != 0]))
            assert payers == 0 or payers >= FEWEST


def test_a_sum_that_crosses_another_is_not_told() -> None:
    """Six leases, five of which end together: their difference would be the sixth's rent."""
    parts = [Part(f"L-{at}", "lease", "x", "roof", {YEAR: 100}) for at in range(6)]
    told = YearTold(parts, YEAR)
    assert told.kind("lease")
    assert (
        told.groups({YEAR: [f"L-{at}" for at in range(5)], FinancialYear(2030): ["L-5"]}) == set()
    )
    assert told.groups({YEAR: [f"L-{at}" for at in range(6)]}) == {YEAR}


def test_an_agreement_on_two_kinds_of_asset_is_one_payer() -> None:
    """Three agreements, each on roofs and masts, are six parts and three payers."""
    parts = [
        Part(f"L-{at}", "lease", "x", kind, {YEAR: 50}) for at in range(3) for kind in ("roof", "m")
    ]
    assert not YearTold(parts, YEAR).total
