"""What every format has in common: all or nothing, nothing hidden, the same bytes again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from export_assets import BNG, STAMP, WGS84, assets, joined

from canopy.access.rules import PUBLIC
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.exporters import FORMATS, ExportReport, ExportStamp, shapefile, write
from canopy.assets.policy import SensitivityPolicy
from canopy.errors import BadAttribute, LimitExceeded, NotAllowed, OutOfArea, Refused, UnknownCrs

SQUARE = shapely.box(530_000, 180_000, 530_010, 180_010)
LINE = shapely.LineString([(530_000, 180_000), (530_010.5, 180_020.25)])

everything = pytest.mark.parametrize("fmt", FORMATS)


def town() -> AssetBatch:
    """Some of each geometry, and an asset without a position."""
    return joined(
        [
            assets(
                [shapely.Point(530_001.25, 180_002.5), shapely.Point(530_003, 180_004)],
                name=["Ünïcødé ✓", None],
                observed_on=[datetime(2024, 2, 29, tzinfo=UTC).date(), None],
                created_at=[datetime(2024, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)] * 2,
                attributes=[{"lamp_w": 35.5, "heritage": False}, {}],
            ),
            assets([LINE], kind="duct", asset_id=["d1"], attributes=[{"bores": 2}]),
            assets([SQUARE, None], kind="open_space", asset_id=["o1", "o2"]),
        ]
    )


def export(
    batches: list[AssetBatch], path: Path, fmt: str, crs: str = BNG, stamp: ExportStamp = STAMP
) -> ExportReport:
    return write(batches, path, fmt, storage_crs=BNG, crs=crs, stamp=stamp)


def path_for(folder: Path, fmt: str) -> Path:
    return folder / f"town{FORMATS[fmt].suffix}"


@everything
def test_same_selection_and_stamp_give_the_same_bytes(tmp_path: Path, fmt: str) -> None:
    """Exporting twice gives two equal files."""
    one, two = tmp_path / f"1{FORMATS[fmt].suffix}", tmp_path / f"2{FORMATS[fmt].suffix}"
    export([town()], one, fmt)
    export([town()], two, fmt)
    assert one.read_bytes() == two.read_bytes()


@everything
def test_size_of_the_batches_does_not_show_in_the_file(tmp_path: Path, fmt: str) -> None:
    """One batch of five assets and five batches of one give equal files."""
    one, two = tmp_path / f"1{FORMATS[fmt].suffix}", tmp_path / f"2{FORMATS[fmt].suffix}"
    whole = town()
    export([whole], one, fmt)
    export([_row(whole, number) for number in range(len(whole))], two, fmt)
    assert one.read_bytes() == two.read_bytes()


def _row(batch: AssetBatch, number: int) -> AssetBatch:
    return AssetBatch(
        {name: [values[number]] for name, values in batch.columns.items()},
        [batch.attributes[number]],
        batch.geometries[number : number + 1],
    )


@everything
def test_report_counts_assets_by_kind_in_display_order(tmp_path: Path, fmt: str) -> None:
    """The report gives the number of assets, of each kind, and the size of the file."""
    report = export([town()], path_for(tmp_path, fmt), fmt)
    assert report.assets == 5
    assert list(report.kinds.items()) == [("lamppost", 2), ("duct", 1), ("open_space", 2)]
    without_position = 1 if fmt == "flatgeobuf" else 0
    assert sum(layer.rows for layer in report.layers) == 5 - without_position
    assert report.size_bytes == path_for(tmp_path, fmt).stat().st_size


@everything
def test_empty_selection_gives_a_valid_empty_file(tmp_path: Path, fmt: str) -> None:
    """A selection without assets is written and says that it has none."""
    report = export([], path_for(tmp_path, fmt), fmt)
    assert report.assets == 0
    assert report.kinds == {}
    assert path_for(tmp_path, fmt).stat().st_size > 0


@everything
def test_export_that_fails_halfway_leaves_the_old_file_alone(tmp_path: Path, fmt: str) -> None:
    """When reading breaks off, the file that was there stays and nothing is left beside it."""

    def broken() -> Iterator[AssetBatch]:
        yield town()
        raise ConnectionError("the database went away")

    path = path_for(tmp_path, fmt)
    path.write_text("the old file")
    with pytest.raises(ConnectionError):
        write(broken(), path, fmt, storage_crs=BNG, crs=BNG, stamp=STAMP)
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_limit_of_a_format_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shapefile that would pass 2 GB is refused with the way out, and nothing is written."""
    monkeypatch.setattr(shapefile, "LARGEST_BYTES", 100)
    path = path_for(tmp_path, "shapefile")
    path.write_text("the old file")
    with pytest.raises(LimitExceeded, match="Choose GeoPackage"):
        export([town()], path, "shapefile")
    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, signal, sys
from pathlib import Path
from export_assets import BNG, STAMP, assets
from canopy.assets.exporters import write

def batches():
    yield assets()
    os.kill(os.getpid(), signal.SIGKILL)

