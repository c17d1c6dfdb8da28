"""Where positions may lie: one answer, whatever coordinates a position came in."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy import geo
from canopy.assets.mapping.area import to_storage
from canopy.errors import UnknownCrs

LONLAT, GRID, NIGER, SWISS = "EPSG:4326", "EPSG:27700", "EPSG:32631", "EPSG:2056"


def holds(storage_crs: str, x: float, y: float) -> bool:
    return bool(geo.Area.of(storage_crs).contains(np.array([x]), np.array([y]))[0])


def holds_degrees(storage_crs: str, lon: float, lat: float) -> bool:
    area = geo.Area.of(storage_crs)
    *_, inside = to_storage(np.array([lon]), np.array([lat]), LONLAT, area, geographic=True)
    return bool(inside[0])


@settings(max_examples=200, deadline=None)
@given(x=st.floats(1_000, 699_000), y=st.floats(0, 1_248_000))
def test_all_that_the_national_grid_accepts_can_be_spoken(x: float, y: float) -> None:
    """Every accepted position has a longitude and latitude, and is accepted as those."""
    lon, lat = geo.transformer(GRID, LONLAT).xy(np.array([x]), np.array([y]))
    assert holds(GRID, x, y)
    assert np.isfinite([lon[0], lat[0]]).all()
    inner = 1_000.001 <= x <= 698_999.999 and 0.001 <= y <= 1_247_999.999
    assert holds_degrees(GRID, lon[0], lat[0]) or not inner


@pytest.mark.parametrize(
    ("x", "y"), [(999.0, 5e3), (699_001.0, 5e3), (3e5, -1.0), (3e5, 1_248_001.0), (math.nan, 5e3)]
)
def test_off_the_transformations_grid_nothing_is_accepted(x: float, y: float) -> None:
    """Beyond the outermost nodes of OSTN15, where a map could not show it, and NaN."""
    assert not holds(GRID, x, y)


@pytest.mark.parametrize(
    ("lon", "lat", "accepted"),
    [
        (3.0, 10.0, True), (-9.0, 13.0, True), (15.0, 13.0, True), (15.0, 60.0, True),
        (-9.001, 13.0, False), (15.001, 13.0, False), (15.001, 60.0, False),
        (3.0, -0.001, False), (3.0, 84.001, False), (3.0, 0.0, True),
    ],
)  # fmt: skip
def test_a_utm_zone_reaches_nine_degrees_beyond_its_own(
    lon: float, lat: float, accepted: bool
) -> None:
    """Zone 31 is meant for 0 to 6 E, 0 to 84 N; the limit is a meridian, at 60 N too."""
    x, y = geo.transformer(LONLAT, NIGER).xy(np.array([lon]), np.array([lat]))
    assert holds(NIGER, x[0], y[0]) is accepted
    assert holds_degrees(NIGER, lon, lat) is accepted


@pytest.mark.parametrize("storage_crs", [NIGER, SWISS, "EPSG:29902", "EPSG:32660"])
@settings(max_examples=100, deadline=None)
@given(across=st.floats(-0.2, 1.2), up=st.floats(-0.2, 1.2))
def test_degrees_and_metres_are_judged_alike(storage_crs: str, across: float, up: float) -> None:
    """Inside, outside and near the edges; on an edge itself to a tenth of a millimetre."""
    west, south, east, north = geo.Area.of(storage_crs).degrees
    lon = (west + across * (east - west) + 180) % 360 - 180
    lat = min(max(south + up * (north - south), -89.0), 89.0)
    on_an_edge = min(abs(across), abs(across - 1), abs(lat - south), abs(lat - north)) < 1e-9
    x, y = geo.transformer(LONLAT, storage_crs).xy(np.array([lon]), np.array([lat]))
    expected = 0 <= across <= 1 and south <= lat <= north
    for accepted in (holds_degrees(storage_crs, lon, lat), holds(storage_crs, x[0], y[0])):
        assert accepted is expected or on_an_edge


def test_the_far_side_of_the_globe_is_not_folded_onto_the_near() -> None:
    """The Swiss projection carries the antipodes of Bern to Bern: as degrees they are refused."""
    x, y = geo.transformer(LONLAT, SWISS).xy(np.array([7.44 - 180]), np.array([-46.95]))
    assert holds(SWISS, x[0], y[0])
    assert not holds_degrees(SWISS, 7.44 - 180, -46.95)
    assert holds_degrees(SWISS, 7.44, 46.95)


def test_a_way_round_the_earth_is_not_a_place() -> None:
    """40,000 km north of Niamey the zone's formulas give Niamey again."""
    assert holds(NIGER, 405_000, 1_495_000)
    assert not holds(NIGER, 405_000, 1_495_000 + 39_991_860)


@pytest.mark.parametrize(
    ("storage_crs", "lon", "lat", "accepted"),
    [
        ("EPSG:32660", 179.0, -0.5, False),
        ("EPSG:32660", 179.0, 10.0, True),
        ("EPSG:32660", -175.0, 10.0, True),
        ("EPSG:32660", -170.0, 10.0, False),
        ("EPSG:32601", 175.0, 10.0, True),
        ("EPSG:32601", 170.0, 10.0, False),
        ("EPSG:2193", -176.56, -43.95, True),  # Waitangi, Chatham Islands
    ],
)
def test_areas_go_on_over_the_antimeridian(
    storage_crs: str, lon: float, lat: float, accepted: bool
) -> None:
    """The last and the first UTM zone, and New Zealand with its islands to the east."""
    assert holds_degrees(storage_crs, lon, lat) is accepted


@pytest.mark.parametrize(
    ("storage_crs", "told"),
    [
        (NIGER, "EPSG:32631 covers -9 to 15 E, 0 to 84 N"),
        ("EPSG:32660", "EPSG:32660 covers 165 to -171 E, 0 to 84 N"),
        (GRID, "EPSG:27700 covers -9.369 to 3.483 E, 49.77 to 61.11 N"),
    ],
)
def test_an_area_says_how_far_it_reaches(storage_crs: str, told: str) -> None:
    """In degrees, for the message that refuses a position."""
    assert geo.Area.of(storage_crs).describe() == told


def test_one_crs_has_one_area() -> None:
    """However it is written; one that PROJ does not know has none."""
    assert geo.Area.of("urn:ogc:def:crs:EPSG::27700") == geo.Area.of("27700")
    with pytest.raises(UnknownCrs):
        geo.Area.of("EPSG:999999")


def test_beyond_its_zone_a_position_is_stretched() -> None:
    """Zone 31 is 0 to 6 E: at the equator 166,021 to 833,979 m. The National Grid never is."""
    x, y = np.array([166_020.0, 166_023.0, 833_977.0, 833_980.0]), np.zeros(4)
    assert geo.Area.of(NIGER).is_stretched(x, y).tolist() == [True, False, False, True]
    assert not geo.Area.of(GRID).is_stretched(np.array([1_001.0]), np.array([1.0])).any()


@pytest.mark.parametrize(
    ("wkt", "held"),
    [
        ("POINT (530000 180000)", True),
        ("LINESTRING (530000 180000, 530010 180000)", True),
        ("LINESTRING (530000 180000, 800000 180000)", False),
        ("MULTIPOINT (530000 180000, 530010 NaN)", False),
        ("POLYGON ((530000 180000, 530010 180000, 530010 -5, 530000 180000))", False),
    ],
)
def test_a_geometry_lies_in_the_area_with_all_its_vertices(wkt: str, held: bool) -> None:
    """One vertex outside, or without a number, is enough to refuse it."""
    assert geo.Area.of(GRID).holds(shapely.from_wkt(wkt)) is held
