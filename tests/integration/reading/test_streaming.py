"""Selections, past states and what each audience sees."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import shapely
from catalogue import ADMIN, all_assets, changes_of, edit
from registers import ROWS, import_register, write_register

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.assets import queries
from canopy.assets.editing.edits import Editor
from canopy.assets.filtering import parse_condition
from canopy.assets.reading.selection import Selection
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import BadFilter, NotFound

OPERATOR = Principal(Role.operator, "acme")


def add(database: Database, kind: str, shape: shapely.Geometry, **record: object) -> None:
    """Add one asset by hand."""
    with database.writing() as session:
        note = queries.ChangeNote(author="officer", reason="new", origin="edit")
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        number = session.query(Asset).count()
        identity = f"00000000-0000-4000-8000-{number:012d}"
        geom = queries.geometry_hex(shape)
        editor.create({"kind": kind, "geom": geom, **record}, identity)


@pytest.mark.parametrize(
    ("condition", "refs"),
    [
        ("height_m>=8", ["LC-1", "LC-2"]),
        ("height_m<8", ["LC-3", "LC-4"]),
        ("street=Mill Lane", ["LC-3", "LC-4"]),
        ("street~MILL", ["LC-3", "LC-4"]),
        ("street!=Mill Lane", ["LC-1", "LC-2"]),
        ("lamp_w>50", ["LC-3", "LC-4"]),
        ("status=operational", []),
        ("street~100%", []),
        ("created_at>2020-01-01", ["LC-1", "LC-2", "LC-3", "LC-4"]),
        ("created_at<2020-01-01T00:00:00Z", []),
        ("designations=listed", []),
        ("designations!=listed", ["LC-1", "LC-2", "LC-3", "LC-4"]),
    ],
)
def test_conditions_select(
    database: Database, tmp_path: Path, condition: str, refs: list[str]
) -> None:
    """Conditions hold on common columns and attributes; the unknown satisfies none."""
    import_register(database, write_register(tmp_path / "a.csv"))
    chosen = Selection(conditions=(parse_condition(condition),))
    assert [asset["ref"] for asset in all_assets(database, chosen)] == refs


@pytest.mark.parametrize(
    "condition",
    ["height_m=tall", "height_m=inf", "height_m~8", "observed_on=today", "designations>a",
     "created_at>2020-13-01", "lit=perhaps"],
)  # fmt: skip
def test_values_of_another_type_are_refused(database: Database, condition: str) -> None:
    """Whatever is in the catalogue, a value that its field cannot hold is refused by name."""
    field = parse_condition(condition).field
    with pytest.raises(BadFilter, match=field):
        all_assets(database, Selection(conditions=(parse_condition(condition),)))


def test_area_selects_what_it_touches(database: Database, tmp_path: Path) -> None:
    """An area keeps what lies in it or on its edge."""
    import_register(database, write_register(tmp_path / "a.csv"))
    chosen = Selection(area=shapely.box(430130, 280000, 430170, 280300))
    assert [asset["ref"] for asset in all_assets(database, chosen)] == ["LC-2", "LC-3"]


def test_as_of_reads_the_past(database: Database, tmp_path: Path) -> None:
    """Before an edit the old value, before a withdrawal the asset, before creation nothing."""
    start = queries.now_utc()
    time.sleep(0.01)
    path = write_register(tmp_path / "a.csv")
    import_register(database, path)
    imported = queries.now_utc()
    time.sleep(0.01)
    edit(database, "LC-1", height_m=10.0, street="New Street")
    import_register(database, write_register(tmp_path / "b.csv", ROWS[:3]), withdraw_missing=True)
    assert len(all_assets(database)) == 3
    assert all_assets(database, Selection(as_of=start)) == []
    past = all_assets(database, Selection(as_of=imported))
    assert [asset["ref"] for asset in past] == ["LC-1", "LC-2", "LC-3", "LC-4"]
    assert (past[0]["height_m"], past[0]["street"], past[0]["version"]) == (8.0, "High Street", 1)
    assert past[0]["attributes"] == {"lamp_w": 35.0}


def test_as_of_finds_what_has_moved_away(database: Database, tmp_path: Path) -> None:
    """A spatial selection of the past finds assets where they stood then."""
    import_register(database, write_register(tmp_path / "a.csv"))
    then = queries.now_utc()
    time.sleep(0.01)
    moved = [("LC-1", 431000, 281000, "High Street", 35, 8), *ROWS[1:]]
    import_register(database, write_register(tmp_path / "b.csv", moved))
    area = shapely.box(430099, 280199, 430101, 280202)
    assert all_assets(database, Selection(area=area)) == []
    assert [a["ref"] for a in all_assets(database, Selection(area=area, as_of=then))] == ["LC-1"]


def test_public_sees_cctv_only_as_a_cell(database: Database) -> None:
    """For the public a camera is the centre of its 100 m cell; for operators a point."""
    add(database, "cctv", shapely.Point(430123, 280177), ref="C1", street="High Street")
    public = all_assets(database, principal=PUBLIC)[0]
    assert (public["x"], public["y"]) == (430150, 280150)
    assert public["position_generalised_m"] == 100
    operator = all_assets(database, principal=OPERATOR)[0]
    assert (operator["x"], operator["y"]) == (430123, 280177)


def test_small_areas_cannot_find_a_hidden_position(database: Database) -> None:
    """A box around a camera's true place finds nothing for the public; one around its cell's
    centre does."""
    add(database, "cctv", shapely.Point(430123, 280177), ref="C1")
    true_place = Selection(area=shapely.box(430122, 280176, 430124, 280178))
    cell = Selection(area=shapely.box(430149, 280149, 430151, 280151))
    assert all_assets(database, true_place, PUBLIC) == []
    assert len(all_assets(database, cell, PUBLIC)) == 1
    assert len(all_assets(database, true_place, OPERATOR)) == 1


def test_hidden_asset_is_not_there_for_the_public(database: Database) -> None:
    """An asset's own sensitivity hides it altogether from lower roles."""
    add(database, "lamppost", shapely.Point(430100, 280100), ref="L1", sensitivity="estates")
    assert all_assets(database, principal=PUBLIC) == []
    assert all_assets(database, principal=OPERATOR) == []
    assert len(all_assets(database, principal=ADMIN)) == 1
    with pytest.raises(NotFound):
        changes_of(database, "L1", PUBLIC)


