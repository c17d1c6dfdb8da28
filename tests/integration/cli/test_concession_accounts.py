"""`canopy concession accounts`: worked examples B to F by their terms, to the penny."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_outcome import Canopy, Outcome

HEAD = """
ref = "{ref}"
title = "Worked example"
kind = "{kind}"
valuation_basis = "concession-service"
vat = "exempt"
payment = {{ frequency = "yearly", timing = "{timing}" }}
term = {{ start = 2026-{month:02}-01, months = {months} }}
parties = [
  {{ name = "Camford Council", role = "council" }},
  {{ name = "X Ltd", role = "operator" }},
]
"""
STEADY = """
name = "steady"
source = "worked example: prices stay"
afterwards = 0
change_by_year = { 2026 = 0 }
"""


def capital(name: str, pounds: int, due: str, purpose: str) -> str:
    """A one-off cost of capital, as TOML has it."""
    return (
        f'{{ name = "{name}", type = "one-off", amount = {pounds}, due = {due}, '
        f'account = "capital", purpose = "{purpose}" }},\n'
    )


ROOF = """
charges = [{ name = "rent", type = "rent", amount = 11346, index = "steps" }]
[[index_rules]]
name = "steps"
index = "fixed"
rate = 0.02
method = "at-review"
review_every_years = 3
"""
PORTFOLIO = """
charges = [{ name = "rent", type = "rent", amount = 96500 }]
costs = [
"""
PORTFOLIO += (
    capital("columns", 420_000, "2026-04-01", "strengthening")
    + capital("refresh-15", 150_000, "2041-03-31", "replacement")
    + capital("refresh-30", 150_000, "2056-03-31", "replacement")
)
PORTFOLIO += """
  { name = "running", type = "yearly", amount = 61000, purpose = "maintenance" },
  { name = "interest", type = "yearly", amount = 1000, purpose = "borrowing" },
]
benefits = [
  { name = "led-energy", beneficiary = "council", by_year = [38000], source = "worked example" },
  { name = "residents", beneficiary = "residents", by_year = [22000], source = "worked example" },
  { name = "business", beneficiary = "business", by_year = [31000], source = "worked example" },
  { name = "visitors", beneficiary = "visitors", by_year = [9000], source = "worked example" },
]
[[loans]]
name = "pwlb"
amount = 420000
drawn = 2026-04-01
years = 40
rate = 0.05
repayment = "annuity"
source = "worked example"
"""
NODES = """
volumes = [{ name = "nodes", unit = "node", by_year = [20, 40, 60, 80] }]
[[costs]]
name = "upkeep"
type = "per-unit"
rate = 264
unit = "node"
volume = "nodes"
purpose = "maintenance"
""" + "".join(
    f'[[costs]]\nname = "ready-{year}"\ntype = "one-off"\namount = 37000\ndue = {year}-06-01\n'
    'account = "capital"\npurpose = "strengthening"\n'
    for year in range(2026, 2030)
)
UPFRONT = """
volumes = [
  { name = "gross", unit = "gbp", by_year = [0, 150000, 400000, 600000, 800000, 900000] },
]
[[charges]]
name = "premium"
type = "premium"
amount = 250000
due = 2026-04-01
account = "capital"
[[charges]]
name = "share"
type = "share"
of = "gross"
basis = "gross"
tiers = [{ above = 0, rate = 0.2 }]
"""


DUCTS = """
[[index_rules]]
name = "rpi"
index = "rpi"
method = "annual"
lag_months = 2
collar = 0
cap = 0.04
reviews_from = 2026-04-01
[[charges]]
name = "duct"
type = "duct"
rate = 0.95
index = "rpi"
spans = [
  { length_m = 412.6, ducts = 1 },
  { length_m = 1880.25, ducts = 2 },
  { length_m = 95.4, ducts = 1 },
]
[[charges]]
name = "chambers"
type = "per-unit"
rate = 12.50
unit = "chamber"
quantity = 50
index = "rpi"
"""
RPI = """
name = "worked example"
source = "worked example"
afterwards = 0
change_by_year = { 2027 = 0.032, 2028 = 0.041, 2029 = -0.004, 2030 = 0.052 }
"""


class Told:
    """What the command said and wrote of terms."""

    def __init__(self, canopy: Canopy, folder: Path) -> None:
        self._canopy, self._folder = canopy, folder
        (folder / "steady.toml").write_text(STEADY)

    def of(self, terms: str, *args: str, **head: Any) -> tuple[Outcome, dict[str, Any]]:
        about = {"ref": "EX", "kind": "lease", "timing": "arrears", "month": 4, "months": 120}
        (self._folder / "terms.toml").write_text(HEAD.format(**about | head) + terms)
        said = self._canopy(
            "concession", "accounts", "terms.toml", "--scenario", "steady.toml",
            "--json", "accounts.json", *args,
        )  # fmt: skip
        assert said.code == 0, said.err
        return said, json.loads((self._folder / "accounts.json").read_text(encoding="utf-8"))


@pytest.fixture
def told(canopy: Canopy, tmp_path: Path) -> Told:
    return Told(canopy, tmp_path)


@pytest.mark.parametrize(
    ("terms", "sums"),
    [
        (ROOF, (12_205_125, 10_447_986)),
        ('charges = [{ name = "rent", type = "rent", amount = 2551.77 }]', (2_551_770, 2_196_484)),
        ('charges = [{ name = "rent", type = "rent", amount = 1000 }]', (1_000_000, 860_769)),
    ],
)
def test_rents_of_a_roof_are_worth_as_worked(told: Told, terms: str, sums: tuple[int, int]) -> None:
    """Example B: in advance, so at the start of each year, at 3.5 % taken as nominal."""
    _, found = told.of(terms, "--nominal-rate", "3.5", timing="advance")
    nominal = found["financial"]["nominal"]
    total = sum(each["income_pence"] for each in found["financial"]["years"])
    assert (total, nominal["npv_pence"]["start"]) == sums
    assert nominal["irr"]["rate"] is None


def test_rents_of_ducts_are_as_worked(told: Told, canopy: Canopy, tmp_path: Path) -> None:
    """Example C by financial years: the first is ten months, 304 days of 365."""
    (tmp_path / "steady.toml").write_text(RPI)
    (tmp_path / "terms.toml").write_text("")
    dues = 'payment = { frequency = "yearly", timing = "arrears", counted_from = 2026-04-01 }'
    terms = DUCTS.replace('index = "rpi"\nspans', f'index = "rpi"\n{dues}\nspans')
    terms = terms.replace("quantity = 50\n", f"quantity = 50\n{dues}\n")
    _, found = told.of(terms, kind="duct-rental", month=6, months=58)
    years = [each["income_pence"] for each in found["financial"]["years"]]
    assert years == [389_793, 482_813, 502_487, 502_487, 522_211]


def test_both_accounts_of_the_portfolio_are_as_worked(told: Told, tmp_path: Path) -> None:
    """Example D, with a loan that changes neither: financing is in the financial account alone."""
    said, found = told.of(
        PORTFOLIO, "--timing", "end", "--upfront", "at-start", "--optimism", "standard-civil",
        "--csv", "accounts.csv", "--xlsx", "accounts.xlsx", months=480,
    )  # fmt: skip
    real, economic = found["financial"]["real"], found["economic"]
    assert real["npv_pence"]["end"] == 101_221_583
    assert real["irr"]["rate"] == pytest.approx(0.168255, abs=5e-7)
    assert real["payback"]["years"] == pytest.approx(5.71, abs=0.005)
    assert real["discounted_payback"]["years"] == pytest.approx(6.49, abs=0.005)
    assert economic["benefits_pv_pence"] == 214_311_725
    assert economic["costs_pv_pence"] == 211_798_603
    assert economic["net_present_social_value_pence"] == 2_513_122
    assert economic["benefit_cost_ratio"] == pytest.approx(1.0119, abs=5e-5)
    assert "1.0119" in said.out
    parts = {(each["heading"], each["part"]) for each in economic["rows"]}
    assert ("rent", "transfer, not counted") in parts
    financing = {heading for heading, part in parts if part == "financing, not counted"}
    assert financing == {"interest", "pwlb drawn", "pwlb repaid, with interest"}
    # All rent and saving of a year falls due on its last day, with what is spent.
    assert real["xirr"]["rate"] == pytest.approx(real["irr"]["rate"], abs=1e-3)
    first = [each for each in found["financial"]["years"] if each["year"] == "2026/27"]
    assert [
        (each["account"], each["net_pence"], each["borrowed_pence"], each["repaid_pence"] > 0)
        for each in first
    ] == [("revenue", 7_350_000, 0, True), ("capital", -42_000_000, 42_000_000, True)]
    headings = {each["heading"] for each in found["financial"]["entries"]}
    assert {
        "strengthening",
        "replacement",
        "maintenance",
        "borrowing",
        "benefit led-energy",
    } < headings
    rows = list(csv.DictReader((tmp_path / "accounts.csv").read_text().splitlines()))
    assert {row["account"] for row in rows} == {"financial", "economic"}
    book = openpyxl.load_workbook(tmp_path / "accounts.xlsx")
    assert book.sheetnames[0] == "Financial"
    assert str(book["Financial"]["C2"].value).startswith("=SUMIFS")


def test_cost_of_a_node_and_year_is_as_worked(told: Told) -> None:
    """Example E: 281,626.16 over 551.9781 node-years."""
    _, found = told.of(NODES, "--rate", "3.5", "--timing", "end")
    (cost,) = found["financial"]["unit_costs"]
    assert cost["gbp_per_unit_year"] == pytest.approx(510.21, abs=0.005)
    assert found["financial"]["real"]["npv_pence"]["end"] == -28_162_616
    assert found["economic"]["costs_pv_pence"] == 28_162_616


def test_an_upfront_payment_is_not_discounted_where_it_is_at_the_start(told: Told) -> None:
    """Example F: 250,000 at the start and a fifth of gross in the middle of each year."""
    _, found = told.of(UPFRONT, "--rate", "3.5", "--upfront", "at-start", kind="concession")
    real = found["financial"]["real"]
    assert real["npv_pence"]["middle"] == 129_149_023
    assert sum(each["income_pence"] for each in found["financial"]["years"]) == 154_000_000
    assert real["irr"]["rate"] is None
    assert "not discounted" in " ".join(found["assumptions"])
    _, later = told.of(UPFRONT, "--rate", "3.5", kind="concession")
    half_a_year = 25_000_000 * (1 - 1.035**-0.5)
    difference = real["npv_pence"]["middle"] - later["financial"]["real"]["npv_pence"]["middle"]
    assert difference == pytest.approx(half_a_year, abs=1)


def test_what_is_wrong_is_named(told: Told, canopy: Canopy) -> None:
    """A rate, an allowance, a purpose of a charge; prices that are not known are told."""
    told.of('charges = [{ name = "rent", type = "rent", amount = 1 }]')
    plain = ("concession", "accounts", "terms.toml")
    said = canopy(*plain)
    assert said.code == 0
    assert "no series of cpi and no scenario was given" in said.out
    assert (
        "3.5:30,3"
        in canopy(*plain, "--rate", "3.5:30,3:20,1").err + canopy(*plain, "--rate", "3:x").err
    )
    assert "Mott" not in canopy(*plain, "--optimism", "huge").err
    assert canopy(*plain, "--optimism", "huge").code == 1
