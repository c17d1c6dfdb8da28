"""A small catalogue of every kind, with hidden, withdrawn and attached-to assets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from fastapi.testclient import TestClient
from sqlalchemy import select

from canopy.access.rules import Principal, Role
from canopy.assets import queries
from canopy.assets.editing.edits import Editor
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.assets.record import Record
from canopy.assets.tables import Asset
from canopy.db.engine import Database

E0, N0 = 430_000.0, 280_000.0
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ROLES = (Role.public, Role.operator, Role.planner, Role.estates, Role.admin)
LAMPPOSTS = 23
"""Those that the public sees."""


def point(x: float, y: float) -> shapely.Point:
    """A place some metres from the catalogue's corner."""
    return shapely.Point(E0 + x, N0 + y)


def record(
    kind: str, shape: shapely.Geometry, attributes: dict[str, object] | None = None, **columns: Any
) -> Record:
    """An asset's record; what is not given is unknown."""
    made: Record = {"kind": kind, **columns, "geom": shapely.to_wkb(shape, hex=True)}
    return {**made, "attributes": attributes} if attributes else made


def lamppost(number: int, **columns: Any) -> Record:
    """A lamppost of a row that runs east, 25 m apart."""
    given = {
        "ref": f"LC-{number:03}", "height_m": float(5 + number % 4), "street": "High Street",
        "status": "operational" if number % 2 else "planned",
        "observed_on": f"2024-01-{number % 28 + 1:02}", **columns,
    }  # fmt: skip
    attributes: dict[str, object] = {"lamp_w": 35.0, "material": "steel"}
    return record("lamppost", point(25.123 * number, 40.7), attributes, **given)


def mixed_records() -> list[Record]:
    """Every kind; two lampposts are hidden from the public, one from operators too."""
    box = shapely.box(E0 + 700, N0, E0 + 760, N0 + 40)
    line = shapely.LineString([(E0, N0 + 300), (E0 + 400, N0 + 310), (E0 + 500, N0 + 350)])
    attached = {"owner": "ACME", "mass_kg": 4.5, "expires_on": "2031-02-28", "licence_ref": "L/7"}
    return [
        *(lamppost(number) for number in range(20)),
        lamppost(20, height_m=None, observed_on=None, status=None, street=None),
        record("lamppost", point(600, 600), {"attachments": [attached], "heritage": True},
               ref="LC-att", height_m=8.0),
        lamppost(30, ref="LC-op", sensitivity="operator"),
        lamppost(31, ref="LC-est", sensitivity="estates"),
        record("building", box, {"address": "1 High Street"}, ref="B-1", height_m=12.5),
        record("rooftop", shapely.MultiPolygon([box, shapely.box(E0 + 800, N0, E0 + 820, N0 + 9)]),
               ref="R-1", height_m=20.0),
        record("mast", point(900, 100), {"technologies": ["4G", "5G"]}, ref="M-1", height_m=30.0),
        record("small_cell_site", point(910, 100), ref="S-1"),
        record("cctv", point(333.3, 444.4), {"camera_type": "ptz", "fov_deg": 62.5}, ref="CAM-1",
               street="Wharf Road"),
        record("wifi_ap", point(930, 100), ref="W-1"),
        record("cabinet", point(940, 100), ref="C-1"),
        record("street_furniture", point(950, 100), ref="F-1"),
        record("chamber", point(123.4, 234.5), {"depth_m": 1.2}, ref="CH-1"),
        record("duct", line, {"length_m": 512.0, "bores": 4}, ref="D-1"),
        record("fibre", line, {"fibre_count": 144}, ref="FI-1"),
        record("open_space", shapely.box(E0 + 1000, N0, E0 + 1100, N0 + 100), ref="O-1"),
        lamppost(40, ref="LC-old"),
    ]  # fmt: skip


def add(
    database: Database, records: Sequence[Record], first: int = 1, source: str = "register"
) -> None:
    """Put records into a catalogue; their ids are numbered from `first`."""
    note = queries.ChangeNote(author="officer", reason="made up", origin="edit")
    with database.writing() as session:
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        for number, each in enumerate(records, start=first):
            editor.create(each, str(uuid.UUID(int=number)), source)


def withdraw(database: Database, *refs: str) -> None:
    """Withdraw assets by ref."""
    note = queries.ChangeNote(author="officer", reason="gone", origin="edit")
    with database.writing() as session:
        fids = list(session.scalars(select(Asset.fid).where(Asset.ref.in_(refs))))
        at = queries.now_utc()
        queries.withdraw(session, fids, queries.add_change(session, note, at), at)


def fill_mixed(database: Database) -> None:
    """The mixed catalogue, one lamppost of it withdrawn."""
    add(database, mixed_records())
    withdraw(database, "LC-old")


def seen_by(database: Database, role: Role, *kinds: str) -> dict[str, dict[str, Any]]:
    """What the one way out of the catalogue shows a role: flat properties by id."""
    principal = Principal(role, "test")
    found: dict[str, dict[str, Any]] = {}
    policy = SensitivityPolicy()
    with database.reading() as session:
        selection = Selection(kinds=kinds)
        for batch in stream(session, selection, principal, policy, database.srid):
            for i in range(len(batch)):
                flat = {name: values[i] for name, values in batch.columns.items()}
                flat |= batch.attributes[i]
                flat["geometry"] = batch.geometries[i]
                found[str(flat["asset_id"])] = flat
    return found


def pages(client: TestClient, path: str, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Each page of features, by following next links."""
    following: str | None = path
    while following is not None:
        answer = client.get(following, headers=headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page
        following = next((each["href"] for each in page["links"] if each["rel"] == "next"), None)


def features(
    client: TestClient, path: str, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """All features of all pages."""
    return [each for page in pages(client, path, headers or {}) for each in page["features"]]


def refs(found: Sequence[dict[str, Any]]) -> list[str | None]:
    """The refs of features, in order; None where they are withheld."""
    return [each["properties"].get("ref") for each in found]
