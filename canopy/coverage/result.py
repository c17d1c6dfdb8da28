"""What a run answers, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid


@dataclass(frozen=True, slots=True, eq=False)
class OperatorLayers:
    """One operator's levels; all arrays have the grid's shape.

    Attributes:
        rsrp_dbm: float32, reference level of the best server [dBm]; NaN where unknown, -inf
            where no site reaches.
        server: int32, index of the best server in the run's sites, -1 where none reaches.
        sinr_db: float32, of the best server against the operator's other sites and noise [dB].
        probability: float32, share of places in the cell at or above the threshold, 0 to 1.
    """

    rsrp_dbm: NDArray[np.float32]
    server: NDArray[np.int32]
    sinr_db: NDArray[np.float32]
    probability: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class CoverageResult:
    """A run's layers; all arrays have the grid's shape.

    Attributes:
        grid: the frame.
        technology: id of what was run.
        site_ids: the run's sites in the order that server indices count.
        operators: slugs, sorted.
        rsrp_dbm, server: of the best server of all operators, as in `OperatorLayers`.
        second_server: int32, the next best site on the air there (any operator), -1 if none.
        margin_db: float32, best minus second [dB], +inf when there is no second.
        sinr_db: float32, of the best server within its own operator's network [dB].
        operators_above: uint8, how many operators reach the threshold.
        servers_above: uint16, how many sites reach the threshold.
        throughput_mbps: float32, peak one user alone in the cell may expect [Mbit/s].
        probability: float32, that a place in the cell is at or above the threshold, best
            server, 0 to 1.
        flag: uint8, `Validity` of the best server's level; UNKNOWN where inputs are missing.
        by_operator: each operator's own layers.
        indicative: True when any site is an estimate; such a result cannot meet a target.
        provenance: flat facts for files: methods, editions, parameters, hashes, version.
    """

    grid: Grid
    technology: str
    site_ids: tuple[str, ...]
    operators: tuple[str, ...]
    threshold_dbm: float
    rsrp_dbm: NDArray[np.float32]
    server: NDArray[np.int32]
    second_server: NDArray[np.int32]
    margin_db: NDArray[np.float32]
    sinr_db: NDArray[np.float32]
    operators_above: NDArray[np.uint8]
    servers_above: NDArray[np.uint16]
    throughput_mbps: NDArray[np.float32]
    probability: NDArray[np.float32]
    flag: NDArray[np.uint8]
    by_operator: dict[str, OperatorLayers]
    indicative: bool
    provenance: dict[str, str] = field(default_factory=dict)
