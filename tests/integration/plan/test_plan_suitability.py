"""Scores from the catalogue, as each role sees it, and surveys taken into it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from catalogue import all_assets, changes_of, edit
from ogc_catalogue import E0, N0, add
from suitable_town import RULES, fill, lamp

from canopy.access.rules import Principal, Role
from canopy.assets.intake.report import ImportReport
from canopy.db.engine import Database
from canopy.errors import BadSource, ImportRefused
from canopy.plan.suitability.computing import Suitability, suitability
from canopy.plan.suitability.explaining import Line, explained, lines
from canopy.plan.suitability.gathering import known_fields
from canopy.plan.suitability.rules_file import read_rules
from canopy.plan.suitability.survey import survey
from canopy.plan.suitability.survey_files import sheet, standing_alone, write_sheet
from canopy.plan.suitability.survey_taking import take_survey

DAY = date(2026, 11, 28)
ADMIN = Principal(Role.admin, "test")


@pytest.fixture
def rules(database: Database, tmp_path: Path) -> Path:
    return fill(database, tmp_path)


def found(database: Database, rules: Path, role: Role = Role.admin) -> Suitability:
    with database.reading() as session:
        return suitability(session, database, Principal(role, "test"), read_rules(rules), DAY)


def scores(database: Database, rules: Path, role: Role = Role.admin) -> dict[str, Line]:
    scored = found(database, rules, role).scored("small_cell")
    return {str(line.ref): line for line in lines(scored, range(len(scored)))}


def test_assets_are_scored_by_what_the_catalogue_has(database: Database, rules: Path) -> None:
    """Height and way to fibre in full; what breaks a rule is out; what is not known shows."""
    told = scores(database, rules)
    assert {ref: line.score for ref, line in told.items()} == {
        "L1": 95.0, "L6": 94.0, "L2": 88.0, "C1": 75.0, "L3": 60.0, "L4": 26.0, "L5": 0.0,
    }  # fmt: skip
    assert told["L5"].broken == ("stands",)
    assert told["L4"].unknown == ("not_let", "height")
    assert told["L1"].suitability == "possible"  # whether it is let is not known


def test_the_way_to_fibre_is_told(database: Database, rules: Path) -> None:
    """In metres along the duct and to it; no way is told as such, never as a number."""
    told = found(database, rules)
    scored = told.scored("small_cell")
    notes = {}
    for place, line in enumerate(lines(scored, range(len(scored)))):
        result = next(each for each in explained(scored, place) if each.name == "backhaul")
        notes[line.ref] = (result.value, result.note)
    assert notes["L1"] == ("25", "15 m along ducts and a lead-in of 10 m.")
    assert notes["L3"] == ("no way found", "No duct that leads to fibre within 250 m.")
    assert "1 ducts, 1 fibre routes and 0 chambers" in told.provenance.notes[0]
    assert "within 1 m, in metres of EPSG:27700" in told.provenance.notes[0]


def test_a_score_rests_on_nothing_its_reader_may_not_see(database: Database, rules: Path) -> None:
    """What is for estates is not there for planners; the public sees neither the course of ducts
    nor where cameras stand, so that ways to fibre are not known to it."""
    assert "L6" not in scores(database, rules, Role.planner)
    told = scores(database, rules, Role.public)
    assert told["L1"].unknown == ("not_let", "backhaul")
    assert (told["L1"].score, told["L1"].highest) == (60.0, 100.0)
    hidden = found(database, rules, Role.public).provenance.notes[0]
    assert "no fibre route whose course you may see" in hidden


def test_the_same_catalogue_gives_the_same_scores(database: Database, rules: Path) -> None:
    """And another height another hash."""
    first, again = found(database, rules).provenance, found(database, rules).provenance
    assert first == again
    edit(database, "L1", height_m=9.0)
    assert found(database, rules).provenance.assets_sha256 != first.assets_sha256


def test_zones_and_demand_come_from_files_of_the_rules(
    database: Database, rules: Path, tmp_path: Path
) -> None:
    """A polygon keeps L1 out; two homes stand within reach of L2."""
    west, east = E0 + 82, E0 + 97
    ring = [[west, N0], [east, N0], [east, N0 + 30], [west, N0 + 30], [west, N0]]
    (tmp_path / "zone.geojson").write_text(
        '{"type": "FeatureCollection", "crs": {"type": "name", "properties": '
        '{"name": "urn:ogc:def:crs:EPSG::27700"}}, "features": [{"type": "Feature", "properties": '
        f'{{}}, "geometry": {{"type": "Polygon", "coordinates": [{ring}]}}}}]}}'
    )
    homes = [(E0 + 50, N0 + 60), (E0 + 60, N0), (E0 + 5_000, N0)]
    (tmp_path / "homes.csv").write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in homes))
    rules.write_text(
        RULES + '[[technologies.small_cell.factors]]\nname = "people"\nfact = "demand"\n'
        'weight = 1\npoints = [[0, 0], [2, 100]]\ntext = "t"\nsource = "s"\n'
        'standing = "assumption"\n'
        '[[zones]]\nname = "view"\nfile = "zone.geojson"\ntext = "t"\nsource = "s"\n'
        '[demand]\nfile = "homes.csv"\nx = "x"\ny = "y"\ncrs = "EPSG:27700"\nunit = "homes"\n'
        'source = "s"\n'
    )
    scored = found(database, rules).scored("small_cell")
    told = {line.ref: line for line in lines(scored, range(len(scored)))}
    assert told["L1"].broken == ("view",)
    place = told["L2"].rank - 1
    people = next(each for each in explained(scored, place) if each.name == "people")
    assert people.value == "2"


def written(database: Database, rules: Path, path: Path) -> list[dict[str, Any]]:
    """A survey of all that is not known, as a file; its rows."""
    scored = found(database, rules).scored("small_cell")
    gaps = survey(scored, 100)
    ids = frozenset(gap.line.asset_id for gap in gaps.gaps)
    with database.reading() as session:
        known = known_fields(session, database, ADMIN, ["lamppost", "cctv"], ids)
    made = sheet(gaps, known, standing_alone(scored.facts.assets))
    write_sheet(made, path)
    return [dict(row) for row in made.rows]


def refilled_csv(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def take(database: Database, path: Path) -> list[ImportReport]:
    return take_survey(database, path, "surveyor", "walked the street")


def test_a_survey_that_is_filled_in_changes_what_was_found(
    database: Database, rules: Path, tmp_path: Path
) -> None:
    """The height of L4 and the state of the camera become known; the revision says by whom and
    that a survey did; nothing else of them changes, their positions included."""
    path = tmp_path / "survey.csv"
    rows = written(database, rules, path)
    assert [(row["ref"], row["find_out"]) for row in rows] == [
        ("C1", "status"), ("L4", "height_m"),
    ]  # fmt: skip
    before = {each["ref"]: each for each in all_assets(database)}

    def fill_in(row: dict[str, str]) -> None:
        row["observed_on"] = "2026-11-27"
        row["height_m" if row["ref"] == "L4" else "status"] = (
            "8" if row["ref"] == "L4" else "operational"
        )

    refilled_csv(path, fill_in)
    (report,) = take(database, path)
    assert (report.state, report.updated, report.created) == ("done", 2, 0)
    after = {each["ref"]: each for each in all_assets(database)}
    assert (after["L4"]["height_m"], after["L4"]["observed_on"]) == (8.0, date(2026, 11, 27))
    assert after["C1"]["status"] == "operational"
    same = ("geometry", "authority", "status", "attributes", "kind", "source")
    assert {name: after["L4"][name] for name in same} == {name: before["L4"][name] for name in same}
    last = changes_of(database, "L4")[-1]
    assert (last.origin, last.author, last.reason) == ("survey", "surveyor", "walked the street")
    assert scores(database, rules)["L4"].score == 62.0
    (again,) = take(database, path)
    assert (again.updated, again.unchanged) == (0, 2)


def test_a_workbook_is_filled_in_and_taken_too(
    database: Database, rules: Path, tmp_path: Path
) -> None:
    """The sheet beside its README, as a spreadsheet saves it."""
    path = tmp_path / "survey.xlsx"
    written(database, rules, path)
    book = openpyxl.load_workbook(path)
    page = book["survey"]
    heads = [cell.value for cell in page[1]]
    row = next(row for row in page.iter_rows(min_row=2) if row[heads.index("ref")].value == "L4")
    row[heads.index("height_m")].value = 8
    book.save(path)
    (report,) = take(database, path)
    assert (report.state, report.updated, report.unchanged) == ("done", 1, 1)


def test_a_wrong_cell_is_told_by_row_and_column_and_nothing_is_written(
    database: Database, rules: Path, tmp_path: Path
) -> None:
    """A column of 80 m is a slip; the other row waits until it is corrected."""
    path = tmp_path / "survey.csv"
    written(database, rules, path)
    refilled_csv(path, lambda row: row.update(status="operational", height_m="800"))
    (report,) = take(database, path)
    assert report.state == "refused"
    assert {(each.row, each.column) for each in report.rejects} == {
        (2, "height_m"),
        (3, "height_m"),
    }
    assert all("800" in each.message for each in report.rejects)
    assert [each["status"] for each in all_assets(database) if each["ref"] == "C1"] == [None]


def test_a_blank_takes_nothing_back(database: Database, rules: Path, tmp_path: Path) -> None:
    """What became known meanwhile stays, though the file does not have it."""
    path = tmp_path / "survey.csv"
    written(database, rules, path)
    edit(database, "L4", height_m=7.0)
    (report,) = take(database, path)
    assert (report.updated, report.unchanged) == (0, 2)
    assert scores(database, rules)["L4"].unknown == ("not_let",)


def test_a_row_about_no_asset_is_refused(database: Database, rules: Path, tmp_path: Path) -> None:
    """A mistyped reference makes no new asset."""
    path = tmp_path / "survey.csv"
    written(database, rules, path)
    refilled_csv(path, lambda row: row.update(ref=row["ref"] + "9"))
    with pytest.raises(ImportRefused, match=r"row 2 \(C19\), row 3 \(L49\)"):
        take(database, path)
    assert len(all_assets(database)) == 9


def test_an_asset_without_a_reference_is_known_by_its_place(
    database: Database, rules: Path, tmp_path: Path
) -> None:
    """Unless another of its kind stands so near that the two could be mixed up."""
    add(database, [lamp(7, 300, ref=None, height_m=None)], first=20)
    path = tmp_path / "survey.csv"
    assert len(written(database, rules, path)) == 3
    refilled_csv(path, lambda row: row.update(height_m="" if row["ref"] else "6"))
    (report,) = take(database, path)
    assert report.updated == 1
    (nameless,) = (each for each in all_assets(database) if each["ref"] is None)
    assert nameless["height_m"] == 6.0
    twins = [lamp(8, x, ref=None, height_m=None) for x in (400, 401)]
    add(database, twins, first=30)
    assert len(written(database, rules, path)) == 2


def test_a_file_that_is_no_survey_is_refused(database: Database, tmp_path: Path) -> None:
    """It lacks what says which asset a row is."""
    path = tmp_path / "other.csv"
    path.write_text("ref,height_m\nL1,8\n")
    with pytest.raises(BadSource, match="no column source, kind, easting, northing"):
        take(database, path)
