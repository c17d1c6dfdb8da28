"""What readings of a datastream are checked for, and the checks. Pure: arrays in, flags out.

Sources: U.S. Integrated Ocean Observing System, *Manual for Real-Time Quality Control of In-situ
Temperature and Salinity Data* (QARTOD), version 2.0, January 2016: tests 1 (gap), 6 (spike), 8
(flat line) and 11 (neighbour); its test 4 (gross range) is made when a reading comes. The spike is
Argo's, which takes neither a step nor what is beside a spike for one: A. Wong et al., *Argo Quality
Control Manual for CTD and Trajectory Data*, version 3.3, 2020, real-time test 9. WMO-No. 8, *Guide
to Instruments and Methods of Observation*, volume V, 2023 edition, asks for such checks in time and
space. All leave thresholds to whoever knows place and instrument: here to the datastream.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from canopy.iot.flags import FLAGS

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Bits = NDArray[np.int64]

MAD_TO_SIGMA = 1.4826
"""Standard deviations of a normal distribution for one median absolute deviation. Source: P. J.
Rousseeuw and C. Croux, *Alternatives to the Median Absolute Deviation*, JASA 88 (1993), sect. 1."""
MOST_REPEATS = 1_000
_SIGMAS = 3.0


class Checks(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a datastream is checked for; None is not.

    Attributes:
        spike: a reading is one that is further than this above, or below, both of the two beside
            it [the datastream's unit].
        stuck: so many readings in a row that differ by at most `stuck_within` [its unit]; from
            the last of them on they are flagged. 2 to 1,000.
        gap: a reading before which nothing came for so many of the datastream's intervals.
        drift: how far the hourly means may be from the median of the neighbours', as the median
            of `drift_hours` hours [its unit].
        drift_within_m: how far away a neighbour may be [m]: same observed property and unit.
        drift_neighbours: fewer neighbours in an hour tell nothing.
    """

    spike: float | None = None
    stuck: int | None = None
    stuck_within: float = 0.0
    gap: float | None = None
    drift: float | None = None
    drift_within_m: float = 1_000.0
    drift_hours: int = 24
    drift_neighbours: int = 3

    @property
    def context(self) -> int:
        """How many readings before and after one its checks look at."""
        return max(2, self.stuck or 0)

    @property
    def is_serial(self) -> bool:
        """Whether readings are checked against those before and after them."""
        return (self.spike, self.stuck, self.gap) != (None, None, None)


def wrong(checks: Checks, interval_s: int | None) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it)."""
    for name in ("spike", "gap", "drift"):
        value = getattr(checks, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            yield name, "must be above 0"
    if checks.stuck is not None and not 2 <= checks.stuck <= MOST_REPEATS:
        yield "stuck", f"must be 2 to {MOST_REPEATS:,} readings"
    if not (math.isfinite(checks.stuck_within) and checks.stuck_within >= 0):
        yield "stuck_within", "must be 0 or more"
    if checks.gap is not None and interval_s is None:
        yield "gap", "the datastream does not say how often it reports (interval_s)"
    if not 1 <= checks.drift_within_m <= 100_000:
        yield "drift_within_m", "must be 1 to 100,000 m"
    if not 1 <= checks.drift_hours <= 24 * 31:
        yield "drift_hours", "must be 1 to 744 hours"
    if not 2 <= checks.drift_neighbours <= 100:
        yield "drift_neighbours", "must be 2 to 100"


def check(checks: Checks, interval_s: int | None, at_us: Times, values: Floats) -> Bits:
    """Flags of readings in order of time, each against those beside it.

    at_us: phenomenon times [us since 1970]. values: NaN where a result is no number; it is in no
    check but that of gaps. A check needs all readings that it looks at: at both ends it is silent.
    """
    found = np.zeros(len(at_us), np.int64)
    if checks.gap is not None and interval_s is not None:
        found[_after_gaps(at_us, checks.gap * interval_s)] |= FLAGS["gap"]
    numbers = np.flatnonzero(~np.isnan(values))
    if checks.spike is not None:
        found[numbers[_spikes(values[numbers], checks.spike)]] |= FLAGS["spike"]
    if checks.stuck is not None:
        stuck = _stuck(values[numbers], checks.stuck, checks.stuck_within)
        found[numbers[stuck]] |= FLAGS["stuck"]
    return found


def _after_gaps(at_us: Times, longest_s: float) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(at_us) > longest_s * 1_000_000) + 1


def _spikes(values: Floats, most: float) -> NDArray[np.intp]:
    """|V2 - (V3 + V1) / 2| - |(V3 - V1) / 2|, of quarters, which do not overflow."""
    if len(values) < 3:
        return np.empty(0, np.intp)
    first, second, third = values[:-2] / 4, values[1:-1] / 4, values[2:] / 4
    out = np.abs(2 * second - first - third) - np.abs(third - first)
    return np.flatnonzero(out > most / 2) + 1


def _stuck(values: Floats, repeats: int, within: float) -> NDArray[np.intp]:
    """QARTOD test 8: the reading and those before it, REP_CNT in all, differ by EPS at most."""
    if len(values) < repeats:
        return np.empty(0, np.intp)
    windows = np.lib.stride_tricks.sliding_window_view(values, repeats)
    with np.errstate(over="ignore"):
        spread = windows.max(axis=1) - windows.min(axis=1)
    return np.flatnonzero(spread <= within) + repeats - 1


def drifted(checks: Checks, own: Floats, neighbours: Floats) -> float | None:
    """How far hourly means are from those around them, where that is too far [their unit].

    own: one mean an hour, NaN where there is none. neighbours: an hour a row, a neighbour a
    column. The median of the hours' differences to the median of the neighbours is compared with
    `drift` and with three times the neighbours' own spread (scaled median absolute deviation),
    whichever is more. Hours with too few neighbours say nothing, and half of the hours must say
    something; None else, and where there is no drift.
    """
    if checks.drift is None or not len(own):
        return None
    says = (~np.isnan(own)) & ((~np.isnan(neighbours)).sum(axis=1) >= checks.drift_neighbours)
    if 2 * says.sum() < checks.drift_hours:
        return None
    around = np.nanmedian(neighbours[says], axis=1)
    spread = np.nanmedian(np.abs(neighbours[says] - around[:, None]), axis=1)
    off = float(np.median(own[says] - around))
    most = max(checks.drift, _SIGMAS * MAD_TO_SIGMA * float(np.median(spread)))
    return off if abs(off) > most else None