def test_filter_on_a_hidden_field_is_like_one_on_none(database: Database) -> None:
    """A field the principal may not see is refused in the words for one that is not there."""
    add(
        database, "lamppost", shapely.Point(430100, 280100), ref="L1",
        attributes={"mpan": "1200012345678"},
    )  # fmt: skip
    messages = []
    for field in ("mpan", "nosuch"):
        with pytest.raises(BadFilter) as refused:
            all_assets(database, Selection(conditions=(parse_condition(f"{field}=1"),)), PUBLIC)
        messages.append(refused.value.detail.replace(field, "…"))
    assert messages[0] == messages[1]
    assert "mpan" not in all_assets(database, principal=PUBLIC)[0]["attributes"]


def test_history_withholds_what_the_principal_may_not_see(database: Database) -> None:
    """An operator's history of a camera has its place, and no attribute for admins."""
    add(
        database, "cctv", shapely.Point(430123, 280177), ref="C1",
        attributes={"fov_deg": 90.0, "camera_type": "ptz"},
    )  # fmt: skip
    entry = changes_of(database, "C1", OPERATOR)[0]
    assert "geom" in entry.after
    assert "attributes.fov_deg" not in entry.after
    assert "attributes.fov_deg" in changes_of(database, "C1")[0].after


def test_history_withholds_the_terms_of_what_is_attached(database: Database) -> None:
    """Operators see what hangs on a lamppost, not its licence, nor that only that changed."""
    attached = {"owner": "ACME", "mass_kg": 4.5, "licence_ref": "L/7", "expires_on": "2031-02-28"}
    add(
        database, "lamppost", shapely.Point(430123, 280177), ref="L1",
        attributes={"attachments": [attached]},
    )  # fmt: skip
    edit(database, "L1", attributes={"attachments": [{**attached, "licence_ref": "L/8"}]})
    first, second = changes_of(database, "L1", OPERATOR)
    assert first.after["attributes.attachments"] == [{"owner": "ACME", "mass_kg": 4.5}]
    assert second.before == second.after == {}
    assert changes_of(database, "L1")[1].after["attributes.attachments"][0]["licence_ref"] == "L/8"


def test_public_has_no_history_of_a_camera(database: Database) -> None:
    """Nor does a camera's ref tell the public that it exists, once re-typed as before."""
    add(database, "cctv", shapely.Point(430123, 280177), ref="C1")
    edit(database, "C1", kind="lamppost")
    with pytest.raises(NotFound):
        changes_of(database, "C1", PUBLIC)


@pytest.mark.parametrize("text", ["height_m", "=3", "a b = 3", "x" * 600 + "=1", "drop table;"])
def test_nonsense_conditions_are_refused(text: str) -> None:
    """What is no condition is refused with the form a condition has."""
    with pytest.raises(BadFilter):
        parse_condition(text)


def test_what_is_hidden_now_is_hidden_in_the_past(database: Database) -> None:
    """Raising an asset's sensitivity hides it from readings of the past too."""
    add(database, "lamppost", shapely.Point(430123, 280177), ref="L1")
    then = queries.now_utc()
    time.sleep(0.01)
    edit(database, "L1", sensitivity="admin")
    assert all_assets(database, Selection(as_of=then), PUBLIC) == []
    assert len(all_assets(database, Selection(as_of=then), ADMIN)) == 1
