"""Open Fibre Data Standard: kinds, flattened members, several networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from source_files import feature, read_all, read_one, text_file

from canopy.assets.importers.ofds import Part, kind_of

NETWORK = {
    "id": "n-1",
    "name": "Town Fibre",
    "crs": {"uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
    "nodes": [
        {
            "id": "1",
            "name": "Exchange",
            "type": ["pop"],
            "location": {"type": "Point", "coordinates": [0, 51]},
        },
        {
            "id": "2",
            "type": ["tower"],
            "power": True,
            "location": {"type": "Point", "coordinates": [1, 51]},
        },
    ],
    "spans": [
        {
            "id": "7",
            "start": "1",
            "end": "2",
            "status": "operational",
            "route": {"type": "LineString", "coordinates": [[0, 51], [1, 51]]},
            "physicalInfrastructureProvider": {"id": "GB-1", "name": "FibreCo"},
            "networkProviders": [{"id": "a", "name": "FastWeb"}, {"id": "b"}],
            "transmissionMedium": ["fibre"],
            "deployment": ["belowGround"],
            "deploymentDetails": {"description": "in ducts"},
            "fibreCount": 24,
            "fibreLength": 2.5,
        }
    ],
}


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"transmissionMedium": ["fibre"]}, "fibre"),
        ({"transmissionMedium": ["microwave", "fibre"]}, "fibre"),
        ({"transmissionMedium": ["copper"]}, None),
        ({"deploymentDetails": {"description": "2x96mm PVC"}}, "duct"),
        ({"deploymentDetails": {"description": "in ducts"}, "fibreCount": 12}, "fibre"),
        ({}, "fibre"),
    ],
)
def test_spans_have_kinds(members: dict[str, object], kind: str | None) -> None:
    """Medium, fibre facts and deployment details decide between fibre and duct."""
    assert kind_of(Part("spans", 1, None, members)) == kind


@pytest.mark.parametrize(
    ("codes", "kind"),
    [(["cabinet"], "cabinet"), (["pop", "tower"], "mast"), ([], "chamber"), (None, "chamber")],
)
def test_nodes_have_kinds(codes: list[str] | None, kind: str) -> None:
    """Cabinets and towers are what they say, other nodes chambers."""
    assert kind_of(Part("nodes", 1, None, {"type": codes})) == kind


def test_network_becomes_tables_by_kind(tmp_path: Path) -> None:
    """Ids are refs, the provider the owner, lengths in km; objects and lists are flattened."""
    path = text_file(tmp_path, "net.json", json.dumps({"networks": [NETWORK]}))
    reads = {read.table.suggested_kind: read for read in read_all(path)}
    assert set(reads) == {"chamber", "mast", "fibre"}
    span = {name: values[0] for name, values in reads["fibre"].columns.items()}
    assert span == {
        "ref": "7",
        "start": "1",
        "end": "2",
        "status": "operational",
        "owner": "FibreCo",
        "owner_id": "GB-1",
        "networkProviders": "FastWeb; b",
        "transmissionMedium": "fibre",
        "deployment": "belowGround",
        "deploymentDetails.description": "in ducts",
        "fibreCount": 24,
        "fibreLength_km": 2.5,
        "network": "Town Fibre",
    }
    assert reads["fibre"].geometries[0].wkt == "LINESTRING (0 51, 1 51)"
    assert reads["mast"].columns["power"] == [True]
    assert reads["mast"].numbers == [2]
    assert reads["fibre"].table.declared_crs == "EPSG:4326"


def test_networks_are_numbered_through(tmp_path: Path) -> None:
    """Nodes of a second network go on counting, and carry its name."""
    other = {**NETWORK, "name": "Village Fibre"}
    path = text_file(tmp_path, "net.json", json.dumps({"networks": [NETWORK, other]}))
    masts = next(read for read in read_all(path) if read.table.suggested_kind == "mast")
    assert masts.numbers == [2, 4]
    assert masts.columns["network"] == ["Town Fibre", "Village Fibre"]


def test_geojson_publication_reads_like_json(tmp_path: Path) -> None:
    """Features that name a featureType and network are OFDS, too."""
    properties = {
        "id": "2",
        "featureType": "node",
        "network": {"id": "n-1", "name": "Town Fibre"},
        "physicalInfrastructureProvider": {"id": "GB-1", "name": "FibreCo"},
    }
    shape = {"type": "Point", "coordinates": [1, 51]}
    text = json.dumps({"type": "FeatureCollection", "features": [feature(properties, shape)]})
    read = read_one(text_file(tmp_path, "nodes.geojson", text))
    assert read.rows() == [("2", "FibreCo", "GB-1", "Town Fibre")]
    assert read.table.columns == ("ref", "owner", "owner_id", "network")
    assert read.table.suggested_kind == "chamber"


def test_next_pages_are_noticed(tmp_path: Path) -> None:
    """An API answer that names a next page says that spans will be missing."""
    text = json.dumps({"nodes": [{"id": "1"}], "links": {"next": "http://example.org/2"}})
    read = read_one(text_file(tmp_path, "nodes.json", text))
    assert "more-pages" in {issue.code for issue in read.table.notices}
