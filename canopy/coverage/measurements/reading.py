"""Drive tests and other measured levels, read from a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.demand.sources import (
    Row,
    csv_rows,
    opened,
    required_column,
    sha256_of,
)
from canopy.errors import BadSource, LimitExceeded
from canopy.geo import transformer

LOWEST_RSRP_DBM, HIGHEST_RSRP_DBM = -156.0, -31.0
"""Range that phones report: 3GPP TS 38.133 (SS-RSRP, table 10.1.6.1-1); it holds that of LTE,
-140 to -44 dBm (TS 36.133, table 9.1.4-1). What lies beyond is no level: an index, a sign lost,
a phone's word for "not available"."""

MAX_MEASUREMENTS = 2_000_000
"""Most rows of one file: about 1 GB while it is read."""

MAX_REJECTS_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class MeasurementColumns:
    """Which column holds what; None where the file has no such column.

    Attributes:
        x, y: position in `crs` (longitude and latitude, or easting and northing).
        crs: of the positions, such as "EPSG:4326".
        time: ISO 8601 with its offset ("2026-05-01T09:30:00+01:00", "...Z").
        rsrp_dbm: reference signal level [dBm].
        operator, technology, cell: who, what and which cell was measured.
    """

    x: str
    y: str
    time: str
    rsrp_dbm: str
    crs: str = "EPSG:4326"
    operator: str | None = None
    technology: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Measured levels, one an entry in every array. Never a prediction's layer.

    Attributes:
        easting_m, northing_m: in the run's CRS [m].
        time: UTC, datetime64[ms].
        rsrp_dbm: level [dBm].
        operator, technology, cell: object arrays of str; "" where not given.
    """

    easting_m: NDArray[np.float64]
    northing_m: NDArray[np.float64]
    time: NDArray[np.datetime64]
    rsrp_dbm: NDArray[np.float64]
    operator: NDArray[np.object_]
    technology: NDArray[np.object_]
    cell: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.rsrp_dbm)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was left out, and why: the line of the file, the column, the reason."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class MeasurementFile:
    """What a file held.

    Attributes:
        measurements: the rows that could be used.
        rejected: the first `MAX_REJECTS_LISTED` that could not.
        rejected_rows: how many there were.
        name, sha256: of the file.
        moved: how positions were brought to the run's CRS.
    """

    measurements: Measurements
    rejected: tuple[RejectedRow, ...]
    rejected_rows: int
    name: str
    sha256: str
    moved: str


def read_measurements(
    path: Path, columns: MeasurementColumns, *, epsg: int = 27700
) -> MeasurementFile:
    """The measurements of a CSV file, positions in the CRS `epsg`.

    A row with a value that cannot be used is left out and named. Raises BadSource when a
    mapped column is missing and when no row at all can be used.
    """
    kept: list[_Reading] = []
    rejected: list[RejectedRow] = []
    with opened(path) as file:
        headings, rows = csv_rows(path, file)
        places = _places(path, headings, columns)
        for row in rows:
            if len(kept) + len(rejected) >= MAX_MEASUREMENTS:
                raise LimitExceeded(f"{path.name} has over {MAX_MEASUREMENTS:,} rows: split it")
            reading = _reading(row, places, columns)
            if isinstance(reading, _Reading):
                kept.append(reading)
            else:
                rejected.append(reading)
    move = transformer(columns.crs, f"EPSG:{epsg}")
    east, north = move.xy(
        np.array([one.x for one in kept], float), np.array([one.y for one in kept], float)
    )
    known = np.isfinite(east) & np.isfinite(north)
    rejected += [
        RejectedRow(one.line, columns.x, f"{one.x}, {one.y} has no position in EPSG:{epsg}")
        for one, is_known in zip(kept, known, strict=True)
        if not is_known
    ]
    if not known.any():
        first = f": row {rejected[0].line}: {rejected[0].reason}" if rejected else ""
        raise BadSource(f"{path.name} has no row that can be used{first}")
    rejected.sort(key=lambda one: one.line)
    measurements = _gathered(
        [one for one, ok in zip(kept, known, strict=True) if ok], east[known], north[known]
    )
    how = move.transformation.sentence()
    listed = tuple(rejected[:MAX_REJECTS_LISTED])
    return MeasurementFile(measurements, listed, len(rejected), path.name, sha256_of(path), how)


@dataclass(frozen=True, slots=True)
class _Reading:
    line: int
    x: float
    y: float
    time: datetime
    rsrp_dbm: float
    words: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Places:
    x: int
    y: int
    time: int
    rsrp_dbm: int
    words: tuple[int | None, int | None, int | None]


def _places(path: Path, headings: list[str], columns: MeasurementColumns) -> _Places:
    def place(name: str) -> int:
        return required_column(path, headings, (name,))

    operator, technology, cell = (
        None if name is None else place(name)
        for name in (columns.operator, columns.technology, columns.cell)
    )
    return _Places(
        place(columns.x),
        place(columns.y),
        place(columns.time),
        place(columns.rsrp_dbm),
        (operator, technology, cell),
    )


def _reading(row: Row, places: _Places, columns: MeasurementColumns) -> _Reading | RejectedRow:
    x, y = _number(row.values[places.x]), _number(row.values[places.y])
    for name, at, value in ((columns.x, places.x, x), (columns.y, places.y, y)):
        if not math.isfinite(value):
            return RejectedRow(row.line, name, f"{row.values[at]!r} is no coordinate")
    text = row.values[places.rsrp_dbm]
    level = _number(text)
    if not LOWEST_RSRP_DBM <= level <= HIGHEST_RSRP_DBM:
        reason = f"{text!r} is no level of {LOWEST_RSRP_DBM:g} to {HIGHEST_RSRP_DBM:g} dBm"
        return RejectedRow(row.line, columns.rsrp_dbm, reason)
    time = _time(row.values[places.time])
    if isinstance(time, str):
        return RejectedRow(row.line, columns.time, time)
    operator, technology, cell = (
        "" if at is None else row.values[at].strip() for at in places.words
    )
    return _Reading(row.line, x, y, time, level, (operator, technology, cell))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _time(text: str) -> datetime | str:
    """The time in UTC, or what is wrong with it."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return f"{text!r} is no ISO 8601 time"
    if time.tzinfo is None:
        return f"{text!r} has no offset from UTC (write Z or +01:00)"
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return f"{text!r} lies outside the calendar"


def _gathered(
    kept: list[_Reading], east: NDArray[np.float64], north: NDArray[np.float64]
) -> Measurements:
    words = np.empty((len(kept), 3), dtype=object)
    words[:] = [one.words for one in kept]
    times = np.array([one.time.replace(tzinfo=None) for one in kept], dtype="datetime64[ms]")
    levels = np.array([one.rsrp_dbm for one in kept], dtype=np.float64)
    return Measurements(east, north, times, levels, words[:, 0], words[:, 1], words[:, 2])
