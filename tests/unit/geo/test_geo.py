"""Coordinates: OSTN15 to the millimetre, round trips, transformations that say what they are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pytest
import shapely
from convertbng import cutil
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from canopy import geo
from canopy.errors import UnknownCrs

LONLAT, GRID = "EPSG:4326", "EPSG:27700"
Floats = NDArray[np.float64]

# Ordnance Survey, "OSTN15_OSGM15 test file" (OSTN15_TestInput_ETRStoOSGB and
# OSTN15_TestOutput_ETRStoOSGB), in the Developer Pack of 2016: ETRS89 latitude and
# longitude [degrees], OSGB36 easting and northing [m, published to the millimetre].
OS_TEST_POINTS = {
    "TP01": (49.92226393730, -6.29977752014, 91492.146, 11318.804),
    "TP02": (49.96006137820, -5.20304609998, 170370.718, 11572.405),
    "TP03": (50.43885825610, -4.10864563561, 250359.811, 62016.569),
    "TP04": (50.57563665000, -1.29782277240, 449816.371, 75335.861),
    "TP05": (50.93127937910, -1.45051433700, 438710.920, 114792.250),
    "TP06": (51.40078220140, -3.55128349240, 292184.870, 168003.465),
    "TP07": (51.37447025550, 1.44454730409, 639821.835, 169565.858),
    "TP39": (60.13308091660, -2.07382822798, 395999.668, 1138728.951),
}
# Ordnance Survey, "A guide to coordinate systems in Great Britain", worked example of the
# projection (annexe C): OSGB36 latitude 52° 39' 27.2531" N, longitude 1° 43' 4.5177" E.
OSGB36_LONLAT = (1 + 43 / 60 + 4.5177 / 3600, 52 + 39 / 60 + 27.2531 / 3600)
OSGB36_GRID = (651409.903, 313177.270)
LAT, LON, EASTING, NORTHING = np.array(list(OS_TEST_POINTS.values())).T

MILLIMETRE = 0.001 + 1e-6
"""The published values are rounded to the millimetre, ours are not."""

METRES_PER_DEGREE = 111_300.0


def _metres_apart(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """On a sphere: good for telling millimetres apart."""
    east = (lon - other_lon) * np.cos(np.radians(lat))
    return METRES_PER_DEGREE * np.hypot(east, lat - other_lat)


def test_ordnance_surveys_points_come_out_to_the_millimetre() -> None:
    """From longitude and latitude to the National Grid, from Scilly to Shetland."""
    easting, northing = geo.transformer(LONLAT, GRID).xy(LON, LAT)
    assert np.abs(easting - EASTING).max() <= MILLIMETRE
    assert np.abs(northing - NORTHING).max() <= MILLIMETRE


def test_ordnance_surveys_points_go_back_to_the_millimetre() -> None:
    """And from the National Grid to longitude and latitude."""
    lon, lat = geo.transformer(GRID, LONLAT).xy(EASTING, NORTHING)
    assert _metres_apart(lon, lat, LON, LAT).max() <= MILLIMETRE


@settings(max_examples=200, deadline=None)
@given(easting=st.floats(80_000, 655_000), northing=st.floats(8_000, 1_215_000))
def test_a_position_survives_the_way_to_degrees_and_back(easting: float, northing: float) -> None:
    """Within a micrometre, everywhere in Great Britain and off its coasts."""
    x, y = np.array([easting]), np.array([northing])
    lon, lat = geo.transformer(GRID, LONLAT).xy(x, y)
    back_x, back_y = geo.transformer(LONLAT, GRID).xy(lon, lat)
    assert abs(back_x[0] - easting) <= 1e-6
    assert abs(back_y[0] - northing) <= 1e-6


@settings(max_examples=100, deadline=None)
@given(lon=st.floats(-6.0, 1.7), lat=st.floats(50.0, 60.8))
def test_the_grid_is_convertbngs_without_its_rounding(lon: float, lat: float) -> None:
    """Its results are rounded to the millimetre; ours differ by no more than that rounding.

    West of 6 W the series of Ordnance Survey's guide, which convertbng computes, leaves the
    exact projection by up to a millimetre more; see the published point in Scilly above.
    """
    easting, northing = geo.transformer(LONLAT, GRID).xy(np.array([lon]), np.array([lat]))
    rounded = cutil.convert_to_osgb36([lon], [lat])
    assert abs(easting[0] - rounded[0][0]) <= 0.00065
    assert abs(northing[0] - rounded[1][0]) <= 0.00065


def test_many_points_are_what_single_ones_are() -> None:
    """More than are done in one go: no seam between the chunks, and the order kept."""
    rng = np.random.default_rng(5)
    x, y = rng.uniform(400_000, 600_000, 120_001), rng.uniform(100_000, 400_000, 120_001)
    lon, lat = geo.transformer(GRID, LONLAT).xy(x, y)
    some = [0, 49_999, 50_000, 100_000, 120_000]
    alone = geo.transformer(GRID, LONLAT).xy(x[some], y[some])
    assert np.array_equal(lon[some], alone[0])
    assert np.array_equal(lat[some], alone[1])


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(2.35, 48.85), (-0.1, 91.0), (174.8, -41.3), (math.nan, 51.0), (math.inf, 51.0), (-20, 55)],
    ids=["Paris", "off the planet", "Wellington", "NaN", "infinite", "Atlantic"],
)
def test_outside_the_grid_there_is_no_position(lon: float, lat: float) -> None:
    """NaN, not an extrapolation; its neighbours in the same array are transformed."""
    x, y = geo.transformer(LONLAT, GRID).xy(np.array([lon, -0.1]), np.array([lat, 51.5]))
    assert np.isnan([x[0], y[0]]).all()
    assert np.isfinite([x[1], y[1]]).all()


@pytest.mark.parametrize(
    ("x", "y"),
    [(-1.0, 5.0), (700_001.0, 5.0), (5.0, 1_300_001.0), (math.nan, 5.0), (1e12, 1e12)],
)
def test_outside_the_grid_there_are_no_degrees(x: float, y: float) -> None:
    """NaN in both directions."""
    lon, lat = geo.transformer(GRID, LONLAT).xy(np.array([x]), np.array([y]))
    assert np.isnan([lon[0], lat[0]]).all()


def test_nothing_is_transformed_to_nothing() -> None:
    """Empty arrays in, empty arrays out."""
    x, y = geo.transformer(LONLAT, GRID).xy(np.array([]), np.array([]))
    assert (len(x), len(y)) == (0, 0)


def test_geometries_are_moved_vertex_by_vertex() -> None:
    """A line's ends go where the points go; None stays None, empties stay empty."""
    line = shapely.LineString(np.column_stack([LON[4:6], LAT[4:6]]))
    moved = geo.transformer(LONLAT, GRID).geometries(
        np.array([line, None, shapely.Polygon()], dtype=object)
    )
    expected = np.column_stack([EASTING[4:6], NORTHING[4:6]])
    assert np.abs(shapely.get_coordinates(moved[0]) - expected).max() <= MILLIMETRE
    assert moved[1] is None
    assert moved[2].is_empty


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT (2.35 48.85)",
        "LINESTRING (-0.1 51.5, 2.35 48.85)",
        "POLYGON ((2.35 48.85, -0.1 51.5, -0.2 51.5, 2.35 48.85))",
        "POLYGON ((-0.1 51.5, 2.35 48.85, -0.2 51.5, -0.1 51.5))",
    ],
)
def test_a_geometry_that_leaves_the_grid_shows_it(wkt: str) -> None:
    """Its vertices in Paris are infinite, wherever in a ring they are, and the others right."""
    shape = shapely.from_wkt(wkt)
    moved = geo.transformer(LONLAT, GRID).geometries(np.array([shape], dtype=object))[0]
    in_paris = shapely.get_coordinates(shape)[:, 0] > 2
    finite = np.isfinite(shapely.get_coordinates(moved)).all(axis=1)
    assert moved.geom_type == shape.geom_type
    assert finite.tolist() == (~in_paris).tolist()


