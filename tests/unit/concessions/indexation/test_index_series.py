"""Series of an index: read from ONS files, without gaps, and continued by scenarios."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from canopy.concessions.indexation.ons import parse_ons, read_ons
from canopy.concessions.indexation.scenarios import Scenario, assumed, continued
from canopy.concessions.indexation.series import Reading, series_of_months
from canopy.errors import BadSource, Refused

# The layout is that of ONS time series downloads; figures of RPI (CHAW), 1987 and 1988.
CHAW = """"Title","RPI All Items Index: Jan 1987=100"
"CDID","CHAW"
"Source dataset ID","MM23"
"PreUnit",""
"Unit","Index, base year = 100"
"Release date","22-04-2026"
"Next release","20 May 2026"
"Important notes",
"1987","101.9"
"1987 Q1","100.3"
"1987 JAN","100.0"
"1987 FEB","100.4"
"1987 MAR","100.6"
"""
TWO_PERCENT = Scenario("two", "made up for the test", {}, Decimal("0.02"))


@pytest.mark.parametrize("heading", ["Release date", "Release Date"])
def test_ons_file_gives_its_monthly_figures_with_source(heading: str) -> None:
    """Yearly and quarterly lines are passed over; base, release and dataset are kept."""
    series = parse_ons(CHAW.replace("Release date", heading), "chaw.csv")
    assert series.values == (Decimal("100.0"), Decimal("100.4"), Decimal("100.6"))
    assert (series.series_id, series.base) == ("CHAW", "Jan 1987=100")
    assert series.first == date(1987, 1, 1)
    assert series.source == (
        "ONS, CHAW RPI All Items Index: Jan 1987=100, dataset MM23, release 22-04-2026"
    )


def test_ons_file_of_rates_is_told_from_an_index() -> None:
    """The unit says which of the two it is."""
    text = CHAW.replace("Index, base year = 100", "%").replace("CHAW", "CZBH")
    assert (parse_ons(text, "czbh.csv").measure, parse_ons(text, "czbh.csv").base) == (
        "annual-rate",
        "",
    )


def test_missing_month_is_refused_by_name() -> None:
    """A series with a gap is not taken: nothing is interpolated."""
    with pytest.raises(Refused, match="CHAW has no figure for February 1987"):
        parse_ons(CHAW.replace('"1987 FEB","100.4"\n', ""), "chaw.csv")


def test_month_without_a_figure_is_a_gap() -> None:
    """An empty figure is no figure."""
    with pytest.raises(Refused, match="February 1987"):
        parse_ons(CHAW.replace('"1987 FEB","100.4"', '"1987 FEB",".."'), "chaw.csv")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"CDID","CHAW"\n', ""), "no line CDID"),
        (('"100.4"', '"hundred"'), "1987 FEB is 'hundred'"),
        (('"100.4"', '"NaN"'), "no number"),
        (("1987 FEB", "1987 JAN"), "1987 JAN twice"),
        (("Index, base year = 100", "GBP"), "neither an index nor a rate"),
        ((": Jan 1987=100", ""), "what its base is"),
        (('"100.4"', '"0"'), "not above zero"),
    ],
)
def test_other_files_are_refused_with_the_reason(change: tuple[str, str], said: str) -> None:
    """Each slip is named."""
    with pytest.raises(Refused, match=said):
        parse_ons(CHAW.replace(*change), "chaw.csv")


def test_file_is_read_from_disk_and_its_absence_told(tmp_path: Path) -> None:
    """A byte order mark is taken; a file that is not there is named."""
    path = tmp_path / "chaw.csv"
    path.write_text(CHAW, encoding="utf-8-sig")
    assert read_ons(path).last == date(1987, 3, 1)
    with pytest.raises(BadSource, match=r"none\.csv cannot be opened"):
        read_ons(tmp_path / "none.csv")


def test_month_beyond_the_series_is_refused_with_the_way_out() -> None:
    """Neither the last figure nor a guess stands in for it."""
    with pytest.raises(Refused, match=r"April 1987: it runs from .* to March 1987\. Load"):
        parse_ons(CHAW, "chaw.csv").at(date(1987, 4, 1))


def year_of(value: str) -> dict[date, Decimal]:
    """Twelve months of one figure, 2025."""
    return {date(2025, month, 1): Decimal(value) for month in range(1, 13)}


def test_scenario_continues_an_index_by_its_yearly_change() -> None:
    """Each month is 2 % above the month a year before, and says that it is a scenario."""
    known = series_of_months("D7BT", "index", "2015=100", year_of("138.0"), "made up")
    longer = continued(known, TWO_PERCENT, date(2027, 6, 1))
    assert longer.at(date(2026, 5, 1)) == Reading(
        "D7BT", "2015=100", date(2026, 5, 1), Decimal("140.7600"), "two"
    )
    assert longer.at(date(2027, 5, 1)).value == Decimal("143.575200")
    assert longer.at(date(2025, 12, 1)).scenario is None
    assert longer.last_published == date(2025, 12, 1)


def test_scenario_that_ends_is_refused_beyond() -> None:
    """A scenario of 2026 says nothing of 2027."""
    known = series_of_months("D7BT", "index", "2015=100", year_of("138.0"), "made up")
    short = Scenario("short", "made up", {2026: Decimal("0.03")})
    with pytest.raises(Refused, match="short has no change for 2027"):
        continued(known, short, date(2027, 1, 1))


def test_scenarios_are_not_stacked() -> None:
    """A forecast of a forecast would hide where the figures come from."""
    known = series_of_months("D7BT", "index", "2015=100", year_of("138.0"), "made up")
    with pytest.raises(Refused, match="continued by two already"):
        continued(continued(known, TWO_PERCENT, date(2026, 1, 1)), TWO_PERCENT, date(2027, 1, 1))


@pytest.mark.parametrize(("measure", "expected"), [("index", "102"), ("annual-rate", "2")])
def test_assumed_series_is_all_scenario(measure: str, expected: str) -> None:
    """No figure of it passes for published."""
    made = assumed(TWO_PERCENT, date(2030, 1, 1), date(2031, 1, 1), measure)  # type: ignore[arg-type]
    reading = made.at(date(2030, 7, 1))
    assert (reading.value, reading.scenario) == (Decimal(expected), "two")
