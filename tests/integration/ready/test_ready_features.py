"""Ready features say what the assets say, or are not used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import shapely
from databases import PostgisDatabases
from fastapi.testclient import TestClient
from ogc_catalogue import E0, N0, add, fill_mixed, lamppost, point, record, withdraw
from sqlalchemy import text

from canopy import geo
from canopy.access.rules import Principal, Role
from canopy.api.app import create_app
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import BoxArea, Page, PageReader, PageRequest, geojson
from canopy.assets.ready import keeping, queries
from canopy.assets.ready.audiences import Audience, recipe
from canopy.assets.ready.keeping import catch_up, refresh
from canopy.assets.ready.pages import ReadyPage, ReadyPages
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.db.prompt import PromptReader
from canopy.errors import StorageUnavailable
from canopy.geo import MAX_LATITUDE, WORLD_BITS, world_units
from canopy.settings import load_settings

pytestmark = pytest.mark.postgis
POLICY = SensitivityPolicy()
ALL = tuple(KINDS)


@pytest.fixture
def database(postgis_databases: PostgisDatabases) -> Iterator[Database]:
    """The mixed catalogue on PostGIS, its features not made ready yet."""
    made = postgis_databases.new()
    fill_mixed(made)
    yield made
    postgis_databases.drop(made)


def asked(
    role: Role, limit: int = 1_000, kinds: tuple[Kind, ...] = ALL, **more: Any
) -> PageRequest:
    return PageRequest(kinds, Principal(role, "test"), limit, "OGC:CRS84", **more)


def ready(
    database: Database, request: PageRequest, policy: SensitivityPolicy = POLICY
) -> ReadyPage | None:
    async def answer() -> ReadyPage | None:
        reader = PromptReader(database, 2, 10.0)
        try:
            return await ReadyPages(reader, database.storage_crs, policy).page(request)
        finally:
            reader.close()

    with ThreadPoolExecutor(1) as thread:  # a browser test leaves a loop running in this one
        return thread.submit(asyncio.run, answer()).result()


def made(database: Database, request: PageRequest) -> Page:
    reader = DirectReader(database, 2, 10.0)
    try:
        return PageReader(reader, database, POLICY, 10.0).page(request)
    finally:
        reader.close()


def as_json(page: Page) -> list[Any]:
    return [orjson.loads(orjson.dumps(each)) for each in geojson.features(page)]


def parsed(page: ReadyPage | None) -> list[Any]:
    assert page is not None
    return [orjson.loads(each) for each in page.features]


def box(west_m: float, south_m: float, east_m: float, north_m: float) -> BoxArea:
    """A box in longitude and latitude around two corners given in metres from the corner."""
    lon, lat = geo.transformer("EPSG:27700", "OGC:CRS84").xy(
        [E0 + west_m, E0 + east_m], [N0 + south_m, N0 + north_m]
    )
    return BoxArea(((lon[0], lat[0], lon[1], lat[1]),), "OGC:CRS84", "EPSG:27700")


AREAS = (
    None,
    box(-10, -10, 320, 100),
    box(300, 290, 420, 460),
    box(690, -5, 830, 20),
    box(-900, -900, -800, -800),
    box(-9_000, -9_000, 9_000, 9_000),
)


@pytest.mark.parametrize("role", [Role.public, Role.gateway, Role.operator])
@pytest.mark.parametrize("kinds", [ALL, (Kind.lamppost,), (Kind.cctv,), (Kind.duct,)])
@pytest.mark.parametrize("many", [3_000, 12])
def test_a_ready_page_is_the_page_made_from_the_assets(
    database: Database,
    role: Role,
    kinds: tuple[Kind, ...],
    many: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Features, their order and where the next page begins, with and without a box.

    Whichever way those in a box are found: all at once, in order from the few that are there,
    or by looking at every position in order.
    """
    monkeypatch.setattr(queries, "MANY_IN_BOX", many)
    catch_up(database, POLICY)
    for area in AREAS:
        for limit in (1_000, 7):
            request = asked(role, limit, kinds, area=area)
            while True:
                found, expected = ready(database, request), made(database, request)
                assert parsed(found) == as_json(expected)
                assert found is not None
                assert found.next == expected.next
                if expected.next is None:
                    break
                request = asked(role, limit, kinds, area=area, after=expected.next)


@pytest.mark.parametrize("role", [Role.planner, Role.estates, Role.admin])
def test_staff_are_answered_from_the_assets(database: Database, role: Role) -> None:
    """No text is kept of what staff see."""
    catch_up(database, POLICY)
    assert ready(database, asked(role)) is None


