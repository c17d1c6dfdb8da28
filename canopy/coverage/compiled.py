"""How Canopy compiles its kernels: one place for numba's options.

A kernel is a function over numbers and arrays that numba turns into machine code at its
first call and keeps in a cache beside the source (or where ``NUMBA_CACHE_DIR`` says).

NaN must stay NaN and infinities must stay infinite, so of the fast-math liberties only
those that respect them are taken: fused and reordered sums, reciprocals, and approximate
library functions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
from numba.np.ufunc import threading_layer

ONE_AT_A_TIME = threading.Lock()
"""Held by a thread that runs parallel kernels where others may: not every threading layer of
numba lets two threads of a process into them at once."""

F = TypeVar("F", bound=Callable[..., Any])

# Neither `nnan` nor `ninf`: an unknown input has to come out as unknown.
_LIBERTIES = {"contract", "reassoc", "arcp", "nsz", "afn"}


def compiled(function: F) -> F:
    """`function` as machine code, exact to the rules of IEEE 754; callable from kernels."""
    # Said outright: left out, numba would take the liberties of whichever kernel first calls it.
    make = numba.njit(cache=True, error_model="numpy", nogil=True, fastmath=False)
    return cast(F, make(function))


def compiled_fast(function: F) -> F:
    """As `compiled`, with sums reordered and fused where that makes them faster."""
    make = numba.njit(cache=True, error_model="numpy", nogil=True, fastmath=_LIBERTIES)
    return cast(F, make(function))


def compiled_parallel(function: F) -> F:
    """As `compiled_fast`, with the loops over `numba.prange` spread over the cores."""
    make = numba.njit(
        cache=True, error_model="numpy", nogil=True, parallel=True, fastmath=_LIBERTIES
    )
    return cast(F, make(function))


@contextmanager
def on_one_core() -> Iterator[None]:
    """Parallel kernels that this thread calls run on one core: for work too small to share.

    A loop that is shared waits for all cores, and on a busy machine for long.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def may_threads_meet() -> bool:
    """Whether two threads may be in parallel kernels at once.

    OpenMP's and TBB's threading layers let them; numba's own work queue stops the process
    (numba documentation, "The threading layers"). Which one is used is known once a parallel
    kernel has run in this process; before that the answer is no.
    """
    try:
        return threading_layer() in ("omp", "tbb")
    except ValueError:
        return False
