"""`canopy import`: exit codes, reports, and what is written when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from catalogue import all_assets
from command_outcome import Canopy
from registers import HEADINGS, ROWS, write_register

from canopy.db.engine import Database

BAD = ("LC-5", 0, 0, "Nowhere", 35, 8)
LAMPS = ("--kind", "lamppost", "--source", "lighting")
KEYS = {
    "read", "created", "updated", "unchanged", "withdrawn", "rejected", "warnings", "crs",
    "mapping", "transformation", "duration_s",
}  # fmt: skip


def test_good_file_is_done(town: Canopy, database: Database, tmp_path: Path) -> None:
    """Exit code 0, and one line of counts; again, and nothing has changed."""
    path = write_register(tmp_path / "a.csv")
    first = town("import", path, *LAMPS)
    again = town("import", path, *LAMPS)
    assert (first.code, again.code) == (0, 0)
    assert first.out.startswith("Imported a.csv in ")
    assert first.out.splitlines()[2].split() == ["4", "4", "0", "0", "0", "0"]
    assert again.out.splitlines()[2].split() == ["4", "0", "0", "4", "0", "0"]
    assert len(all_assets(database)) == 4


def test_bad_row_is_refused(town: Canopy, database: Database, tmp_path: Path) -> None:
    """Exit code 1: the row is named, the ways out are told, and nothing was written."""
    told = town("import", write_register(tmp_path / "a.csv", [*ROWS, BAD]), *LAMPS)
    assert told.code == 1
    assert "row 6: " in told.out
    assert "--accept-valid" in told.err
    assert "Nothing was written." in told.err
    assert all_assets(database) == []


def test_accept_valid_takes_the_rest(town: Canopy, database: Database, tmp_path: Path) -> None:
    """Exit code 0 when the good rows were asked for."""
    path = write_register(tmp_path / "a.csv", [*ROWS, BAD])
    assert town("import", path, *LAMPS, "--accept-valid").code == 0
    assert len(all_assets(database)) == 4


def test_dry_run_writes_nothing(town: Canopy, database: Database, tmp_path: Path) -> None:
    """Exit code 0, the counts that would be, and an empty catalogue."""
    told = town("import", write_register(tmp_path / "a.csv"), *LAMPS, "--dry-run")
    assert told.code == 0
    assert told.out.startswith("Dry run of a.csv")
    assert all_assets(database) == []


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("a.csv", "--kind", "lamppost"), "--source"),
        (("a.csv", *LAMPS, "--report", "r.pdf"), ".json or .html"),
        ((*LAMPS,), "files"),
        (("a.csv", *LAMPS, "--colour", "red"), "--colour"),
        (("a.csv", "--kind", "lampost", "--source", "x"), "lamppost"),
        (("a.csv", "--kind", "tree", "--source", "x"), "chamber"),
        (("a.csv", "gone.csv", *LAMPS), "gone.csv is not there"),
        ((".", *LAMPS), "is no file"),
        (("gone.csv", "--explain"), "gone.csv is not there"),
        (("a.csv", *LAMPS, "--licence", " "), "--licence"),
        (("a.csv", *LAMPS, "--audience", "everybody"), "--audience"),
    ],
)
def test_wrong_usage_is_2(
    town: Canopy, database: Database, tmp_path: Path, words: tuple[str, ...], missing: str
) -> None:
    """What cannot be meant ends with 2 before anything is opened, and names the word."""
    write_register(tmp_path / "a.csv")
    told = town("import", *words)
    assert told.code == 2
    assert missing in told.err.replace("FILES", "files")
    assert all_assets(database) == []


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "empty.csv", "empty"),
        (b"PK\x03\x04 no workbook", "lamps.xlsx", "lamps.xlsx"),
    ],
)
def test_unreadable_file_is_refused_with_a_report(
    town: Canopy, tmp_path: Path, content: bytes, name: str, word: str
) -> None:
    """Exit code 1 and one clear message; the report is written all the same, as refused."""
    (tmp_path / name).write_bytes(content)
    told = town("import", name, *LAMPS, "--report", "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert told.code == 1
    assert word in told.err
    assert "/problems/#bad-source" in told.err
    assert "Traceback" not in told.err
    assert (report["state"], report["read"]) == ("refused", 0)
    assert report.keys() >= KEYS
    assert word in report["refusals"][0]


def test_report_has_the_documented_keys(town: Canopy, tmp_path: Path) -> None:
    """The JSON report's stable keys, with counts that add up to what was read."""
    path = write_register(tmp_path / "a.csv", [*ROWS, ("LC-9", *ROWS[0][1:])])
    assert town("import", path, *LAMPS, "--report", "r.json").code == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report.keys() >= KEYS
    assert report["read"] == sum(
        report[name] for name in ("created", "updated", "unchanged", "rejected")
    )
    assert {"code", "count", "rows", "message"} == report["warnings"][0].keys()
    assert report["crs"] == "EPSG:27700"


