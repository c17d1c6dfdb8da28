"""What roaming or shared cells would give: where one operator fails and another does not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.notspots.classes import Classes, Service
from canopy.errors import Refused


class Handover(IntEnum):
    """What a user of one operator finds in a cell (uint8)."""

    UNKNOWN = 0
    OWN = 1
    ANOTHER = 2
    NONE = 3


def handover(by_operator: Mapping[str, Classes], user_of: str) -> Classes:
    """`Handover` of a user of `user_of`, from the `Service` of every operator.

    Where the user's own operator is unknown the answer is; where it does not cover, one other
    that does is enough for ANOTHER, and NONE needs all the others to be known.
    """
    if user_of not in by_operator:
        raise Refused(f"{user_of} is not among the operators: {', '.join(by_operator)}")
    own = by_operator[user_of]
    others = [classes for name, classes in by_operator.items() if name != user_of]
    any_other = np.zeros(own.shape, bool)
    any_unknown = np.zeros(own.shape, bool)
    for classes in others:
        any_other |= classes == Service.COVERED
        any_unknown |= classes == Service.UNKNOWN
    elsewhere = np.where(
        any_other, Handover.ANOTHER, np.where(any_unknown, Handover.UNKNOWN, Handover.NONE)
    )
    answer = np.where(own == Service.COVERED, Handover.OWN, elsewhere)
    return np.where(own == Service.UNKNOWN, Handover.UNKNOWN, answer).astype(np.uint8)


def handoff_gain(
    people: NDArray[np.float64],
    by_operator: Mapping[str, Classes],
    market_share: Mapping[str, float] | None = None,
) -> NDArray[np.float64]:
    """People of each cell who would gain service if whoever covers it served everybody.

    people(p) * (1 - share of the market whose own operator covers p), 0 in total not-spots,
    where there is nobody's service to share; NaN where people or an operator are unknown.

    Parameters
    ----------
    people : array
        Of each cell.
    by_operator : mapping
        `Service` of every operator.
    market_share : mapping, optional
        Of the operators' customers, adding up to 1; equal shares where not given.
    """
    shares = market_share or {name: 1 / len(by_operator) for name in by_operator}
    if set(shares) != set(by_operator) or not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-6):
        raise Refused("market shares are needed for each operator, adding up to 1")
    if min(shares.values()) < 0:
        raise Refused("a market share is negative")
    served = np.zeros(people.shape)
    covered = np.zeros(people.shape, bool)
    unknown = np.zeros(people.shape, bool)
    for name, classes in by_operator.items():
        served += shares[name] * (classes == Service.COVERED)
        covered |= classes == Service.COVERED
        unknown |= classes == Service.UNKNOWN
    gain = np.where(covered, people * np.clip(1.0 - served, 0.0, 1.0), people * 0.0)
    return np.where(unknown, np.nan, gain)
