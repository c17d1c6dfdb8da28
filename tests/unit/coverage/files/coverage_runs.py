"""Small runs for the tests of files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.provenance import (
    Method,
    Provenance,
    opencellid_input,
    os_open_input,
)
from canopy.coverage.grid import Grid
from canopy.coverage.result import CoverageResult, OperatorLayers

GRID = Grid(27700, 529_000.0, 186_000.0, 10.0, 600, 550)


@dataclass(frozen=True)
class Line:
    colour: str | None
    label: str


class TwoColours:
    """Red below -100, blue from there on, nothing for NaN and -inf."""

    title, unit = "Level & more", "dBm"
    entries = (Line("#0000ff", "−100 and above"), Line("#ff0000", "below −100"), Line(None, "none"))
    palette = np.array([[0, 0, 0, 0], [255, 0, 0, 255], [0, 0, 255, 255]], np.uint8)

    def indices(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        real = np.asarray(values, np.float64)
        return np.where(np.isfinite(real), np.where(real < -100, 1, 2), 0).astype(np.uint8)


def provenance(**changes: object) -> Provenance:
    given: dict[str, object] = {
        "title": "Camden, 4G <test> & more",
        "generated_at": datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        "canopy_version": "0.1.0",
        "inputs": (
            os_open_input("tq28.zip", "a" * 64, 2024),
            opencellid_input("234.csv", "b" * 64),
        ),
        "methods": (Method("ITU-R P.1812", "P.1812-7 (08/2023)"),),
        "parameters": (("reach_m", "500"),),
    }
    return Provenance(**(given | changes))  # type: ignore[arg-type]


def levels() -> NDArray[np.float32]:
    """Falling from west to east by 0.1 dB a cell; a corner unknown, a corner not reached."""
    found = np.tile(np.linspace(-70, -130, 600, dtype=np.float32), (550, 1))
    found[:20, :20] = np.nan
    found[-20:, -20:] = -np.inf
    return found


def run(*, indicative: bool = True) -> CoverageResult:
    level = levels()
    shape = level.shape
    flag = np.where(np.isnan(level), 3, 0).astype(np.uint8)
    ones = np.ones(shape, np.int32)
    one = OperatorLayers(level, ones, level + 100, np.full(shape, 0.5, np.float32))
    two = OperatorLayers(level - 10, ones, level + 90, np.full(shape, 0.25, np.float32))
    return CoverageResult(
        grid=GRID,
        technology="lte-1800",
        site_ids=("=north", "south"),
        operators=("ee", "o2"),
        threshold_dbm=-105.0,
        rsrp_dbm=level,
        server=ones,
        second_server=-ones,
        margin_db=np.full(shape, np.inf, np.float32),
        sinr_db=level + 100,
        operators_above=np.zeros(shape, np.uint8),
        servers_above=np.zeros(shape, np.uint16),
        throughput_mbps=np.full(shape, 30, np.float32),
        probability=np.full(shape, 0.5, np.float32),
        flag=flag,
        by_operator={"ee": one, "o2": two},
        indicative=indicative,
        provenance={"model": "auto"},
    )
