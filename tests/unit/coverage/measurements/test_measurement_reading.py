"""Drive tests read from a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.measurements.reading import (
    MeasurementColumns,
    RejectedRow,
    _number,
    read_measurements,
)
from canopy.errors import BadSource

COLUMNS = MeasurementColumns(
    "lon", "lat", "at", "rsrp", operator="net", technology="tech", cell="ci"
)
HEAD = "lon,lat,at,rsrp,net,tech,ci\n"
GOOD = "-0.1411,51.5392,2026-05-01T09:30:00+01:00,-98.5,ee,lte,77\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "drive.csv"
    path.write_text(text)
    return path


def test_a_row_is_read_in_the_national_grid_and_in_utc(tmp_path: Path) -> None:
    """Half past nine in summer time is half past eight; the position is in Camden Town."""
    read = read_measurements(written(tmp_path, HEAD + GOOD), COLUMNS).measurements
    assert read.rsrp_dbm.tolist() == [-98.5]
    assert read.time.tolist()[0].isoformat() == "2026-05-01T08:30:00"
    assert (read.operator[0], read.technology[0], read.cell[0]) == ("ee", "lte", "77")
    assert 528_500 < read.easting_m[0] < 529_500
    assert 183_500 < read.northing_m[0] < 184_500


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("+01:00", "", "at", "'2026-05-01T09:30:00' has no offset from UTC (write Z or +01:00)"),
        ("2026-05-01T", "1 May ", "at", "'1 May 09:30:00+01:00' is no ISO 8601 time"),
        ("-98.5", "42", "rsrp", "'42' is no level of -156 to -31 dBm"),
        ("-98.5", "2147483647", "rsrp", "'2147483647' is no level of -156 to -31 dBm"),
        ("-98.5", "", "rsrp", "'' is no level of -156 to -31 dBm"),
        ("-98.5", "nan", "rsrp", "'nan' is no level of -156 to -31 dBm"),
        ("51.5392", "", "lat", "'' is no coordinate"),
        ("51.5392", "inf", "lat", "'inf' is no coordinate"),
        ("51.5392", "15.5", "lon", "-0.1411, 15.5 has no position in EPSG:27700"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    tmp_path: Path, old: str, new: str, column: str, reason: str
) -> None:
    """By line, column and reason; the good row beside it is kept."""
    read = read_measurements(written(tmp_path, HEAD + GOOD + GOOD.replace(old, new)), COLUMNS)
    assert len(read.measurements) == 1
    assert read.rejected == (RejectedRow(3, column, reason),)
    assert read.rejected_rows == 1


def test_a_file_without_a_row_to_use_is_refused(tmp_path: Path) -> None:
    """An empty answer would look like an area where nobody measured."""
    with pytest.raises(BadSource, match=r"no row that can be used: row 2: '9' is no level"):
        read_measurements(written(tmp_path, HEAD + GOOD.replace("-98.5", "9")), COLUMNS)
    with pytest.raises(BadSource, match="no row that can be used"):
        read_measurements(written(tmp_path, HEAD), COLUMNS)


def test_a_missing_column_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """The mapping names it."""
    with pytest.raises(BadSource, match="no column 'rsrp'; it has: lon, lat, at, level"):
        read_measurements(written(tmp_path, HEAD.replace("rsrp", "level") + GOOD), COLUMNS)


def test_eastings_and_northings_are_read_as_they_are(tmp_path: Path) -> None:
    """A file in the run's own CRS is not moved; columns that are not mapped are empty."""
    path = written(tmp_path, "e,n,t,level\n529000.5,184000.25,2026-05-01T09:30:00Z,-80\n")
    columns = MeasurementColumns("e", "n", "t", "level", crs="EPSG:27700")
    read = read_measurements(path, columns).measurements
    assert (read.easting_m[0], read.northing_m[0], read.operator[0]) == (529000.5, 184000.25, "")


@given(st.text(max_size=20))
def test_no_text_makes_the_reader_of_numbers_fail(text: str) -> None:
    """Whatever stands in a field is a number or NaN."""
    assert isinstance(_number(text), float)


def test_levels_are_float64(tmp_path: Path) -> None:
    """Medians and sums are taken of them."""
    read = read_measurements(written(tmp_path, HEAD + GOOD), COLUMNS)
    assert read.measurements.rsrp_dbm.dtype == np.float64
