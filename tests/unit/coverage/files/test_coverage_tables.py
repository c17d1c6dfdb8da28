"""CSV tables of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from coverage_runs import provenance
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.files.columns import Column, Table, integer, real, text, truth
from canopy.coverage.files.tables import write_csv
from canopy.errors import Refused


def table(*columns: Column) -> Table:
    return Table("wards", "Wards", columns)


def test_cells_are_written_by_rfc_4180(tmp_path: Path) -> None:
    """CRLF, quotes doubled, units in the headings, nothing where nothing is known."""
    shown = table(
        text("ward", ['Gospel "Oak", east', None]),
        real("area", [1.5, float("nan")], "km²"),
        real("margin", [float("inf"), -2.0], "dB"),
        integer("cells", [3, None]),
        truth("met", [True, False]),
    )
    write_csv(shown, tmp_path / "wards.csv", provenance())
    assert (tmp_path / "wards.csv").read_bytes().decode("utf-8-sig") == (
        "ward,area [km²],margin [dB],cells,met\r\n"
        '"Gospel ""Oak"", east",1.5,INF,3,true\r\n'
        ",,-2.0,,false\r\n"
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_guarded(start: str, tmp_path: Path) -> None:
    """It gets an apostrophe in front; a negative number does not."""
    write_csv(
        table(text("ward", [start + "1+1"]), real("level", [-5.0])),
        tmp_path / "a.csv",
        provenance(),
    )
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as source:
        assert list(csv.reader(source))[1] == ["'" + start + "1+1", "-5.0"]


def test_metadata_beside_the_table_describe_it(tmp_path: Path) -> None:
    """As CSVW looks for it, with types and provenance."""
    beside = write_csv(table(real("area", [1.0], "km²")), tmp_path / "a.csv", provenance())
    found = json.loads(beside.read_text(encoding="utf-8"))
    assert beside.name == "a.csv-metadata.json"
    assert found["url"] == "a.csv"
    assert found["tableSchema"]["columns"] == [
        {"name": "area", "titles": "area [km²]", "datatype": "double"}
    ]
    assert json.loads(found["dc:provenance"]) == provenance().document()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    """But for the apostrophe that guards."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(table(text("word", words), integer("n", range(len(words)))), path, provenance())
    with path.open(encoding="utf-8-sig", newline="") as source:
        found = [row[0] for row in csv.reader(source)][1:]
    guarded = tuple("=+-@\t\r\n")
    assert found == ["'" + word if word.startswith(guarded) else word for word in words]


@pytest.mark.parametrize(
    "make",
    [
        lambda: integer("cells", [1.5]),  # type: ignore[list-item]
        lambda: text("Ward Name", ["a"]),
        lambda: table(text("a", ["x"]), text("a", ["y"])),
        lambda: table(text("a", ["x"]), text("b", [])),
        lambda: table(),
    ],
)
def test_columns_that_do_not_fit_are_refused(make: object) -> None:
    """Wrong kind, bad name, a name twice, lengths that differ, no column."""
    with pytest.raises(Refused):
        make()  # type: ignore[operator]
