"""``canopy concession simulate`` and ``compare``, as people use them."""

from __future__ import annotations

import json
import re
from pathlib import Path

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


def test_a_wrong_range_is_named(canopy: Canopy, files: Path) -> None:
    (files / "fixed.toml").write_text(FIXED.replace("value = 0,", "low = 0,"), encoding="utf-8")
    refused = canopy(*SIMULATE, "--ranges", "fixed.toml")
    assert refused.code == 1
    assert "churn" in refused.err


def test_deals_are_compared_with_their_sources(canopy: Canopy, files: Path) -> None:
    told = canopy("concession", "compare", "deals.toml", "--json", "out.json")
    assert told.code == 0, told.err
    assert "source: neutral host: made up" in told.out
    rows = json.loads((files / "out.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in rows] == ["neutral host", "open access, licence for each node"]
    (files / "deals.toml").write_text(DEALS.replace("share = 0.1", "share = 2"), encoding="utf-8")
    refused = canopy("concession", "compare", "deals.toml")
    assert (refused.code, "neutral_host.share" in refused.err) == (1, True)
