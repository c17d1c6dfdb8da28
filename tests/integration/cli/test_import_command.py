"""`canopy import`: exit codes, reports, and what is written when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from catalogue import all_assets
from conftest import Canopy
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
    ],
)
def test_wrong_usage_is_2(
    town: Canopy, tmp_path: Path, words: tuple[str, ...], missing: str
) -> None:
    """What cannot be meant ends with 2 before anything is opened, and names the word."""
    write_register(tmp_path / "a.csv")
    told = town("import", *words)
    assert told.code == 2
    assert missing in told.err.replace("FILES", "files")


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (None, "gone.csv", "not there"),
        (b"", "empty.csv", "empty"),
        (b"PK\x03\x04 no workbook", "lamps.xlsx", "lamps.xlsx"),
    ],
)
def test_unreadable_file_is_refused_with_a_report(
    town: Canopy, tmp_path: Path, content: bytes | None, name: str, word: str
) -> None:
    """Exit code 1 and one clear message; the report is written all the same, as refused."""
    if content is not None:
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