def test_ostn15_is_named_with_its_accuracy() -> None:
    """Both directions, and beyond to web mercator."""
    for source, target in ((LONLAT, GRID), (GRID, LONLAT), (GRID, "EPSG:3857")):
        how = geo.transformer(source, target).transformation
        assert (how.source, how.target) == (source, target)
        assert (how.method, how.accuracy_m) == ("OSTN15", 0.1)


def test_the_same_crs_moves_nothing() -> None:
    """However it is written."""
    same = geo.transformer("EPSG:27700", "27700")
    assert (same.transformation.method, same.transformation.accuracy_m) == ("none", 0.0)
    x, y = same.xy(EASTING, NORTHING)
    assert np.array_equal(x, EASTING)
    assert np.array_equal(y, NORTHING)


def test_a_projection_of_the_same_datum_is_exact() -> None:
    """UTM 31N and web mercator from degrees: no datum shift, and none is claimed.

    The central meridian of zone 31 is 3 E, with a false easting of 500 km; a degree of
    web mercator at the equator is 111,319.49 m.
    """
    utm = geo.transformer(LONLAT, "EPSG:32631")
    assert (utm.transformation.method, utm.transformation.accuracy_m) == ("projection", 0.0)
    x, y = utm.xy(np.array([3.0]), np.array([0.0]))
    assert (x[0], y[0]) == (pytest.approx(500_000, abs=1e-6), pytest.approx(0, abs=1e-6))
    mercator = geo.transformer(LONLAT, "EPSG:3857")
    assert mercator.transformation.method == "projection"
    x, y = mercator.xy(np.array([1.0]), np.array([0.0]))
    assert (x[0], y[0]) == (pytest.approx(111_319.490793, abs=1e-5), pytest.approx(0, abs=1e-5))


