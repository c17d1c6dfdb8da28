"""Classes of cells: covered, partial, total, and not known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.notspots.classes import (
    Service,
    Spot,
    classify,
    combine,
    indoor_levels,
    relied_on,
    service,
)
from canopy.coverage.notspots.handover import Handover, handoff_gain, handover
from canopy.coverage.notspots.operators import OperatorSet, in_force
from canopy.coverage.notspots.thresholds import threshold_of
from canopy.errors import NotFound, Refused

NAN, INF = np.nan, np.inf
THREE = OperatorSet(("a", "b", "c"))
Y, N, U = Service.COVERED, Service.NOT_COVERED, Service.UNKNOWN


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float32)


def services(**columns: list[int]) -> dict[str, np.ndarray]:
    return {name: np.array([values], np.uint8) for name, values in columns.items()}


def test_a_level_at_the_threshold_is_covered() -> None:
    """-105 dBm counts at -105; a site out of reach does not cover; NaN is not known."""
    assert service(row(-105.0, -105.1, -INF, NAN), -105.0).tolist() == [[Y, N, N, U]]


@pytest.mark.parametrize(
    ("a", "b", "c", "expected"),
    [
        (Y, Y, Y, Spot.FULL),
        (Y, N, N, Spot.PARTIAL),
        (N, N, N, Spot.TOTAL),
        (N, N, U, Spot.UNKNOWN),  # the third may cover: partial or total
        (U, U, U, Spot.UNKNOWN),
        (Y, N, U, Spot.PARTIAL),  # whatever the third does, some do and some do not
        (Y, Y, U, Spot.AT_LEAST_ONE),  # partial or full
        (Y, U, U, Spot.AT_LEAST_ONE),
    ],
)
def test_unknown_counts_only_where_it_could_change_the_answer(
    a: Service, b: Service, c: Service, expected: Spot
) -> None:
    """And never as a not-spot."""
    assert combine(services(a=[a], b=[b], c=[c])).tolist() == [[expected]]


@given(st.lists(st.sampled_from([Y, N, U]), min_size=1, max_size=5))
def test_a_class_holds_whatever_the_unknown_operators_turn_out_to_do(states: list[Service]) -> None:
    """TOTAL, PARTIAL and FULL stay when each unknown is filled with all and with none."""
    named = {f"o{index}": np.array([[state]], np.uint8) for index, state in enumerate(states)}
    answer = Spot(int(combine(named)[0, 0]))
    filled = {
        Spot(int(combine({k: np.where(v == U, fill, v) for k, v in named.items()})[0, 0]))
        for fill in (Y, N)
    }
    allowed = {
        Spot.UNKNOWN: [{Spot.TOTAL, Spot.FULL}, {Spot.TOTAL, Spot.PARTIAL}],
        Spot.AT_LEAST_ONE: [{Spot.PARTIAL, Spot.FULL}],
    }.get(answer, [{answer}])
    assert filled in allowed


def test_an_operator_without_levels_is_unknown_everywhere() -> None:
    """Two operators are covered, of the third nobody gave sites: full coverage is not claimed."""
    levels = {"a": row(-90.0, -120.0), "b": row(-90.0, -120.0)}
    assert classify(levels, -105.0, THREE).tolist() == [[Spot.AT_LEAST_ONE, Spot.UNKNOWN]]


def test_levels_that_are_not_relied_on_are_unknown() -> None:
    """Refused and unknown flags make a cell unknown, extrapolated ones do not."""
    flag = np.array([[0, 1, 2, 3]], np.uint8)
    levels = dict.fromkeys("abc", row(-120.0, -120.0, -120.0, -120.0))
    classes = classify(levels, -105.0, THREE, relied_on(flag))
    assert classes.tolist() == [[Spot.TOTAL, Spot.TOTAL, Spot.UNKNOWN, Spot.UNKNOWN]]


def test_strangers_are_refused() -> None:
    """Levels of an operator that does not count would silently change what partial means."""
    with pytest.raises(Refused, match="levels of d, who are not among the operators counted"):
        classify({"d": row(-90.0)}, -105.0, THREE)


def test_indoors_the_entry_loss_is_taken_off() -> None:
    """-95 dBm less 15 dB is below -105; an unknown loss makes the level unknown."""
    indoor = indoor_levels({"a": row(-95.0, -80.0, -80.0)}, row(15.0, 15.0, NAN))
    assert service(indoor["a"], -105.0).tolist() == [[N, Y, U]]
    with pytest.raises(Refused, match="below 0 dB"):
        indoor_levels({"a": row(-95.0)}, -1.0)


def test_operators_change_with_the_date() -> None:
    """The set in force is the one that began last; the day itself counts."""
    four = OperatorSet(("a", "b", "c", "d"))
    three = OperatorSet(("a", "b", "cd"), date(2025, 6, 1))
    assert in_force((three, four), date(2025, 5, 31)) is four
    assert in_force((three, four), date(2025, 6, 1)) is three
    with pytest.raises(Refused, match="no set of operators was in force"):
        in_force((three,), date(2020, 1, 1))


def test_handover_finds_where_another_operator_would_serve() -> None:
    """Own first; another's service is enough; nobody's needs all to be known."""
    named = services(a=[Y, N, N, N, U, N], b=[N, Y, N, U, Y, Y], c=[N, N, N, N, Y, U])
    assert handover(named, "a").tolist() == [
        [
            Handover.OWN,
            Handover.ANOTHER,
            Handover.NONE,
            Handover.UNKNOWN,
            Handover.UNKNOWN,
            Handover.ANOTHER,
        ]
    ]


def test_gain_of_sharing_is_the_people_whose_own_operator_fails() -> None:
    """90 people: two of three covered gain 30; all 0; none 0 (nothing to share); unknown NaN."""
    named = services(a=[Y, Y, N, Y], b=[Y, Y, N, U], c=[N, Y, N, N])
    gain = handoff_gain(np.full((1, 4), 90.0), named)
    np.testing.assert_allclose(gain, [[30.0, 0.0, 0.0, NAN]], atol=1e-9)


def test_gain_of_sharing_goes_by_the_market_where_it_is_known() -> None:
    """Only the operator with a tenth of the customers fails: 9 of 90 gain."""
    named = services(a=[Y], b=[Y], c=[N])
    gain = handoff_gain(np.full((1, 1), 90.0), named, {"a": 0.5, "b": 0.4, "c": 0.1})
    np.testing.assert_allclose(gain, [[9.0]])
    with pytest.raises(Refused, match="adding up to 1"):
        handoff_gain(np.ones((1, 1)), named, {"a": 0.5, "b": 0.4, "c": 0.2})


def test_the_published_threshold_of_4g_is_found() -> None:
    """-105 dBm outdoors; what is not set is named."""
    assert (threshold_of("4g").level_dbm, threshold_of("4g").verified) == (-105.0, True)
    with pytest.raises(NotFound, match="no threshold is set for 6g outdoor"):
        threshold_of("6g")
