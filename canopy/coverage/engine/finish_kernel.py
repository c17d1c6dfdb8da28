"""From powers to what a cell is told: SINR, probability, throughput, standing."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast, compiled_parallel
from canopy.coverage.engine.loss_tables import LossTables, bucket_of
from canopy.coverage.engine.open_kernel import Best, Frame
from canopy.coverage.engine.site_arrays import SiteArrays
from canopy.coverage.validity import Validity

_OUTSIDE = np.uint8(Validity.OUTSIDE)
_UNKNOWN = np.uint8(Validity.UNKNOWN)
_IN_RANGE = np.uint8(Validity.IN_RANGE)
_MW_FLOOR_DBM = -300.0


class Service(NamedTuple):
    """What a level is worth; see `canopy.coverage.engine.budget.LinkBudget` for the units."""

    noise_mw: float
    load: float
    threshold_dbm: float
    bandwidth_mhz: float
    shannon_share: float
    most_bps_per_hz: float
    least_sinr_db: float


class Told(NamedTuple):
    """One operator's cells; float32 but for `flag` (uint8), all of the part's shape."""

    sinr_db: NDArray[np.float32]
    probability: NDArray[np.float32]
    flag: NDArray[np.uint8]

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Told:
        return cls(
            np.full(shape, np.nan, np.float32),
            np.full(shape, np.nan, np.float32),
            np.full(shape, _OUTSIDE, np.uint8),
        )


@compiled_fast
def to_mw(level_dbm: float) -> float:
    """Power [mW] of a level [dBm]; nothing for -inf."""
    return 10 ** (level_dbm / 10) if level_dbm > _MW_FLOOR_DBM else 0.0


@compiled_fast
def location_probability(level_dbm: float, threshold_dbm: float, sigma_db: float) -> float:
    """Share of the places at a median level whose level is at or above the threshold.

    Shadowing is taken as normal in dB with deviation `sigma_db` (3GPP TR 38.901, §7.4.1).
    """
    if level_dbm == -np.inf:
        return 0.0
    if sigma_db <= 0:
        return 1.0 if level_dbm >= threshold_dbm else 0.0
    return 0.5 * math.erfc((threshold_dbm - level_dbm) / (sigma_db * math.sqrt(2.0)))


@compiled_parallel
def tell(
    told: Told,
    best: Best,
    interference_mw: NDArray[np.float32],
    sight: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    frame: Frame,
    sites: SiteArrays,
    tables: LossTables,
    service: Service,
) -> None:
    """Fill `told` from the best server and the power of all others."""
    # Arrays of a tuple are written only by their own names in a parallel loop.
    sinr_db, probability, flag = told.sinr_db, told.probability, told.flag
    rows, columns = mask.shape
    for row in numba.prange(rows):
        for column in range(columns):
            if not mask[row, column]:
                continue
            level = best.first_dbm[row, column]
            if math.isnan(level):
                flag[row, column] = _UNKNOWN
                continue
            flag[row, column] = _IN_RANGE
            site = best.first[row, column]
            if site < 0:
                sinr_db[row, column] = -np.inf
                probability[row, column] = 0.0
                continue
            dx = (frame.column_0 + column + 0.5) * frame.cell_m - sites.x_m[site]
            dy = (frame.row_0 + row + 0.5) * frame.cell_m - sites.y_m[site]
            bucket = bucket_of(np.float32(dx * dx + dy * dy))
            curve = sites.curve[site] + sight[row, column]
            flag[row, column] = tables.validity[curve, bucket]
            probability[row, column] = location_probability(
                level, service.threshold_dbm, tables.sigma_db[curve, bucket]
            )
            disturbance = service.noise_mw + service.load * max(
                interference_mw[row, column], np.float32(0.0)
            )
            sinr_db[row, column] = level - 10 * math.log10(disturbance)


@compiled_parallel
def throughput(mbps: NDArray[np.float32], sinr_db: NDArray[np.float32], service: Service) -> None:
    """Peak of one user alone in the cell [Mbit/s], NaN where the SINR is.

    Shannon's bound times `shannon_share`, up to `most_bps_per_hz`, nothing below
    `least_sinr_db` (3GPP TR 36.942 v17, Annex A.1).
    """
    rows, columns = mbps.shape
    for row in numba.prange(rows):
        for column in range(columns):
            sinr = sinr_db[row, column]
            if math.isnan(sinr):
                mbps[row, column] = np.nan
            elif sinr < service.least_sinr_db:
                mbps[row, column] = 0.0
            else:
                rate = service.shannon_share * math.log2(1 + 10 ** (sinr / 10))
                mbps[row, column] = service.bandwidth_mhz * min(rate, service.most_bps_per_hz)
