"""``canopy concession simulate`` and ``compare``, as people use them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_outcome import Canopy

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "concessions.md"
SCENARIO = """
name = "two percent"
source = "made up for the test"
change_by_year = { 2024 = 0.02, 2025 = 0.02 }
afterwards = 0.02
"""
RANGE = '{ shape = "fixed", value = 1, source = "none drawn" }'
FIXED = f"take_up = {RANGE}\nprice = {RANGE}\ncapital = {RANGE}\n" + (
    'churn = { shape = "fixed", value = 0, source = "none drawn" }\n'
    'inflation = { deviation = 0, persistence = 0, source = "none drawn" }\n'
)
DEALS = """
title = "Lamp columns"
prices = "2026/27"
nodes = [20, 60, 100]
nodes_source = "made up"
[open_access]
fee_gbp_per_node = 300
council_gbp_per_year = 25000
preparation_gbp = 40000
source = "made up"
[neutral_host]
operator_gbp_per_node = 1500
operators_per_node = 2
share = 0.1
fee_gbp_per_node = 100
council_gbp_per_year = 9000
source = "made up"
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The terms of the guide, and what goes with them."""
    guide = GUIDE.read_text(encoding="utf-8")
    (terms,) = re.findall(r'```toml title="small-cells.toml"\n(.*?)```', guide, flags=re.DOTALL)
    for name, text in {
        "terms.toml": terms, "scenario.toml": SCENARIO, "fixed.toml": FIXED,
        "deals.toml": DEALS,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


SIMULATE = ("concession", "simulate", "terms.toml", "--scenario", "scenario.toml")


def test_a_seed_tells_the_same_again(canopy: Canopy, files: Path) -> None:
    """With percentiles, the probability of loss, the tornado and the ranges' sources."""
    first = canopy(*SIMULATE, "--draws", "500")
    assert first.code == 0, first.err
    assert first.out == canopy(*SIMULATE, "--draws", "500").out
    assert first.out != canopy(*SIMULATE, "--draws", "500", "--seed", "8").out
    assert "Probability of loss" in first.out
    assert "take-up:" in first.out
    assert "source: capital" in first.out


def test_with_nothing_drawn_all_percentiles_are_one(canopy: Canopy, files: Path) -> None:
    told = canopy(*SIMULATE, "--draws", "200", "--ranges", "fixed.toml").out
    found = re.search(
        r"P10 ([\d,]+), P50 ([\d,]+), P90 ([\d,]+); with nothing drawn ([\d,]+)", told
    )
    assert found is not None
    assert len(set(found.groups())) == 1
    # What falls due after its year is worth less by due day, and both are told.
    due = re.search(r"in the year that they fall due.* Here that is ([\d,]+)\.", told)
    valued = canopy("concession", "value", "terms.toml", "--scenario", "scenario.toml").out
    worth = re.search(r"NPV, real: ([\d,]+)\.", valued)
    assert due is not None
    assert worth is not None
    assert abs(int(due[1].replace(",", "")) - int(worth[1].replace(",", ""))) <= 1


def test_a_wrong_range_is_named(canopy: Canopy, files: Path) -> None:
    (files / "fixed.toml").write_text(FIXED.replace("value = 0,", "low = 0,"), encoding="utf-8")
    refused = canopy(*SIMULATE, "--ranges", "fixed.toml")
    assert refused.code == 1
    assert "churn" in refused.err


def test_deals_are_drawn_with_their_risks(canopy: Canopy, files: Path) -> None:
    """Well-formed, named for those who do not see it, and with every deal's bearers in words."""
    told = canopy("concession", "compare", "deals.toml", "--plot", "deals.svg")
    assert told.code == 0
    picture = ElementTree.parse(files / "deals.svg").getroot()
    words = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"take-up", "counterparty", "council", "partner"} <= set(words)
    lines = list(picture.iter("{http://www.w3.org/2000/svg}polyline"))
    names = [each for each in words if each.startswith(("conc", "open", "own", "neutral"))]
    assert len(lines) == len(names) >= 2