def test_html_report_is_written(town: Canopy, tmp_path: Path) -> None:
    """A report for people, where its name says so."""
    town("import", write_register(tmp_path / "a.csv"), *LAMPS, "--report", "r.html")
    assert "<!doctype html>" in (tmp_path / "r.html").read_text()


def test_rejects_of_several_files_are_kept_apart(town: Canopy, tmp_path: Path) -> None:
    """Each file's rejected rows have a file of their own, and a clean run leaves none."""
    one = write_register(tmp_path / "one.csv", [*ROWS, BAD])
    two = write_register(tmp_path / "two.csv", [ROWS[0], BAD])
    town("import", one, two, *LAMPS, "--report", "r.json")
    assert sorted(path.name for path in tmp_path.glob("r*")) == [
        "r.json", "r.one.rejects.csv", "r.two.rejects.csv",
    ]  # fmt: skip
    assert [each["file"] for each in json.loads((tmp_path / "r.json").read_text())] == [
        "one.csv", "two.csv",
    ]  # fmt: skip
    write_register(one)
    write_register(two, ROWS[:1])
    assert town("import", one, two, *LAMPS, "--report", "r.json").code == 0
    assert list(tmp_path.glob("*.rejects.csv")) == []


def test_explain_shows_and_writes_a_mapping(
    canopy: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every column is told with its reason; the mapping that is written can be imported with."""
    path = write_register(tmp_path / "a.csv")
    monkeypatch.setenv("CANOPY_DB_URL", f"gpkg://{tmp_path / 'new.gpkg'}")
    told = canopy("import", path, "--explain", "--kind", "lamppost")
    assert told.code == 0
    assert [name for name in HEADINGS if name not in told.out] == []
    assert "%" in told.out
    assert not (tmp_path / "new.gpkg").exists()
    (mapping,) = tmp_path.glob("*.toml")
    assert canopy("import", path, *LAMPS, "--mapping", mapping).code == 0


def test_file_name_is_not_markup(town: Canopy, tmp_path: Path) -> None:
    """A name with brackets, as browsers give to second downloads, is shown as it is."""
    told = town("import", write_register(tmp_path / "lamps[red](1).csv"), *LAMPS)
    assert told.out.startswith("Imported lamps[red](1).csv in ")


def test_long_messages_are_not_cut_into_lines(town: Canopy, tmp_path: Path) -> None:
    """A message is one line however narrow the terminal is, so that it can be searched for."""
    told = town("import", tmp_path / ("long-" * 30 + ".csv"), *LAMPS)
    assert ("long-" * 30 + ".csv is not there") in told.err


def test_reports_are_for_the_public_unless_said_otherwise(town: Canopy, tmp_path: Path) -> None:
    """The console tells who runs the command everything; the file is cut and stamped."""
    headings = (*HEADINGS, "Keyholder")
    town(
        "import", write_register(tmp_path / "a.csv", [(*r, "Ann") for r in ROWS], headings), *LAMPS
    )
    newer = write_register(tmp_path / "b.csv", [(*r, "Bob Field") for r in ROWS], headings)
    told = town("import", newer, *LAMPS, "--dry-run", "--report", "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert "Report for public: r.json" in told.out
    assert (report["audience"], report["updated"], report["differences"]) == ("public", 4, [])
    assert "Keyholder" not in json.dumps(report["evidence"])
    town("import", newer, *LAMPS, "--report", "r.json", "--audience", "admin")
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["audience"] == "admin"
    assert report["differences"][0]["after"] == {"attributes.keyholder": "Bob Field"}


def test_rejects_file_is_for_the_audience_too(town: Canopy, tmp_path: Path) -> None:
    """The console quotes the cell; the files beside the report do not."""
    headings = (*HEADINGS, "Structural Test Date")
    rows = [(*row, "2024-05-01") for row in ROWS * 3]
    rows = [(f"N-{i}", row[1] + i, *row[2:]) for i, row in enumerate(rows)]
    path = write_register(tmp_path / "a.csv", [*rows, (*BAD[:1], *ROWS[0][1:], "S3CRET")], headings)
    told = town("import", path, *LAMPS, "--report", "r.html")
    assert told.code == 1
    assert "S3CRET" in told.out
    files = [path.read_text(encoding="utf-8-sig") for path in tmp_path.glob("r.*")]
    assert len(files) == 2
    assert [text for text in files if "S3CRET" in text] == []


def test_a_mapping_error_does_not_quote_it_in_a_public_report(town: Canopy, tmp_path: Path) -> None:
    """What is wrong with a constant is told on the console, and to admins."""
    (tmp_path / "m.toml").write_text(
        'kind = "lamppost"\n[constants]\nstructural_test_on = "S3CRET"\n'
        '[geometry]\nx = "Easting"\ny = "Northing"\ncrs = "EPSG:27700"\n',
        encoding="utf-8",
    )
    path = write_register(tmp_path / "a.csv")
    words = ("import", path, *LAMPS, "--mapping", "m.toml", "--report", "r.json")
    told = town(*words)
    assert (told.code, "S3CRET" in told.err) == (1, True)
    assert "S3CRET" not in (tmp_path / "r.json").read_text()
    town(*words, "--audience", "admin")
    assert "S3CRET" in (tmp_path / "r.json").read_text()


def test_of_several_files_it_is_told_which_are_in(town: Canopy, tmp_path: Path) -> None:
    """Exit code 1 where one is refused, though the others are in: both are named."""
    one = write_register(tmp_path / "one.csv")
    two = write_register(tmp_path / "two.csv", [BAD])
    told = town("import", one, two, *LAMPS)
    assert told.code == 1
    assert "Imported, and in the catalogue: one.csv." in told.err
    assert "Refused, and nothing of it written: two.csv." in told.err


def test_files_after_an_unreadable_one_are_told_as_not_tried(town: Canopy, tmp_path: Path) -> None:
    """A file that cannot be read ends the command: what came before is in, what follows not."""
    one = write_register(tmp_path / "one.csv")
    (tmp_path / "two.csv").write_bytes(b"")
    three = write_register(tmp_path / "three.csv")
    told = town("import", one, "two.csv", three, *LAMPS, "--report", "r.json")
    assert told.code == 1
    assert "Imported, and in the catalogue: one.csv." in told.err
    assert "Refused, and nothing of it written: two.csv." in told.err
    assert "Not tried: three.csv." in told.err
    states = [each["state"] for each in json.loads((tmp_path / "r.json").read_text())]
    assert states == ["done", "refused"]


def test_a_plain_import_tells_unused_columns_and_guessed_units(
    town: Canopy, tmp_path: Path
) -> None:
    """On the console and in the report, each with its code."""
    rows = [(*row, "1.0012E+11", "red") for row in ROWS]
    headings = (*HEADINGS[:5], "Height", "UPRN", "Colour")
    told = town("import", write_register(tmp_path / "a.csv", rows, headings), *LAMPS,
                "--report", "r.json")  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    codes = {each["code"] for each in report["warnings"]}
    assert codes == {"column-not-understood", "unused-column", "unit-guessed"}
    assert "a spreadsheet has rounded it" in json.dumps(report["warnings"])
    assert [code for code in codes if f"  {code} (1): " not in told.out] == []


def test_licence_is_taken_from_the_command(
    town: Canopy, database: Database, tmp_path: Path
) -> None:
    """--licence fills what the file does not state."""
    told = town("import", write_register(tmp_path / "a.csv"), *LAMPS, "--licence", "OGL-UK-3.0")
    assert told.code == 0
    assert {asset["licence"] for asset in all_assets(database)} == {"OGL-UK-3.0"}
