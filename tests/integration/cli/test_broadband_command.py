"""``canopy coverage broadband``: Ofcom's postcode files by ward, without radio sites."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
import run_files
from coverage_town import write_inputs
from typer.testing import CliRunner

from canopy.cli.application import application
from canopy.errors import BadSource


def command(folder: Path, out: Path, columns: str) -> list[str]:
    return [
        "coverage", "broadband", "--area", str(folder / "wards.geojson"), "--area-id", "code",
        "--area-name", "name", "--name", "Town", "--broadband", str(folder / "fixed.csv"),
        "--postcodes", str(folder / "postcodes.csv"), "--postcodes-columns", columns,
        "--resolution", "25", "--out", str(out),
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_inputs(tmp_path / "inputs")
    run_files.write_broadband(folder)
    return folder


def test_premises_without_are_told_by_ward(folder: Path, tmp_path: Path) -> None:
    """A quarter of 40 in the first ward; two postcodes of the town are not known."""
    words = command(folder, tmp_path / "out", "name=pcds,x=x,y=y,crs=EPSG:27700")
    ran = CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "25.0%" in ran.output
    with (tmp_path / "out" / "broadband.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {(row["area_id"], row["theme"]): row for row in csv.DictReader(file)}
    assert float(rows["W1", "below-30-mbps"]["without [premises]"]) == 10.0
    whole = rows["all", "below-30-mbps"]
    assert (float(whole["premises [premises]"]), whole["postcodes_unknown"]) == (60.0, "2")
    with rasterio.open(tmp_path / "out" / "broadband_no_gigabit.tif") as raster:
        assert np.nansum(raster.read(1)) == 20.0
        assert "Contains Ofcom data" in str(raster.tags())


def test_a_column_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    """And nothing is written."""
    words = command(folder, tmp_path / "out", "name=postcode,x=x,y=y,crs=EPSG:27700")
    with pytest.raises(BadSource, match=r"postcodes\.csv has no column 'postcode'"):
        CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert not (tmp_path / "out").exists()
