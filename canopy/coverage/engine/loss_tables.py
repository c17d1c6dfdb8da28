"""Path loss as a table over distance, so that a kernel asks memory and not logarithms.

The bits of a positive float32 grow with its logarithm almost linearly. The upper bits of
the squared distance therefore number buckets of equal ratio: 128 to each doubling. Inside
a bucket the loss is interpolated from its two edges; a loss of 40 dB per tenfold distance
is met within 0.0002 dB. Across a step between two methods it is smeared over 0.4 % of the
distance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast
from canopy.errors import Refused

Curve = Callable[
    [NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]
]
"""Horizontal distance [m] to (loss [dB], shadowing deviation [dB], Validity)."""

BUCKET_SHIFT = 16
"""Bits of a float32 mantissa below the bucket's number: 23 - 16 = 7 bits make 128 buckets."""
LEAST_DISTANCE_M = 1.0
"""Below it the loss at this distance is held: no method here reaches nearer."""
FIRST_BUCKET = int(np.float32(LEAST_DISTANCE_M**2).view(np.uint32)) >> BUCKET_SHIFT


class LossTables(NamedTuple):
    """Losses of several curves at the edges of the buckets.

    Attributes:
        loss_db: float32 (curves, edges) [dB].
        sigma_db: float32, same shape: standard deviation of shadowing [dB].
        validity: uint8, same shape.
        gain: float32 (curves, edges - 1, 2): intercept and slope over the squared distance
            of the linear gain, so that one multiplication and one sum give it.
        least_db, most_db: float32, same shape as loss_db: least loss from that edge outwards,
            most loss from the start to the edge after it; bounds that hold for any curve.
        is_rising: bool (curves), whether the loss never falls with distance.
    """

    loss_db: NDArray[np.float32]
    sigma_db: NDArray[np.float32]
    validity: NDArray[np.uint8]
    gain: NDArray[np.float32]
    least_db: NDArray[np.float32]
    most_db: NDArray[np.float32]
    is_rising: NDArray[np.bool_]


def edges_m2(reach_m: float) -> NDArray[np.float32]:
    """Squared distances at the edges of all buckets from `LEAST_DISTANCE_M` to past `reach_m`."""
    last = (int(np.float32(reach_m**2).view(np.uint32)) >> BUCKET_SHIFT) + 2
    if last <= FIRST_BUCKET + 2:
        raise Refused(f"a reach of {reach_m:g} m is too short: give more than 2 m")
    numbers = np.arange(FIRST_BUCKET, last + 1, dtype=np.uint32) << np.uint32(BUCKET_SHIFT)
    return numbers.view(np.float32)


def tabulate(curves: list[Curve], reach_m: float) -> LossTables:
    """The tables of `curves` out to `reach_m` [m].

    A curve may answer NaN (the method refuses there); such a link carries no level.
    """
    squared = edges_m2(reach_m)
    distance_m = np.sqrt(squared.astype(np.float64))
    answers = [curve(distance_m) for curve in curves]
    loss = np.stack([answer[0] for answer in answers]).astype(np.float32)
    known = np.where(np.isnan(loss), np.float32(np.inf), loss)
    gain = 10 ** (-known.astype(np.float64) / 10)
    slope = np.diff(gain, axis=1) / np.diff(squared.astype(np.float64))
    intercept = gain[:, :-1] - slope * squared[:-1]
    outwards = np.minimum.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    inwards = np.maximum.accumulate(known, axis=1)
    return LossTables(
        loss_db=known,
        sigma_db=np.stack([answer[1] for answer in answers]).astype(np.float32),
        validity=np.stack([answer[2] for answer in answers]).astype(np.uint8),
        gain=np.stack([intercept, slope], axis=2).astype(np.float32),
        least_db=np.ascontiguousarray(outwards),
        most_db=np.ascontiguousarray(np.concatenate([inwards[:, 1:], inwards[:, -1:]], axis=1)),
        is_rising=(inwards == known).all(axis=1),
    )


def bound_by(tables: LossTables, rows: int, chosen: list[int]) -> LossTables:
    """The tables with bounds that hold for whichever of the `chosen` rows is taken.

    rows: how many belong to one class; the bounds stand in the first of them.
    """
    least, most = tables.least_db.copy(), tables.most_db.copy()
    for first in range(0, least.shape[0], rows):
        taken = [first + row for row in chosen]
        least[first] = tables.least_db[taken].min(axis=0)
        most[first] = tables.most_db[taken].max(axis=0)
    return tables._replace(least_db=least, most_db=most)


@compiled_fast
def bucket_of(squared_m2: np.float32) -> int:
    """Number of the bucket that a squared distance [m²] lies in; nearer than the first is 0."""
    held = max(np.float32(squared_m2), np.float32(1.0))
    return int(np.float32(held).view(np.uint32) >> np.uint32(BUCKET_SHIFT)) - FIRST_BUCKET


@compiled_fast
def loss_at(loss_db: NDArray[np.float32], squared_m2: np.float32) -> np.float32:
    """Loss [dB] of one curve at a squared distance [m²], between the edges of its bucket."""
    held = max(np.float32(squared_m2), np.float32(1.0))
    bits = np.float32(held).view(np.uint32)
    edge = np.int64(bits >> np.uint32(BUCKET_SHIFT)) - FIRST_BUCKET
    share = np.float32(bits & np.uint32((1 << BUCKET_SHIFT) - 1)) * np.float32(
        1.0 / (1 << BUCKET_SHIFT)
    )
    near = loss_db[edge]
    return np.float32(near + share * (loss_db[edge + 1] - near))
