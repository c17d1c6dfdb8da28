"""Covered, partial not-spot, total not-spot, or not known: the class of every cell.

With c operators that cover a cell, m that do not and u of which it is not known (c + m + u =
N), a cell's class is what it would be whatever the unknown ones turned out to do:

    c = 0, u = 0          TOTAL         no operator covers
    c > 0, m > 0          PARTIAL       some do and some do not, whatever the others do
    c = N                 FULL          all do
    c > 0, m = 0, u > 0   AT_LEAST_ONE  covered: partial or full is not known
    c = 0, u > 0          UNKNOWN       it may be a total not-spot or not

A missing input is thus never counted as a not-spot. Definitions of total and partial as in
the Shared Rural Network's and Ofcom's reports.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.notspots.operators import OperatorSet
from canopy.coverage.validity import Validity
from canopy.errors import Refused

Levels = NDArray[np.floating]
Classes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class Spot(IntEnum):
    """The class of one cell over all operators (uint8)."""

    UNKNOWN = 0
    TOTAL = 1
    PARTIAL = 2
    AT_LEAST_ONE = 3
    FULL = 4


class Service(IntEnum):
    """Whether one operator covers a cell (uint8)."""

    UNKNOWN = 0
    NOT_COVERED = 1
    COVERED = 2


def service(level_dbm: Levels, threshold_dbm: float, known: Mask | None = None) -> Classes:
    """`Service` of one operator in each cell.

    Parameters
    ----------
    level_dbm : array
        Level of the operator's best server [dBm]; -inf where none reaches, NaN where unknown.
    threshold_dbm : float
        Lowest level that counts as covered [dBm], finite; a level equal to it is covered.
    known : array of bool, optional
        False where the level is not to be relied on (see `relied_on`).
    """
    if not math.isfinite(threshold_dbm):
        raise Refused(f"a threshold of {threshold_dbm} dBm sets nothing apart")
    classes = np.where(level_dbm >= threshold_dbm, Service.COVERED, Service.NOT_COVERED)
    missing = np.isnan(level_dbm)
    if known is not None:
        _require_shape("known", known, level_dbm)
        missing |= ~known
    return np.where(missing, Service.UNKNOWN, classes).astype(np.uint8)


def relied_on(flag: NDArray[np.uint8]) -> Mask:
    """Which cells' levels count by their `Validity`: in range, or extrapolated and flagged."""
    known: Mask = (flag == Validity.IN_RANGE) | (flag == Validity.EXTRAPOLATED)
    return known


def classify(
    level_dbm: Mapping[str, Levels],
    threshold_dbm: float,
    operators: OperatorSet,
    known: Mask | None = None,
) -> Classes:
    """`Spot` of each cell over the operators of `operators`.

    An operator of the set without levels is unknown everywhere: that nobody gave its sites
    does not mean that it has none. Raises Refused for levels of an operator that is not in
    the set, and where no operator has levels.
    """
    return combine(services(level_dbm, threshold_dbm, operators, known))


def services(
    level_dbm: Mapping[str, Levels],
    threshold_dbm: float,
    operators: OperatorSet,
    known: Mask | None = None,
) -> dict[str, Classes]:
    """`Service` of each operator of the set, in its order."""
    strangers = sorted(set(level_dbm) - set(operators.names))
    if strangers:
        raise Refused(
            f"levels of {', '.join(strangers)}, who are not among the operators counted "
            f"({', '.join(operators.names)}): map them to one, or leave them out"
        )
    if not level_dbm:
        raise Refused("no operator has levels: there is nothing to classify")
    shape = next(iter(level_dbm.values())).shape
    found = {}
    for name in operators.names:
        levels = level_dbm.get(name)
        if levels is None:
            found[name] = np.full(shape, Service.UNKNOWN, np.uint8)
            continue
        if levels.shape != shape:
            raise Refused(f"levels of {name} have the shape {levels.shape}, others {shape}")
        found[name] = service(levels, threshold_dbm, known)
    return found


def combine(by_operator: Mapping[str, Classes]) -> Classes:
    """`Spot` from the `Service` of every operator that counts."""
    if not by_operator:
        raise Refused("no operator is given: there is nothing to classify")
    shape = next(iter(by_operator.values())).shape
    covering = np.zeros(shape, np.uint8)
    missing = np.zeros(shape, np.uint8)
    for classes in by_operator.values():
        covering += classes == Service.COVERED
        missing += classes == Service.UNKNOWN
    without = len(by_operator) - covering - missing
    answer = np.full(shape, Spot.UNKNOWN, np.uint8)
    answer[(covering == 0) & (missing == 0)] = Spot.TOTAL
    answer[(covering > 0) & (without > 0)] = Spot.PARTIAL
    answer[(covering > 0) & (without == 0) & (missing > 0)] = Spot.AT_LEAST_ONE
    answer[covering == len(by_operator)] = Spot.FULL
    return answer


def indoor_levels(
    level_dbm: Mapping[str, Levels], entry_loss_db: float | Levels
) -> dict[str, Levels]:
    """Levels within buildings: those outdoors less the building entry loss.

    entry_loss_db: P.2109 loss for the share of buildings asked for [dB], >= 0, one value or
    one a cell; NaN where not known, and the level is then unknown too.
    """
    if (np.asarray(entry_loss_db) < 0).any():
        raise Refused("a building entry loss below 0 dB would make indoors better than outdoors")
    return {name: levels - entry_loss_db for name, levels in level_dbm.items()}


def _require_shape(what: str, mask: Mask, levels: Levels) -> None:
    if mask.shape != levels.shape:
        raise Refused(f"{what} has the shape {mask.shape}, the levels {levels.shape}")
