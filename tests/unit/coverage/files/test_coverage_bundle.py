"""A run's folder: whole, hashed, and never mixed with another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from coverage_runs import GRID, TwoColours, provenance, run

from canopy.coverage.files.bundle import FORMATS, MANIFEST, Format, write_run
from canopy.coverage.files.columns import Table, text
from canopy.coverage.files.polygons import PolygonLayer
from canopy.coverage.files.provenance import INDICATIVE
from canopy.coverage.files.spots import spot_layer
from canopy.errors import Refused

SPOTS = PolygonLayer(
    Table("not_spots", "Not-spots", (text("class", ["total"]),)),
    np.array([shapely.box(530_000, 182_000, 530_400, 182_400)], dtype=object),
    27700,
)
WARDS = Table("wards", "Wards", (text("ward", ["Gospel Oak"]),))


def written(folder: Path, formats: tuple[Format, ...] = FORMATS) -> dict[str, str]:
    """Names and hashes of all files of a full run."""
    manifest = write_run(
        run(),
        folder,
        provenance=provenance(),
        polygons=[SPOTS],
        tables=[WARDS],
        styles={"rsrp_dbm": TwoColours(), "operator_rsrp_dbm": TwoColours()},
        formats=formats,
    )
    return {each.name: each.sha256 for each in manifest.files}


def test_all_formats_are_written_and_hashed(tmp_path: Path) -> None:
    """The manifest names every file but itself, with the SHA-256 of its bytes."""
    named = written(tmp_path / "run")
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "run").iterdir()
        if path.name != MANIFEST
    }
    document = json.loads((tmp_path / "run" / MANIFEST).read_text(encoding="utf-8"))
    assert named == found == {each["name"]: each["sha256"] for each in document["files"]}
    assert {
        "rsrp_dbm.tif", "operator_rsrp_dbm.tif", "polygons.gpkg", "not_spots.geojson",
        "not_spots.pmtiles", "rsrp_dbm.png", "rsrp_dbm.pgw", "rsrp_dbm.kmz", "rsrp_dbm.pmtiles",
        "operator_rsrp_dbm-ee.png", "wards.csv", "wards.csv-metadata.json", "servers.csv",
    } <= set(found)  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """In every format."""
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_estimated_sites_and_the_runs_facts_are_told(tmp_path: Path) -> None:
    """Whatever the caller's provenance says of them."""
    write_run(run(), tmp_path / "a", provenance=provenance(indicative=False), formats=["csv"])
    found = json.loads((tmp_path / "a" / MANIFEST).read_text(encoding="utf-8"))["provenance"]
    assert found["indicative"] is True
    assert INDICATIVE in found["notes"]
    assert found["parameters"]["model"] == "auto"
    assert found["parameters"]["threshold_dbm"] == "-105"


def test_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """And left as it was."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old.txt").write_text("old")
    with pytest.raises(Refused, match="not empty"):
        written(tmp_path / "a")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["old.txt"]


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    """It is replaced by the finished one."""
    (tmp_path / "a").mkdir()
    assert "servers.csv" in written(tmp_path / "a", ("csv",))


def test_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full half-way leaves no half of a run."""

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("canopy.coverage.files.bundle.write_csv", full)
    with pytest.raises(OSError, match="no space"):
        written(tmp_path / "a", ("cog", "csv"))
    assert list(tmp_path.iterdir()) == []


def test_run_without_not_spots_says_why_there_is_no_archive(tmp_path: Path) -> None:
    """The other formats have a file without rows."""
    manifest = write_run(
        run(),
        tmp_path / "a",
        provenance=provenance(),
        polygons=[spot_layer([], GRID)],
        formats=["geojson", "pmtiles"],
    )
    assert manifest.notes == ("not_spots has no polygon, so there is no not_spots.pmtiles.",)
    assert [each.name for each in manifest.files] == ["not_spots.geojson"]


def test_format_that_is_none_is_refused(tmp_path: Path) -> None:
    """The message says which there are."""
    with pytest.raises(Refused, match="cog, geopackage"):
        write_run(run(), tmp_path / "a", provenance=provenance(), formats=["jpeg"])  # type: ignore[list-item]


def test_operator_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    """Its name is part of files' names."""
    whole = run()
    strange = replace(whole, operators=("../ee",), by_operator={"../ee": whole.by_operator["ee"]})
    with pytest.raises(Refused, match="slug"):
        write_run(strange, tmp_path / "a", provenance=provenance())


def test_picture_without_a_style_is_refused(tmp_path: Path) -> None:
    """Nothing would be drawn, which would look like nothing to draw."""
    with pytest.raises(Refused, match="style"):
        write_run(run(), tmp_path / "a", provenance=provenance(), formats=["png"])