write(batches(), Path(sys.argv[1]), "gpkg", storage_crs=BNG, crs=BNG, stamp=STAMP)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_export_leaves_the_old_file_alone(tmp_path: Path) -> None:
    """A process killed in the middle has not touched the file that was there."""
    path = tmp_path / "town.gpkg"
    path.write_text("the old file")
    command = [sys.executable, "-c", KILLED, str(path)]
    done = subprocess.run(command, cwd=Path(__file__).parent, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "the old file"


@everything
def test_hidden_column_is_not_in_the_file(tmp_path: Path, fmt: str) -> None:
    """A column that policy took out of the batch is in no layer of the file."""
    batch = town()
    del batch.columns["owner"]
    report = export([batch], path_for(tmp_path, fmt), fmt)
    assert "owner" not in {name for layer in report.layers for name in layer.columns}


@everything
def test_attribute_of_another_role_is_refused(tmp_path: Path, fmt: str) -> None:
    """A batch that was not cut for the stamp's audience is refused, not written."""
    batch = assets(attributes=[{"access_code": "C1234"}])
    with pytest.raises(NotAllowed, match="access_code of lamppost"):
        export([batch], path_for(tmp_path, fmt), fmt, stamp=replace(STAMP, audience="public"))
    assert list(tmp_path.iterdir()) == []


def test_column_of_another_role_is_refused(tmp_path: Path) -> None:
    """A common column that the audience may not see is refused when it holds anything."""
    with pytest.raises(NotAllowed, match="sensitivity"):
        export(
            [assets(sensitivity=["estates"])],
            tmp_path / "a.gpkg",
            "gpkg",
            stamp=replace(STAMP, audience="public"),
        )


def test_withheld_column_of_one_kind_is_not_in_its_layer(tmp_path: Path) -> None:
    """Where a kind withholds what another shows, its own layer has no such column."""
    batch = joined([assets(uprn=["000000000001"]), assets([None], kind="cctv", asset_id=["c"])])
    seen = SensitivityPolicy().redact(batch, PUBLIC)
    report = export([seen], tmp_path / "a.gpkg", "gpkg", stamp=replace(STAMP, audience="public"))
    columns = {layer.name: layer.columns for layer in report.layers}
    assert "uprn" in columns["lamppost"]
    assert "uprn" not in columns["cctv"]


@everything
def test_generalised_position_says_so(tmp_path: Path, fmt: str) -> None:
    """The cell size of a coarsened position is in the file."""
    batch = assets([shapely.Point(530_050, 180_050)], kind="cctv")
    batch.columns = {"asset_id": ["c"], "kind": ["cctv"], GENERALISED_COLUMN: [100.0]}
    report = export([batch], path_for(tmp_path, fmt), fmt, stamp=replace(STAMP, audience="public"))
    (layer,) = report.layers
    expected = "pos_gen_m" if fmt == "shapefile" else GENERALISED_COLUMN
    assert expected in layer.columns


def test_position_without_a_place_in_the_target_is_refused(tmp_path: Path) -> None:
    """A position outside OSTN15 cannot be exported in EPSG:4326, and the ref says which."""
    with pytest.raises(OutOfArea, match="lamppost-0"):
        export([assets([shapely.Point(699_999, 1_299_999)])], tmp_path / "a.gpkg", "gpkg", WGS84)


def test_value_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    """A number that is text is named, not changed and not dropped."""
    with pytest.raises(BadAttribute, match="lamp_w"):
        export([assets(attributes=[{"lamp_w": "bright"}])], tmp_path / "a.gpkg", "gpkg")


def test_unknown_format_names_the_formats_there_are(tmp_path: Path) -> None:
    """Asking for a format that is not there lists those that are."""
    with pytest.raises(Refused, match="gpkg, geojson, csv"):
        export([], tmp_path / "a.dwg", "dwg")


def test_unknown_audience_is_refused(tmp_path: Path) -> None:
    """A stamp for a role that does not exist writes nothing."""
    with pytest.raises(Refused, match="no audience 'everybody'"):
        export([], tmp_path / "a.gpkg", "gpkg", stamp=replace(STAMP, audience="everybody"))


def test_unknown_crs_is_refused(tmp_path: Path) -> None:
    """A CRS that PROJ does not know writes nothing."""
    with pytest.raises(UnknownCrs):
        export([], tmp_path / "a.gpkg", "gpkg", crs="EPSG:1")


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    with pytest.raises(Refused, match="no folder"):
        export([], tmp_path / "nowhere" / "a.gpkg", "gpkg")


def test_folder_is_not_overwritten(tmp_path: Path) -> None:
    """A path that is a folder is refused."""
    with pytest.raises(Refused, match="is a folder"):
        export([], tmp_path, "gpkg")


def test_unusual_ending_is_said(tmp_path: Path) -> None:
    """A GeoPackage that is not called .gpkg is written, with a word about it."""
    report = export([assets()], tmp_path / "a.data", "gpkg")
    assert report.notes == ("Programs know a GeoPackage file by the ending .gpkg.",)


def test_stamp_without_a_time_zone_is_no_stamp() -> None:
    """A naive time is refused: a reader could not tell when the file was made."""
    with pytest.raises(ValueError, match="time zone"):
        replace(STAMP, generated_at=datetime(2026, 1, 1))  # noqa: DTZ001 - what is tested


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs GDAL's ogrinfo")
@pytest.mark.parametrize("fmt", ["gpkg", "geojson", "csv", "kml", "flatgeobuf", "xlsx"])
@pytest.mark.parametrize("crs", [BNG, WGS84])
def test_gdal_opens_the_file_without_a_warning(tmp_path: Path, fmt: str, crs: str) -> None:
    """GDAL's own ogrinfo reads every feature and says nothing on its error channel."""
    path = path_for(tmp_path, fmt)
    export([town()], path, fmt, crs)
    command = ["ogrinfo", "-al", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "OGRFeature(" in done.stdout
