"""`canopy concession`: the worked example of the how-to, and what is refused."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from command_outcome import Canopy, Outcome
from metered import SOURCE, STREAM, add_meter, read

from canopy.db.engine import Database
from canopy.iot.things.tables import Datastream

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "concessions.md"
# Year of worked example A: what the council keeps, to the penny.
NET = {
    "2026/27": 3_631_900, "2027/28": 1_026_567, "2028/29": 2_754_932, "2029/30": 5_069_655,
    "2030/31": 6_219_614, "2037/38": 7_455_446, "2042/43": 8_231_335,
}  # fmt: skip

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def from_the_guide(name: str) -> str:
    """A file that the how-to shows."""
    text = GUIDE.read_text(encoding="utf-8")
    (block,) = re.findall(rf'```toml title="{name}"\n(.*?)```', text, flags=re.DOTALL)
    return block


@pytest.fixture
def files(canopy: Canopy, tmp_path: Path) -> Path:
    """The working folder, with the guide's files in it."""
    for name in ("small-cells.toml", "prices.toml"):
        (tmp_path / name).write_text(from_the_guide(name))
    return tmp_path


@pytest.fixture
def valued(canopy: Canopy, files: Path) -> Outcome:
    """The command that the guide shows."""
    return canopy(
        "concession", "value", "small-cells.toml", "--scenario", "prices.toml", "--rate", "3.5",
        "--json", "value.json", "--csv", "schedule.csv",
    )  # fmt: skip


def test_the_example_of_the_guide_is_worth_what_it_says(valued: Outcome, files: Path) -> None:
    """Totals and real value of worked example A, to the penny, with assumptions and sources."""
    assert (valued.code, valued.err) == (0, "")
    assert "net 1,064,941.10" in valued.out
    assert "NPV, real: 606,721.99" in valued.out
    assert "NPV, nominal: none: no nominal rate was given" in valued.out
    assert "IRR, real: none: the amounts never change sign" in valued.out
    assert "- source: cpi: made up for the example" in valued.out
    assert "2,250,358.35, 1,185,417.25, 1,064,941.10" in GUIDE.read_text(encoding="utf-8")


def test_financial_years_of_the_example_are_as_worked(valued: Outcome, files: Path) -> None:
    """Seven of the seventeen years are typed in from the worked table."""
    document = json.loads((files / "value.json").read_text(encoding="utf-8"))
    net = {
        each["year"]: each["income_pence"] - each["cost_pence"]
        for each in document["financial_years"]
    }
    assert {year: net[year] for year in NET} == NET
    assert document["net_pence"] == sum(net.values()) == 106_494_110
    assert document["npv_real"] == {"pence": 60_672_199, "reason": None}
    assert document["cover"][0]["ratio"] == pytest.approx(30_000 / 23_280)


def test_accounts_of_the_example_are_those_of_its_value(canopy: Canopy, files: Path) -> None:
    """Worked example A by both commands: the same net of every year, and the same present value."""
    plain = ("concession", "accounts", "small-cells.toml", "--scenario", "prices.toml")
    said = canopy(*plain, "--rate", "3.5", "--nominal-rate", "3.5", "--json", "accounts.json")
    assert (said.code, said.err) == (0, "")
    found = json.loads((files / "accounts.json").read_text(encoding="utf-8"))["financial"]
    net = {each["year"]: each["net_pence"] for each in found["years"]}
    assert {year: net[year] for year in NET} == NET
    assert found["real"]["npv_pence"]["middle"] == 60_672_199
    nominal = found["nominal"]["npv_pence"]
    assert (nominal["end"], nominal["middle"]) == (75_546_175, 76_856_863)
    assert found["cover"][0]["ratio"] == pytest.approx(30_000 / 23_280)


