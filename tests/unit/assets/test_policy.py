"""Who sees what: by role, kind, field and place."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from canopy.access.rules import PUBLIC, READING_ROLES, Principal, Role
from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.assets.kinds import KINDS, Kind, attribute_fields
from canopy.assets.policy import SensitivityPolicy

POLICY = SensitivityPolicy()
ADMIN = Principal(Role.admin, "root")
OPERATOR = Principal(Role.operator, "acme")
GATEWAY = Principal(Role.gateway, "box 7")

CELLS_M = {"cctv": 100.0, "chamber": 500.0, "duct": 500.0, "fibre": 500.0}
POINT = shapely.Point(430_123.5, 280_177.25)
ROUTE = shapely.LineString([(430_010, 280_010), (430_020, 280_020), (430_030, 280_010)])

roles = pytest.mark.parametrize("role", READING_ROLES)
every_kind = pytest.mark.parametrize("kind", KINDS)
coarse_kinds = pytest.mark.parametrize("kind", sorted(CELLS_M))


def assets(*rows: dict[str, object]) -> AssetBatch:
    """A whole batch of lampposts at POINT, as each row changes it; other columns unknown."""
    filled = [{"kind": "lamppost", "geom": POINT, "attributes": {}, **row} for row in rows]
    geometries = np.empty(len(rows), dtype=object)
    geometries[:] = [row["geom"] for row in filled]
    return AssetBatch(
        {name: [row.get(name) for row in filled] for name in COMMON_COLUMNS},
        [dict(row["attributes"]) for row in filled],  # type: ignore[call-overload]
        geometries,
    )


def marked(kind: str) -> AssetBatch:
    """One asset of which everything is known, each field by a value no other field has."""
    columns: dict[str, object] = {name: f"<{name}>" for name in COMMON_COLUMNS}
    attributes = {name: f"<{name}>" for name in attribute_fields(Kind(kind))}
    return assets({**columns, "kind": kind, "sensitivity": None, "attributes": attributes})


def seen_by(role: Role, batch: AssetBatch) -> AssetBatch:
    return POLICY.redact(batch, Principal(role, "somebody"))


# Fields


@pytest.mark.parametrize(
    ("kind", "field", "least"),
    [
        ("lamppost", "height_m", "public"),
        ("lamppost", "material", "public"),
        ("lamppost", "ward", "public"),
        ("cctv", "area_name", "public"),
        ("cctv", "ward", "operator"),
        ("cctv", "street", "operator"),
        ("cctv", "fov_deg", "admin"),
        ("cctv", "link", "admin"),
        ("cctv", "backhaul_type", "admin"),
        ("cctv", "recording_controller", "admin"),
        ("cctv", "criticality", "admin"),
        ("duct", "street", "public"),
        ("duct", "length_m", "operator"),
        ("duct", "from_node", "operator"),
        ("duct", "occupied_pct", "operator"),
        ("chamber", "cover_class", "operator"),
        ("fibre", "fibre_count", "operator"),
        ("lamppost", "backhaul_dist_m", "operator"),
        ("lamppost", "power_spare_va", "operator"),
        ("lamppost", "structural_result", "operator"),
        ("lamppost", "structural_test_on", "estates"),
        ("building", "mpan", "estates"),
        ("building", "access_code", "estates"),
        ("building", "keyholder", "admin"),
    ],
)
def test_field_is_seen_from_one_role_on(kind: str, field: str, least: str) -> None:
    """Each field of the sensitivity matrix is seen by its least role and those above, only."""
    seeing = [role for role in READING_ROLES if holds(seen_by(role, marked(kind)), field)]
    assert seeing == list(READING_ROLES[READING_ROLES.index(Role(least)) :])


@every_kind
def test_the_sensitivity_of_an_asset_is_for_estates(kind: str) -> None:
    """That an asset is marked is itself not told below estates."""
    seeing = [r for r in READING_ROLES if "sensitivity" in seen_by(r, marked(kind)).columns]
    assert seeing == [Role.estates, Role.admin]


def holds(batch: AssetBatch, field: str) -> bool:
    return f"<{field}>" in str(batch.columns) + str(batch.attributes)


@roles
@every_kind
def test_what_is_hidden_is_under_no_name(kind: str, role: Role) -> None:
    """What is not visible is absent, as key and as value; what is visible is all there."""
    principal = Principal(role, "somebody")
    shown = POLICY.redact(marked(kind), principal)
    columns = POLICY.visible_columns(Kind(kind), principal)
    attributes = POLICY.visible_attributes(Kind(kind), principal)
    assert set(shown.columns) - {GENERALISED_COLUMN} == columns
    assert [set(each) for each in shown.attributes] == [attributes]
    values = str(list(shown.columns.values())) + str([list(a.values()) for a in shown.attributes])
    leaked = [
        name
        for name in {*COMMON_COLUMNS, *attribute_fields(Kind(kind))} - columns - attributes
        if f"<{name}>" in values
    ]
    assert leaked == []


@every_kind
def test_a_higher_role_sees_all_that_a_lower_one_sees(kind: str) -> None:
    """From public to admin nothing is lost, and admins see every field."""
    fields = [
        POLICY.visible_columns(Kind(kind), Principal(role, ""))
        | POLICY.visible_attributes(Kind(kind), Principal(role, ""))
        for role in READING_ROLES
    ]
    assert all(low <= high for low, high in pairwise(fields))
    assert fields[-1] == {*COMMON_COLUMNS, *attribute_fields(Kind(kind))}


@every_kind
def test_a_gateway_reads_what_the_public_reads(kind: str) -> None:
    """A token that publishes readings opens no data."""
    ours, theirs = (POLICY.redact(marked(kind), each) for each in (PUBLIC, GATEWAY))
    assert (theirs.columns, theirs.attributes) == (ours.columns, ours.attributes)
    assert shapely.equals(theirs.geometries, ours.geometries).all()


@pytest.mark.parametrize("role", [each for each in READING_ROLES if each is not Role.admin])
def test_a_field_nobody_decided_on_is_for_admins(role: Role) -> None:
    """A column or attribute that no model describes is seen by admins only."""
    batch = assets({"attributes": {"brand_new": "<brand_new>", "lamp_w": 35.0}})
    batch.columns["novelty"] = ["<novelty>"]
    shown = seen_by(role, batch)
    assert "novelty" not in shown.columns
    assert shown.attributes == [{"lamp_w": 35.0}]
    assert seen_by(Role.admin, batch).attributes[0]["brand_new"] == "<brand_new>"


def test_terms_of_an_attachment_are_for_estates() -> None:
    """Operators see what hangs on a column, not under which licence or until when."""
    attached = {"owner": "Acme", "mass_kg": 12.0, "licence_ref": "L-7", "expires_on": "2031-01-01"}
    batch = assets({"attributes": {"attachments": [attached]}})
    assert seen_by(Role.operator, batch).attributes == [
        {"attachments": [{"owner": "Acme", "mass_kg": 12.0}]}
    ]
    assert seen_by(Role.estates, batch).attributes == [{"attachments": [attached]}]
    assert seen_by(Role.public, batch).attributes == [{}]


# Assets


@roles
@pytest.mark.parametrize("level", READING_ROLES)
def test_an_asset_below_whose_level_one_stands_is_not_there(level: Role, role: Role) -> None:
    """An asset's own sensitivity hides the whole of it from lower roles, and from those only."""
    batch = assets({"ref": "open"}, {"ref": "kept", "sensitivity": str(level)})
    expected = ["open", "kept"] if role.rank >= level.rank else ["open"]
    shown = seen_by(role, batch)
    assert shown.columns["ref"] == expected
    assert len(shown.attributes) == len(shown.geometries) == len(expected)
    assert POLICY.sees_asset(str(level), Principal(role, "")) is (len(expected) == 2)