def test_nothing_is_used_before_all_is_ready(database: Database) -> None:
    """A new catalogue, and one in which something was written since, answer from the assets."""
    assert ready(database, asked(Role.public)) is None
    catch_up(database, POLICY)
    assert ready(database, asked(Role.public)) is not None
    add(database, [lamppost(50, ref="LC-new")], first=900)
    assert ready(database, asked(Role.public)) is None
    assert catch_up(database, POLICY) == 1
    refs = [each["properties"].get("ref") for each in parsed(ready(database, asked(Role.public)))]
    assert "LC-new" in refs


def test_what_another_program_writes_is_noted(database: Database) -> None:
    """UPDATE and DELETE by hand, as QGIS makes them, are seen after the next catching up."""
    catch_up(database, POLICY)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE asset SET name = 'By hand' WHERE ref = 'LC-001'"))
        connection.execute(text("DELETE FROM asset WHERE ref = 'LC-002'"))
    assert ready(database, asked(Role.public)) is None
    catch_up(database, POLICY)
    found = {
        each["properties"].get("ref"): each for each in parsed(ready(database, asked(Role.public)))
    }
    assert found["LC-001"]["properties"]["name"] == "By hand"
    assert "LC-002" not in found


def test_an_asset_that_is_withdrawn_is_gone(database: Database) -> None:
    """And a page that begins after it is left to the assets, which know where it stood."""
    catch_up(database, POLICY)
    first = made(database, asked(Role.public, 5))
    last = first.properties[-1]["ref"]
    withdraw(database, last)
    catch_up(database, POLICY)
    refs = [each["properties"].get("ref") for each in parsed(ready(database, asked(Role.public)))]
    assert last not in refs
    assert first.next is not None
    assert ready(database, asked(Role.public, 5, after=first.next)) is None


def test_an_edit_that_refreshes_leaves_nothing_pending(database: Database) -> None:
    """The features are made in the transaction that changes the asset."""
    catch_up(database, POLICY)
    with database.writing() as session:
        fid = session.scalar(
            text("UPDATE asset SET name = 'Moved' WHERE ref = 'LC-003' RETURNING fid")
        )
        assert fid is not None
        refresh(session, database, POLICY, [fid])
    found = {
        each["properties"].get("ref"): each for each in parsed(ready(database, asked(Role.public)))
    }
    assert found["LC-003"]["properties"]["name"] == "Moved"


class Stricter(SensitivityPolicy):
    """A later release that no longer tells the public about streets."""

    def visible_columns(self, kind: Kind, principal: Principal) -> frozenset[str]:
        return super().visible_columns(kind, principal) - {"street"}


def test_features_made_by_another_policy_are_not_used(database: Database) -> None:
    """They are made anew by the present one."""
    catch_up(database, POLICY)
    stricter = Stricter()
    assert ready(database, asked(Role.public), stricter) is None
    catch_up(database, stricter)
    found = parsed(ready(database, asked(Role.public), stricter))
    assert found
    assert not any("street" in each["properties"] for each in found)
    assert ready(database, asked(Role.public)) is None


def test_recipes_differ_by_audience_and_crs() -> None:
    """So does what is made by them."""
    made_by = {
        recipe(each, crs, POLICY) for each in Audience for crs in ("EPSG:27700", "EPSG:32631")
    }
    assert len(made_by) == 6


def test_a_box_ends_where_it_says(database: Database) -> None:
    """To the last bit of a double: the index itself is thirty times a finger's width off."""
    add(database, [record("mast", point(5_000, 5_000), ref="edge")], first=950)
    catch_up(database, POLICY)
    (x, y) = next(
        each["geometry"]["coordinates"]
        for each in parsed(ready(database, asked(Role.public, kinds=(Kind.mast,))))
        if each["properties"]["ref"] == "edge"
    )
    for west, count in ((x, 1), (x + 1e-9, 0), (x - 1e-9, 1)):
        area = BoxArea(((west, y - 0.01, x + 0.01, y + 0.01),), "OGC:CRS84", "EPSG:27700")
        assert (
            len(parsed(ready(database, asked(Role.public, kinds=(Kind.mast,), area=area)))) == count
        )


def test_a_line_whose_box_alone_touches_is_left_out(database: Database) -> None:
    """An operator's box in the corner of a bent duct's envelope holds no duct."""
    bent = shapely.LineString([(E0, N0 + 9_000), (E0, N0 + 9_500), (E0 + 500, N0 + 9_500)])
    add(database, [record("duct", bent, ref="bent")], first=960)
    catch_up(database, POLICY)
    for area, count in ((box(300, 9_050, 400, 9_150), 0), (box(-5, 9_050, 5, 9_150), 1)):
        request = asked(Role.operator, kinds=(Kind.duct,), area=area)
        assert len(parsed(ready(database, request))) == count
        assert len(made(database, request)) == count


