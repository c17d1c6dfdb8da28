"""Which candidates stand too near to each other to be chosen both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from canopy.errors import LimitExceeded
from canopy.plan.siting.rules import Rules, Spacing

MOST_PAIRS = 20_000_000


def conflicts(rules: Rules) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The candidates that each one shuts out, as starts and numbers of a sparse matrix."""
    if rules.spacing is None:
        return np.zeros(rules.candidates + 1, np.int64), np.empty(0, np.int32)
    pairs = near_pairs(rules.spacing)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    starts = np.zeros(rules.candidates + 1, np.int64)
    np.cumsum(np.bincount(both[:, 0], minlength=rules.candidates), out=starts[1:])
    return starts, both[:, 1].astype(np.int32)


def near_pairs(spacing: Spacing) -> NDArray[np.int64]:
    """Pairs of candidates nearer than the rule allows, the lower number first.

    Raises LimitExceeded for more than `MOST_PAIRS`.
    """
    places = np.column_stack([spacing.x_m, spacing.y_m])
    tree = KDTree(places)
    many = (int(tree.count_neighbors(tree, spacing.least_m)) - len(places)) // 2
    if many > MOST_PAIRS:
        raise LimitExceeded(
            f"{many:,} pairs of candidates stand nearer than {spacing.least_m:g} m, more than "
            f"{MOST_PAIRS:,}: take fewer candidates or a smaller spacing"
        )
    pairs = tree.query_pairs(spacing.least_m, output_type="ndarray").astype(np.int64)
    apart = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    near: NDArray[np.int64] = pairs[apart < spacing.least_m]
    return near
