"""What is told beside what is not gives no sum of few away."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.appraisal.withholding import FEWEST, tellable

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12))


@given(COUNTS)
def test_a_total_less_what_is_told_is_of_enough_or_of_nobody(counts: dict[str, int]) -> None:
    """For any parts: neither one part that is told, nor all that are not, are a sum of few."""
    told = tellable(counts)
    assert all(counts[name] == 0 or counts[name] >= FEWEST for name in told)
    hidden = sum(count for name, count in counts.items() if name not in told)
    assert hidden == 0 or hidden >= FEWEST or all(counts[name] == 0 for name in told)


@given(COUNTS)
def test_no_more_is_kept_back_than_one_part_must_be(counts: dict[str, int]) -> None:
    """Beside parts that are too small, one other at the most."""
    told = tellable(counts)
    kept_back = [name for name, count in counts.items() if count >= FEWEST and name not in told]
    assert len(kept_back) <= 1


def test_the_smallest_part_that_helps_is_kept_back() -> None:
    assert tellable({"lease": 1, "wayleave": 9, "licence": 6, "duct": 0}) == {"wayleave", "duct"}
    assert tellable({"lease": 4, "licence": 1, "wayleave": 9}) == {"wayleave"}
    assert tellable({"lease": 5, "wayleave": 5}) == {"lease", "wayleave"}
    assert [*combinations(tellable({"lease": 2}), 1)] == []
