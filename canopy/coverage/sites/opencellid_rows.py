"""Rows of an OpenCelliD file: read as a stream, checked one by one."""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Literal, NamedTuple, cast, get_args

from canopy.coverage.sites.rows import RowTally
from canopy.errors import BadSource, LimitExceeded

Radio = Literal["GSM", "UMTS", "LTE", "NR"]

COLUMNS = (
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples",
    "changeable", "created", "updated", "averageSignal",
)  # fmt: skip
"""The order in a file without a header."""

_NEEDED = ("radio", "mcc", "net", "area", "cell", "lon", "lat", "range", "samples")

MAX_ROWS = 100_000_000
"""Rows of one file; the whole world's has about half."""

MAX_CELLS = 1_000_000
"""Cells kept of one file: about 1 GB of memory; the United Kingdom has about as many."""

MAX_LINE = 2_000
"""Characters of a line; the longest real one has about 100."""

MAX_RANGE_M = 1_000_000.0
"""Largest believable range of a cell [m]."""

_LARGEST_IDENTITY: dict[str, int] = {
    "GSM": (1 << 16) - 1,
    "UMTS": (1 << 28) - 1,
    "LTE": (1 << 28) - 1,
    "NR": (1 << 36) - 1,
}
"""3GPP TS 23.003: 16-bit CI, 28-bit UTRAN and E-UTRAN cell identity, 36-bit NR one."""


class Cell(NamedTuple):
    """One cell; `row` is its line in the file."""

    row: int
    radio: Radio
    country: int
    network: int
    area: int
    identity: int
    longitude: float
    latitude: float
    range_m: float
    samples: int
    updated: int


@dataclass(frozen=True, slots=True)
class CellsRead:
    """Cells in file order, and what became of the other rows."""

    cells: list[Cell]
    rows: int
    repeated: int
    not_asked: int
    tally: RowTally


class _Unusable(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_cells(
    path: Path,
    radios: frozenset[Radio],
    countries: frozenset[int],
    bounds_lonlat: tuple[float, float, float, float] | None,
) -> CellsRead:
    """Cells of the radio types, countries and place asked for."""
    tally = RowTally()
    latest: dict[tuple[str, int, int, int, int], Cell] = {}
    rows = repeated = not_asked = 0
    with _opened(path) as stream:
        lines = _rows(path, stream)
        first = next(lines, None)
        if first is None:
            raise BadSource(f"{path.name} has no rows")
        order = _order(path, first[1])
        for at, values in lines if order.header else chain([first], lines):
            rows += 1
            if rows > MAX_ROWS:
                raise LimitExceeded(f"{path.name} has more than {MAX_ROWS:,} rows; cut it")
            try:
                cell = _cell(at, values, order)
            except _Unusable as fault:
                tally.reject(at, fault.column, fault.reason)
                continue
            if not _asked(cell, radios, countries, bounds_lonlat):
                not_asked += 1
                continue
            repeated += _keep_latest(latest, cell)
            if len(latest) > MAX_CELLS:
                raise LimitExceeded(
                    f"{path.name} has more than {MAX_CELLS:,} cells of those asked for; "
                    "give bounds or cut the file"
                )
    if rows == tally.counts.total():
        why = tally.first[0].reason if tally.first else "there are none below the header"
        raise BadSource(f"{path.name}: none of its {rows:,} rows can be read, the first: {why}")
    return CellsRead(list(latest.values()), rows, repeated, not_asked, tally)


def _keep_latest(latest: dict[tuple[str, int, int, int, int], Cell], cell: Cell) -> bool:
    """Put the cell in unless a row updated later is there; whether there was another."""
    key = (cell.radio, cell.country, cell.network, cell.area, cell.identity)
    before = latest.get(key)
    if before is None or cell.updated >= before.updated:
        latest[key] = cell
    return before is not None


def _asked(
    cell: Cell,
    radios: frozenset[Radio],
    countries: frozenset[int],
    bounds: tuple[float, float, float, float] | None,
) -> bool:
    if cell.radio not in radios or cell.country not in countries:
        return False
    if bounds is None:
        return True
    west, south, east, north = bounds
    return west <= cell.longitude <= east and south <= cell.latitude <= north


class _Order(NamedTuple):
    """Where each needed column stands; `updated` is -1 where the file has none."""

    header: bool
    places: dict[str, int]
    updated: int
    width: int


def _order(path: Path, first: Sequence[str]) -> _Order:
    names = [name.strip().lower() for name in first]
    if names[0] in (each.lower() for each in ("CDMA", *get_args(Radio))):
        places = {name: COLUMNS.index(name) for name in _NEEDED}
        return _Order(False, places, COLUMNS.index("updated"), len(COLUMNS))
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise BadSource(
            f"{path.name}, line 1: neither a cell nor a heading with {', '.join(missing)}; "
            f"OpenCelliD has {','.join(COLUMNS)}"
        )
    places = {name: names.index(name) for name in _NEEDED}
    updated = names.index("updated") if "updated" in names else -1
    return _Order(True, places, updated, len(names))


def _cell(row: int, values: Sequence[str], order: _Order) -> Cell:
    if len(values) != order.width:
        raise _Unusable("row", f"{len(values)} values, not {order.width}")
    told = {name: values[place].strip() for name, place in order.places.items()}
    radio = told["radio"].upper()
    if radio not in _LARGEST_IDENTITY:
        raise _Unusable("radio", f"{told['radio'][:20]!r} is none of {', '.join(get_args(Radio))}")
    longitude = _decimal(told, "lon", -180.0, 180.0)
    latitude = _decimal(told, "lat", -90.0, 90.0)
    if longitude == 0 and latitude == 0:
        raise _Unusable("lon", "longitude and latitude are both 0, which stands for unknown")
    updated = values[order.updated].strip() if order.updated >= 0 else ""
    return Cell(
        row=row,
        radio=cast(Radio, radio),
        country=_whole(told, "mcc", 1, 999),
        network=_whole(told, "net", 0, 999),
        area=_whole(told, "area", 0, (1 << 24) - 1),
        identity=_whole(told, "cell", 1, _LARGEST_IDENTITY[radio]),
        longitude=longitude,
        latitude=latitude,
        range_m=_decimal(told, "range", 0.0, MAX_RANGE_M),
        samples=_whole(told, "samples", 0, 1 << 40),
        updated=int(updated) if updated.isdecimal() else 0,
    )


def _whole(told: dict[str, str], column: str, least: int, most: int) -> int:
    text = told[column]
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise _Unusable(column, f"{column} {text[:20]!r} is no whole number")
    value = int(text)
    if not least <= value <= most:
        raise _Unusable(column, f"{column} {value} is not within {least} to {most}")
    return value


def _decimal(told: dict[str, str], column: str, least: float, most: float) -> float:
    text = told[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise _Unusable(column, f"{column} {text[:20]!r} is no number from {least:g} to {most:g}")
    return value


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """The file as text, unpacked when it is gzip whatever its name is."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            plain = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
            with io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace") as text:
                yield text
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadSource(f"{path.name} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror or error}") from error


def _rows(path: Path, stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """(line, values); blank lines are passed over. No value of the format is quoted over lines."""
    at = 0
    while line := stream.readline(MAX_LINE):
        at += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise BadSource(f"{path.name}, line {at} is longer than {MAX_LINE:,} characters")
        if line.strip():
            yield at, next(csv.reader((line,)))
