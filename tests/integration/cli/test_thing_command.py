"""`canopy iot thing`: what an operator types, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_outcome import Canopy
from registers import import_register, write_register

from canopy.db.engine import Database

TEMPERATURE = "http://qudt.org/vocab/quantitykind/Temperature"
ADD = (
    "iot", "thing", "add", "--asset", "lighting:LC-1", "--source", "probe-1", "--stream", "air",
    "--observed-property", "Air temperature", "--definition", TEMPERATURE,
)  # fmt: skip


@pytest.fixture
def lamps(town: Canopy, database: Database, tmp_path: Path) -> Canopy:
    """Commands on a catalogue with four lampposts."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    return town


def test_a_thing_is_added_listed_shown_and_withdrawn(lamps: Canopy) -> None:
    """Each command says what it did."""
    said = lamps(*ADD, "--unit", "Cel", "--low", "-40")
    assert (said.code, said.err) == (0, "")
    assert "Things added 1, moved 0; datastreams added 1, changed 0, unchanged 0." in said.out
    assert "probe-1" in lamps("iot", "thing", "list").out
    shown = lamps("iot", "thing", "show", "probe-1").out
    assert "at 430100.25, 280200.50 EPSG:27700" in shown
    assert "probe-1/air: probe-1: Air temperature, Cel, council, gateway any" in shown
    assert "probe-1 is withdrawn." in lamps("iot", "thing", "withdraw", "probe-1").out
    assert "probe-1" not in lamps("iot", "thing", "list").out
    assert "probe-1" in lamps("iot", "thing", "list", "--withdrawn").out
    assert ", withdrawn" in lamps("iot", "thing", "show", "probe-1").out


def test_a_long_list_says_where_it_goes_on(lamps: Canopy) -> None:
    """By the number of the last."""
    lamps(*ADD)
    said = lamps("iot", "thing", "list", "--limit", "1").out
    assert "There may be more: --after 1" in said
    assert "probe-1" not in lamps("iot", "thing", "list", "--after", "1").out


def test_a_file_is_tried_before_it_is_imported(lamps: Canopy, tmp_path: Path) -> None:
    """`--dry-run` writes nothing; a wrong cell is named with exit code 1."""
    file = tmp_path / "things.csv"
    file.write_text(
        f"asset,source,stream,observed_property,definition\nLC-1,p,air,Air,{TEMPERATURE}\n"
    )
    said = lamps("iot", "thing", "import", file, "--dry-run")
    assert said.out.startswith("Dry run: Things added 1,")
    assert lamps("iot", "thing", "import", file).out.startswith("Things added 1,")
    file.write_text(file.read_text().replace("LC-1", "LC-77"))
    said = lamps("iot", "thing", "import", file)
    assert said.code == 1
    assert "row 2, column asset: There is no asset 'LC-77'" in said.err.replace("\n", " ")
