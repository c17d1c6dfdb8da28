"""`canopy iot lighting` and `canopy iot history`: what is typed, and what is said."""

from __future__ import annotations

import sys
from pathlib import Path

from command_outcome import Canopy
from registers import ROWS, import_register, write_register

from canopy.db.engine import Database

sys.path.insert(0, str(Path(__file__).parents[3] / "fixtures"))
from lighting_system import Post, write_files


def test_files_of_a_system_are_taken_and_told(
    town: Canopy, database: Database, tmp_path: Path
) -> None:
    """Inventory, faults, mismatches, findings and energy."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    posts = [Post(str(r[0]), float(r[1]), float(r[2]), str(r[3]), float(r[4])) for r in ROWS]
    write_files(tmp_path, posts)
    mapping = ("--mapping", str(tmp_path / "lumen.toml"))
    said = town("iot", "lighting", "inventory", str(tmp_path / "inventory.csv"), *mapping)
    assert (said.code, said.err) == (0, "")
    assert "Matched with lampposts: number 2, position 1, unmatched 1." in said.out
    said = town("iot", "lighting", "faults", str(tmp_path / "faults.csv"), *mapping)
    assert "Added 2" in said.out
    assert "row 4, column Raised: 'soon' is no time" in said.out
    said = town("iot", "lighting", "burn-hours", str(tmp_path / "burn_hours.csv"), *mapping)
    assert "Added 2" in said.out
    said = town(
        "iot", "lighting", "inventory", str(tmp_path / "talq_devices.json"), "--talq", "city"
    )
    assert "Matched with lampposts: number 3." in said.out
    assert "N-900" in town("iot", "lighting", "mismatches").out
    assert "0 differ." in town("iot", "lighting", "differences").out
    home = [
        "iot", "thing", "add", "--asset", "LC-1", "--source", "home", "--stream", "activeEnergy",
        "--observed-property", "Energy", "--definition", "urn:energy", "--unit", "kW.h",
        "--data-class", "personal-risk",
        "--purpose", "to know", "--lawful-basis", "consent", "--retention-days", "30",
        "--owner", "Homes",
    ]  # fmt: skip
    assert town(*home).code == 0
    said = town("iot", "lighting", "check")
    assert "0 lamps, 0 findings" in said.out
    assert "Datastreams left out, being of personal risk: 1." in said.out
    assert "1 differ" in town("iot", "lighting", "burn-check").out
    assert "proposed 0" in town("iot", "lighting", "propose").out
    out = tmp_path / "energy.csv"
    assert "0 months" in town("iot", "lighting", "energy", str(out), "--from", "2026-10").out
    assert out.read_text().startswith("meter,start,end,kwh,quality")
    assert town("iot", "lighting", "faults", str(tmp_path / "faults.csv")).code == 1


def test_expected_switching_is_told(town: Canopy) -> None:
    """In local time, with the hours."""
    said = town(
        "iot", "lighting", "expected", "35/18 part-night 00:00-05:30", "--longitude", "-1.5",
        "--latitude", "52.4", "--on", "2026-12-21",
    )  # fmt: skip
    assert "to 2026-12-22 00:00 at 100 %" in said.out
    assert "2026-12-22 05:30 to" in said.out


def test_readings_of_the_past_are_imported(
    town: Canopy, database: Database, tmp_path: Path
) -> None:
    """With their Things, a dry run first; failures go to the report."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    (tmp_path / "m.toml").write_text(
        'format = "columns"\ntime_zone = "UTC"\nsource_is = "probe"\ntime = "at"\n'
        '[[values]]\ncolumn = "air"\nunit = "Cel"\n'
    )
    (tmp_path / "things.csv").write_text(
        "asset,source,stream,observed_property,definition,unit,high\n"
        "LC-1,probe,air,Air,urn:air,Cel,60\n"
    )
    (tmp_path / "old.csv").write_text("at,air\n2026-03-01 10:00,9.5\n2026-03-01 11:00,99\n")
    command = ("iot", "history", "import", str(tmp_path / "old.csv"), "--mapping",
               str(tmp_path / "m.toml"), "--things", str(tmp_path / "things.csv"))  # fmt: skip
    assert "Dry run: Failed 1: out-of-range 1." in town(*command, "--dry-run").out
    report = tmp_path / "failed.csv"
    said = town(*command, "--report", str(report))
    assert "Stored 1, known before 0, held 0." in said.out
    assert report.read_text().splitlines()[1].startswith('old.csv,3,air,out-of-range,"99 is beyond')
    assert "Stored 0, known before 1" in town(*command).out