def test_deals_are_compared_with_their_sources(canopy: Canopy, files: Path) -> None:
    told = canopy("concession", "compare", "deals.toml", "--json", "out.json")
    assert told.code == 0, told.err
    assert "source: neutral host: made up" in told.out
    rows = json.loads((files / "out.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in rows] == ["neutral host", "open access, licence for each node"]
    assert all(each["p10_gbp"] < each["p50_gbp"] < each["p90_gbp"] for each in rows)
    assert "10,000 draws, seed 20260401" in told.out
    again = canopy("concession", "compare", "deals.toml", "--json", "again.json", "--seed", "8")
    assert again.code == 0
    other = json.loads((files / "again.json").read_text(encoding="utf-8"))
    assert [each["npv_gbp"] for each in other] == [each["npv_gbp"] for each in rows]
    assert other[0]["p10_gbp"] != rows[0]["p10_gbp"]
    (files / "deals.toml").write_text(DEALS.replace("share = 0.1", "share = 2"), encoding="utf-8")
    refused = canopy("concession", "compare", "deals.toml")
    assert (refused.code, "neutral_host.share" in refused.err) == (1, True)


def test_unlet_assets_are_expected_to_bring_what_the_file_says(
    canopy: Canopy, tmp_path: Path
) -> None:
    """The guide's file; a curve with the numbers of the other is refused by its field."""
    guide = GUIDE.read_text(encoding="utf-8")
    found = re.search(r"```toml\n(prices = .*?price_source.*?)```", guide, flags=re.DOTALL)
    assert found is not None
    file = tmp_path / "unlet.toml"
    file.write_text(found[1], encoding="utf-8")
    told = canopy("concession", "prospects", "unlet.toml")
    assert told.code == 0, told.err
    assert "lampposts, town centre: suitability review; roll-out of three towns" in told.out
    file.write_text(found[1].replace("middle = 4", "p = 0.03"), encoding="utf-8")
    refused = canopy("concession", "prospects", "unlet.toml")
    assert (refused.code, "groups.0.take_up" in refused.err) == (1, True)


def test_a_site_is_worth_what_the_guide_says_under_the_code(canopy: Canopy, tmp_path: Path) -> None:
    """By file or by options; on two bases that are not mixed; a missing figure is named."""
    guide = GUIDE.read_text(encoding="utf-8")
    found = re.search(r'```toml title="sites.toml"\n(.*?)```', guide, flags=re.DOTALL)
    assert found is not None
    (tmp_path / "sites.toml").write_text(found[1], encoding="utf-8")
    told = canopy("concession", "code-value", "sites.toml", "--json", "out.json")
    assert told.code == 0, told.err
    assert "consideration £3,000.00: within the published range" in told.out
    assert "rent now £9,200.00: -6,200.00 at renewal" in told.out
    assert "[2020] UKUT 282 (LC) (cited from memory; verify it)" in told.out
    (site,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["sites"]
    assert site["published_gbp"] == [2551.77, 5000]
    assert site["market_before_code_gbp"] == [9200, 21000]
    given = ("--site", "street-furniture", "--other-use", "20", "--benefits", "60")
    lamp = canopy("concession", "code-value", *given, "--burdens", "40")
    assert "consideration £120.00: nothing is published of such a site" in lamp.out
    refused = canopy("concession", "code-value", *given)
    assert (refused.code, "burdens_gbp: Field required" in refused.err) == (1, True)
    assert canopy("concession", "code-value", "sites.toml", *given).code == 1


def test_renewals_of_a_register_are_told_with_what_is_left_out(town: Canopy, files: Path) -> None:
    """An old lease is in no sum where its rent, or its asset, is not known."""
    lease = (files / "terms.toml").read_text()
    lease = lease.replace('kind = "concession"', 'kind = "lease"')
    lease = re.sub(r'valuation_basis = "[^"]+"', 'valuation_basis = "legacy-market"', lease)
    (files / "lease.toml").write_text(lease + '\n[[assets]]\nref = "ROOF-1"\n')
    added = town("register", "add", "lease.toml", "--allow-unknown-assets")
    assert added.code == 0, added.err
    told = town("concession", "renewals")
    assert "left out, the rule cpi follows cpi, of which no series was given: CON-A" in told.out
    assert "No letting can be summed." in told.out
    told = town("concession", "renewals", "--scenario", "scenario.toml")
    assert told.code == 0, told.err
    assert "left out, the catalogue has no asset ROOF-1: CON-A" in told.out
