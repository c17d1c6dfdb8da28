"""Catalogues to export and import again: one fixed and mixed, others drawn by hypothesis."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

import shapely
from hypothesis import strategies as st

from canopy.assets import queries
from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.editing.edits import Editor
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, Kind, attribute_fields
from canopy.assets.record import Record
from canopy.db.engine import Database

SOURCE, AUTHORITY = "register", "anytown"
E0, N0 = 530_000.0, 180_000.0
LONG = "On the corner, behind the third bench; ring first. " * 39
ODD = 'He said "no", <b>&amp;</b> it\'s = £5; naïve café — 名前 😀 Ã©'


def add_assets(database: Database, records: Sequence[Record]) -> None:
    """Put records into a catalogue, all of one source and authority."""
    note = queries.ChangeNote(author="officer", reason="round trip", origin="edit")
    with database.writing() as session:
        queries.ensure_organisation(session, AUTHORITY, AUTHORITY)
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        for number, record in enumerate(records, start=1):
            whole = {**record, "authority": AUTHORITY}
            editor.create(whole, str(uuid.UUID(int=number)), SOURCE)


def record(
    kind: str,
    shape: shapely.Geometry,
    attributes: dict[str, object] | None = None,
    **columns: object,
) -> Record:
    """An asset's record; what is not given is unknown."""
    made: Record = {"kind": kind, **columns, "geom": shapely.to_wkb(shape, hex=True)}
    return {**made, "attributes": attributes} if attributes else made


def _at(x: float, y: float) -> shapely.Point:
    return shapely.Point(E0 + x, N0 + y)


def _line(*offsets: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(E0 + x, N0 + y) for x, y in offsets])


def _box(x: float, y: float, side: float = 20.1) -> shapely.Polygon:
    hole = shapely.box(E0 + x + 3, N0 + y + 3, E0 + x + 5.5, N0 + y + 6.25)
    outer = shapely.box(E0 + x, N0 + y, E0 + x + side, N0 + y + side, ccw=False)
    return shapely.Polygon(outer.exterior, [hole.exterior])


def mixed_catalogue() -> list[Record]:
    """All kinds; points, lines, polygons, multi-parts; odd text, dates, lists, gaps."""
    attachment = {"owner": "O'Neill & Söhne", "mass_kg": 4.25, "expires_on": "2031-02-28"}
    encumbrance = {"kind": "wayleave", "holder": ODD, "from_on": "1999-12-31"}
    return [
        record(
            "lamppost", _at(0.1, 0.2), {
                "lamp_w": 35.0, "material": "cast_iron", "adopted_highway": True,
                "structural_test_on": "2024-02-29", "attachments": [attachment, {"kind": "flag"}],
                "encumbrances": [encumbrance], "condition": 3, "installed_year": 1987,
            },
            ref="007", name=ODD, street="  two  spaces ", locality="line\nbreak", height_m=5.0,
            status="underConstruction", availability="in_use", power="none", backhaul_type="none",
            backhaul_dist_m=0.0, owner="unknown", maintainer="N/A", postcode="NW6 1AA",
            uprn="000000123456", usrn="20400123", pos_accuracy_m=0.1, pos_method="gps",
            observed_on="1970-01-01", licence="OGL-UK-3.0",
        ),
        record("lamppost", _at(0.1, 0.2), ref="1e5", name="-"),
        record("lamppost", _at(33.333333333, 1 / 3), {"adopted_highway": False}, name="0"),
        record("building", _box(100, 0), {"floor_area_m2": 0.0, "listed_grade": "II*"}, ref="b1"),
        record("building", _at(140, 0), {"address": LONG, "storeys": 0}, ref="b2",
               uprn="1".zfill(12)),
        record(
            "rooftop", shapely.MultiPolygon([_box(200, 0), _box(240, 5)]),
            {"existing_operators": ["A; B", "C, D", "[E]"], "code_agreement": False}, ref="r1",
            height_m=21.75, observed_on="2026-11-30", sensitivity="estates",
        ),
        record(
            "mast", _at(300, 0), {"technologies": ["4G", "5G", "none"], "operators": ["x"],
                                  "azimuth_deg": 0.0, "tilt_deg": -3.5}, ref="m/1", height_m=30.0,
        ),
        record("small_cell_site", _at(310, 0), {"technologies": ["5G"], "live_on": "2025-05-06",
                                                "eirp_dbm": 46.123456789}, ref="sc:1"),
        record("cctv", _at(320, 0), {"camera_type": "ptz", "monitored": True, "fov_deg": 62.5},
               ref="cam 1", sensitivity="admin"),
        record("wifi_ap", _at(330, 0), {"ssid": "=cmd|'/c calc'!A1", "users_peak": 120}, ref="w1"),
        record("cabinet", _at(340, 0), {"cabinet_type": "feeder_pillar", "cooling": False},
               ref="c1"),
        record("street_furniture", _at(350, 0), {"ad_contract_holder": ODD}, ref="s1"),
        record("chamber", _at(360, 0), {"cover_class": "D400", "flooded": False, "depth_m": 0.0},
               ref="ch1", height_m=0.0),
        record("duct", _line((0, 50), (10.125, 50), (20.1, 57.3)),
               {"length_m": 21.5, "bores": 4, "cables": ["K1", "K 2"], "rope_left": True},
               ref="d1"),
        record("duct", shapely.MultiLineString([_line((0, 60), (5, 60)), _line((6, 60), (9, 61))]),
               {"from_node": "ch1", "calibrated_on": "2020-02-02"}, ref="d2", status="proposed"),
        record("fibre", _line((0, 70), (900, 71)), {"fibre_count": 144, "capacity_gbit_s": 400.0},
               ref="f1"),
        record("open_space", _box(0, 200, 80), {"area_m2": 6_384.25, "charity_land": True},
               ref="o1", name="Jubilee Green"),
        record("open_space", shapely.MultiPolygon([_box(100, 200), _box(200, 200)]), ref="o2"),
    ]  # fmt: skip