@pytest.mark.parametrize("level", ["secret", "", "Public", "gateway"])
def test_an_asset_of_unknown_level_is_for_admins(level: str) -> None:
    """A level that is no reading role hides the asset from everybody but admins."""
    batch = assets({"sensitivity": level})
    assert [len(seen_by(role, batch)) for role in READING_ROLES] == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("missing", ["sensitivity", "kind"])
def test_what_cannot_be_judged_does_not_go_out(missing: str) -> None:
    """A batch that lost the columns policy needs is an error, not an open batch."""
    batch = assets({"sensitivity": "admin"})
    del batch.columns[missing]
    with pytest.raises(KeyError, match=missing):
        POLICY.redact(batch, PUBLIC)


def test_an_empty_batch_stays_empty() -> None:
    """No assets in, none out."""
    assert len(POLICY.redact(assets(), PUBLIC)) == 0


def test_what_goes_in_is_not_changed() -> None:
    """Redaction makes a new batch: the same one can be cut for another role afterwards."""
    batch = marked("cctv")
    seen_by(Role.public, batch)
    again = marked("cctv")
    assert (batch.columns, batch.attributes) == (again.columns, again.attributes)
    assert batch.geometries[0] == POINT


# Positions


@coarse_kinds
def test_the_public_gets_the_centre_of_the_cell(kind: str) -> None:
    """A coarse kind stands in the middle of its cell, whose size is told; operators get it
    exactly."""
    batch = assets({"kind": kind})
    cell_m = CELLS_M[kind]
    public = seen_by(Role.public, batch)
    centre = {100.0: (430_150, 280_150), 500.0: (430_250, 280_250)}[cell_m]
    assert public.geometries[0] == shapely.Point(centre)
    assert public.columns[GENERALISED_COLUMN] == [cell_m]
    operator = seen_by(Role.operator, batch)
    assert operator.geometries[0] == POINT
    assert GENERALISED_COLUMN not in operator.columns