def test_a_helmert_transformation_says_so() -> None:
    """Irish Grid: one metre, by name, in the sentence of the report too."""
    how = geo.transformer("EPSG:29902", LONLAT).transformation
    assert (how.method, how.accuracy_m) == ("Helmert", 1.0)
    assert how.sentence() == "EPSG:29902 to EPSG:4326 by Helmert, accurate to 1 m"


@pytest.mark.parametrize(("source", "target"), [("EPSG:29902", GRID), (GRID, "EPSG:29902")])
def test_a_helmert_leg_beyond_ostn15_is_not_hidden(source: str, target: str) -> None:
    """Between Irish Grid and the National Grid both legs are named, and the accuracy is that
    of the worse: Helmert's metre, not OSTN15's decimetre."""
    how = geo.transformer(source, target).transformation
    assert (how.method, how.accuracy_m) == ("OSTN15 and Helmert", 1.0)
    assert how.sentence() == f"{source} to {target} by OSTN15 and Helmert, accurate to 1 m"


def test_both_legs_are_gone() -> None:
    """Belfast from Irish Grid: what the two legs give one after the other."""
    x, y = np.array([333_800.0]), np.array([374_000.0])
    expected = geo.transformer(LONLAT, GRID).xy(*geo.transformer("EPSG:29902", LONLAT).xy(x, y))
    found = geo.transformer("EPSG:29902", GRID).xy(x, y)
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:25830", "EPSG:3035", "EPSG:2157", "EPSG:4258"])
def test_projections_of_etrs89_are_as_good_as_ostn15(crs: str) -> None:
    """UTM 30N on ETRS89, the European grid, Irish Transverse Mercator: OSTN15 gives ETRS89
    itself, so that nothing is taken for something else and no metre is lost."""
    for source, target in ((crs, GRID), (GRID, crs)):
        how = geo.transformer(source, target).transformation
        assert (how.method, how.accuracy_m, how.note) == ("OSTN15", 0.1, "")


def test_an_accuracy_that_nobody_states_stays_unknown() -> None:
    """A file's own seven parameters come without one: OSTN15's is not claimed for both legs."""
    own = "+proj=longlat +ellps=intl +towgs84=-87,-98,-121,0,0,0,0 +type=crs"
    how = geo.transformer(own, GRID).transformation
    assert (how.method, how.accuracy_m) == ("OSTN15 and Helmert", None)


