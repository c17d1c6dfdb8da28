"""Tables on a terminal: figures stay whole, and nothing is cut."""

from __future__ import annotations

import pytest
from rich.table import Table

from canopy.cli.context import console
from canopy.cli.tables import print_table

FIGURES = ("-12,345,678.00", "2,469,135.60", "2026-04-01", "EST/2026/0007", "99,345,678.00")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_figure_is_cut_on_any_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts beside them are folded: every letter is still there."""
    monkeypatch.setattr(console, "_width", width)
    table = Table("net", "VAT", "due", "agreement", "held", "title")
    table.add_row(
        *FIGURES, "Concession of roofs with maintenance and Telecommunicationsinfrastructure"
    )
    print_table(table)
    told = capsys.readouterr().out
    assert "…" not in told
    assert [each for each in FIGURES if each not in told] == []
    last = [line.rstrip("│ \n").rpartition("│")[2].strip() for line in told.splitlines()]
    assert "Telecommunicationsinfrastructure" in "".join(last)


def test_a_table_takes_no_more_than_the_terminal_where_it_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "_width", 80)
    table = Table("title", "net")
    table.add_row("Concession of roofs " * 10, "1,234,567.00")
    print_table("Two:", table)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Two:"
    assert {len(line) for line in lines[1:]} == {80}
