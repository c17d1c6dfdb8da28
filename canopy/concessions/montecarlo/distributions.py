"""Distributions that an input may have, each with the value it has in the base case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from canopy.errors import Refused

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    value: float

    @property
    def base(self) -> float:
        return self.value

    def quantile(self, probability: ArrayLike) -> Values:
        return np.full_like(np.asarray(probability, np.float64), self.value)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two values alike; the base case is their middle."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.low, self.high)

    @property
    def base(self) -> float:
        return (self.low + self.high) / 2

    def quantile(self, probability: ArrayLike) -> Values:
        return self.low + np.asarray(probability, np.float64) * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Least, most likely and greatest value; the base case is the most likely."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.low, self.mode, self.high)

    @property
    def base(self) -> float:
        return self.mode

    def quantile(self, probability: ArrayLike) -> Values:
        u = np.asarray(probability, np.float64)
        width = self.high - self.low
        if width == 0:
            return np.full_like(u, self.mode)
        rising = self.low + np.sqrt(u * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - u) * width * (self.high - self.mode))
        return np.where(u * width < self.mode - self.low, rising, falling)


@dataclass(frozen=True, slots=True)
class Pert:
    """As `Triangular`, with the middle four times as heavy: a beta distribution."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.low, self.mode, self.high)
        if self.low == self.high:
            raise Refused("a PERT distribution has a width; use Fixed")

    @property
    def base(self) -> float:
        return self.mode

    def quantile(self, probability: ArrayLike) -> Values:
        width = self.high - self.low
        alpha = 1 + 4 * (self.mode - self.low) / width
        beta = 1 + 4 * (self.high - self.mode) / width
        unit: Values = special.betaincinv(alpha, beta, np.asarray(probability, np.float64))
        return self.low + width * unit


@dataclass(frozen=True, slots=True)
class Normal:
    """A mean and a standard deviation, at least 0."""

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        _ordered(0.0, self.deviation)

    @property
    def base(self) -> float:
        return self.mean

    def quantile(self, probability: ArrayLike) -> Values:
        score: Values = special.ndtri(np.asarray(probability, np.float64))
        return self.mean + self.deviation * score


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A median, above 0, and the standard deviation of its logarithm, at least 0."""

    median: float
    deviation: float

    def __post_init__(self) -> None:
        _ordered(0.0, self.deviation)
        if not self.median > 0:
            raise Refused("the median of a lognormal distribution is above 0")

    @property
    def base(self) -> float:
        return self.median

    def quantile(self, probability: ArrayLike) -> Values:
        score: Values = special.ndtri(np.asarray(probability, np.float64))
        return self.median * np.exp(self.deviation * score)


Distribution = Fixed | Uniform | Triangular | Pert | Normal | LogNormal
KINDS: tuple[type[Distribution], ...] = (Fixed, Uniform, Triangular, Normal, LogNormal, Pert)
"""In the order of the numbers by which the kernel knows them."""


def parameters(distribution: Distribution) -> tuple[float, float, float]:
    """What the kernel computes a value from."""
    if isinstance(distribution, Fixed):
        return distribution.value, 0.0, 0.0
    if isinstance(distribution, Uniform):
        return distribution.low, distribution.high, 0.0
    if isinstance(distribution, Triangular | Pert):
        return distribution.low, distribution.mode, distribution.high
    if isinstance(distribution, Normal):
        return distribution.mean, distribution.deviation, 0.0
    return distribution.median, distribution.deviation, 0.0


def _ordered(*values: float) -> None:
    finite = all(np.isfinite(value) for value in values)
    if not finite or list(values) != sorted(values):
        raise Refused(f"the values of a distribution are not in order: {values}")