def test_only_four_kinds_are_coarse() -> None:
    """CCTV, chambers, ducts and fibre; every other kind is shown where it stands."""
    found = {kind: POLICY.generalisation_m(Kind(kind), PUBLIC) for kind in KINDS}
    assert {str(kind): cell for kind, cell in found.items() if cell} == CELLS_M


UNDERGROUND = {"status", "street", "usrn"}
BESIDE_A_CELL = {
    "asset_id", "kind", "authority", "source", "availability", "owner", "maintainer", "locality",
    "observed_on", "licence", "created_at", "withdrawn_at",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "columns", "attributes"),
    [
        ("cctv", set(), {"attribution", "area_name", "area_code", "public_space"}),
        ("chamber", UNDERGROUND, {"attribution", "adopted_highway", "carriageway"}),
        ("duct", UNDERGROUND, {"attribution", "adopted_highway"}),
        ("fibre", UNDERGROUND, {"attribution", "adopted_highway", "deployment"}),
    ],
)
def test_nothing_beside_a_cell_gives_the_place_back(
    kind: str, columns: set[str], attributes: set[str]
) -> None:
    """With a coarse position go these fields and no others: adding one is a decision."""
    assert POLICY.visible_columns(Kind(kind), PUBLIC) == BESIDE_A_CELL | columns
    assert POLICY.visible_attributes(Kind(kind), PUBLIC) == attributes


@pytest.mark.parametrize(
    "geometry",
    [
        ROUTE,
        shapely.MultiLineString([ROUTE, shapely.transform(ROUTE, lambda xy: xy + 100)]),
        shapely.LineString([(430_001, 280_001), (430_499, 280_001)]),
        shapely.box(430_010, 280_010, 430_400, 280_400),
    ],
)
def test_the_course_of_a_route_is_not_shown(geometry: shapely.Geometry) -> None:
    """A line is one point, the centre of one cell: neither length nor direction is left."""
    shown = seen_by(Role.public, assets({"kind": "duct", "geom": geometry}))
    assert shown.geometries.tolist() == [shapely.Point(430_250, 280_250)]


@pytest.mark.parametrize("geometry", [None, shapely.Point(), shapely.LineString()])
def test_no_position_stays_none(geometry: shapely.Geometry | None) -> None:
    """A coarse asset without a position gets none made up."""
    shown = seen_by(Role.public, assets({"kind": "duct", "geom": geometry}, {"kind": "duct"}))
    assert shown.geometries.tolist() == [None, shapely.Point(430_250, 280_250)]


metres = st.floats(-1e6, 2e6).map(lambda value: round(value, 3))