def test_the_schedule_sums_to_the_totals(valued: Outcome, files: Path) -> None:
    """The CSV is every line of income and cost."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in csv.DictReader((files / "schedule.csv").read_text(encoding="utf-8").splitlines()):
        sums[row["side"]] += Decimal(row["net"])
    assert sums == {"income": Decimal("2250358.35"), "cost": Decimal("1185417.25")}


def test_the_nominal_value_needs_a_nominal_rate(canopy: Canopy, files: Path) -> None:
    """At 3.5 % taken as nominal, the figure that would mislead at a Green Book rate."""
    said = canopy(
        "concession", "value", "small-cells.toml", "--scenario", "prices.toml",
        "--nominal-rate", "3.5", "--lines", "--xlsx", "value.xlsx",
    )  # fmt: skip
    assert "NPV, nominal: 768,568.63" in said.out
    assert "21,000.00" in said.out
    assert "Wrote value.xlsx." in said.out


def test_an_index_without_a_series_is_refused(canopy: Canopy, files: Path) -> None:
    """Nothing is assumed of prices that was not asked for."""
    said = canopy("concession", "value", "small-cells.toml")
    assert said.code == 1
    assert "follows cpi, of which no series was given" in said.err


def test_a_rate_that_is_no_number_is_wrong_usage(canopy: Canopy, files: Path) -> None:
    """The two ways to write it are told."""
    said = canopy("concession", "value", "small-cells.toml", "--rate", "blue-book")
    assert said.code == 2
    assert "green-book" in said.err


def test_check_tells_every_wrong_field_at_once(canopy: Canopy, files: Path) -> None:
    """Field and rule of each, and exit code 1; a right file is told so."""
    assert "CON-A is in order" in canopy("concession", "check", "small-cells.toml").out
    wrong = from_the_guide("small-cells.toml").replace('kind = "concession"', 'kind = "loan"')
    (files / "wrong.toml").write_text(wrong.replace("months = 204", "months = -1"))
    said = canopy("concession", "check", "wrong.toml")
    assert said.code == 1
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["kind", "term.months"]


def test_schema_is_json_schema(canopy: Canopy) -> None:
    """It names its dialect and every kind of charge."""
    schema = json.loads(canopy("concession", "schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "RevenueShare" in schema["$defs"]


def test_a_published_series_is_followed_and_then_the_scenario(canopy: Canopy, files: Path) -> None:
    """2 % a year as published up to 2028: the factor of year 2 is 1.02, and is not assumed."""
    rows = [f'"{year} {month}","2.0"' for year in (2026, 2027, 2028) for month in MONTHS]
    head = ['"Title","CPI annual rate"', '"CDID","D7G7"', '"Unit","%"', '"Release date","x"']
    (files / "d7g7.csv").write_text("\n".join([*head, *rows]))
    said = canopy(
        "concession", "value", "small-cells.toml", "--series", "d7g7.csv",
        "--scenario", "prices.toml", "--json", "value.json",
    )  # fmt: skip
    assert said.code == 0
    assert "ONS, D7G7 CPI annual rate" in said.out
    assert "then worked example: made up for the example" in said.out
    lines = json.loads((files / "value.json").read_text(encoding="utf-8"))["schedule"]
    fees = [line for line in lines if line["charge"] == "node-fee"]
    assert [(line["net_pence"], line["assumed"]) for line in fees[:3]] == [
        (600_000, False),
        (60 * 30_600, False),
        (100 * 31_212, False),
    ]
    assert fees[3]["assumed"]


def metered(files: Path) -> None:
    """The guide's agreement with the guide's metered charge, and a day of readings."""
    guide = GUIDE.read_text(encoding="utf-8")
    (charge,) = re.findall(
        r'```toml\n(\[\[charges\]\]\nname = "cabinet-power".*?)```', guide, re.DOTALL
    )
    terms, _, _ = from_the_guide("small-cells.toml").partition("[[index_rules]]")
    (files / "cabinet.toml").write_text(terms + charge)
    rows = [
        f"1012345678901,01/04/2026 {at:02}:00,01/04/2026 {at + 1:02}:00,2,actual"
        for at in range(23)
    ]
    (files / "readings.csv").write_text("\n".join(["meter,start,end,kwh,quality", *rows]))


def test_metered_energy_is_valued_by_readings(canopy: Canopy, files: Path) -> None:
    """23 hours at twice the expected energy: the first quarter is dearer by 23 kWh, and told."""
    metered(files)
    plain = ("concession", "value", "cabinet.toml", "--csv", "schedule.csv")
    assert canopy(*plain).code == 0
    rows = list(csv.DictReader((files / "schedule.csv").read_text().splitlines()))
    said = canopy(*plain, "--meter-readings", "readings.csv", "--meter-time-zone", "Europe/London")
    assert (said.code, said.err) == (0, "")
    assert "1 of 68 periods have readings of the meter 1012345678901" in said.out
    assert "2026-04-01 to 2026-06-30 lacks readings of 2161.0 hours" in said.out
    read = list(csv.DictReader((files / "schedule.csv").read_text().splitlines()))
    assert (rows[0]["assumed"], read[0]["assumed"]) == ("yes", "yes")
    # 16 more hours of day at 0.28 and 7 of night at 0.15, and 5 %.
    dearer = Decimal(read[0]["net"]) - Decimal(rows[0]["net"])
    assert dearer == pytest.approx(Decimal("5.8065"), abs=Decimal("0.01"))
    assert [row["net"] for row in read[1:]] == [row["net"] for row in rows[1:]]


def test_meter_is_read_from_the_catalogue(town: Canopy, database: Database, files: Path) -> None:
    """By the datastream that the charge names; a file of readings is another way, not a second."""
    metered(files)
    terms = (files / "cabinet.toml").read_text()
    named = f'datastream = {{ source = "{SOURCE}", stream = "{STREAM}", tells = "energy" }}\n'
    (files / "cabinet.toml").write_text(terms + named)
    stream = add_meter(database, interval_s=3600)
    day = datetime(2026, 3, 31, 23, tzinfo=UTC)
    read(database, stream, [(day + timedelta(hours=at), 2.0) for at in range(1, 24)])
    plain = ("concession", "value", "cabinet.toml", "--stored-readings")
    said = town(*plain)
    assert (said.code, said.err) == (0, "")
    assert "1 of 68 periods have readings of the meter 1012345678901" in said.out
    assert "2026-04-01 to 2026-06-30 lacks readings of 2161.0 hours" in said.out
    assert f"stored readings of {STREAM} of {SOURCE}" in said.out
    assert town(*plain, "--meter-readings", "readings.csv").code == 2
    with database.writing() as session:
        found = session.get(Datastream, stream)
        assert found is not None
        found.data_class = "personal-risk"
    said = town(*plain)
    assert (said.code, "nothing derived from it may carry a price" in said.err) == (1, True)
    (files / "cabinet.toml").write_text(terms)
    assert "names a datastream" in town(*plain).err


def test_readings_without_a_time_zone_are_refused(canopy: Canopy, files: Path) -> None:
    """The row is named; a zone that is none is wrong usage."""
    metered(files)
    plain = ("concession", "value", "cabinet.toml", "--meter-readings", "readings.csv")
    said = canopy(*plain)
    assert said.code == 1
    assert "readings.csv: row 2: start '01/04/2026 00:00' has no offset" in said.err
    assert canopy(*plain, "--meter-time-zone", "Camford").code == 2
