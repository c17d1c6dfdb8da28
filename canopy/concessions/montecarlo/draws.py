"""Draws of what a portfolio shares: the market, and the path of inflation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canopy.concessions.montecarlo.portfolio import LEAST_INFLATION, Portfolio
from canopy.errors import Refused

Design = Literal["latin-hypercube", "sobol"]
MIN_DRAWS, MAX_DRAWS = 16, 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """Of each draw: the market's normal score, and inflation into years 2, 3, ..."""

    market: NDArray[np.float64]
    inflation: NDArray[np.float64]


def common_draws(portfolio: Portfolio, draws: int, seed: int, design: Design) -> Common:
    """One row of uniform numbers for each draw, made normal, correlated and made a path.

    A Latin hypercube takes each of `draws` equal slices of every number once. Sobol points are
    scrambled; their count is a power of 2. Raises Refused for other counts.
    """
    if not MIN_DRAWS <= draws <= MAX_DRAWS:
        raise Refused(f"{draws} draws are outside {MIN_DRAWS:,} to {MAX_DRAWS:,}")
    from scipy.stats import qmc  # here, for it takes a second that most processes need not spend

    numbers = portfolio.years
    if design == "sobol":
        if draws & (draws - 1):
            lower = 1 << (draws.bit_length() - 1)
            raise Refused(f"Sobol points come in powers of 2: take {lower:,} or {2 * lower:,}")
        uniform = qmc.Sobol(numbers, rng=np.random.default_rng(seed)).random(draws)
        uniform = np.clip(uniform, 0.5 / draws, 1 - 0.5 / draws)
    else:
        engine = qmc.LatinHypercube(numbers, rng=np.random.default_rng(seed))
        uniform = engine.random(draws)
    scores = special.ndtri(uniform)
    market = scores[:, 0]
    loading = portfolio.inflation_loading
    shocks = loading * market[:, None] + np.sqrt(1 - loading**2) * scores[:, 1:]
    return Common(market, _path(portfolio, shocks))


def _path(portfolio: Portfolio, shocks: NDArray[np.float64]) -> NDArray[np.float64]:
    rule = portfolio.inflation
    middle = rule.middle(portfolio.years)
    path = np.empty_like(shocks)
    apart = np.zeros(len(shocks))
    for at in range(shocks.shape[1]):
        apart = rule.persistence * apart + rule.deviation * shocks[:, at]
        path[:, at] = np.maximum(middle[at] + apart, LEAST_INFLATION)
    return path


def stream_of(seed: int, ref: str) -> int:
    """A 64-bit number for the draws of one agreement, whatever portfolio it is in."""
    digest = hashlib.blake2b(f"{seed}:{ref}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
