"""What is proposed for a file without a mapping, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from mapping_tables import BNG, codes, lonlat, normalise, proposed, street, table

from canopy.assets.mapping import Proposal, loads, propose

ROWS = 40
EAST, NORTH = street(ROWS)
LON, LAT = (part.tolist() for part in lonlat(ROWS))


def reason(proposal: Proposal, target: str) -> str:
    return next(item.reason for item in proposal.evidence if item.target == target)


def confidence(proposal: Proposal, target: str) -> float:
    return next(item.confidence for item in proposal.evidence if item.target == target)


@pytest.mark.parametrize(
    ("headings", "crs"),
    [
        (("Easting", "Northing"), BNG),
        (("GeoX", "GeoY"), BNG),
        (("X_COORD", "Y_COORD"), BNG),
        (("oseast1m", "osnrth1m"), BNG),
        (("Longitude", "Latitude"), "EPSG:4326"),
        (("lng", "lat"), "EPSG:4326"),
        (("x", "y"), "EPSG:3857"),
        (("x", "y"), "EPSG:32630"),
        (("column_3", "column_4"), BNG),
    ],
)
def test_coordinate_columns_and_their_crs_are_found(headings: tuple[str, str], crs: str) -> None:
    """By heading where it says something, by the numbers where it does not; the positions
    come out where they are."""
    x, y = (part.tolist() for part in lonlat(ROWS, crs))
    source = table({"Colour": ["red"] * ROWS, headings[0]: x, headings[1]: y})
    proposal = propose(source, "lamppost", BNG)
    rule = proposal.mapping.geometry
    assert rule is not None
    assert (rule.x, rule.y, rule.crs) == ((headings[0],), (headings[1],), crs)
    placed = shapely.get_coordinates(normalise(source, proposal.mapping).geometries)
    assert np.abs(placed - np.array([EAST, NORTH], float).T).max() < 0.001


def test_lat_lon_text_is_found_by_content() -> None:
    """A '(lat, lon)' column needs no telling heading."""
    text = [f"({a}, {b})" for a, b in zip(LAT, LON, strict=True)]
    proposal = propose(table({"Where": text}), "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.text == ("Where",)


def test_wkt_column_is_found_by_content() -> None:
    """Lines as WKT in a column of any name become the geometry."""
    lines = [f"LINESTRING ({e} {n}, {float(e) + 5} {n})" for e, n in zip(EAST, NORTH, strict=True)]
    proposal = propose(table({"g": lines}), "duct", BNG)
    assert proposal.mapping.geometry is not None
    assert (proposal.mapping.geometry.wkt, proposal.mapping.geometry.crs) == (("g",), BNG)


def test_grid_references_are_found_by_content() -> None:
    """TQ references become positions."""
    references = [f"TQ {24803 + 37 * i} {85110 - 53 * i}" for i in range(ROWS)]
    proposal = propose(table({"Grid Ref": references}), "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.grid_reference == ("Grid Ref",)


def test_decimal_commas_are_found() -> None:
    """A column with decimal commas says so in the mapping."""
    commas = {"lon": [str(v).replace(".", ",") for v in LON],
              "lat": [str(v).replace(".", ",") for v in LAT]}  # fmt: skip
    source = table(commas)
    proposal = propose(source, "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.format == "decimal comma"
    assert normalise(source, proposal.mapping).count == ROWS


def test_two_agreeing_pairs_give_position_and_check() -> None:
    """The pair in the storage CRS becomes the position; the agreement is said in metres."""
    lat, lon = np.round(LAT, 6).tolist(), np.round(LON, 6).tolist()
    proposal = propose(
        table({"lat": lat, "lon": lon, "Easting": EAST, "Northing": NORTH}), "lamppost", BNG
    )
    rule = proposal.mapping.geometry
    assert rule is not None
    assert (rule.x, rule.check[0].x) == (("Easting",), ("lon",))
    assert "agree: 0.0" in reason(proposal, "geometry.check.1")
    assert "m worst, over 40 rows" in reason(proposal, "geometry.check.1")


def test_a_text_column_that_repeats_the_numbers_is_ignored() -> None:
    """The same longitude and latitude once more, as text, is no third check."""
    text = [f"({a}, {b})" for a, b in zip(LAT, LON, strict=True)]
    proposal = propose(
        table({"Easting": EAST, "Northing": NORTH, "Lon": LON, "Lat": LAT, "Location": text}),
        "lamppost", BNG,
    )  # fmt: skip
    assert proposal.mapping.ignore == ("Location",)


@pytest.mark.parametrize(
    "columns",
    [
        {"Easting": NORTH, "Northing": EAST},
        {"lon": LAT, "lat": LON},
        {"Easting": NORTH, "Northing": EAST, "lon": LON, "lat": LAT},
    ],
    ids=["eastings in the sea", "longitudes", "a second pair tells"],
)
def test_a_file_that_is_exchanged_throughout_is_mapped_the_other_way_round(
    columns: dict[str, list[str]],
) -> None:
    """Easting and northing, or longitude and latitude, exchanged in every row: the mapping
    exchanges them, says so, and the positions are right."""
    source = table(columns)
    proposal = propose(source, "lamppost", BNG)
    assert "swapped-columns" in codes(proposal.problems)
    result = normalise(source, proposal.mapping)
    placed = shapely.get_coordinates(result.geometries)
    assert np.abs(placed - np.array([EAST, NORTH], float).T).max() < 0.001


def test_features_that_are_exchanged_throughout_are_exchanged_back() -> None:
    """GeoJSON written latitude first is read longitude first, and that is said."""
    points = [shapely.Point(lat, lon) for lat, lon in zip(LAT, LON, strict=True)]
    source = table({}, geometries=points, crs="EPSG:4326")
    proposal = propose(source, "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.exchanged
    assert normalise(source, proposal.mapping).count == ROWS


def test_a_declaration_that_the_numbers_contradict_is_not_believed() -> None:
    """Eastings in a GeoJSON file, which declares WGS 84 by its nature, are eastings."""
    points = [shapely.Point(float(e), float(n)) for e, n in zip(EAST, NORTH, strict=True)]
    proposal = propose(table({}, geometries=points, crs="EPSG:4326"), "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.crs == BNG
    assert "crs-in-doubt" in codes(proposal.problems)


def test_northern_ireland_is_recognised_by_its_postcodes() -> None:
    """Numbers that could be either grid are the Irish Grid where postcodes are BT ones."""
    x, y = [333_800 + 40 * i for i in range(ROWS)], [374_000 + 30 * i for i in range(ROWS)]
    proposal = propose(
        table({"X": x, "Y": y, "Postcode": ["BT1 5GS"] * ROWS}), "lamppost", "EPSG:29902"
    )
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.crs == "EPSG:29902"


def test_pairs_that_disagree_throughout_are_said_with_metres() -> None:
    """Longitudes on another datum are 100 m out in every row: a problem, with a hint."""
    shifted = [lon + 0.0016 for lon in LON]
    proposal = propose(
        table({"Easting": EAST, "Northing": NORTH, "lon": shifted, "lat": LAT}), "lamppost", BNG
    )
    problem = next(p for p in proposal.problems if p.code == "pairs-disagree")
    assert "m median" in problem.message
    assert "OSGB36" in problem.message


def test_data_from_elsewhere_is_said_to_be_outside() -> None:
    """Niger in a British deployment is longitude and latitude, outside the area."""
    source = table({"lon": [2.1 + i / 50 for i in range(9)], "lat": [13.5] * 9})
    proposal = propose(source, "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.crs == "EPSG:4326"
    assert "crs-in-doubt" in codes(proposal.problems)


def test_no_position_is_a_problem_with_a_way_out() -> None:
    """A file with UPRNs only cannot be placed; the mapping to edit says what is missing."""
    proposal = propose(table({"UPRN": ["10000480247"] * 3}), "building", BNG)
    assert not proposal.is_usable
    assert codes(proposal.problems) == {"no-position"}
    assert "# [geometry]   # not recognised" in proposal.toml()


@pytest.mark.parametrize(
    ("heights", "heading", "metres"),
    [
        (["800", "500", "1000"], "Height", [8.0, 5.0, 10.0]),
        (["8000", "5000", "10000"], "Column Height", [8.0, 5.0, 10.0]),
        (["20", "25", "30"], "Height", [6.096, 7.62, 9.144]),
        (["8", "5", "10"], "Height", [8.0, 5.0, 10.0]),
        (["8m", "5 m", "10 metres"], "Height", [8.0, 5.0, 10.0]),
        (["8", "5", "10"], "Height (ft)", [2.4384, 1.524, 3.048]),
    ],
)
def test_heights_come_out_in_metres(heights: list[str], heading: str, metres: list[float]) -> None:
    """The unit is the heading's, the value's or the plausible one."""
    source = table({"Easting": EAST[:30], "Northing": NORTH[:30], heading: heights * 10})
    result = normalise(source, propose(source, "lamppost", BNG).mapping)
    assert result.column("height_m")[:3] == metres


def test_unit_evidence_is_given() -> None:
    """The unit in the mapping carries its reason."""
    proposal = proposed({"Height": ["800", "500"] * 15})
    assert proposal.mapping.columns["height_m"].unit == "cm"
    assert "500 to 800 is believable in cm" in reason(proposal, "units.height_m")


def test_zero_where_zero_cannot_be_is_read_as_unknown_and_said() -> None:
    """A height of 0 is 'not known' in most registers; the proposal says so, visibly."""
    proposal = proposed({"Height": ["8", "0"] * 15})
    assert proposal.mapping.columns["height_m"].values == {"0": "unknown"}
    assert "zero-means-unknown" in codes(proposal.problems)


def test_words_of_a_council_are_put_into_the_mapping() -> None:
    """'Stl' is steel, 'Plotted By Council Officer' plotted; what is not understood is read
    as unknown and asked about."""
    proposal = proposed(
        {"Material": ["Stl", "Alu", "Steel", "Unobtainium"] * 5,
         "Spatial Accuracy": ["Plotted By Council Officer"] * 20}
    )  # fmt: skip
    columns = proposal.mapping.columns
    assert columns["material"].values == {
        "Stl": "steel", "Alu": "aluminium", "Unobtainium": "unknown",
    }  # fmt: skip
    assert columns["pos_method"].values == {"Plotted By Council Officer": "plotted"}
    asked = next(p for p in proposal.problems if p.code == "words-not-understood")
    assert "'Unobtainium' (5 rows)" in asked.message


@pytest.mark.parametrize(
    ("dates", "order", "problem"),
    [
        (["23/08/2018", "03/04/2018"], "dd/mm/yyyy", None),
        (["08/23/2018", "03/04/2018"], "mm/dd/yyyy", None),
        (["03/04/2018", "05/06/2018"], "dd/mm/yyyy", "ambiguous-dates"),
        (["23/08/2018", "08/23/2018"], "dd/mm/yyyy", "mixed-date-orders"),
        (["23/08/18", "24/08/18"], "dd/mm/yyyy", "two-digit-years"),
        (["2018-08-23", "2018-08-24"], None, None),
    ],
)
def test_date_order_is_judged_over_the_column(
    dates: list[str], order: str | None, problem: str | None
) -> None:
    """Days above 12 decide; where none does, the UK order is taken and that is said."""
    proposal = proposed({"Survey Date": dates * 10})
    assert proposal.mapping.columns["observed_on"].format == order
    assert problem is None or problem in codes(proposal.problems)
    assert problem is not None or not proposal.problems


def test_identifiers_are_recognised() -> None:
    """UPRN, USRN, postcode, ref and street each find their column."""
    proposal = proposed(
        {"Asset ID": [f"LC{i}" for i in range(20)], "UPRN": ["10000480247"] * 20,
         "USRN": ["20400123"] * 20, "Road Name": ["MILL LANE"] * 20,
         "pc": ["NW6 1AB"] * 20}
    )  # fmt: skip
    found = {target: rule.columns[0] for target, rule in proposal.mapping.columns.items()}
    assert found == {
        "ref": "Asset ID", "uprn": "UPRN", "usrn": "USRN", "street": "Road Name", "postcode": "pc",
    }  # fmt: skip


def test_a_heading_is_not_believed_against_its_values() -> None:
    """A 'Height' column of words is not mapped, but reported."""
    proposal = proposed({"Height": ["tall", "short"] * 10})
    assert "height_m" not in proposal.mapping.columns
    assert proposal.unmapped == ("Height",)


def test_ward_columns_are_reported_as_derived() -> None:
    """Wards come from the ward boundaries; the column is neither imported nor hidden."""
    proposal = proposed({"Ward Name": ["Fortune Green"] * 20})
    assert "derived-column" in codes(proposal.problems)
    assert proposal.unmapped == ("Ward Name",)


def test_every_column_is_mapped_ignored_or_reported() -> None:
    """Nothing is silently dropped."""
    names = {"Street": ["A"] * 20, "Colour": ["red"] * 20, "Notes 2": ["x"] * 20}
    proposal = proposed(names)
    accounted = {n for _, used in proposal.mapping.column_names() for n in used}
    assert accounted | set(proposal.unmapped) | set(proposal.mapping.ignore) == {
        "Easting", "Northing", *names,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "heading", "kind"),
    [
        ("street_lighting_2018.csv", "Wattage", "lamppost"),
        ("cctv_cameras.csv", "camera_id", "cctv"),
        ("land_assets.csv", "TenureType", "building"),
        ("Ducts.gpkg", "bores", "duct"),
    ],
)
def test_kind_is_guessed_from_names(name: str, heading: str, kind: str) -> None:
    """File and column names tell the kind, with a reason."""
    source = table({"Easting": EAST, "Northing": NORTH, heading: ["1"] * ROWS}, name=name)
    proposal = propose(source, None, BNG)
    assert proposal.mapping.kind == kind
    assert "the names say" in reason(proposal, "kind")


@pytest.mark.parametrize("name", ["export.csv", "cctv_and_lighting.csv"])
def test_kind_that_cannot_be_told_is_asked(name: str) -> None:
    """No word, or words for two kinds alike, give a question and not a guess."""
    proposal = propose(table({"Easting": EAST, "Northing": NORTH}, name=name), None, BNG)
    assert proposal.mapping.kind is None
    question = next(p for p in proposal.problems if p.code == "kind-unknown")
    assert question.message.startswith("Which kind of asset does")


def test_proposed_toml_is_the_proposed_mapping() -> None:
    """What --explain writes reads back as the mapping that would be used."""
    proposal = proposed({"Height": ["800", "0"] * 15, "Material": ["Stl", "Wood"] * 15})
    assert loads(proposal.toml()) == proposal.mapping


def test_confidences_are_shares() -> None:
    """Every confidence lies between 0 and 1 and every reason says something."""
    proposal = proposed({"Height": ["800"] * 20, "Survey Date": ["03/04/2018"] * 20})
    assert all(0 <= item.confidence <= 1 and item.reason for item in proposal.evidence)
    assert confidence(proposal, "geometry.crs") > 0.9


def test_only_the_first_rows_are_read() -> None:
    """A million rows are proposed for as fast as ten thousand."""
    seen = []
    source = table({"Easting": EAST * 500, "Northing": NORTH * 500}, batch_rows=1_000)
    counting = (batch for batch in source.batches() if not seen.append(len(batch)))
    sampled = table({"Easting": EAST * 500, "Northing": NORTH * 500})
    propose(type(sampled)(**{**sampled.__dict__, "batches": lambda: counting}), "lamppost", BNG)
    assert sum(seen) == 10_000


def spoilt(values: list[str], bad: str) -> list[str]:
    """`values` with every third one bad."""
    return [bad if index % 3 == 0 else str(value) for index, value in enumerate(values)]


@pytest.mark.parametrize("bad", ["", "0", "see plan", "999999999"])
@pytest.mark.parametrize("headings", [("Easting", "Northing"), ("column_1", "column_2")])
def test_a_third_of_bad_eastings_hides_no_coordinates(headings: tuple[str, str], bad: str) -> None:
    """The pair is found all the same, and only the bad rows are rejected, one by one."""
    x, y = headings
    source = table({x: spoilt(EAST, bad), y: NORTH, "Colour": ["red"] * ROWS})
    proposal = propose(source, "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert (proposal.mapping.geometry.x, proposal.mapping.geometry.crs) == ((x,), BNG)
    result = normalise(source, proposal.mapping)
    assert sorted(result.rejected) == list(range(2, ROWS + 2, 3))


def test_a_third_of_bad_longitudes_hides_no_coordinates() -> None:
    """Words and impossible numbers among degrees."""
    source = table({"lon": spoilt(LON, "not surveyed"), "lat": spoilt(LAT, "999")})
    proposal = propose(source, "lamppost", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.crs == "EPSG:4326"
    assert sorted(normalise(source, proposal.mapping).rejected) == list(range(2, ROWS + 2, 3))


@pytest.mark.parametrize("prefix", ["SF", "TQ"])
def test_asset_numbers_that_read_as_grid_references_are_refs(prefix: str) -> None:
    """SF2001 names a square in the Atlantic, TQ1004 one far from the row: the row is in
    neither."""
    numbers = [f"{prefix}{1000 + i}" for i in range(ROWS)]
    shapes = list(shapely.points(np.array([EAST, NORTH], float).T))
    proposal = propose(table({"ASSET_ID": numbers}, geometries=shapes, crs=BNG), "cctv", BNG)
    assert proposal.mapping.columns["ref"].columns == ("ASSET_ID",)
    assert proposal.mapping.ignore == ()


def test_asset_numbers_alone_are_no_positions() -> None:
    """A file of nothing but numbers in the sea has no position, and that is said."""
    proposal = propose(table({"Asset": [f"SF{2000 + i}" for i in range(ROWS)]}), "cctv", BNG)
    assert proposal.mapping.geometry is None
    assert codes(proposal.problems) == {"no-position"}


def test_grid_references_without_a_telling_heading_are_found() -> None:
    """What lies on land under any heading is still a position."""
    references = [f"TQ {24 + i % 9}{i % 10} {83 + i % 7}{i % 10}" for i in range(ROWS)]
    proposal = propose(table({"Where": references}), "cctv", BNG)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.grid_reference == ("Where",)


@pytest.mark.parametrize("heading", ["ASSET_ID", "asset_id", "AssetId"])
def test_asset_id_of_a_council_is_the_ref(heading: str) -> None:
    """Canopy's own name for an identity is a common name for a council's."""
    proposal = proposed({heading: [f"SF-{i}" for i in range(ROWS)]})
    assert proposal.mapping.columns["ref"].columns == (heading,)


def test_a_number_of_the_council_is_preferred_to_a_uuid() -> None:
    """Of two columns that could be the ref, the UUIDs of a system are not it."""
    uuids = [f"00000000-0000-4000-8000-{i:012d}" for i in range(ROWS)]
    proposal = proposed({"asset_id": uuids, "Unit No": [f"U{i}" for i in range(ROWS)]})
    assert proposal.mapping.columns["ref"].columns == ("Unit No",)


def test_licence_and_credit_of_the_file_are_its_rows() -> None:
    """What the file states goes to every row, with the evidence for it."""
    source = replace(
        table({"Easting": EAST, "Northing": NORTH}), licence="OGL-UK-3.0", attribution="Anytown"
    )
    proposal = propose(source, "lamppost", BNG)
    result = normalise(source, loads(proposal.toml()))
    assert result.column("licence") == ["OGL-UK-3.0"] * ROWS
    assert result.attribute("attribution") == ["Anytown"] * ROWS
    assert reason(proposal, "licence") == "the file says 'OGL-UK-3.0'"