ESRI_OSGB36 = (
    'GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,299.3249646]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


@pytest.mark.parametrize("osgb36", ["EPSG:4277", ESRI_OSGB36, "+proj=longlat +datum=OSGB36"])
def test_osgb36_degrees_and_the_national_grid_are_one_datum(osgb36: str) -> None:
    """Ordnance Survey's worked example to the millimetre, there and back: an exact
    projection. By way of WGS 84 it would be two metres off."""
    there, back = geo.transformer(osgb36, GRID), geo.transformer(GRID, osgb36)
    for how in (there.transformation, back.transformation):
        assert (how.method, how.accuracy_m, how.note) == ("projection", 0.0, "")
    lon, lat = np.array([OSGB36_LONLAT[0]]), np.array([OSGB36_LONLAT[1]])
    easting, northing = there.xy(lon, lat)
    assert (easting[0], northing[0]) == pytest.approx(OSGB36_GRID, abs=MILLIMETRE)
    back_lon, back_lat = back.xy(easting, northing)
    assert _metres_apart(back_lon, back_lat, lon, lat)[0] <= 1e-6


def test_the_true_origin_of_the_national_grid() -> None:
    """2 W, 49 N on OSGB36 is 400 km east and 100 km south of the false origin, by definition."""
    x, y = geo.transformer("EPSG:4277", GRID).xy(np.array([-2.0]), np.array([49.0]))
    assert (x[0], y[0]) == pytest.approx((400_000.0, -100_000.0), abs=1e-6)


def test_a_national_grid_with_heights_is_the_national_grid() -> None:
    """EPSG:7405 adds a height only: not a millimetre is lost."""
    with_height = geo.transformer("EPSG:7405", GRID)
    assert (with_height.transformation.method, with_height.transformation.accuracy_m) == (
        "projection",
        0.0,
    )
    x, y = with_height.xy(EASTING, NORTHING)
    assert np.abs(np.array([x - EASTING, y - NORTHING])).max() <= 1e-6


def test_a_missing_grid_is_said() -> None:
    """Where PROJ knows a better transformation than it can do here, the report tells."""
    how = geo.transformer("EPSG:4277", "EPSG:32631").transformation
    assert how.method == "Helmert"
    assert how.note == "a more accurate grid exists but is not installed"


def test_a_ballpark_transformation_is_refused() -> None:
    """A local datum without any known shift would be off by a hundred metres."""
    local = (
        'GEOGCS["Parish survey",DATUM["Parish",SPHEROID["Airy 1830",6377563.396,299.3249646]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    with pytest.raises(UnknownCrs, match="No transformation from Parish survey"):
        geo.transformer(local, "EPSG:32631")


@pytest.mark.parametrize("name", ["EPSG:999999", "the usual one", "", "4326.5"])
def test_a_crs_that_proj_does_not_know_is_refused(name: str) -> None:
    """With the form it should be written in."""
    with pytest.raises(UnknownCrs, match="EPSG:n"):
        geo.transformer(name, GRID)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("27700", "EPSG:27700"),
        ("epsg:27700", "EPSG:27700"),
        ("urn:ogc:def:crs:EPSG::27700", "EPSG:27700"),
        ("OGC:CRS84", "OGC:CRS84"),
        ("http://www.opengis.net/def/crs/EPSG/0/32631", "EPSG:32631"),
    ],
)
def test_one_crs_has_one_name(written: str, name: str) -> None:
    """Whatever form a file uses."""
    assert geo.crs_name(written) == name


def test_axis_order_is_always_x_first() -> None:
    """EPSG:4326 declares latitude first and OGC:CRS84 longitude: both take x as longitude."""
    first = geo.transformer("EPSG:4326", GRID).xy(LON, LAT)
    second = geo.transformer("OGC:CRS84", GRID).xy(LON, LAT)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_a_projected_crs_in_metres_may_hold_the_catalogue() -> None:
    """The National Grid, Irish Grid and a UTM zone."""
    for crs in (GRID, "EPSG:29902", "EPSG:32631"):
        geo.require_projected_metres(crs)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", "ESRI:54009", "EPSG:4979"])
def test_degrees_feet_and_unnumbered_systems_may_not(crs: str) -> None:
    """Distances would not be metres, or the databases could not name the system."""
    with pytest.raises(UnknownCrs):
        geo.require_projected_metres(crs)


@pytest.mark.real_data
def test_camdens_two_coordinate_pairs_agree(real_data: Path) -> None:
    """Easting and northing against longitude and latitude: 0.13 m; by Helmert it is 1.8 m."""
    table = pa_csv.read_csv(real_data / "data" / "assets" / "camden_street_lighting_2018.csv")
    names = ("Longitude", "Latitude", "Easting", "Northing")
    lon, lat, easting, northing = (
        table[name].to_numpy(zero_copy_only=False).astype(float) for name in names
    )
    known = np.isfinite(lon) & np.isfinite(lat) & (easting > 1) & (northing > 1)
    x, y = geo.transformer(LONLAT, GRID).xy(lon[known], lat[known])
    apart = np.hypot(x - easting[known], y - northing[known])
    assert known.sum() > 9_000
    assert apart.max() <= 0.13