_TEXTS = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        min_size=1, max_size=30,
    )
    | st.sampled_from([ODD, "n/a", " x ", "a\nb", "[1, 2]", "{}", "007", "1,5", "true", "ï»¿"])
).filter(lambda text: bool(text.strip()))  # fmt: skip
_DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat)


def _numbers(field: AttributeField) -> st.SearchStrategy[float]:
    low = -100.0 if field.minimum is None else field.minimum
    high = 1_000.0 if field.maximum is None else field.maximum
    return st.floats(low, high, allow_subnormal=False)


def _values(field: AttributeField) -> st.SearchStrategy[object]:
    if field.allowed:
        return st.sampled_from(field.allowed)
    if field.name == "attachments":
        return st.lists(
            st.fixed_dictionaries({}, optional={"owner": _TEXTS, "mass_kg": st.floats(0, 2_000)}),
            min_size=1, max_size=3,
        )  # fmt: skip
    if field.name == "encumbrances":
        encumbrance = st.fixed_dictionaries({"kind": st.just("lease")}, optional={"note": _TEXTS})
        return st.lists(encumbrance, min_size=1, max_size=2)
    return {
        "text": _TEXTS,
        "number": _numbers(field),
        "integer": st.integers(int(field.minimum or 0), int(field.maximum or 1_000)),
        "boolean": st.booleans(),
        "date": _DAYS,
        "list": st.lists(_TEXTS, min_size=1, max_size=3),
    }[field.type]


_COLUMNS: dict[str, st.SearchStrategy[object]] = {
    **{name: _values(COMMON_FIELDS[name]) for name in CANDIDATE_COLUMNS},
    "uprn": st.integers(1, 999_999_999_999).map(lambda n: f"{n:012}"),
    "usrn": st.integers(10_000_000, 99_999_999).map(str),
    "postcode": st.sampled_from(["NW6 1AA", "NW6", "EC1A 1BB", "M1 1AE"]),
}
_x, _y = st.floats(E0, E0 + 5_000), st.floats(N0, N0 + 5_000)
_points = st.builds(shapely.Point, _x, _y)
_lines = st.lists(st.tuples(_x, _y), min_size=2, max_size=4, unique=True).map(shapely.LineString)
_boxes = st.builds(lambda x, y: _box(x, y), st.floats(0, 500), st.floats(0, 500))
_SHAPES = {
    "Point": _points,
    "LineString": _lines,
    "MultiLineString": st.lists(_lines, min_size=1, max_size=3).map(shapely.MultiLineString),
    "Polygon": _boxes,
    "MultiPolygon": _boxes.map(
        lambda box: shapely.MultiPolygon([box, shapely.affinity.translate(box, 600, 0)])
    ),
}


@st.composite
def catalogues(draw: st.DrawFn) -> list[Record]:
    """Up to eight assets of any kinds, each with a few known columns and attributes."""
    records = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        columns = {name: draw(_COLUMNS[name]) for name in draw(_some(sorted(_COLUMNS)))}
        if "ref" in columns:
            columns["ref"] = f"{columns['ref']}-{number}"
        low, high = KINDS[kind].height_m_range
        if "height_m" in columns:
            columns["height_m"] = draw(st.floats(low, high))
        fields = attribute_fields(Kind(kind))
        attributes = {name: draw(_values(fields[name])) for name in draw(_some(sorted(fields)))}
        shape = draw(_SHAPES[draw(st.sampled_from(sorted(KINDS[kind].geometry)))])
        records.append(record(str(kind), shape, attributes, **columns))
    return records


def _some(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=6, unique=True)
