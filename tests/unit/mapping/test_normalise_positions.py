"""Positions from columns: checked row by row, in the storage CRS."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from mapping_tables import BNG, LAMPPOSTS, codes, lonlat, normalise, street, table

from canopy.assets.mapping import Normaliser, loads
from canopy.errors import BadMapping, UnknownCrs

ROWS = 30
BAD = ROWS + 2
"""The row number of the row that follows the good ones."""
POINTS = LAMPPOSTS.format(columns="")
LONLAT = 'kind = "lamppost"\n[geometry]\nx = "lon"\ny = "lat"\ncrs = "EPSG:4326"\n'
CHECKED = POINTS + '[[geometry.check]]\nx = "lon"\ny = "lat"\n'


def with_row(easting: object, northing: object) -> dict[str, list[object]]:
    """Good eastings and northings, and one more row."""
    east, north = street(ROWS)
    return {
        "Easting": [*east, easting], "Northing": [*north, northing], "Note": ["x"] * (ROWS + 1),
    }  # fmt: skip


def with_pair(
    easting: object, northing: object, lon: object, lat: object
) -> dict[str, list[object]]:
    """Good rows with both pairs, and one more."""
    east, north = street(ROWS)
    lons, lats = lonlat(ROWS)
    return {
        "Easting": [*east, easting], "Northing": [*north, northing],
        "lon": [*lons.tolist(), lon], "lat": [*lats.tolist(), lat],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("easting", "northing", "code"),
    [
        (None, "183000", "missing-coordinates"),
        ("", "", "missing-coordinates"),
        ("n/a", "183000", "missing-coordinates"),
        ("0", "0", "zero-coordinates"),
        ("524803", "0", "zero-coordinates"),
        ("Mill Lane", "183000", "unreadable-coordinates"),
        ("183500", "524803", "swapped-coordinates"),
        ("52480300000", "18511000000", "off-planet"),
        ("5248030", "185110", "out-of-area"),
        ("-524803", "185110", "out-of-area"),
    ],
)
def test_a_position_that_cannot_be_right_rejects_its_row(
    easting: object, northing: object, code: str
) -> None:
    """Each sort of wrong position has its code; the other rows are not touched."""
    result = normalise(table(with_row(easting, northing)), POINTS)
    assert result.rejected == {BAD: code}
    assert result.count == ROWS
    assert result.rejects[0].column in ("Easting", "Northing")


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("0", "0", "zero-coordinates"),
        ("51.55", "-0.2", "swapped-coordinates"),
        ("-0.2", "151.55", "off-planet"),
        ("2.1", "13.5", "out-of-area"),
        ("4.9", "52.37", "out-of-area"),
    ],
)
def test_longitudes_and_latitudes_are_checked_alike(lon: str, lat: str, code: str) -> None:
    """Zero, exchanged, impossible and foreign degrees."""
    lons, lats = lonlat(ROWS)
    source = table({"lon": [*lons.tolist(), lon], "lat": [*lats.tolist(), lat]})
    assert normalise(source, LONLAT).rejected == {BAD: code}


def test_greenwich_is_a_place() -> None:
    """A longitude of exactly zero is no missing longitude."""
    lons, lats = lonlat(ROWS)
    source = table({"lon": [*lons.tolist(), 0.0], "lat": [*lats.tolist(), 51.4779]})
    assert normalise(source, LONLAT).count == ROWS + 1


def test_positions_in_the_storage_crs_keep_every_digit() -> None:
    """Nothing is rounded on the way."""
    source = table({"Easting": ["524803.123456789"], "Northing": ["185110.987654321"]})
    point = normalise(source, POINTS).geometries[0]
    assert (point.x, point.y) == (524803.123456789, 185110.987654321)


def test_longitudes_are_carried_over_by_ostn15() -> None:
    """Ordnance Survey's published point TP01 (St Mary's) comes out within a centimetre, and
    provenance names the method."""
    result = normalise(table({"lon": ["-6.29977752014"], "lat": ["49.92226393730"]}), LONLAT)
    point = result.geometries[0]
    assert np.hypot(point.x - 91492.146, point.y - 11318.804) < 0.01
    assert result.normaliser.transformation.method == "OSTN15"


def test_a_place_far_from_the_rest_is_warned_of() -> None:
    """Inverness in a file of Camden is possible, and asked about."""
    result = normalise(table(with_row("266600", "845200")), POINTS)
    assert result.warned == {BAD: "far-from-the-rest"}
    assert result.count == ROWS + 1


def test_pairs_a_few_metres_apart_are_warned_of_with_the_distance() -> None:
    """1 to 50 m: the position is used and the distance told."""
    (lon,), (lat,) = (part[:1].tolist() for part in lonlat(1))
    east, north = street(1)
    result = normalise(table(with_pair(float(east[0]) + 12, north[0], lon, lat)), CHECKED)
    assert result.warned == {BAD: "coordinates-differ"}
    assert "12.0 m apart" in result.warnings[0].message


def test_pairs_that_disagree_reject_the_row_with_the_distance() -> None:
    """More than 50 m: one of the two is of something else."""
    (lon,), (lat,) = (part[:1].tolist() for part in lonlat(1))
    east, north = street(1)
    result = normalise(table(with_pair(float(east[0]) + 800, north[0], lon, lat)), CHECKED)
    assert result.rejected == {BAD: "coordinates-disagree"}
    assert "800.0 m apart" in result.rejects[0].message


def test_a_row_exchanged_against_its_second_pair_is_called_exchanged() -> None:
    """The second pair shows which of the two mistakes it is."""
    (lon,), (lat,) = (part[:1].tolist() for part in lonlat(1))
    east, north = street(1)
    result = normalise(table(with_pair(north[0], east[0], lon, lat)), CHECKED)
    assert result.rejected == {BAD: "swapped-coordinates"}


def test_second_pair_fills_a_gap_and_says_so() -> None:
    """Without an easting the row is placed by its longitude and latitude."""
    (lon,), (lat,) = (part[:1].tolist() for part in lonlat(1))
    result = normalise(table(with_pair("", "", lon, lat)), CHECKED)
    assert result.warned == {BAD: "position-from-second-pair"}
    assert result.geometries[-1].distance(result.geometries[0]) < 0.001


def test_unusable_second_pairs_do_not_reject() -> None:
    """A blank, zero or unreadable second pair checks nothing; the unreadable is said."""
    east, north = street(1)
    blank = normalise(table(with_pair(east[0], north[0], "", "")), CHECKED)
    zero = normalise(table(with_pair(east[0], north[0], 0, 0)), CHECKED)
    words = normalise(table(with_pair(east[0], north[0], "west", "north")), CHECKED)
    assert [blank.count, zero.count, words.count] == [ROWS + 1] * 3
    assert [codes(r.warnings) for r in (blank, zero, words)] == [
        set(), set(), {"second-position-unreadable"},
    ]  # fmt: skip


def test_agreement_is_measured_over_the_file() -> None:
    """The median and worst distance of both pairs, in metres, batch after batch."""
    east, north = street(ROWS)
    lons, lats = (np.round(part, 5).tolist() for part in lonlat(ROWS))
    columns = {"Easting": east, "Northing": north, "lon": lons, "lat": lats}
    result = normalise(table(columns, batch_rows=7), CHECKED)
    spread = result.normaliser.agreements[0].spread
    assert spread.rows == ROWS
    assert 0.1 < spread.median_m < spread.worst_m < 0.7


def test_all_rows_in_one_place_refuse_the_file() -> None:
    """A constant position is a placeholder; the code is one of the fatal ones."""
    result = normalise(table({"Easting": ["524803"] * 9, "Northing": ["185110"] * 9}), POINTS)
    assert codes(result.finish) == {"refuse-constant-coordinates"} == set(Normaliser.FATAL)


def test_one_easting_for_all_refuses_the_file() -> None:
    """A column that was filled down leaves all assets on one line."""
    result = normalise(table({"Easting": ["524803"] * 60, "Northing": street(60)[1]}), POINTS)
    assert codes(result.finish) == {"refuse-constant-coordinates"}


def test_one_place_may_be_declared_true() -> None:
    """Three antennas on one mast: the mapping says so."""
    source = table({"Easting": ["524803"] * 3, "Northing": ["185110"] * 3})
    assert normalise(source, POINTS + "same_place = true\n").finish == []


@pytest.mark.parametrize("storage_crs", ["EPSG:32631", BNG])
def test_niger_belongs_into_its_own_deployment(storage_crs: str) -> None:
    """A network across Niger, wider than its UTM zone, is accepted by a deployment in zone
    31N with a warning for the far end, and rejected to the last row by a British one."""
    source = table({"lon": [0.76, 2.11, 5.26, 13.47], "lat": [14.2, 13.53, 14.89, 12.5]})
    result = normalise(source, LONLAT, storage_crs)
    accepted = storage_crs == "EPSG:32631"
    assert result.count == (4 if accepted else 0)
    assert result.warned == ({5: "beyond-crs-area"} if accepted else {})
    assert codes(result.rejects) == (set() if accepted else {"out-of-area"})


def test_crs_given_by_the_user_wins() -> None:
    """--crs overrules the mapping."""
    x, y = (part.tolist() for part in lonlat(5, "EPSG:3857"))
    source = table({"Easting": x, "Northing": y})
    assert normalise(source, POINTS).count == 0
    assert normalise(source, POINTS, crs="EPSG:3857").count == 5


def test_a_crs_that_nothing_says_is_asked_for() -> None:
    """Columns of numbers without any word about their CRS are refused with the way out."""
    bare = 'kind = "lamppost"\n[geometry]\nx = "Easting"\ny = "Northing"\n'
    with pytest.raises(UnknownCrs, match="give --crs EPSG:n"):
        normalise(table({"Easting": ["1"], "Northing": ["2"]}), bare)


def test_grid_references_and_pair_text_become_points() -> None:
    """The other ways of writing a position."""
    reference = 'kind = "lamppost"\n[geometry]\ngrid_reference = "Ref"\n'
    text = 'kind = "lamppost"\n[geometry]\ntext = "At"\ncrs = "EPSG:4326"\n'
    (lon,), (lat,) = (part[:1].tolist() for part in lonlat(1))
    first = normalise(table({"Ref": ["TQ 24803 85110", "nowhere"]}), reference)
    second = normalise(table({"At": [f"({lat}, {lon})"]}), text)
    assert shapely.get_coordinates(first.geometries).tolist() == [[524803.0, 185110.0]]
    assert first.rejected == {3: "unreadable-coordinates"}
    assert second.geometries[0].distance(shapely.Point(524000, 183000)) < 0.001


def test_degrees_minutes_seconds_are_read_among_decimals() -> None:
    """One surveyor's notation does not cost the row."""
    source = table({"lon": ["-0.2", "0°12'0\"W"], "lat": ["51.5", "51°30'0\"N"]})
    first, second = normalise(source, LONLAT).geometries
    assert first.distance(second) < 0.001


def test_a_kind_that_is_no_point_rejects_points() -> None:
    """A duct drawn as a point is refused with the types it may have."""
    result = normalise(table(with_row("524803", "185110")), POINTS.replace("lamppost", "duct"))
    assert codes(result.rejects) == {"wrong-geometry-type"}
    assert "LineString or MultiLineString" in result.rejects[0].message


def test_mapping_without_kind_or_geometry_is_refused() -> None:
    """An unfinished proposal cannot be run."""
    source = table({"Easting": ["1"], "Northing": ["2"]})
    with pytest.raises(BadMapping, match="which kind of asset"):
        Normaliser(loads(POINTS.replace('kind = "lamppost"', "")), source, BNG)
    with pytest.raises(BadMapping, match="is no kind of asset; did you mean 'lamppost'"):
        Normaliser(loads(POINTS.replace('"lamppost"', '"lampost"')), source, BNG)
