"""Fixed-broadband not-spots from Ofcom's postcode files.

The Connected Nations files give, for each postcode, percentages of premises: those unable to
receive 10 and 30 Mbit/s, and those with a gigabit service. A theme's share of a postcode is
the percentage of its premises that go without; a postcode that is not in the file, or whose
value is left out, is unknown and never "served".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.demand.points import WeightedPoints, points_per_cell
from canopy.coverage.demand.sources import (
    column_of,
    csv_rows,
    opened,
    required_column,
    sha256_of,
)
from canopy.coverage.grid import Grid
from canopy.errors import BadSource, Refused

MAX_POSTCODES = 3_000_000
"""Most postcodes of one reading: the United Kingdom has about 1.7 million."""


class Theme(StrEnum):
    """What a fixed-broadband not-spot lacks."""

    BELOW_10 = "below-10-mbps"
    BELOW_30 = "below-30-mbps"
    NO_GIGABIT = "no-gigabit"


@dataclass(frozen=True, slots=True)
class PostcodeColumns:
    """Headings of the postcode files, the newest first; a user's file may name its own.

    2019 to 2026 as published; "Gigabit availability" came in 2020, and files of 2026 have
    no column of premises unable to receive 10 Mbit/s.
    """

    postcode: tuple[str, ...] = ("postcode", "postcode_space", "pcds")
    below_10: tuple[str, ...] = ("% of premises unable to receive 10Mbit/s",)
    below_30: tuple[str, ...] = ("% of premises unable to receive 30Mbit/s",)
    gigabit: tuple[str, ...] = ("Gigabit availability (% premises)", "Gigabit availability")
    premises: tuple[str, ...] = ("All Premises", "All Matched Premises")


@dataclass(frozen=True, slots=True, eq=False)
class FixedCoverage:
    """Postcodes and, for each theme, the share of their premises that go without.

    Attributes:
        postcodes: in capitals without spaces, each once.
        without: for each theme that a file has a column for, shares 0 to 1, NaN where the
            file has no value.
        premises: of each postcode, NaN where not given.
        sources: name and SHA-256 of each file.
    """

    postcodes: tuple[str, ...]
    without: dict[Theme, NDArray[np.float64]]
    premises: NDArray[np.float64]
    sources: tuple[tuple[str, str], ...]


def read_fixed_coverage(
    paths: Sequence[Path], columns: PostcodeColumns | None = None
) -> FixedCoverage:
    """Postcode files (one for each postcode area, as Ofcom's archives hold them), together.

    Raises BadSource for a file without a postcode column or without any theme's, a value that
    is no percentage, a postcode that comes twice, or files that differ in their themes.
    """
    named = columns or PostcodeColumns()
    read = [_read(path, named) for path in paths]
    if not read:
        raise Refused("no postcode file is given")
    themes = set(read[0].without)
    for path, one in zip(paths, read, strict=True):
        if set(one.without) != themes:
            raise BadSource(f"{path.name} has other themes than {paths[0].name}: one year a time")
    postcodes = tuple(postcode for one in read for postcode in one.postcodes)
    twice = [code for code, times in Counter(postcodes).items() if times > 1]
    if twice:
        raise BadSource(
            f"the postcode {twice[0]} comes twice: are files of residential and of all premises "
            "mixed?"
        )
    return FixedCoverage(
        postcodes,
        {
            theme: np.concatenate([one.without[theme] for one in read])
            for theme in Theme
            if theme in themes
        },
        np.concatenate([one.premises for one in read]),
        tuple(source for one in read for source in one.sources),
    )


def folded_postcode(text: str) -> str:
    """A postcode in capitals without spaces: "N1  9GU" and "n19gu" are one."""
    return "".join(text.split()).upper()


def _read(path: Path, named: PostcodeColumns) -> FixedCoverage:
    with opened(path) as file:
        headings, rows = csv_rows(path, file)
        code_at = required_column(path, headings, named.postcode)
        at = {
            Theme.BELOW_10: column_of(path, headings, named.below_10),
            Theme.BELOW_30: column_of(path, headings, named.below_30),
            Theme.NO_GIGABIT: column_of(path, headings, named.gigabit),
        }
        there = {theme: place for theme, place in at.items() if place is not None}
        if not there:
            required_column(path, headings, (*named.below_10, *named.below_30, *named.gigabit))
        premises_at = column_of(path, headings, named.premises)
        codes: list[str] = []
        shares: dict[Theme, list[float]] = {theme: [] for theme in there}
        premises: list[float] = []
        for row in rows:
            code = folded_postcode(row.values[code_at])
            if not code:
                raise BadSource(f"{path.name}: row {row.line} has no postcode")
            codes.append(code)
            if len(codes) > MAX_POSTCODES:
                raise BadSource(f"{path.name} has over {MAX_POSTCODES:,} postcodes")
            for theme, place in there.items():
                share = _share(path, row.line, headings[place], row.values[place])
                shares[theme].append(1.0 - share if theme is Theme.NO_GIGABIT else share)
            text = "" if premises_at is None else row.values[premises_at]
            premises.append(_number(path, row.line, "premises", text, math.inf))
    return FixedCoverage(
        tuple(codes),
        {theme: np.array(values, dtype=np.float64) for theme, values in shares.items()},
        np.array(premises, dtype=np.float64),
        ((path.name, sha256_of(path)),),
    )


def _share(path: Path, line: int, heading: str, text: str) -> float:
    return _number(path, line, heading, text.strip().rstrip("%"), 100.0) / 100.0


def _number(path: Path, line: int, heading: str, text: str, most: float) -> float:
    """A number 0 to `most`; NaN where there is none ("", "N/A", "-")."""
    if text.strip().casefold() in ("", "n/a", "na", "-", "null"):
        return math.nan
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = -1.0
    if not (0 <= value <= most) or math.isinf(value):
        what = "a percentage" if most == 100.0 else "a number of premises"
        raise BadSource(f"{path.name}: row {line}: {heading} is {text!r}, not {what}")
    return value


@dataclass(frozen=True, slots=True, eq=False)
class PostcodePoints:
    """Where postcodes are: positions, and premises at each where the user knows them.

    Attributes:
        postcodes: as written.
        easting_m, northing_m: in the grid's CRS [m].
        premises: at each, NaN where not known (the file's own figure is then taken).
    """

    postcodes: tuple[str, ...]
    easting_m: NDArray[np.float64]
    northing_m: NDArray[np.float64]
    premises: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BroadbandSpots:
    """One theme on a grid, and postcode by postcode.

    Attributes:
        theme: what is lacked.
        share_without: for each of the points, share of premises without; NaN where unknown.
        premises: for each of the points; NaN where unknown.
        premises_without: premises that go without, in each cell; NaN in cells with premises
            of which it is not known.
        unmatched: points whose postcode the files do not have, or have no value for.
        without_premises: points whose number of premises nobody gave; they count in no cell.
    """

    theme: Theme
    share_without: NDArray[np.float64]
    premises: NDArray[np.float64]
    premises_without: DemandLayer
    unmatched: int
    without_premises: int


def broadband_spots(
    grid: Grid, fixed: FixedCoverage, points: PostcodePoints, theme: Theme
) -> BroadbandSpots:
    """Premises without the theme's service in each cell, by joining postcodes to points."""
    if theme not in fixed.without:
        raise Refused(
            f"the postcode files have no column for {theme}; they have: "
            + ", ".join(sorted(fixed.without))
        )
    row_of = {postcode: index for index, postcode in enumerate(fixed.postcodes)}
    row = np.array([row_of.get(folded_postcode(code), -1) for code in points.postcodes], np.int64)
    share = np.where(row >= 0, fixed.without[theme][row], np.nan)
    published = np.where(row >= 0, fixed.premises[row], np.nan)
    premises = np.where(np.isnan(points.premises), published, points.premises)
    known = ~np.isnan(share) & ~np.isnan(premises)
    amounts = np.where(known, share * premises, 0.0)

    def layer(weights: NDArray[np.float64]) -> DemandLayer:
        chosen = WeightedPoints(points.easting_m, points.northing_m, weights, "postcodes")
        return points_per_cell(grid, chosen, kind=f"premises:{theme}")

    counted, missing = layer(amounts), layer((~known).astype(np.float64))
    per_cell = np.where(missing.per_cell > 0, np.nan, counted.per_cell)
    unmatched = int(np.isnan(share).sum())
    nobody = int(np.isnan(premises).sum())
    outside = float(amounts.sum() - np.nansum(per_cell))
    notes = (
        f"{len(known) - unmatched:,} of {len(known):,} postcodes joined to {theme}",
        "premises of a postcode are taken to be where its point is",
    )
    layer_without = DemandLayer(grid, counted.kind, counted.unit, per_cell, outside, None, notes)
    return BroadbandSpots(theme, share, premises, layer_without, unmatched, nobody)
