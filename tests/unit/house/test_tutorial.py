"""The tutorial's own file goes the way that the tutorial tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from canopy.cli import application

PAGE = (Path(__file__).parents[3] / "docs" / "tutorial" / "first-map.md").read_text(
    encoding="utf-8"
)


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    """The file that the reader is asked to type."""
    (text,) = re.findall(r"```text\n(Column No.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "columns.csv"
    path.write_text(text, encoding="utf-8")
    return path


def counts_of_import(file: Path) -> dict[str, int]:
    """What `canopy import` reports of the file, into the catalogue beside it."""
    report = file.with_suffix(".json")
    command = ["import", str(file), "--kind", "lamppost", "--source", "my-columns"]
    catalogue = f"gpkg:///{file.parent.as_posix().lstrip('/')}/own.gpkg"
    command += ["--report", str(report), "--db", catalogue]
    CliRunner().invoke(application(), command)
    told = json.loads(report.read_text(encoding="utf-8"))
    names = ("created", "updated", "unchanged", "rejected")
    return {name: told[name] for name in names}


def test_file_with_the_letter_o_is_refused(columns: Path) -> None:
    """As the tutorial says, one bad row keeps the whole file out."""
    assert counts_of_import(columns) == {"created": 0, "updated": 0, "unchanged": 0, "rejected": 1}


def test_corrected_file_is_imported(columns: Path) -> None:
    """After the correction all six rows are created."""
    columns.write_text(columns.read_text().replace("529O90", "529090"))
    assert counts_of_import(columns) == {"created": 6, "updated": 0, "unchanged": 0, "rejected": 0}


def test_same_file_again_changes_nothing(columns: Path) -> None:
    """Importing twice makes no doubles."""
    columns.write_text(columns.read_text().replace("529O90", "529090"))
    counts_of_import(columns)
    assert counts_of_import(columns) == {"created": 0, "updated": 0, "unchanged": 6, "rejected": 0}
