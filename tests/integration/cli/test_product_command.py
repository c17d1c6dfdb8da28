"""`canopy iot product` and `canopy iot saving`: what an operator types, and what is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_outcome import Canopy
from registers import import_register, write_register

from canopy.db.engine import Database

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
"""The statements are tested on both databases elsewhere."""
ADD = (
    "iot", "thing", "add", "--asset", "lighting:LC-1", "--source", "probe-1",
    "--observed-property", "Air temperature",
    "--definition", "http://qudt.org/vocab/quantitykind/Temperature",
)  # fmt: skip
PUBLISH = (
    "iot", "product", "publish", "--title", "Air", "--description", "By the hour", "--stream", "1",
)  # fmt: skip
PRICE = (
    "--priced", "--added-value", "Summed up", "--per-month-gbp", "25", "--per-1000-rows-gbp",
    "0.125", "--vat-percent", "20",
)  # fmt: skip


@pytest.fixture
def sensed(town: Canopy, database: Database, tmp_path: Path) -> Canopy:
    """Commands on a catalogue with datastream 1, open, and 2, the council's."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    town(*ADD, "--stream", "air", "--data-class", "open", "--lawful-basis", "not-personal-data")
    town(*ADD, "--stream", "lamp")
    return town


@on_a_file
def test_a_product_is_published_and_its_key_shown_once(sensed: Canopy, tmp_path: Path) -> None:
    """Its statement has the month's price, and VAT on it."""
    said = sensed(*PUBLISH, "air", *PRICE)
    assert "Published: air, 1 datastreams, at /iot/products/air" in said.out
    said = sensed("iot", "product", "key", "air", "acme", "--holder", "Acme Ltd")
    assert said.out.splitlines()[-1].startswith("product_")
    assert "product_" not in sensed("iot", "product", "keys").out
    out = tmp_path / "statement.json"
    month = f"{datetime.now(UTC):%Y-%m}"
    said = sensed("iot", "product", "statement", month, "--format", "json", "--out", out)
    assert "1 lines, £30.00 with VAT, the month is not over." in said.out
    assert json.loads(out.read_text())["lines"][0]["holder"] == "Acme Ltd"
    assert "acme is withdrawn" in sensed("iot", "product", "withdraw-key", "acme").out
    assert "air is withdrawn" in sensed("iot", "product", "withdraw", "air").out
    assert "air" not in sensed("iot", "product", "list").out


@on_a_file
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--stream", "2"), "probe-1/lamp (2) is not open"),
        (("--per-month-gbp", "5"), "Prices and VAT go with --priced."),
        (("--priced", "--per-month-gbp", "5"), "per_1000_rows_gbp must be given"),
        (("--area", "1,2,3"), "--area takes four numbers"),
    ],
)
def test_what_cannot_be_published_is_said(sensed: Canopy, more: tuple[str, ...], said: str) -> None:
    """With exit code 1; nothing is published, nor by a trial."""
    refused = sensed(*PUBLISH, "air", *more)
    assert (refused.code, said in refused.err.replace("\n", " ")) == (1, True)
    assert "could be published" in sensed(*PUBLISH, "air", "--dry-run").out
    assert "By the hour" not in sensed("iot", "product", "list").out


@on_a_file
def test_what_is_not_said_of_streams_is_listed(sensed: Canopy) -> None:
    """Each with what is missing."""
    said = sensed("iot", "thing", "unsaid").out
    assert "probe-1/air (open): purpose, retention_days, owner" in said
    assert "probe-1/lamp (council): purpose, lawful_basis, retention_days, owner" in said
    assert "something is not said: 2." in said


@on_a_file
def test_a_saving_is_reckoned_from_sourced_inputs(sensed: Canopy) -> None:
    """One whose input has no source is refused."""
    add = ("iot", "saving", "add", "1", "visits-avoided", "--first-on", "2025-04-01",
           "--last-on", "2026-03-31", "--input",
           "cost_per_visit_gbp=85.50=Contract LC-7")  # fmt: skip
    refused = sensed(*add, "--input", "visits_avoided=12")
    assert (refused.code, "NAME=NUMBER=SOURCE" in refused.err) == (1, True)
    said = sensed(*add, "--input", "visits_avoided=12=Round log")
    assert "£1,026.00 = visits_avoided × cost_per_visit_gbp" in said.out
    assert "Savings: 1, £1,026.00 together." in sensed("iot", "saving", "list").out
    assert "Saving 1 is withdrawn." in sensed("iot", "saving", "withdraw", "1").out
