"""Every export is imported back without being told anything, as far as its format holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import ADMIN
from catalogue_assets import AUTHORITY, SOURCE, add_assets, mixed_catalogue
from test_export_import import STAMP, contents, exported

from canopy.assets.exporters import FORMATS
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.provenance import Provenance, provenance
from canopy.assets.reading.selection import Selection
from canopy.db.engine import Database

LOSSY = ("csv", "xlsx", "shapefile", "kml", "flatgeobuf")
KEPT = ("kind", "ref", "owner", "uprn", "licence", "status", "observed_on")


def kept(database: Database) -> list[tuple[object, ...]]:
    """Kind, ref, owner … of every asset, in a fixed order."""
    rows = [tuple(values[name] for name in KEPT) for values, _ in contents(database)]
    return sorted(rows, key=str)


@pytest.mark.parametrize("fmt", LOSSY)
def test_lossy_formats_come_back_whole(new_database, tmp_path: Path, fmt: str) -> None:
    """No layer, sheet or kind need be chosen; every asset is back with what names it."""
    before, after = new_database(), new_database()
    add_assets(before, mixed_catalogue())
    path = tmp_path / f"out{FORMATS[fmt].suffix}"
    exported(before, path, fmt)
    report = run_import(
        after, ImportRequest(path=path, source=SOURCE, author="officer", authority=AUTHORITY)
    )
    assert (report.state, report.refusals, report.rejects) == ("done", [], [])
    assert kept(after) == kept(before)


def test_licence_of_a_file_reaches_the_assets(gpkg_database: Database, tmp_path: Path) -> None:
    """What a council's GeoJSON states of licence and credit is each asset's, and exports and
    maps name both."""
    path = tmp_path / "lamps.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "licence": "OGL-UK-3.0", "attribution": "Anytown Council",'
        '"features": [{"type": "Feature", "properties": {"ref": "L1"},'
        '"geometry": {"type": "Point", "coordinates": [-1.5, 52.1]}}]}',
        encoding="utf-8",
    )
    run_import(
        gpkg_database, ImportRequest(path=path, source="lamps", author="officer", kind="lamppost")
    )
    ((values, _),) = contents(gpkg_database)
    assert values["licence"] == STAMP.licence
    assert values["attributes"] == {"attribution": "Anytown Council"}
    with gpkg_database.reading() as session:
        found = provenance(session, Selection(), ADMIN, SensitivityPolicy())
        other = provenance(session, Selection(kinds=("mast",)), ADMIN, SensitivityPolicy())
    assert found == Provenance(("lamps",), ("OGL-UK-3.0",), ("Anytown Council",))
    assert other == Provenance((), (), ())
