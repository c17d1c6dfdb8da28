"""What the compiling of kernels promises of their arithmetic."""

from __future__ import annotations

import math

from canopy.coverage.compiled import compiled, compiled_fast


@compiled
def _difference(one: float, other: float) -> float:
    return (one + other) - (one + other)


@compiled_fast
def _twice(one: float, other: float) -> float:
    return 2 * _difference(one, other)


def test_an_exact_kernel_is_exact_also_when_a_fast_one_asks_first() -> None:
    """Infinity less infinity is no number, though the fast kernel may cancel sums."""
    assert math.isnan(_twice(math.inf, 1.0))
    assert math.isnan(_difference(math.inf, 1.0))