def test_only_one_process_catches_up(database: Database) -> None:
    """The other leaves it alone, and says that it did nothing."""
    with database.connected() as other:
        assert queries.take_lead(other)
        assert catch_up(database, POLICY) == 0
        queries.give_lead(other)
    assert catch_up(database, POLICY) > 0


def test_a_change_made_meanwhile_is_not_overwritten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catching up fails on it, and what was changed last is ready after the next time."""
    catch_up(database, POLICY)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE asset SET name = 'first' WHERE ref = 'LC-004'"))
    replace = queries.replace

    def late(session: Any, fids: Any, rows: Any) -> None:
        kept = list(rows)
        monkeypatch.setattr(queries, "replace", replace)
        with database.writing() as editing:
            fid = editing.scalar(
                text("UPDATE asset SET name = 'second' WHERE ref = 'LC-004' RETURNING fid")
            )
            assert fid is not None
            editing.execute(text("UPDATE ready_state SET version = version + 1"))
            queries.replace(editing, [fid], [])
        replace(session, fids, kept)

    monkeypatch.setattr(queries, "replace", late)
    with pytest.raises(StorageUnavailable):
        catch_up(database, POLICY)
    catch_up(database, POLICY)
    found = {
        each["properties"].get("ref"): each for each in parsed(ready(database, asked(Role.public)))
    }
    assert found["LC-004"]["properties"]["name"] == "second"


def test_the_service_makes_ready_what_it_finds_and_answers_from_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without reading the assets: their reader is broken here."""
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.05)
    url = database.engine.url.render_as_string(hide_password=False)
    with TestClient(create_app(load_settings(db_url=url, log_level="error"))) as client:
        expected = client.get("/collections/lamppost/items?limit=50").json()["features"]
        for _ in range(400):
            with database.connected() as connection:
                if not queries.has_pending(connection):
                    break
            time.sleep(0.05)

        def broken(*_: object) -> Page:
            raise AssertionError("the assets were read")

        monkeypatch.setattr(PageReader, "page", broken)
        answer = client.get("/collections/lamppost/items?limit=50")
        assert answer.json()["features"] == expected
        assert answer.json()["numberReturned"] == len(expected) > 20


def test_world_units_are_web_mercator() -> None:
    """Against the corners of the grid, and a tile of Greenwich: z10 511|512, 340."""
    x, y = world_units(*(shapely.get_coordinates(shapely.MultiPoint([
        (-180.0, MAX_LATITUDE), (0.0, 0.0), (-1e-9, 51.4779), (1e-9, 51.4779), (180.0, -90.0),
    ])).T))  # fmt: skip
    last = 2**WORLD_BITS - 1
    assert (x[0], y[0]) == (0, 0)
    assert (x[1], y[1]) == (2**30, 2**30)
    assert [int(each) >> (WORLD_BITS - 10) for each in x[2:4]] == [511, 512]
    assert int(y[2]) >> (WORLD_BITS - 10) == 340
    assert (x[4], y[4]) == (last, last)


def test_counts_are_those_of_the_features(database: Database) -> None:
    """After moving, withdrawing and adding assets, by chunks and by edits, cell by cell."""
    catch_up(database, POLICY)
    withdraw(database, "LC-001", "CAM-1")
    add(database, [lamppost(70, ref="LC-70"), record("cctv", point(50, 50), ref="CAM-9")], first=80)
    catch_up(database, POLICY)
    with database.writing() as session:
        fid = session.scalar(
            text(
                """UPDATE asset SET geom = ST_Translate(geom, 3000, 0) WHERE ref = 'LC-005'
                   RETURNING fid"""
            )
        )
        assert fid is not None
        refresh(session, database, POLICY, [fid])
    with database.reading() as session:
        kept = session.execute(
            text(
                """SELECT audience, cell_x, cell_y, kind, level, assets, sum_x, sum_y
                   FROM ready_cell WHERE assets <> 0 ORDER BY 1, 2, 3, 4, 5"""
            )
        ).all()
        counted = session.execute(
            text(
                """SELECT audience, world_x >> 15, world_y >> 15, kind, coalesce(level, ''),
                          count(*), sum(world_x), sum(world_y)
                   FROM ready_feature GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"""
            )
        ).all()
    assert len(kept) > 10
    assert [tuple(row) for row in kept] == [tuple(row) for row in counted]