@given(metres, metres, st.sampled_from(sorted(CELLS_M)))
def test_every_position_of_a_cell_looks_the_same(x: float, y: float, kind: str) -> None:
    """The shown point lies within half a cell, and is what its own cell is shown as."""
    cell_m = CELLS_M[kind]
    shown = seen_by(Role.public, assets({"kind": kind, "geom": shapely.Point(x, y)})).geometries[0]
    assert max(abs(shown.x - x), abs(shown.y - y)) <= cell_m / 2
    assert (shown.x % cell_m, shown.y % cell_m) == (cell_m / 2, cell_m / 2)
    margin = POLICY.search_margin_m(Kind(kind), PUBLIC)
    assert shapely.distance(shown, shapely.Point(x, y)) <= margin
    again = seen_by(Role.public, assets({"kind": kind, "geom": shown})).geometries[0]
    assert again == shown


def test_an_exact_kind_is_searched_where_it_stands() -> None:
    """No search is widened where the position is exact."""
    assert POLICY.search_margin_m(Kind.lamppost, PUBLIC) == 0
    assert POLICY.search_margin_m(Kind.cctv, OPERATOR) == 0
    assert POLICY.search_margin_m(Kind.cctv, PUBLIC) == pytest.approx(70.7107, abs=1e-4)


# Mixed batches and filters


def test_in_a_mixed_batch_each_row_is_cut_by_its_kind() -> None:
    """A column that one kind shows and another withholds is None in the rows of the other."""
    row = {"ref": "R1", "ward": "Kilburn", "street": "High Street", "updated_at": datetime.now(UTC)}
    kinds = ("lamppost", "cctv", "duct", "cctv")
    shown = seen_by(Role.public, assets(*({**row, "kind": kind} for kind in kinds)))
    assert shown.columns["ref"] == ["R1", None, None, None]
    assert shown.columns["ward"] == ["Kilburn", None, None, None]
    assert shown.columns["street"] == ["High Street", None, "High Street", None]
    assert shown.columns[GENERALISED_COLUMN] == [None, 100.0, 500.0, 100.0]
    assert [point.coords[0] for point in shown.geometries] == [
        (430_123.5, 280_177.25), (430_150, 280_150), (430_250, 280_250), (430_150, 280_150),
    ]  # fmt: skip


some_kinds = st.lists(st.sampled_from([str(kind) for kind in KINDS]), max_size=8)


@given(some_kinds, st.sampled_from(READING_ROLES))
def test_a_batch_is_cut_like_its_assets_alone(kinds: list[str], role: Role) -> None:
    """What a row shows does not depend on the rows beside it."""
    together = seen_by(role, joined([marked(kind) for kind in kinds]))
    for place, kind in enumerate(kinds):
        alone = seen_by(role, marked(kind))
        row = {name: values[place] for name, values in together.columns.items()}
        known = {name: value for name, value in row.items() if value is not None}
        assert known == {n: v[0] for n, v in alone.columns.items() if v[0] is not None}
        assert together.attributes[place] == alone.attributes[0]
        assert together.geometries[place] == alone.geometries[0]


def joined(batches: list[AssetBatch]) -> AssetBatch:
    return AssetBatch(
        {name: [v for b in batches for v in b.columns[name]] for name in COMMON_COLUMNS},
        [each for b in batches for each in b.attributes],
        np.array([shape for b in batches for shape in b.geometries], dtype=object),
    )


@roles
@every_kind
def test_one_may_filter_on_what_one_sees(kind: str, role: Role) -> None:
    """A field can be filtered on where it is visible, and nowhere else."""
    principal = Principal(role, "")
    fields = {*COMMON_COLUMNS, *attribute_fields(Kind(kind)), "nonsense"}
    visible = {n for n in fields if POLICY.may_filter_on(Kind(kind), n, principal)}
    assert visible == POLICY.visible_columns(Kind(kind), principal) | POLICY.visible_attributes(
        Kind(kind), principal
    )


def test_a_filter_over_all_kinds_needs_one_kind_that_shows_the_field() -> None:
    """Without a kind a field counts as there where any kind shows it."""
    assert POLICY.may_filter_on(None, "ref", PUBLIC)
    assert not POLICY.may_filter_on(None, "mpan", PUBLIC)
    assert not POLICY.may_filter_on(Kind.cctv, "ref", PUBLIC)


def test_no_kind_is_a_secret() -> None:
    """Every kind is seen, if coarsely, by everybody."""
    assert all(POLICY.sees_kind(kind, PUBLIC) for kind in KINDS)
